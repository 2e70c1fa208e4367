"""`Fn::ForEach`, as the transform AWS::LanguageExtensions unrolls it."""

from __future__ import annotations

import re

from flowguard.errors import TemplateError
from flowguard.template.document import Node
from flowguard.template.resolver import (
    Resolver,
    as_text,
    first_unresolved,
    malformed,
    scalar,
)

_PREFIX = "Fn::ForEach::"
_SPECIAL = re.compile(r"[^A-Za-z0-9]")


def unrolled(resolver: Resolver, section: Node, call: Node) -> Node:
    """`section` with the entries that its loops make in place of the loops.

    A loop over what is not known stays, as one entry that is `Unresolved`, and
    makes the template open-ended.
    """
    del call
    into = Node({}, section.location)
    _unroll(resolver, section, into)
    return into


def _unroll(resolver: Resolver, section: Node, into: Node) -> None:
    for key, node in section.mapping.items():
        if key.startswith(_PREFIX):
            _loop(resolver, key, node, into)
        elif key in into.mapping:
            raise TemplateError(
                f"a loop makes {key!r} twice",
                location=section.keys.get(key, node.location),
                help="write the loop's variable into the name",
            )
        else:
            into.mapping[key] = node
            into.keys[key] = section.keys.get(key, node.location)


def _loop(resolver: Resolver, key: str, loop: Node, into: Node) -> None:
    takes = "a variable, a list, and a map that is repeated"
    if len(loop.items) != 3:  # noqa: PLR2004
        raise malformed(loop, takes, "Fn::ForEach")
    variable, values, body = loop.items
    if not variable.text or not isinstance(body.value, dict):
        raise malformed(loop, takes, "Fn::ForEach")
    found = resolver.resolve(values)
    if unresolved := first_unresolved(found):
        into.mapping[key] = resolver.unresolved(
            Node({"Fn::ForEach": loop}, loop.location), unresolved.cause
        )
        resolver.open_ended = True
        return
    for item in found.items:
        text = as_text(scalar(item))
        if text is None:
            raise malformed(loop, takes, "Fn::ForEach")
        _unroll(resolver, _put(resolver, body, variable.text, text), into)


def _put(resolver: Resolver, node: Node, name: str, item: str) -> Node:
    """A copy of `node` with `item` in place of the loop's variable."""
    resolver.spend(node.location)
    value = node.value
    if isinstance(value, str):
        return Node(_put_text(value, name, item), node.location, tag=node.tag)
    if isinstance(value, list):
        items = [_put(resolver, inner, name, item) for inner in value]
        return Node(items, node.location, tag=node.tag)
    if not isinstance(value, dict):
        return node
    if (target := value.get("Ref")) and len(value) == 1 and target.text == name:
        return Node(item, node.location)
    copy = Node({}, node.location, tag=node.tag)
    for key, inner in value.items():
        done = _put_text(key, name, item)
        copy.mapping[done] = _put(resolver, inner, name, item)
        copy.keys[done] = node.keys.get(key, inner.location)
    return copy


def _put_text(text: str, name: str, item: str) -> str:
    if f"{{{name}}}" not in text:
        return text
    plain = _SPECIAL.sub("", item)
    return text.replace(f"${{{name}}}", item).replace(f"&{{{name}}}", plain)
