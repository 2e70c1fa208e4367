"""Requests of a file of another tool's → the checks of a spec.

Other tools run one request after the other; FlowGuard runs checks side by side. So
requests that change one thing after the other become the steps of one check; the
others become checks of their own, which refer to what another has saved.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from flowguard.model.hidden import is_secret_name
from flowguard.smoke.imports.grouping import groups
from flowguard.smoke.imports.yaml_text import block, comment
from flowguard.smoke.request import SAFE

_MARK: Final = "\ue000"
"""Stands around the name of a variable until it is known where its value is."""
_MARKED = re.compile(f"{_MARK}([^{_MARK}]*){_MARK}")
ANY_STATUS: Final = "100-599"
_ORDER: Final[tuple[str, ...]] = (
    *("query", "as", "headers", "cookies"),
    *("json", "form", "text", "file", "multipart", "content_type"),
    *("redirects", "timeout", "tls", "until"),
)
"""The keys of a request, as one reads them."""


def mark(name: str) -> str:
    """A variable, in a text that `literal` has made safe."""
    return f"{_MARK}{name}{_MARK}"


def literal(text: str) -> str:
    """A text that holds no variable, whatever it looks like."""
    return text.replace(_MARK, "").replace("${", "$${")


def names_in(value: Any) -> set[str]:
    """The variables in a value, however deep."""
    if isinstance(value, str):
        return set(_MARKED.findall(value))
    if isinstance(value, Mapping):
        return names_in([*value.keys(), *value.values()])
    if isinstance(value, list | tuple):
        return {name for inner in value for name in names_in(inner)}
    return set()


@dataclass(slots=True)
class Call:
    """A request, in the keys of a spec; variables are marked."""

    name: str
    method: str
    url: str
    fields: dict[str, Any] = field(default_factory=dict)
    """Everything but the method, `expect` and `save`."""
    expect: Any = None
    save: dict[str, Any] = field(default_factory=dict)
    folder: tuple[str, ...] = ()
    left_out: list[str] = field(default_factory=list)
    optional_sign_in: bool = False
    """Whether it may answer without its sign-in too."""

    @property
    def safe(self) -> bool:
        """Whether it changes nothing."""
        return self.method.upper() in SAFE

    @property
    def acted_on(self) -> set[str]:
        """The variables that say what the request is about."""
        about = ("query", "json", "form", "text", "multipart", "file")
        return names_in([self.url, *(self.fields.get(key) for key in about)])

    @property
    def uses(self) -> set[str]:
        """Every variable of it."""
        return names_in([self.url, self.fields, self.expect, self.save])


@dataclass(slots=True)
class Scenario:
    """What a file of another tool's says."""

    calls: list[Call] = field(default_factory=list)
    base: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    """Those whose values the file has."""
    auth: dict[str, Any] = field(default_factory=dict)
    openapi: str = ""
    left_out: list[str] = field(default_factory=list)
    """What concerns no single request."""


def text_of(scenario: Scenario, title: str) -> str:
    """The text of the spec; `title` says where it comes from."""
    return _Writer(scenario).text(title)


def left_out_of(scenario: Scenario) -> tuple[str, ...]:
    """What the spec lacks, each with the request that it is of."""
    calls = (
        f"{call.name}: {what}" for call in scenario.calls for what in call.left_out
    )
    return (*scenario.left_out, *calls)


