"""`${…}` in a spec, filled in.

Of outside: `${stack.ApiUrl}`, `${env.X}`, `${ssm./path}`, `${secret.name}`,
`${git.sha}`, `${run.id}`. Of the suite: `${vars.x}`, `${auth.user.name}`. Of answers:
`${id}`, which an earlier step saved, and `${checks.login.token}`, which another check
did. `$${` is a `${` itself.

What an answer gave is hostile. In a URL it is percent-encoded where it stands, it is
never a host, and a whole URL of an answer is followed to the base's own origin alone:
requests carry credentials. In a pattern it is taken as it is.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, TypeVar

from flowguard.errors import ConfigError
from flowguard.model.hidden import is_secret_name
from flowguard.model.places import Location
from flowguard.model.questions import Unknown
from flowguard.smoke.expectation import Expect, Operator
from flowguard.smoke.operators import scalar
from flowguard.smoke.request import RequestSpec
from flowguard.smoke.secrets import Secrets, holds_secret
from flowguard.smoke.urls import is_open, joined, quoted
from flowguard.smoke.world import Values

OUTSIDE: Final = ("stack", "env", "ssm", "secret", "git", "run")
SUITE: Final = ("vars", "auth", "checks")

T = TypeVar("T")
_TOKEN = re.compile(r"(\$\$\{)|\$\{([^{}]*)\}")
_WHOLE = re.compile(r"\$\{([^{}]*)\}")
_QUOTE = re.compile(r"[\\\\'\"`]")
_MAX_NESTING = 10
MAX_TEXT = 1_000_000
"""Characters in a text that variables make."""
MAX_STEPS = 10_000
"""How many variables are looked up for one, those within others included."""


@cache
def _fields_of(kind: type) -> tuple[str, ...]:
    """The fields of a data class; none of what is no such, or a mere place."""
    if not dataclasses.is_dataclass(kind) or kind is Location:
        return ()
    return tuple(field.name for field in dataclasses.fields(kind))


class Unmeasurable(Exception):  # noqa: N818 — nobody erred; it is not known
    """A request cannot be made, for a reason that says nothing of the service."""


@dataclass(frozen=True, slots=True)
class Variables:
    """What stands behind each name, at one point of a check."""

    values: Values
    secrets: Secrets
    captures: Mapping[str, Any] = field(default_factory=dict)
    """What the steps before saved."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """The suite's own, `${vars.x}`."""
    auth: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Of each sign-in what may be told of it, such as `name`."""
    checks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What each check that ended has saved."""

    def resolve(self, value: T) -> T:
        """A value with every `${…}` in it filled in, however deep.

        A text that is nothing but `${x}` becomes what was captured, of its type.

        Raises `ConfigError` for a name that there is not, and `Unmeasurable` where
        the value could not be asked.
        """
        filled: Any = self._resolve(value)
        return filled  # type: ignore[no-any-return]  # of the type that it had

    def text(self, text: str) -> str:
        """A text, filled in; what is no text is written as JSON."""
        parts: list[str] = []
        for literal, name in _tokens(text):
            parts.append(literal if name is None else _as_text(self.look_up(name)))
            _require_short(sum(map(len, parts)), text)
        return "".join(parts)

    def request(self, spec: RequestSpec, base: str) -> RequestSpec:
        """A request, filled in; its path is a whole URL afterwards.

        Raises as `resolve` does, and `Unmeasurable` where an answer led elsewhere.
        """
        rest = self.resolve(dataclasses.replace(spec, path=""))
        return dataclasses.replace(rest, path=self.url(spec.path, base))

    def url(self, path: str, base: str) -> str:
        """The URL of a path that may hold variables, on a base that holds none.

        Raises `Unmeasurable` where an answer's value would choose the host.
        """
        text, led = "", False
        for literal, name in _tokens(path):
            if name is None:
                text += literal
            elif _source(name) in OUTSIDE or _source(name) == "vars":
                text += _as_text(self.look_up(name))
            elif not text:
                text, led = _as_text(self.look_up(name)).strip(), True
            elif is_open(text):
                raise ConfigError(
                    f"${{{name}}} cannot be a part of a host: it is what an answer gave",
                    help="write the host, or take it from ${env.…} or ${stack.…}",
                )
            else:
                text += quoted(_as_text(self.look_up(name)))
        url = joined(base, text, led=led)
        if url is None:
            raise Unmeasurable(
                f"an answer leads to another host, where no request is sent: {text}"
            )
        return url

    def look_up(self, name: str, depth: int = 0) -> Any:
        """What stands behind a name. Raises as `resolve` does."""
        source = _source(name)
        rest = name[len(source) + 1 :]
        if source in OUTSIDE:
            return self._outside(source, rest)
        if source == "vars":
            return self._own(rest, depth)
        if source in {"auth", "checks"}:
            return self._named(source, rest)
        if name not in self.captures:
            raise self._no_such(name)
        return self.captures[name]

    def _outside(self, source: str, name: str) -> str:
        value = self.values(source, name)
        if isinstance(value, Unknown):
            raise Unmeasurable(f"${{{source}.{name}}} is not known: {value.reason}")
        named = source == "env" and is_secret_name(name)
        if value.secret or named or (source == "stack" and holds_secret(name)):
            self.secrets.add(value.text)
        return value.text

    def _own(self, name: str, depth: int) -> str:
        if name not in self.variables:
            near = _near(name, self.variables)
            raise ConfigError(
                f"there is no variable {name!r}{near}", help="add it under 'vars'"
            )
        if depth >= _MAX_NESTING:
            raise ConfigError(f"the variable {name!r} is made of itself")
        if not depth and (fault := dict(oversized(self.variables, name)).get(name)):
            raise ConfigError(f"the variable {name!r} {fault}", help=SHORTER)
        text = ""
        for literal, inner in _tokens(str(self.variables[name])):
            if inner is not None and _source(inner) not in {*OUTSIDE, "vars"}:
                raise ConfigError(
                    f"the variable {name!r} cannot hold ${{{inner}}}",
                    help=f"write ${{{inner}}} in the request itself",
                )
            text += literal if inner is None else self.look_up(inner, depth + 1)
            _require_short(len(text), f"the variable {name!r}")
        if holds_secret(name):
            self.secrets.add(text)
        return text

    def _named(self, source: str, name: str) -> Any:
        known = self.auth if source == "auth" else self.checks
        # A check's own name may hold dots.
        owner, _, attribute = name.rpartition(".")
        if owner not in known:
            raise ConfigError(
                f"${{{source}.{name}}}: {owner or name!r} has given nothing"
                f"{_near(owner, known)}",
                help=f"write ${{{source}.NAME.VALUE}}, with one that runs before",
            )
        if attribute not in known[owner]:
            near = _near(attribute, known[owner])
            raise ConfigError(f"{owner!r} has no value {attribute!r}{near}")
        return known[owner][attribute]

    def _no_such(self, name: str) -> ConfigError:
        source = _source(name)
        if source != name:
            known = (*OUTSIDE, *SUITE)
            near = _near(source, known)
            message = f"${{{name}}}: there is no source {source!r}{near}"
            return ConfigError(message, help=f"use one of {', '.join(known)}")
        near = _near(name, self.captures)
        return ConfigError(
            f"nothing was saved as {name!r}{near}",
            help="save it in an earlier step, or write ${env.…}, ${stack.…}, ${vars.…}",
        )

    def _resolve(self, value: Any) -> Any:
        match value:
            case str():
                if "${" not in value:
                    return value  # also a member of an enumeration
                whole = _WHOLE.fullmatch(value)
                return self.look_up(whole[1].strip()) if whole else self.text(value)
            case Operator("~" | "!~", str() as pattern):
                return Operator(value.name, self._pattern(pattern))
            case Operator("<" | "<=" | ">" | ">=", str() as operand):
                return Operator(value.name, self._number(operand))
            case Expect():
                json_ = tuple(
                    (self._quotable(expression), self._resolve(operator))
                    for expression, operator in value.json
                )
                return self._fields(value, json=json_)
            case Mapping():
                return {self._key(k): self._resolve(v) for k, v in value.items()}
            case list():
                return [self._resolve(one) for one in value]
            case tuple():
                return tuple(self._resolve(one) for one in value)
            case _:
                return self._fields(value)

    def _fields(self, value: Any, **done: Any) -> Any:
        """A data class with its fields filled in; those in `done` are that already."""
        new = {
            name: self._resolve(part)
            for name in _fields_of(type(value))  # type: ignore[arg-type]  # it has a hash
            if name not in done and (part := getattr(value, name))
        }
        new |= done
        if all(part is getattr(value, name) for name, part in new.items()):
            return value
        return dataclasses.replace(value, **new)

    def _key(self, key: Any) -> Any:
        return self.text(key) if isinstance(key, str) else key

    def _number(self, operand: str) -> Any:
        """What is compared in size is a number, though a variable may be text."""
        resolved = self._resolve(operand)
        return scalar(resolved) if isinstance(resolved, str) else resolved

    def _quotable(self, expression: str) -> str:
        """JMESPath, in whose literals a value cannot end the literal."""
        return "".join(
            text
            if name is None
            else _QUOTE.sub(r"\\\g<0>", _as_text(self.look_up(name)))
            for text, name in _tokens(expression)
        )

    def _pattern(self, pattern: str) -> str:
        return "".join(
            text if name is None else re.escape(_as_text(self.look_up(name)))
            for text, name in _tokens(pattern)
        )


