"""Secrets that stand in a file of another tool's → variables of the environment.

A spec is checked in. What is a token by where it stands is not copied: it becomes
`${env.SMOKE_…}`, which whoever runs the spec sets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from flowguard.model.urls import credentials
from flowguard.smoke.imports.scenario import Call, Scenario, mark, names_in
from flowguard.smoke.secrets import holds_secret, is_secret_header

_NAMES: Final[Mapping[str, str]] = {
    "authorization": "SMOKE_TOKEN",
    "cookie": "SMOKE_COOKIE",
    "proxy-authorization": "SMOKE_PROXY_TOKEN",
    "x-api-key": "SMOKE_API_KEY",
}
_SCHEME: Final = re.compile(r"(bearer|basic|token|apikey) +", re.IGNORECASE)
_KEY: Final = re.compile(
    r"(\w*[_-])?((access|api|auth|client|id|refresh|session)[_-]?)?"
    r"(token|secret|passw(or)?d|passphrase|signature|jwt|sig)"
    r"|(\w*[_-])?(access|api|auth|private|secret)[_-]?key",
    re.IGNORECASE,
)
"""Keys of a query, a form or a document that hold a secret, and nothing beside it."""
_COOKIE: Final = re.compile(r"sess|sid\b|auth|jwt|token|remember", re.IGNORECASE)
_IN_QUERY: Final = re.compile(r"(?<=[?&])([^=&#]+)=([^&#\ue000]+)(?=[&#]|$)")


def hide(scenario: Scenario) -> None:
    """Put variables in place of the secrets of all its requests."""
    used = names_in([[c.url, c.fields] for c in scenario.calls] + [scenario.auth])
    hiding = _Hiding(used | scenario.variables.keys())
    scenario.base = hiding.url(scenario.base)
    scenario.variables = {k: hiding.url(v) for k, v in scenario.variables.items()}
    for call in scenario.calls:
        hiding.call(call)


@dataclass(slots=True)
class _Hiding:
    """The variables so far."""

    taken: set[str]
    """Their names, whatever they stand for."""
    known: dict[tuple[str, str], str] = field(default_factory=dict)
    """Ours, by what they stand for."""

    def call(self, call: Call) -> None:
        """Hide what a request holds."""
        call.url = _IN_QUERY.sub(self._pair, self.url(call.url))
        for name, inside in (
            ("headers", self._header),
            ("cookies", self._cookie),
            ("query", self._keyed),
            ("form", self._keyed),
            ("json", self._keyed),
        ):
            if isinstance(value := call.fields.get(name), dict | list):
                call.fields[name] = _each(value, inside)

    def url(self, text: str) -> str:
        """A URL without its password."""
        for pair in credentials(text):
            name, colon, password = pair.partition(":")
            secret = password if colon else name
            if not names_in(secret):
                hidden = self._variable("SMOKE_PASSWORD", secret)
                kept = f"{name}:{hidden}" if colon else hidden
                text = text.replace(f"{pair}@", f"{kept}@")
        return text

    def _pair(self, found: re.Match[str]) -> str:
        value = self._keyed(found[1], found[2])
        return f"{found[1]}={value}"

    def _header(self, name: str, value: str) -> str:
        if not (is_secret_header(name) or holds_secret(name)):
            return value
        scheme = _SCHEME.match(value)
        lead = scheme[0] if scheme else ""
        variable = _NAMES.get(name.lower()) or _named(name)
        return lead + self._variable(variable, value[len(lead) :])

    def _cookie(self, name: str, value: str) -> str:
        return self._variable(_named(name), value) if _COOKIE.search(name) else value

    def _keyed(self, name: str, value: str) -> str:
        return self._variable(_named(name), value) if _KEY.fullmatch(name) else value

    def _variable(self, name: str, secret: str) -> str:
        """The variable for a secret; two that differ have one each."""
        if not secret:
            return secret
        if (name, secret) not in self.known:
            number, unique = 2, name
            while unique in self.taken:
                unique, number = f"{name}_{number}", number + 1
            self.taken.add(unique)
            self.known[name, secret] = unique
        return mark(self.known[name, secret])


def _each(value: Any, hidden: Any, name: str = "") -> Any:
    """A value in which each text that is no variable is what `hidden` makes of it."""
    match value:
        case dict():
            return {k: _each(inner, hidden, str(k)) for k, inner in value.items()}
        case list():
            return [_each(inner, hidden, name) for inner in value]
        case str() if not names_in(value):
            return hidden(name, value)
        case _:
            return value


def _named(name: str) -> str:
    words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+", name)
    words = words[1:] if len(words) > 1 and words[0].lower() == "x" else words
    return "_".join(["SMOKE", *(word.upper() for word in words)])
