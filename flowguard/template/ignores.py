"""The user's words in a template that findings of some rules are no concern.

A comment speaks of the value on its line or, standing alone, of the next line
that is written; on the line of a resource's logical id it speaks of the whole
resource:

    TableName: users   # flowguard: ignore[name-taken] adopted by hand

So does a resource's metadata: `Metadata: {flowguard: {ignore: [rule-id]}}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from flowguard.model.changes import Ignore
from flowguard.model.places import Location
from flowguard.template.document import Node

_COMMENT = re.compile(r"(?:^|\s)#\s*flowguard:\s*(?P<words>.*)$")
_IGNORE = re.compile(r"ignore\s*\[(?P<rules>[^\]]*)\]\s*(?P<reason>.*)$")


def ignores(
    text: str, path: str, root: Node, owners: Mapping[int, str] | None = None
) -> tuple[Ignore, ...]:
    """Every `Ignore` that a document holds, in reading order.

    `owners` adds lines that speak of a whole resource, with its logical id, for
    dialects whose resources are not written under `Resources`. A comment that
    is no `ignore[rule-id]` gives an `Ignore` without rules whose reason is what
    was written, so that a rule can tell.
    """
    resources = _resources(root)
    lines = {
        section.keys[logical_id].line: logical_id
        for section in resources
        for logical_id in section.mapping
        if logical_id in section.keys and section.keys[logical_id].path == path
    }
    return (
        *_comments(text, path, {**lines, **(owners or {})}),
        *(
            ignore
            for section in resources
            for logical_id, resource in section.mapping.items()
            for ignore in _metadata(logical_id, resource)
        ),
    )


def _resources(root: Node) -> list[Node]:
    """The mappings of logical ids: CloudFormation's, and Serverless's own."""
    section = root.get("resources")
    parts = section.items if section and section.items else [section]
    nested = [part.get("Resources") for part in parts if part]
    return [node for node in (root.get("Resources"), *nested) if node]


def _comments(text: str, path: str, owners: Mapping[int, str]) -> Iterator[Ignore]:
    if "flowguard:" not in text:
        return
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if not (comment := _COMMENT.search(line.rstrip())):
            continue
        alone = not line[: comment.start()].strip()
        about = _next_written(lines, number) if alone else number
        place = Location(path, number, line.index("#", comment.start()) + 1)
        rules, reason = _parse(comment["words"])
        if owner := owners.get(about):
            yield Ignore(rules, reason, None, owner)
        else:
            yield Ignore(rules, reason, Location(path, about) if rules else place)


def _parse(words: str) -> tuple[tuple[str, ...], str]:
    match = _IGNORE.match(words)
    if match is None:
        return (), words.strip()
    rules = (rule.strip() for rule in match["rules"].split(","))
    return tuple(rule for rule in rules if rule), match["reason"].strip()


def _next_written(lines: list[str], number: int) -> int:
    """The number of the first line after `number` that is no comment or blank."""
    for later, line in enumerate(lines[number:], number + 1):
        if line.strip() and not line.lstrip().startswith("#"):
            return later
    return number


def _metadata(logical_id: str, resource: Node) -> Iterator[Ignore]:
    node = resource.get("Metadata", "flowguard", "ignore")
    if node is None:
        return
    rules = tuple(item.text for item in node.items or [node] if item.text)
    reason = resource.get("Metadata", "flowguard", "reason")
    yield Ignore(rules, (reason and reason.text) or "", None, logical_id)
