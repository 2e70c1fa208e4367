"""CloudFormation's intrinsic functions that work on values alone.

Each takes its argument and its call as written, and returns a value. A part
that is not known makes the whole unknown, with that part's cause; a call whose
shape CloudFormation refuses raises `TemplateError`.
"""

from __future__ import annotations

import base64
import ipaddress
import itertools
import json
import re
from collections.abc import Mapping

from flowguard.errors import TemplateError
from flowguard.model import Unknown, UnknownKind, Unresolved
from flowguard.template import conditions, loops, references
from flowguard.template.document import Node
from flowguard.template.resolver import (
    Function,
    Resolver,
    as_text,
    first_unresolved,
    malformed,
    scalar,
)

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_NAME = re.compile(r"[A-Za-z0-9_.:]+")
MAX_CIDRS = 256
"""How many blocks `Fn::Cidr` makes at most."""


def sub(resolver: Resolver, argument: Node, call: Node) -> Node:
    """`Fn::Sub`: a text with `${names}`, or a list of it and a map of values."""
    template, values = argument, Node({}, argument.location)
    if isinstance(argument.value, list):
        if len(argument.items) != 2 or not isinstance(argument.items[1].value, dict):  # noqa: PLR2004
            raise malformed(call, "Fn::Sub", "a text, or a list of a text and a map")
        template, values = argument.items
    if isinstance(template.value, Unresolved):
        return resolver.unresolved(call, template.value.cause)
    if template.text is None:
        raise malformed(call, "Fn::Sub", "a text, or a list of a text and a map")
    written: list[str] = []
    end = 0
    for match in _VARIABLE.finditer(template.text):
        written.append(template.text[end : match.start()])
        end = match.end()
        name = match[1].strip()
        if name.startswith("!"):
            written.append("${" + name[1:] + "}")
            continue
        value = _variable(resolver, name, values, call)
        if unresolved := first_unresolved(value):
            return resolver.unresolved(call, unresolved.cause)
        text = as_text(scalar(value))
        if text is None:
            return resolver.unresolved(call, f"${{{name}}} is no text")
        written.append(text)
    written.append(template.text[end:])
    return resolver.text("".join(written), call)


def _variable(resolver: Resolver, name: str, values: Node, call: Node) -> Node:
    if name in values.mapping:
        return resolver.resolve(values.mapping[name])
    if not _NAME.fullmatch(name):
        raise TemplateError(
            f"Fn::Sub cannot put anything in place of ${{{name}}}",
            location=call.location,
            help=f"write ${{!{name}}} to keep it as it is",
        )
    logical_id, dot, attribute = name.partition(".")
    if dot:
        return references.attribute(resolver, logical_id, attribute, call)
    return references.named(resolver, name, call)


def join(resolver: Resolver, argument: Node, call: Node) -> Node:
    """`Fn::Join`: the texts of a list with a delimiter between them."""
    delimiter, values = _arguments(argument, call, "a delimiter and a list")
    parts = resolver.resolve(values)
    between = as_text(scalar(resolver.resolve(delimiter)))
    if unresolved := first_unresolved(parts):
        return resolver.unresolved(call, unresolved.cause)
    if not isinstance(parts.value, list) or between is None:
        raise malformed(call, "Fn::Join", "a delimiter and a list")
    texts = [as_text(scalar(part)) for part in parts.items]
    if any(text is None for text in texts):
        return resolver.unresolved(call, "a part of the list is no text")
    return resolver.text(between.join(text or "" for text in texts), call)


def split(resolver: Resolver, argument: Node, call: Node) -> Node:
    """`Fn::Split`: a text, cut at a delimiter into a list."""
    delimiter, source = _arguments(argument, call, "a delimiter and a text")
    between, text = resolver.resolve(delimiter), resolver.resolve(source)
    if unresolved := first_unresolved(between) or first_unresolved(text):
        return resolver.unresolved(call, unresolved.cause)
    if not between.text or text.text is None:
        return resolver.unresolved(call, "the delimiter or the source is no text")
    parts = text.text.split(between.text)
    return Node([resolver.text(part, call) for part in parts], call.location)


def select(resolver: Resolver, argument: Node, call: Node) -> Node:
    """`Fn::Select`: one value of a list, by its index."""
    which, values = _arguments(argument, call, "an index and a list")
    index, found = resolver.resolve(which), resolver.resolve(values)
    for part in (index, found):
        if unresolved := first_unresolved(Node(part.value, part.location)):
            if part is found and isinstance(found.value, list):
                continue  # another value of the list may be known
            return resolver.unresolved(call, unresolved.cause)
    try:
        position = int(as_text(scalar(index)) or "")
    except ValueError:
        return resolver.unresolved(call, "the index is no number")
    if not isinstance(found.value, list) or not 0 <= position < len(found.items):
        return resolver.unresolved(call, f"the list has no value number {position}")
    value = found.items[position]
    if unresolved := first_unresolved(value):
        return resolver.unresolved(call, unresolved.cause)
    return resolver.moved(value, call.location)


