"""A document held against the sections: what is wrong in it, and where."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from flowguard.config.job import Job
from flowguard.config.notifications import (
    EmailSection,
    GitHubIssueSection,
    NotifySection,
    SentrySection,
)
from flowguard.config.section import Section
from flowguard.config.sections import (
    File,
    NamingSection,
    RuleSection,
    StageSection,
    TargetSection,
    suggestion,
)
from flowguard.config.targets import expand, faults_of, jobs_twice, places
from flowguard.errors import ConfigError
from flowguard.model.places import Location, Path
from flowguard.template.document import Node

Fault = tuple[Location, str]

_WANTED = {
    "string": "text",
    "int": "a number",
    "bool": "true or false",
    "list": "a list",
    "dict": "a mapping",
    "model": "a mapping",
}

_SAID = frozenset({"medium", "secret"})
"""Faults of our own, whose message is complete; a secret is not shown with it."""


def validate(
    document: Node, rule_ids: Iterable[str] | None
) -> tuple[File, tuple[Job, ...]]:
    """The sections of `document`, and the jobs that its targets make.

    Raises `ConfigError` at the first fault, with the others in its help.
    """
    faults = [*_unknown_rules(document, rule_ids), *_no_smoke_tests(document)]
    try:
        file = File.model_validate(document.plain())
        faults += _names_twice(document, file)
        found = [*faults_of(document, file)]
        jobs = () if found else expand(file, places(document))
        faults += found or jobs_twice(jobs)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise _error([*faults, *(_fault(document, d) for d in details)]) from None
    if faults:
        raise _error(faults)
    return file, jobs


def _error(faults: Iterable[Fault]) -> ConfigError:
    (location, message), *others = sorted(set(faults))
    lines = ["`flowguard schema` describes every key"]
    if others:
        lines.append(f"{len(others)} more to mend:")
        lines += [f"  {place}: {text}" for place, text in others]
    return ConfigError(message, location=location, help="\n".join(lines))


# --- what pydantic found --------------------------------------------------------


def _fault(document: Node, detail: ErrorDetails) -> Fault:
    path = _path(detail["loc"])
    if detail["type"] == "extra_forbidden":
        known = _section(path[:-1]).model_fields
        key = str(path[-1])
        return _key(document, path), f"unknown key {key!r}{suggestion(key, known)}"
    node = document.get(*path)
    location = node.location if node else _key(document, path)
    return location, f"{_name(path)} {_complaint(path, detail)}"


def _path(loc: tuple[str | int, ...]) -> Path:
    """The keys down to the value; which kind of rule's entry it is, is no key."""
    return (*loc[:2], *loc[3:]) if loc[:1] == ("rules",) else loc


def _name(path: Path) -> str:
    return ".".join(map(str, path)) or "flowguard.yml"


def _key(document: Node, path: Path) -> Location:
    """Where the last key of `path` is written, or what is nearest to it."""
    parent = document.get(*path[:-1]) if path else None
    if parent and path[-1] in parent.keys:
        return parent.keys[str(path[-1])]
    return parent.location if parent else document.location


def _section(path: Path) -> type[Section]:
    """The section that the mapping at `path` is."""
    match path:
        case ("stages", _):
            return StageSection
        case ("targets", _):
            return TargetSection
        case ("naming",):
            return NamingSection
        case ("rules", _):
            return RuleSection
        case ("sentry",):
            return SentrySection
        case ("notify", _):
            return NotifySection
        case ("notify", _, "email"):
            return EmailSection
        case ("notify", _, "github_issue"):
            return GitHubIssueSection
        case _:
            return File


def _complaint(path: Path, detail: ErrorDetails) -> str:
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind in _SAID:
        return detail["msg"]
    shown = textwrap.shorten(repr(value), 60, placeholder="…")
    if _may_hold_secrets(path):
        shown = "what it is"
    if kind == "literal_error":
        return f"is {shown}, not {context['expected']}{_closest(value, context)}"
    if kind == "value_error":
        return f"is {shown}: {context['error']}"
    if kind == "string_type" and isinstance(value, int | float):
        return f"must be text, not {shown}; put it in quotes"
    if kind.endswith("_type"):
        wanted = _WANTED.get(kind.removesuffix("_type"), "something else")
        if _section(path) is RuleSection:
            wanted = "a severity or a mapping"
        return f"must be {wanted}, not {shown}"
    field = _section(path[:-1]).model_fields.get(str(path[-1])) if path else None
    example = f"; write it like {field.examples[0]}" if field and field.examples else ""
    if kind == "missing":
        return f"is missing{example}"
    return f"cannot be {shown}{example}"


def _may_hold_secrets(path: Path) -> bool:
    """Whether somebody may have written one there, who should not have."""
    return path[:1] in {("notify",), ("sentry",)} and path[2:3] != ("on",)


def _closest(value: object, context: dict[str, object]) -> str:
    if not isinstance(value, str):
        return ""
    return suggestion(value, str(context["expected"]).replace(" or ", ", ").split("'"))


# --- what no schema says ----------------------------------------------------------


def _unknown_rules(document: Node, rule_ids: Iterable[str] | None) -> Iterator[Fault]:
    rules = document.get("rules")
    if rules is None or rule_ids is None:
        return
    known = set(rule_ids)
    for rule_id in rules.mapping.keys() - known:
        hint = suggestion(rule_id, sorted(known))
        yield rules.keys[rule_id], f"there is no rule {rule_id!r}{hint}"


def _no_smoke_tests(document: Node) -> Iterator[Fault]:
    """What the tests are is read later; that they are there at all is seen here."""
    node = document.get("smoke")
    if node and node.value is not None and not (node.mapping or node.text):
        yield node.location, "smoke must be a mapping, or the path of a file"


def _names_twice(document: Node, file: File) -> Iterator[Fault]:
    """A name that stands for two stages would mean either."""
    taken = {name.lower(): name for name in file.all_stages}
    for name, section in file.all_stages.items():
        for index, alias in enumerate(section.aliases):
            owner = taken.setdefault(alias.lower(), name)
            node = document.get("stages", name, "aliases", index)
            if owner != name and node:
                yield (
                    node.location,
                    f"{alias!r} is a name of the stage {owner!r} already",
                )
