"""The release at hand against the one that is live. Pure: it asks nobody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flowguard.errors import TemplateError
from flowguard.model.snapshot import WITHHELD, StackParameter
from flowguard.release.canonical import canonical, named_resources, read
from flowguard.release.difference import Difference, differences, looks_the_same
from flowguard.release.ignored import folded, package_time, without
from flowguard.release.references import Reference, macros, split
from flowguard.release.uploads import Known, Sameness, compared
from flowguard.release.values import Likeness, Live, LocalRelease, Match, stamp, stamped

MOST_TOLD = 10
"""Differences that are named; how many more there are is said."""
_DYNAMIC = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):")


@dataclass(frozen=True, slots=True)
class _Side:
    """One template, ready to be compared."""

    rest: dict[str, Any]
    """Without what tools add, the time of its package, and its references."""
    references: Mapping[tuple[str, str], Reference]
    """As they are written."""
    folded: Mapping[tuple[str, str], Reference]
    """Without the time of the package."""
    package: str
    stamp: str


@dataclass(slots=True)
class _Tally:
    """What has come out so far."""

    same: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    not_compared: list[str] = field(default_factory=list)
    is_open: bool = False
    """Whether something that tells releases apart was not compared."""
    parameters_differ: bool = False

    def leave(self, what: str, *, tells: bool) -> None:
        """Write down what was not compared, and whether it tells releases apart."""
        self.not_compared.append(what)
        self.is_open |= tells


def compare(local: LocalRelease, live: Live) -> Match:
    """Whether what is live is the release at hand, what that rests on, what is open.

    A template that cannot be read or compared gives `UNKNOWN`; nothing is raised.
    """
    tally = _Tally()
    text = live.processed if local.expanded else live.original
    if not text:
        tally.leave("the template: AWS did not show it", tells=True)
        return _match(tally, local)
    name = live.state.stack_name
    if local.stack_name and name and local.stack_name != name:
        tally.leave(f"all of it: {local.source} is for another stack", tells=True)
        return _match(tally, local)
    try:
        there = _side(read(text, "the live template"))
        here = _side(local.template)
        _templates(here, there, tally)
        _references(here, there, local, live, tally)
    except TemplateError as error:
        tally.leave(f"the template: {error.message}", tells=True)
    except RecursionError:
        tally.leave("the template: its parts stand too deep in each other", tells=True)
    else:
        _parameters(here, local, live, tally)
        if stamped(local.template) and not here.stamp:
            tally.leave("the stamp: it names no commit", tells=False)
        return _match(tally, local, proven=here.stamp == there.stamp != "")
    return _match(tally, local)


def _side(template: Mapping[str, Any]) -> _Side:
    whole = canonical(template)
    without(whole)
    rest, known = split(folded(whole))
    _, written = split(whole)
    return _Side(rest, written, known, package_time(whole), stamp(whole))


def _match(tally: _Tally, local: LocalRelease, *, proven: bool = False) -> Match:
    """The outcome. A stamp says of itself which release this is; only parameters,
    which are given at each deploy, can then still refute."""
    if proven:
        tally.same.insert(0, "stamp")
    if tally.parameters_differ or (tally.other and not proven):
        likeness = Likeness.DIFFERENT
    elif tally.is_open and not proven:
        likeness = Likeness.UNKNOWN
    else:
        likeness = Likeness.EQUAL
    told = tally.other[:MOST_TOLD]
    if more := len(tally.other) - len(told):
        told.append(f"{more} more")
    return Match(
        likeness,
        local.source,
        tuple(tally.same),
        tuple(told),
        tuple(tally.not_compared),
    )


# --- the template -------------------------------------------------------------------


def _templates(here: _Side, there: _Side, tally: _Tally) -> None:
    found = [*differences(here.rest, there.rest)]
    illegible = [each for each in found if each.illegible]
    other = [each for each in found if not each.illegible]
    tally.other.extend(map(str, other))
    if not other:
        tally.same.append("template")
    for difference in illegible:
        tells = not (difference.only_described or _same_package(here, there))
        tally.leave(_illegible(difference), tells=tells)
    for name in macros(here.rest):
        tally.leave(f"what the macro {name} makes of the template", tells=True)
    if _DYNAMIC.search(_text(here.rest)):
        what = "values that the deploy read from Parameter Store or Secrets Manager"
        tally.leave(what, tells=False)


def _illegible(difference: Difference) -> str:
    where = ".".join(difference.path)
    return f"{where}: AWS shows `?` for each letter beyond ASCII"


def _same_package(here: _Side, there: _Side) -> bool:
    """Whether both were made by one run of `serverless package`."""
    return bool(here.package) and here.package == there.package


def _text(value: Any) -> str:
    """All strings of a template, to look for one in."""
    match value:
        case dict():
            return "\n".join(map(_text, value.values()))
        case list():
            return "\n".join(map(_text, value))
        case str():
            return value
        case _:
            return ""


# --- what it names ------------------------------------------------------------------


def _references(
    here: _Side, there: _Side, local: LocalRelease, live: Live, tally: _Tally
) -> None:
    known = Known(
        live.state,
        {(a.logical_id, a.property_name): a for a in local.artifacts},
        local.parameters,
        _published(here),
    )
    for at, mine in here.references.items():
        other = there.references.get(at)
        if other is None:
            continue  # the templates differ
        as_written = here.folded[at].value == there.folded[at].value
        outcome, why = compared(mine, other, known, as_written=as_written)
        if outcome is Sameness.SAME:
            tally.same.append(mine.what)
        elif outcome is Sameness.OTHER:
            tally.other.append(f"{mine.what}: {why}")
        else:
            tally.leave(f"{mine.what}: {why}", tells=True)


def _published(side: _Side) -> dict[str, str]:
    """The code's digest that Serverless writes into each version of a function."""
    found = {}
    for _, resource in named_resources(side.rest.get("Resources")):
        match resource:
            case {
                "Type": "AWS::Lambda::Version",
                "Properties": {
                    "FunctionName": {"Ref": str(function)},
                    "CodeSha256": str(digest),
                },
            }:
                found[function] = digest
            case _:
                pass
    return found


# --- parameters ---------------------------------------------------------------------


def _parameters(here: _Side, local: LocalRelease, live: Live, tally: _Tally) -> None:
    declared = here.rest.get("Parameters")
    states = {p.key: p for p in live.state.parameters}
    for key in sorted(declared) if isinstance(declared, dict) else ():
        what, given, state = (
            f"parameter {key}",
            local.parameters.get(key),
            states.get(key),
        )
        if given is None:
            tally.leave(
                f"{what}: which value this pipeline gives is not known", tells=False
            )
        elif state is None:
            tally.leave(f"{what}: AWS did not tell its value", tells=False)
        elif state.no_echo or WITHHELD in {state.value, given}:
            tally.leave(f"{what}: its value is hidden", tells=False)
        elif _is_given(given, state):
            tally.same.append(what)
        elif looks_the_same(given, state.value):
            tally.leave(f"{what}: AWS shows `?` for letters beyond ASCII", tells=True)
        else:
            tally.parameters_differ = True
            tally.other.append(f"{what} has another value")


def _is_given(given: str, state: StackParameter) -> bool:
    if given == state.value:
        return True
    if "List" not in state.type:
        return False
    parts = [
        [item.strip() for item in text.split(",")] for text in (given, state.value)
    ]
    return parts[0] == parts[1]