def slug(text: str, taken: Iterable[str] = ()) -> str:
    """A name of letters, digits and hyphens that nothing else has."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", text)
    words = re.findall(r"[a-z0-9_]+", apart.lower())
    name = "-".join(words)[:60].strip("-") or "check"
    used, number, unique = set(taken), 2, name
    while unique in used:
        unique, number = f"{name}-{number}", number + 1
    return unique


class _Writer:
    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._calls = scenario.calls
        self._setters = [self._setters_of(i) for i in range(len(self._calls))]
        about = [call.acted_on for call in self._calls]
        changing = [not call.safe for call in self._calls]
        self._group = groups(about, changing, self._setters)
        self._members: dict[int, list[int]] = {}
        for index, group in enumerate(self._group):
            self._members.setdefault(group, []).append(index)
        self._names: dict[int, str] = {}
        for group, members in self._members.items():
            self._names[group] = slug(self._title(members), self._names.values())
        self._vars: dict[str, str] = {}
        self._env: dict[str, str] = {}

    def _setters_of(self, index: int) -> dict[str, int]:
        """The request before that saved each variable that a request uses."""
        return {
            name: before
            for name in self._calls[index].uses
            for before in range(index)
            if name in self._calls[before].save
        }

    def _title(self, members: list[int]) -> str:
        first = self._calls[members[0]]
        folders = {self._calls[member].folder for member in members}
        if len(members) > 1 and len(folders) == 1 and first.folder:
            return first.folder[-1]
        return first.name

    def text(self, title: str) -> str:
        """The whole text: head, suite, checks."""
        checks = [line for group in self._members for line in self._check(group)]
        head: dict[str, Any] = {"base": self._scenario.base}
        head["openapi"] = self._scenario.openapi
        filled = self._filled({k: v for k, v in head.items() if v}, -1)
        auth = {"auth": self._filled(self._scenario.auth, -1)}
        while missing := [n for n in self._vars if not self._vars[n]]:
            for name in missing:
                self._vars[name] = self._filled(self._scenario.variables[name], -1)
        lines = [comment(title), *map(comment, self._asked())]
        lines += [comment(f"left out: {what}") for what in self._scenario.left_out]
        lines += block(filled)
        if self._vars:
            lines += block({"vars": {slug_var(n): v for n, v in self._vars.items()}})
        if self._scenario.auth:
            lines += block(auth)
        return "\n".join([*lines, "checks:", *checks]) + "\n"

    def _asked(self) -> Iterator[str]:
        if self._env:
            yield f"Set before a run: {', '.join(sorted(set(self._env.values())))}."

    def _check(self, group: int) -> Iterator[str]:
        members = self._members[group]
        for member in members:
            for what in self._calls[member].left_out:
                name = self._calls[member].name if len(members) > 1 else ""
                yield comment(f"left out: {f'{name}: ' if name else ''}{what}", 2)
        steps = [self._step(member) for member in members]
        body: dict[str, Any] = steps[0] if len(steps) == 1 else {"steps": steps}
        again = list(self._again(members))
        if again:
            body["finally"] = again
        if any(self._calls[m].optional_sign_in for m in members):
            body["refusal"] = False
        if tags := sorted({slug(f) for m in members for f in self._calls[m].folder}):
            body["tags"] = tags
        yield from block({self._names[group]: body}, 2)

    def _again(self, members: list[int]) -> Iterator[dict[str, Any]]:
        """What a chain deletes is deleted even if a step before fails."""
        if len(members) == 1:
            return
        for member in members[1:]:
            call = self._calls[member]
            if call.method == "delete" and self._setters[member]:
                step = self._step(member)
                kept = {k: v for k, v in step.items() if k not in {"expect", "save"}}
                yield {**kept, "expect": ["2xx", "4xx"]}

    def _step(self, index: int) -> dict[str, Any]:
        call = self._calls[index]
        fields: dict[str, Any] = {
            key: call.fields[key] for key in _ORDER if key in call.fields
        }
        step = {call.method: self._path(call.url), **fields}
        if call.expect is not None:
            step["expect"] = call.expect
        if call.save:
            step["save"] = {slug_var(n): value for n, value in call.save.items()}
        filled: dict[str, Any] = self._filled(step, index)
        return filled

    def _path(self, url: str) -> str:
        base = self._scenario.base.rstrip("/")
        rest = url.removeprefix(base) if base else url
        if rest != url and rest[:1] in {"", "/", "?"}:
            return rest if rest.startswith("/") else f"/{rest}"
        return url

    def _filled(self, value: Any, index: int) -> Any:
        """The value with each variable written as a spec writes it."""
        if isinstance(value, str):
            return _MARKED.sub(lambda found: self._reference(found[1], index), value)
        if isinstance(value, Mapping):
            return {
                self._filled(key, index): self._filled(inner, index)
                for key, inner in value.items()
            }
        if isinstance(value, list | tuple):
            return [self._filled(inner, index) for inner in value]
        return value

    def _reference(self, name: str, index: int) -> str:
        setter = self._setters[index].get(name) if index >= 0 else None
        if setter is not None:
            group = self._group[setter]
            if group == self._group[index]:
                return f"${{{slug_var(name)}}}"
            return f"${{checks.{self._names[group]}.{slug_var(name)}}}"
        if name.startswith("$"):  # what other tools make up, and FlowGuard once a run
            return "${run.id}"
        if name in self._scenario.variables and not is_secret_name(name):
            self._vars.setdefault(name, "")
            return f"${{vars.{slug_var(name)}}}"
        return f"${{env.{self._env.setdefault(name, _env_name(name))}}}"


def slug_var(name: str) -> str:
    """A variable's name in a spec."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", name) or "_"


def _env_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]+", "_", name) or "_"
