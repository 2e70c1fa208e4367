"""`${…}` in a spec: what each refers to must be there, and there in time.

`${source.name}` comes from outside of the checks; `${name}` was saved by an earlier
step of the same check, `${checks.other.name}` by another check. `$${` is a plain `${`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields, is_dataclass
from functools import cache

from flowguard.errors import did_you_mean
from flowguard.model.places import Location
from flowguard.smoke.spec.faults import Fault, Gathering
from flowguard.smoke.suite import Check, Http, Suite
from flowguard.smoke.variables import SHORTER, oversized
from flowguard.template.document import Node

OUTSIDE = ("stack", "env", "ssm", "secret", "git", "run")
"""Sources that the run is given."""
_SOURCES = (*OUTSIDE, "vars", "auth", "checks")
_PLACEHOLDER = re.compile(r"(?<!\$)\$\{([^{}]*)\}")
_OPEN = re.compile(r"(?<!\$)\$\{")
_NAME = re.compile(r"[\w-]+")
_IN_AUTH = frozenset({"auth"})


def placeholders(text: str) -> list[str]:
    """What stands between the braces of each `${…}`."""
    return [found.strip() for found in _PLACEHOLDER.findall(text)]


def without_placeholders(text: str) -> str:
    """The text with a number for each `${…}`, which fits wherever a value fits."""
    return _PLACEHOLDER.sub("0", text)


def needs(check: Check) -> frozenset[str]:
    """The checks whose captures `check` uses."""
    found: set[str] = set()
    _gather(check.what, found)
    return frozenset(found)


def _gather(value: object, found: set[str]) -> None:
    """Add the checks that the texts in a value name, whatever holds them."""
    if isinstance(value, str):
        if "${" in value:
            inner = (i for i in placeholders(value) if i.startswith("checks."))
            found.update(text.split(".", 2)[1] for text in inner)
    elif isinstance(value, tuple | list):
        for part in value:
            _gather(part, found)
    elif isinstance(value, dict):
        for key, part in value.items():
            _gather(key, found)
            _gather(part, found)
    else:
        for name in _parts(type(value)):  # type: ignore[arg-type]  # it has a hash
            if part := getattr(value, name):
                _gather(part, found)


@cache
def _parts(kind: type) -> tuple[str, ...]:
    """The fields of a data class that texts may stand in."""
    if not is_dataclass(kind) or kind is Location:
        return ()
    return tuple(field.name for field in fields(kind))


# -- what is wrong with them -----------------------------------------------------


def faults_of(document: Node, suite: Suite) -> tuple[Fault, ...]:
    """Every reference that cannot be followed, and every circle of them."""
    found = Gathering()
    checks = {check.name: check for check in suite.checks}
    known = _Known(frozenset(suite.variables), frozenset(suite.sign_ins), checks)
    for key, node in document.mapping.items():
        if key != "checks":
            without = _IN_AUTH if key == "auth" else frozenset()
            _Reader(known, found, f"{key!r}", without=without).read(node)
    for name, node in document.mapping["checks"].mapping.items():
        _read_check(name, node, known, found)
    _sign_ins(document, known, found)
    circles = {
        "vars": {
            name: _names_of(text, "vars") for name, text in suite.variables.items()
        },
        "checks": {name: needs(check) - {name} for name, check in checks.items()},
    }
    for section, edges in circles.items():
        _circles(document.mapping.get(section), edges, found)
    written = document.mapping.get("vars")
    for name, words in oversized(suite.variables) if written else ():
        place = written.mapping[name].location if written else document.location
        found.add(place, f"the variable {name!r} {words}: {SHORTER}")
    return tuple(found.faults)


@dataclass(slots=True, eq=False, repr=False)
class _Known:
    """What may be referred to."""

    variables: AbstractSet[str]
    sign_ins: AbstractSet[str]
    checks: Mapping[str, Check]

    def saved(self, check: str) -> frozenset[str]:
        """What the answers of a check are kept as."""
        what = self.checks[check].what
        steps = (*what.steps, *what.cleanup) if isinstance(what, Http) else ()
        return frozenset(name for step in steps for name, _ in step.save)


@dataclass(slots=True, eq=False, repr=False)
class _Reader:
    """Reads a part of the spec in which the same things are known."""

    known: _Known
    found: Gathering
    where: str
    check: str = ""
    """The check that the part is of; other checks' captures are known only there."""
    saved: AbstractSet[str] = frozenset()
    later: AbstractSet[str] = frozenset()
    """What the check saves, but not yet."""
    without: AbstractSet[str] = frozenset()
    """Sources that are not there yet."""

    def read(self, node: Node) -> None:
        """Find the faults of every text in `node`, its keys included."""
        if node.text is not None:
            self._text(node.text, node.location)
        for key, inner in node.mapping.items():
            self._text(key, node.keys.get(key, node.location))
            self.read(inner)
        for inner in node.items:
            self.read(inner)

    def _text(self, text: str, place: Location) -> None:
        closed = len(_PLACEHOLDER.findall(text))
        if len(_OPEN.findall(text)) > closed:
            hint = "close it with }, or write $${ for a plain ${"
            self.found.add(place, f"a ${{ has no end: {hint}")
        for inner in placeholders(text):
            if message := self._fault(inner):
                self.found.add(place, f"${{{inner}}}: {message}")

    def _fault(self, inner: str) -> str:
        source, dot, name = inner.partition(".")
        if not dot:
            return self._bare(inner)
        if source not in _SOURCES:
            hint = did_you_mean(source, _SOURCES)
            return f"there is no source {source!r}{hint}"
        if not name:
            return f"say which of {source!r}, such as ${{{source}.name}}"
        if source in self.without:
            return f"{source!r} is not known in {self.where}"
        return self._one(source, name)

    def _one(self, source: str, name: str) -> str:
        match source:
            case "vars" if name not in self.known.variables:
                hint = did_you_mean(name, self.known.variables)
                return f"there is no {name!r} in `vars`{hint}"
            case "auth":
                return self._sign_in(name)
            case "checks":
                return self._other(name)
            case _:
                return ""

    def _bare(self, name: str) -> str:
        if not _NAME.fullmatch(name):
            return "a name is missing, such as ${env.NAME}"
        if name in self.saved:
            return ""
        if name in self.later:
            return "it is used before a step saves it"
        if not self.check:
            return f"no source is named, and {self.where} has no captures"
        sources = [f"{s}.{name}" for s in ("vars",) if name in self.known.variables]
        near = did_you_mean(name, [*self.saved, *self.later])
        hint = f"; did you mean '{sources[0]}'?" if sources else near
        return f"no step before it saves {name!r}{hint}"

    def _sign_in(self, name: str) -> str:
        sign_in, dot, what = name.partition(".")
        if sign_in not in self.known.sign_ins:
            hint = did_you_mean(sign_in, self.known.sign_ins)
            return f"there is no sign-in {sign_in!r} in `auth`{hint}"
        return "" if dot and what else f"say what of it, such as ${{auth.{name}.name}}"

    def _other(self, name: str) -> str:
        other, dot, capture = name.partition(".")
        if not self.check:
            return f"{self.where} comes before the checks"
        if other == self.check:
            return f"a check's own captures are written ${{{capture or 'name'}}}"
        if other not in self.known.checks:
            hint = did_you_mean(other, self.known.checks)
            return f"there is no check {other!r}{hint}"
        saved = self.known.saved(other)
        if not dot or capture not in saved:
            hint = did_you_mean(capture, saved)
            return f"the check {other!r} saves no {capture!r}{hint}"
        return ""


