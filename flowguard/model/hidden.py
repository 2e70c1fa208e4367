"""Values that may not be shown, and the stand-ins that go about for them.

What a template reads from the environment or from a raw file reaches names, and so
every report. Such a value is sealed where it is read: `hide` gives a stand-in, a
text of letters and digits. Only the stand-in is joined, compared, put into questions
and told. Two edges open it: `real`, where AWS is asked and where a decision needs
the value itself, and `shown`, where a report leaves, which puts the expression there
that read the value. An edge that is forgotten shows a stand-in, never the value.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

T = TypeVar("T")

_STAND_IN = re.compile(r"zqx([0-9]{4,})zq", re.IGNORECASE)
"""Letters and digits only: it survives what makes logical ids of names, and in
whatever case."""
_ARN = re.compile(
    r"(arn:aws[a-z-]{0,20}:[a-z0-9-]{1,30}):([a-z]{2}(?:-[a-z]+){1,3}-\d)?:(\d*):(.+)",
    re.DOTALL,
)
_KINDS = frozenset(
    (
        *("alias", "certificate", "cluster", "function", "key", "layer", "policy"),
        *("role", "rule", "secret", "stateMachine", "stream", "table", "topic"),
        *("userpool", "event-bus", "loadbalancer", "listener", "app", "net"),
    )
)
"""What an ARN says of the kind of a resource, before its name."""
UNKNOWN = "\0"
"""What a stand-in is for where only the expression is known."""
_TELLING = 6
_PLAIN = frozenset({"", "true", "false"})
"""Values that say nothing, and that decide what a template is."""
_SECRET_NAME = re.compile(
    r"TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|KEY|(^|_)PASS(_|$)|_PWD(_|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Sealed:
    value: str
    expression: str
    """As the user wrote it, such as `${env:TOKEN}`."""
    whole: str = ""
    """The stand-in that this one is a part of."""


_sealed: list[_Sealed] = []
_known: dict[tuple[str, str], str] = {}
_lock = threading.Lock()


def is_secret_name(name: str) -> bool:
    """Whether a variable of the environment holds a secret, by its name."""
    return _SECRET_NAME.search(name) is not None


def hide(value: str, expression: str) -> str:
    """A stand-in for `value`, which `expression` read; the same for the same two.

    What looks like an ARN keeps that form, so that what is decided by the form is
    decided the same. An empty text, `true` and `false` are left as they are.
    """
    if value in _PLAIN:
        return value
    expression = shown(expression)
    with _lock:
        if (known := _known.get((value, expression))) is not None:
            return known
        arn = _ARN.fullmatch(value)
        made = _hidden_arn(arn, expression) if arn else _seal(value, expression)
        _known[value, expression] = made
    return made


def _seal(value: str, expression: str) -> str:
    _sealed.append(_Sealed(value, expression))
    return f"zqx{len(_sealed) - 1:04}zq"


def _hidden_arn(arn: re.Match[str], expression: str) -> str:
    first = len(_sealed)
    parts = re.split(r"([:/])", arn[4])
    for index in range(0, len(parts), 2):
        kind = parts[index] in _KINDS and index + 1 < len(parts)
        if parts[index] and not kind:
            parts[index] = _seal(parts[index], expression)
    whole = f"{arn[1]}:{arn[2] or ''}:{arn[3]}:{''.join(parts)}"
    for index in range(first, len(_sealed)):
        _sealed[index] = replace(_sealed[index], whole=whole)
    return whole


def any_known() -> bool:
    """Whether anything was hidden since the process began."""
    return bool(_sealed)


def telling_values() -> tuple[str, ...]:
    """All values that were hidden, but for those that any text may hold."""
    return tuple(sealed.value for sealed in _sealed if len(sealed.value) >= _TELLING)


def is_hidden(text: str) -> bool:
    """Whether `text` holds a stand-in."""
    return bool(_sealed) and bool(_within(text))


def _within(text: str) -> list[re.Match[str]]:
    count = len(_sealed)
    return [found for found in _STAND_IN.finditer(text) if int(found[1]) < count]


def values_in(text: str) -> dict[str, str]:
    """Each value that a stand-in in `text` is for, with that stand-in."""
    found = (_sealed[int(match[1])] for match in _within(text))
    wholes = {real(sealed.whole): sealed.whole for sealed in found if sealed.whole}
    return wholes | {
        sealed.value: _known[sealed.value, sealed.expression]
        for sealed in (_sealed[int(match[1])] for match in _within(text))
        if not sealed.whole
    }


def real(text: str) -> str:
    """`text` with the values in place of their stand-ins: for AWS, and to decide by."""
    return _put(text, lambda sealed: sealed.value)


def shown(text: str) -> str:
    """`text` with the expressions in place of what they read: for people."""
    if not _sealed:
        return text
    for found in _within(text):
        sealed = _sealed[int(found[1])]
        if sealed.whole:
            text = text.replace(sealed.whole, sealed.expression)
    return _put(text, lambda sealed: sealed.expression)


def _put(text: str, what: Callable[[_Sealed], str]) -> str:
    if not _sealed:
        return text

    def one(found: re.Match[str]) -> str:
        number = int(found[1])
        return what(_sealed[number]) if number < len(_sealed) else found[0]

    return _STAND_IN.sub(one, text)


def through(function: Callable[[str], str], text: str) -> str:
    """`function` of the value behind `text`, hidden as that is."""
    if not is_hidden(text):
        return function(text)
    return hide(function(real(text)), text)


def like(value: T, guide: Any) -> T:
    """`value` with each text hidden that is where `guide` hides one.

    A text that is the same stays the same; another one is an earlier value of it.
    """
    made: Any = value
    match value, guide:
        case str(), str() if is_hidden(guide):
            made = _another(value, guide) if real(guide) != value else guide
        case Mapping(), Mapping():
            made = {k: like(v, guide.get(k)) for k, v in value.items()}
        case list(), list():
            rest = [None] * max(len(value) - len(guide), 0)
            made = [like(v, g) for v, g in zip(value, [*guide, *rest], strict=False)]
        case _:
            pass
    return made  # type: ignore[no-any-return]  # of the type that it had


def _another(value: str, guide: str) -> str:
    """`value` hidden, which stands where `guide` hides another, or an unknown one."""
    if UNKNOWN not in real(guide):
        return hide(value, f"{guide} (another value)")
    found = list(_STAND_IN.finditer(guide))
    unknown = [one for one in found if real(one[0]) == UNKNOWN]
    ends = [0, *(one.end() for one in unknown)]
    between = [
        guide[end : one.start()] for end, one in zip(ends, unknown, strict=False)
    ]
    pattern = "(.+?)".join(
        re.escape(real(text)) for text in [*between, guide[ends[-1] :]]
    )
    if (match := re.fullmatch(pattern, value, re.DOTALL)) is None:
        return hide(value, guide)
    values = map(hide, match.groups(), (one[0] for one in unknown))
    parts = [text for pair in zip(between, values, strict=True) for text in pair]
    return "".join([*parts, guide[ends[-1] :]])


def every(function: Callable[[str], str], value: T) -> T:
    """`value` with `function` of each text in it, however deep; keys, too.

    A data class, mapping, list, tuple or set in which nothing changes is itself.
    """
    made: Any = _every(function, value)
    return made  # type: ignore[no-any-return]  # of the type that it had


def _every(function: Callable[[str], str], value: Any) -> Any:
    match value:
        case str() if type(value) is str:
            text = function(value)
            return value if text == value else text
        case Mapping():
            new = {_every(function, k): _every(function, v) for k, v in value.items()}
            return value if _same(new.values(), value.values(), new, value) else new
        case list() | tuple() | set() | frozenset():
            items = [_every(function, item) for item in value]
            same = all(a is b for a, b in zip(items, value, strict=True))
            return value if same else type(value)(items)
        case _ if is_dataclass(value) and not isinstance(value, type):
            changed = {
                name: new
                for name in names_of(type(value))
                if (new := _every(function, old := getattr(value, name))) is not old
            }
            return replace(value, **changed) if changed else value
        case _:
            return value


def _same(new: Any, old: Any, keys: Any, before: Any) -> bool:
    pairs = [*zip(new, old, strict=False), *zip(keys, before, strict=False)]
    return len(keys) == len(before) and all(a is b for a, b in pairs)


def names_of(kind: type) -> tuple[str, ...]:
    """The fields of a data class."""
    if kind not in _fields:
        _fields[kind] = tuple(field.name for field in fields(kind) if field.init)
    return _fields[kind]


_fields: dict[type, tuple[str, ...]] = {}
