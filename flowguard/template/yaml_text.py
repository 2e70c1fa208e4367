"""YAML → nodes, from the events of PyYAML's C parser.

Events rather than its loader: they carry every mark, and this builder decides
what the loader leaves open (CloudFormation's tags, keys written twice, how far
aliases may expand, how deep a document may be) without recursion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from flowguard.errors import TemplateError
from flowguard.model.places import Location
from flowguard.template.document import (
    MAX_DEPTH,
    MAX_VALUES,
    Node,
    Scalar,
    enter,
    too_deep,
)
from flowguard.template.yaml_errors import forbidden_character, syntax_error
from flowguard.template.yaml_scalars import SCALARS

_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STANDARD = "tag:yaml.org,2002:"


def parse_yaml(text: str, path: str, *, version: str) -> Node | None:
    """The root of a YAML document, or None where nothing is written.

    `version` decides which plain words are no strings: "1.1" as CloudFormation
    reads them (`yes`, `0777`), "1.2" as js-yaml does. Raises `TemplateError`
    with a place.
    """
    builder = _Builder(path, SCALARS[version])
    try:
        for event in _events(text):
            builder.take(event)
    except yaml.reader.ReaderError:
        raise forbidden_character(text, path) from None
    except yaml.MarkedYAMLError as error:
        raise syntax_error(error, path) from None
    return builder.root


def _events(text: str) -> Iterator[Any]:
    parser = _Parser(text)
    try:
        while parser.check_event():
            yield parser.get_event()
    finally:
        parser.dispose()


@dataclass(slots=True)
class _Open:
    """A mapping or a sequence whose end was not seen yet."""

    node: Node
    anchor: str | None
    tag: str | None
    size: int = 1
    height: int = 0
    key: str | None = None
    key_location: Location | None = None
    merged: list[Node] = field(default_factory=list)

    @property
    def wants_key(self) -> bool:
        """Whether the next value is a key."""
        return isinstance(self.node.value, dict) and self.key is None


@dataclass(frozen=True, slots=True)
class _Anchored:
    node: Node
    size: int
    height: int


class _Builder:
    def __init__(self, path: str, scalars: Callable[[str], Scalar]) -> None:
        self.root: Node | None = None
        self._path = path
        self._scalars = scalars
        self._open: list[_Open] = []
        self._anchors: dict[str, _Anchored | None] = {}
        self._documents = 0
        self._aliased = 0

    def take(self, event: Any) -> None:
        match event:
            case yaml.ScalarEvent():
                self._scalar(event)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._begin(event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._end()
            case yaml.AliasEvent():
                self._alias(event)
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise TemplateError(
                        "a second YAML document starts here",
                        location=self._location(event),
                        help="keep one document in the file: remove this `---`",
                    )
            case _:
                pass

    def _begin(self, event: Any) -> None:
        location = self._location(event)
        if self._wants_key:
            raise _no_key(location)
        if len(self._open) == MAX_DEPTH:
            raise too_deep(location)
        if event.anchor:
            self._anchors[event.anchor] = None
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._open.append(_Open(Node(value, location), event.anchor, event.tag))

    def _end(self) -> None:
        done = self._open.pop()
        if isinstance(done.node.value, dict):
            for source in done.merged:
                _merge(done.node, source)
        node = _tagged(done.node, done.tag)
        self._add(_Anchored(node, done.size, done.height + 1), done.anchor)

    def _scalar(self, event: Any) -> None:
        location = self._location(event)
        if self._wants_key:
            if _is_short(event.tag):
                raise _no_key(location)
            plain = Node(event.value, location)
            merges = event.implicit[0] and event.value == "<<"
            self._key(plain, None if merges else location, event.anchor)
        else:
            value = self._value(event, location)
            node = _tagged(Node(value, location), event.tag)
            self._add(_Anchored(node, 1, 0), event.anchor)

    def _key(self, node: Node, place: Location | None, anchor: str | None) -> None:
        """Keep a key until its value comes; without a place it is `<<`."""
        top = self._open[-1]
        top.key, top.key_location = str(node.value), place
        if anchor:
            self._anchors[anchor] = _Anchored(node, 1, 0)

    def _value(self, event: Any, location: Location) -> Scalar:
        text: str = event.value
        if event.tag is None or event.tag == "!":
            return self._scalars(text) if event.implicit[0] else text
        kind = event.tag.removeprefix(_STANDARD)
        if kind in {"int", "float", "bool", "null"}:
            return self._scalars(text)
        if kind in {"str", "timestamp", "binary"} or _is_short(event.tag):
            return text
        raise _unknown_tag(event.tag, location)

    def _alias(self, event: Any) -> None:
        location = self._location(event)
        found = self._anchors.get(event.anchor)
        if found is None:
            inside = event.anchor in self._anchors
            raise TemplateError(
                f"the anchor &{event.anchor} "
                + ("contains itself" if inside else "is written nowhere above"),
                location=location,
                help=f"write the value in place of *{event.anchor}",
            )
        self._aliased += found.size
        if self._aliased > MAX_VALUES:
            raise TemplateError(
                f"the aliases expand to more than {MAX_VALUES} values",
                location=location,
                help="write fewer aliases of anchors that hold aliases",
            )
        if len(self._open) + found.height > MAX_DEPTH:
            raise too_deep(location)
        if not self._wants_key:
            self._add(found, None)
        elif isinstance(found.node.value, dict | list):
            raise _no_key(location)
        else:
            self._key(found.node, location, None)

    def _add(self, done: _Anchored, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = done
        if not self._open:
            self.root = done.node
            return
        top = self._open[-1]
        top.size += done.size
        top.height = max(top.height, done.height)
        if isinstance(top.node.value, list):
            top.node.value.append(done.node)
        elif top.key is not None:
            if top.key_location is None:
                top.merged.extend(_merge_sources(done.node))
            else:
                enter(top.node, top.key, top.key_location, done.node)
            top.key = None

    @property
    def _wants_key(self) -> bool:
        return bool(self._open) and self._open[-1].wants_key

    def _location(self, event: Any) -> Location:
        start, end = event.start_mark, event.end_mark
        line, column = start.line + 1, start.column + 1
        if end.line != start.line or not isinstance(event, yaml.ScalarEvent):
            return Location(self._path, line, column)
        return Location(self._path, line, column, line, end.column + 1)


def _merge_sources(node: Node) -> list[Node]:
    sources = node.items if isinstance(node.value, list) else [node]
    for source in sources:
        if not isinstance(source.value, dict) or source.tag:
            raise TemplateError(
                "only a mapping can be merged with `<<`",
                location=source.location,
                help="merge an alias of a mapping, such as `<<: *defaults`",
            )
    return sources


def _merge(into: Node, source: Node) -> None:
    for key, node in source.mapping.items():
        if key not in into.mapping:
            into.mapping[key] = node
            into.keys[key] = source.keys.get(key, node.location)


def _is_short(tag: str | None) -> bool:
    return tag is not None and tag.startswith("!") and tag != "!"


def _tagged(node: Node, tag: str | None) -> Node:
    """What CloudFormation's short tags stand for: `!Sub x` is `Fn::Sub: x`."""
    if tag is None or tag == "!" or tag.startswith(_STANDARD):
        return node
    if not tag.startswith("!"):
        raise _unknown_tag(tag, node.location)
    name = tag[1:] if tag in {"!Ref", "!Condition"} else f"Fn::{tag[1:]}"
    if name == "Fn::GetAtt" and isinstance(node.value, str):
        parts = node.value.split(".", 1)
        node = Node([Node(part, node.location) for part in parts], node.location)
    return Node({name: node}, node.location, {name: node.location}, tag)


def _no_key(location: Location) -> TemplateError:
    return TemplateError(
        "a key must be a string", location=location, help="put quotes around the key"
    )


def _unknown_tag(tag: str, location: Location) -> TemplateError:
    return TemplateError(
        f"the tag {tag} means nothing here",
        location=location,
        help="remove the tag, or use one of CloudFormation's, such as !Sub",
    )
