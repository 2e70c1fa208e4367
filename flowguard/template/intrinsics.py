"""CloudFormation's intrinsic functions that work on values alone.

Each takes its argument and its call as written, and returns a value. A part
that is not known makes the whole unknown, with that part's cause.
"""

from __future__ import annotations

import base64
import ipaddress
import itertools
import json
import re
from collections.abc import Mapping

from flowguard.errors import TemplateError
from flowguard.model import hidden
from flowguard.model.questions import Unknown, UnknownKind, Unresolved
from flowguard.template import conditions, loops, references
from flowguard.template.document import Node
from flowguard.template.expressions import expression
from flowguard.template.resolver import (
    Function,
    NotKnown,
    Resolver,
    as_text,
    first_unresolved,
    malformed,
    scalar,
)

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_NAME = re.compile(r"[A-Za-z0-9_.:]+")
_MAX_CIDRS = 256
"""How many blocks `Fn::Cidr` makes at most."""


def sub(resolver: Resolver, argument: Node, call: Node) -> Node:
    """`Fn::Sub`: a text with `${names}`, or a list of it and a map of values."""
    template, values = argument, Node({}, argument.location)
    if len(argument.items) == 2:  # noqa: PLR2004
        template, values = argument.items
    if isinstance(template.value, Unresolved):
        raise NotKnown(template.value.cause)
    if template.text is None or not isinstance(values.value, dict):
        raise malformed(call, "a text, or a list of a text and a map")
    if hidden.real(template.text).count("${") > template.text.count("${"):
        raise NotKnown(_not_shown("names stand in a value that is not shown"))
    # All of them, as each may ask the account something that the user must know.
    own = {name: resolver.resolve(node) for name, node in values.mapping.items()}

    def put(match: re.Match[str]) -> str:
        name = match[1].strip()
        if name.startswith("!"):
            return "${" + name[1:] + "}"
        value = own.get(name) or _variable(resolver, name, call)
        if unresolved := first_unresolved(value):
            raise NotKnown(unresolved.cause)
        if (text := as_text(scalar(value))) is None:
            raise NotKnown(f"${{{name}}} is no text")
        return text

    return resolver.text(_VARIABLE.sub(put, template.text), call)


def _variable(resolver: Resolver, name: str, call: Node) -> Node:
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
    delimiter, values = _pair(argument, call, "a delimiter and a list")
    between, parts = resolver.known_text(delimiter), resolver.known(values)
    if between is None or not isinstance(parts.value, list):
        raise malformed(call, "a delimiter and a list")
    texts = [as_text(scalar(part)) for part in parts.items]
    known = [text for text in texts if text is not None]
    if len(known) < len(texts):
        raise NotKnown("a part of the list is no text")
    return resolver.text(between.join(known), call)


def split(resolver: Resolver, argument: Node, call: Node) -> Node:
    """`Fn::Split`: a text, cut at a delimiter into a list."""
    delimiter, source = _pair(argument, call, "a delimiter and a text")
    between, text = resolver.known_text(delimiter), resolver.known_text(source)
    if not between or text is None:
        raise NotKnown("the delimiter or the source is no text")
    if hidden.is_hidden(text) or hidden.is_hidden(between):
        # What conditions see of the parts would spell the value, letter by letter.
        raise NotKnown(_not_shown("it is a part of a value that is not shown"))
    parts = [resolver.text(part, call) for part in text.split(between)]
    return Node([*parts], call.location)


def select(resolver: Resolver, argument: Node, call: Node) -> Node:
    """`Fn::Select`: one value of a list, by its index; the others may be unknown."""
    index, values = _pair(argument, call, "an index and a list")
    number = hidden.real(resolver.known_text(index) or "")
    found = resolver.resolve(values)
    if isinstance(found.value, Unresolved):
        raise NotKnown(found.value.cause)
    if not number.isdecimal():
        raise NotKnown("the index is no number")
    if int(number) >= len(found.items):
        raise NotKnown(f"the list has no value number {number}")
    value = found.items[int(number)]
    if unresolved := first_unresolved(value):
        raise NotKnown(unresolved.cause)
    return resolver.moved(value, call.location)