SHORTER = "refer fewer times to variables that refer to others"


def _require_short(length: int, what: str) -> None:
    if length > MAX_TEXT:
        begin = what if len(what) < _SHOWN else f"{what[:_SHOWN]}…"
        raise ConfigError(
            f"more than {MAX_TEXT:,} characters are put together for {begin}",
            help=SHORTER,
        )


_SHOWN = 100


def oversized(variables: Mapping[str, str], *names: str) -> Iterator[tuple[str, str]]:
    """The variables that are too large for certain, each with what is wrong with it.

    Of those that refer to each other the innermost is given, with the `names` that
    are asked for. Found in time that grows with what is written, not with what it
    makes.
    """
    tokens = {name: [*_tokens(str(text))] for name, text in variables.items()}
    sizes = dict.fromkeys(tokens, (0, 1))
    for _ in range(_MAX_NESTING):  # each time one step deeper, as deep as they may go
        sizes = {name: _size(parts, sizes) for name, parts in tokens.items()}

    def fault(name: str) -> str:
        length, steps = sizes[name]
        if length > MAX_TEXT:
            return f"makes a text of more than {MAX_TEXT:,} characters"
        return (
            f"looks up more than {MAX_STEPS:,} variables" if steps > MAX_STEPS else ""
        )

    for name in variables:
        within = {_own_name(inner) for _, inner in tokens[name]} & tokens.keys()
        inner = any(fault(other) for other in within)
        if (words := fault(name)) and (name in names or not inner):
            yield name, words