def _read_check(name: str, node: Node, known: _Known, found: Gathering) -> None:
    """The steps in their order: each knows what those before it saved."""
    every = known.saved(name)
    saved: set[str] = set()
    for step in (*_items(node, "steps"), *_items(node, "finally")):
        _Reader(known, found, name, name, frozenset(saved), every - saved).read(step)
        save = step.get("save")
        saved |= save.mapping.keys() if save else set()
    reader = _Reader(known, found, name, name, later=every)
    for key, inner in node.mapping.items():
        if key not in {"steps", "finally"}:
            reader.read(inner)


def _items(node: Node, key: str) -> list[Node]:
    inner = node.get(key)
    return inner.items if inner else []


def _names_of(text: str, source: str) -> frozenset[str]:
    prefix = f"{source}."
    return frozenset(
        inner.removeprefix(prefix)
        for inner in placeholders(text)
        if inner.startswith(prefix)
    )


def _sign_ins(document: Node, known: _Known, found: Gathering) -> None:
    """`as:` must name a sign-in."""
    checks = document.mapping["checks"].mapping.values()
    phases = [document.get("wait"), document.get("release")]
    for node in (*checks, *(phase for phase in phases if phase)):
        for step in (node, *_items(node, "steps"), *_items(node, "finally")):
            name = step.get("as")
            if name and name.text not in known.sign_ins:
                hint = did_you_mean(name.text or "", known.sign_ins)
                message = f"there is no sign-in {name.text!r} in `auth`{hint}"
                found.add(name.location, message)


def _circles(
    section: Node | None, edges: Mapping[str, AbstractSet[str]], found: Gathering
) -> None:
    """Names that need themselves, by way of others."""
    left = {
        name: {to for to in needed if to in edges} for name, needed in edges.items()
    }
    while free := [name for name, needed in left.items() if not needed]:
        for name in free:
            del left[name]
        for needed in left.values():
            needed.difference_update(free)
    if left and section:
        circle = _circle(left)
        place = section.keys[circle[0]]
        found.add(place, f"a circle of references: {' → '.join((*circle, circle[0]))}")


def _circle(edges: Mapping[str, AbstractSet[str]]) -> list[str]:
    """One of the circles that there are; every name in `edges` needs another of them."""
    path = [next(iter(edges))]
    while (step := min(edges[path[-1]])) not in path:
        path.append(step)
    return path[path.index(step) :]