def find_in_map(resolver: Resolver, argument: Node, call: Node) -> Node:
    """`Fn::FindInMap`: a value of a mapping, or the default where there is none."""
    takes = "a mapping's name, two keys, and perhaps a DefaultValue"
    if len(argument.items) not in {3, 4}:
        raise malformed(call, takes)
    name, first, second = (resolver.known_text(part) for part in argument.items[:3])
    if name is None or first is None or second is None:
        raise malformed(call, takes)
    mapping = resolver.section("Mappings").get(name)
    if found := mapping and mapping.get(hidden.real(first), hidden.real(second)):
        return resolver.moved(found, call.location)
    if default := argument.get(3, "DefaultValue"):
        return resolver.resolve(default)
    if mapping is None:
        raise TemplateError(
            f"there is no mapping {name!r}",
            location=call.location,
            help="write it under Mappings, or correct the name",
        )
    raise NotKnown(f"mapping {name} has no {first!r} → {second!r}")


def base64_(resolver: Resolver, argument: Node, call: Node) -> Node:
    """`Fn::Base64`: a text, encoded."""
    text = resolver.known_text(argument)
    if text is None:
        raise malformed(call, "a text")
    encoded = base64.b64encode(hidden.real(text).encode()).decode()
    if hidden.is_hidden(text):
        encoded = hidden.hide(encoded, expression(call))
    return resolver.text(encoded, call)


def cidr(resolver: Resolver, argument: Node, call: Node) -> Node:
    """`Fn::Cidr`: the first blocks of an address block."""
    if len(argument.items) not in {2, 3}:
        raise malformed(call, "a block, a count and the bits of a subnet")
    known = [resolver.known_text(part) or "" for part in argument.items]
    block, count, *bits = map(hidden.real, known)
    if any(map(hidden.is_hidden, known)):
        raise NotKnown(_not_shown("it is made of a value that is not shown"))
    try:
        network = ipaddress.ip_network(block, strict=False)
        length = network.max_prefixlen - int(bits[0] if bits else 8)
        subnets = network.subnets(new_prefix=length)
        found = list(itertools.islice(subnets, min(int(count), _MAX_CIDRS)))
    except ValueError as error:
        raise NotKnown(str(error)) from None
    if len(found) != int(count):
        raise NotKnown(f"{block} has no {count} blocks of /{length}")
    blocks = [resolver.text(str(subnet), call) for subnet in found]
    return Node([*blocks], call.location)


def length(resolver: Resolver, argument: Node, call: Node) -> Node:
    """`Fn::Length`: how many values a list has, whether they are known or not."""
    value = resolver.resolve(argument).value
    if isinstance(value, Unresolved):
        raise NotKnown(value.cause)
    if not isinstance(value, list):
        raise malformed(call, "a list")
    return Node(len(value), call.location)


def to_json_string(resolver: Resolver, argument: Node, call: Node) -> Node:
    """`Fn::ToJsonString`: a mapping or a list as JSON."""
    plain = resolver.known(argument).plain()
    text = json.dumps(plain, separators=(",", ":"), ensure_ascii=False)
    return resolver.text(text, call)


def transform(resolver: Resolver, argument: Node, call: Node) -> Node:
    """`Fn::Transform`: a macro, which only the deploy can run."""
    del resolver, call
    name = argument.get("Name")
    macro = (name and name.text) or "that is written here"
    reason = f"the macro {macro} is run by the deploy"
    raise NotKnown(Unknown(UnknownKind.UNSUPPORTED, reason))


def _not_shown(reason: str) -> Unknown:
    return Unknown(UnknownKind.NOT_LOOKED_INTO, reason)


def _pair(argument: Node, call: Node, takes: str) -> tuple[Node, Node]:
    if len(argument.items) != 2:  # noqa: PLR2004
        raise malformed(call, takes)
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