def find_in_map(resolver: Resolver, argument: Node, call: Node) -> Node:
    """`Fn::FindInMap`: a value of a mapping, or the default where there is none."""
    takes = "a mapping's name, two keys, and perhaps a DefaultValue"
    if len(argument.items) not in {3, 4}:
        raise malformed(call, "Fn::FindInMap", takes)
    default = argument.get(3, "DefaultValue")
    path = [resolver.resolve(part) for part in argument.items[:3]]
    keys = [as_text(scalar(part)) for part in path]
    for part in path:
        if unresolved := first_unresolved(part):
            return resolver.unresolved(call, unresolved.cause)
    name, first, second = keys
    if name is None or first is None or second is None:
        raise malformed(call, "Fn::FindInMap", takes)
    mapping = resolver.section("Mappings").get(name)
    found = mapping.get(first, second) if mapping else None
    if found is not None:
        return resolver.moved(found, call.location)
    if default is not None:
        return resolver.resolve(default)
    if mapping is None:
        raise TemplateError(
            f"there is no mapping {name!r}",
            location=call.location,
            help="write it under Mappings, or correct the name",
        )
    return resolver.unresolved(call, f"mapping {name} has no {first!r} → {second!r}")


def base64_(resolver: Resolver, argument: Node, call: Node) -> Node:
    """`Fn::Base64`: a text, encoded."""
    value = resolver.resolve(argument)
    if unresolved := first_unresolved(value):
        return resolver.unresolved(call, unresolved.cause)
    text = as_text(scalar(value))
    if text is None:
        return resolver.unresolved(call, "the value is no text")
    return resolver.text(base64.b64encode(text.encode()).decode(), call)


def cidr(resolver: Resolver, argument: Node, call: Node) -> Node:
    """`Fn::Cidr`: the first blocks of an address block."""
    if len(argument.items) not in {2, 3}:
        raise malformed(call, "Fn::Cidr", "a block, a count and the bits of a subnet")
    parts = [resolver.resolve(part) for part in argument.items]
    for part in parts:
        if unresolved := first_unresolved(part):
            return resolver.unresolved(call, unresolved.cause)
    block, count, *bits = (as_text(scalar(part)) or "" for part in parts)
    try:
        network = ipaddress.ip_network(block, strict=False)
        length = network.max_prefixlen - int(bits[0] if bits else 8)
        subnets = network.subnets(new_prefix=length)
        found = list(itertools.islice(subnets, min(int(count), MAX_CIDRS)))
    except ValueError as error:
        return resolver.unresolved(call, str(error))
    if len(found) != int(count):
        return resolver.unresolved(call, f"{block} has no {count} blocks of /{length}")
    blocks = [resolver.text(str(subnet), call) for subnet in found]
    return Node(blocks, call.location)


def length(resolver: Resolver, argument: Node, call: Node) -> Node:
    """`Fn::Length`: how many values a list has."""
    value = resolver.resolve(argument)
    if isinstance(value.value, list):
        return Node(len(value.items), call.location)
    if unresolved := first_unresolved(value):
        return resolver.unresolved(call, unresolved.cause)
    return resolver.unresolved(call, "the value is no list")


def to_json_string(resolver: Resolver, argument: Node, call: Node) -> Node:
    """`Fn::ToJsonString`: a mapping or a list as JSON."""
    value = resolver.resolve(argument)
    if unresolved := first_unresolved(value):
        return resolver.unresolved(call, unresolved.cause)
    text = json.dumps(value.plain(), separators=(",", ":"), ensure_ascii=False)
    return resolver.text(text, call)


def transform(resolver: Resolver, argument: Node, call: Node) -> Node:
    """`Fn::Transform`: a macro, which only the deploy can run."""
    name = argument.get("Name")
    macro = (name and name.text) or "a macro"
    reason = f"the macro {macro} is run by the deploy"
    return resolver.unresolved(call, Unknown(UnknownKind.UNSUPPORTED, reason))


def _arguments(argument: Node, call: Node, takes: str) -> tuple[Node, Node]:
    if len(argument.items) != 2:  # noqa: PLR2004
        raise malformed(call, next(iter(call.mapping)), takes)
    first, second = argument.items
    return first, second


FUNCTIONS: Mapping[str, Function] = {
    "Ref": references.ref,
    "Fn::Base64": base64_,
    "Fn::Cidr": cidr,
    "Fn::FindInMap": find_in_map,
    "Fn::ForEach": loops.unrolled,
    "Fn::GetAZs": references.get_azs,
    "Fn::GetAtt": references.get_att,
    "Fn::If": conditions.if_,
    "Fn::ImportValue": references.import_value,
    "Fn::Join": join,
    "Fn::Length": length,
    "Fn::Select": select,
    "Fn::Split": split,
    "Fn::Sub": sub,
    "Fn::ToJsonString": to_json_string,
    "Fn::Transform": transform,
}
"""By the name that a template calls them by, in its long form."""