def _size(
    parts: Iterable[tuple[str, str | None]], known: Mapping[str, tuple[int, int]]
) -> tuple[int, int]:
    """The characters that are known of a text, and how many variables it looks up."""
    length, steps = 0, 1
    for literal, inner in parts:
        more, again = known.get(_own_name(inner), (0, 1)) if inner else (0, 0)
        length, steps = length + len(literal) + more, steps + again
    return length, steps


def _own_name(inner: str | None) -> str:
    """The variable of the suite that is named; "" for another source's."""
    source, _, name = (inner or "").partition(".")
    return name if source == "vars" else ""


def names_in(value: Any) -> frozenset[str]:
    """Every name that a value asks for, so that its check can wait for them."""
    match value:
        case str():
            return frozenset(name for _, name in _tokens(value) if name is not None)
        case Mapping():
            return names_in((*value.keys(), *value.values()))
        case list() | tuple():
            return frozenset[str]().union(*map(names_in, value))
        case _ if dataclasses.is_dataclass(value):
            fields = dataclasses.fields(value)
            return names_in([getattr(value, field.name) for field in fields])
        case _:
            return frozenset()


def _tokens(text: str) -> Iterator[tuple[str, str | None]]:
    """The text in pieces: each a literal, or the name of a variable."""
    at = 0
    for match in _TOKEN.finditer(text):
        if match.start() > at:
            yield text[at : match.start()], None
        yield ("${", None) if match[1] else ("", match[2].strip())
        at = match.end()
    if at < len(text):
        yield text[at:], None


def _source(name: str) -> str:
    return name.partition(".")[0]


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _near(word: str, known: Iterable[str]) -> str:
    """As `did_you_mean`, but for names of three letters too."""
    import difflib  # only an error needs it

    near = difflib.get_close_matches(word, [*known], n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""
