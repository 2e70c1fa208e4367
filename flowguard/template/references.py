"""What names stand for: parameters, resources, exports, and AWS's own.

A resource stands for what CloudFormation will call it where that follows from
the template (the name that is written, the ARN that contains it); everything
else about it only the deploy will know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flowguard.errors import TemplateError
from flowguard.lookups import ExportNamed, ZonesIn
from flowguard.model import (
    Absent,
    Place,
    Present,
    Unknown,
    UnknownKind,
    Unresolved,
)
from flowguard.template import conditions, resource_types
from flowguard.template.document import Node
from flowguard.template.expressions import expression
from flowguard.template.resolver import (
    NO_VALUE,
    Resolver,
    as_text,
    first_unresolved,
    malformed,
    scalar,
)

_NOT_ASKED = Unknown(UnknownKind.UNSUPPORTED, "AWS was not asked which account this is")
_NO_NAME = Unknown(UnknownKind.UNSUPPORTED, "nobody said what the stack is called")
_DOMAINS = {"aws-cn": "amazonaws.com.cn"}
_ARN_ENDS = {"AWS::Logs::LogGroup": ":*"}
"""What `GetAtt X.Arn` has after the ARN."""


def ref(resolver: Resolver, argument: Node, call: Node) -> Node:
    """`Ref`: a parameter's value, or what a resource is called."""
    name = argument if argument.text is not None else resolver.resolve(argument)
    if unresolved := first_unresolved(name):
        return resolver.unresolved(call, unresolved.cause)
    if name.text is None:
        raise malformed(call, "Ref", "the name of a parameter or a resource")
    return named(resolver, name.text, call)


def get_att(resolver: Resolver, argument: Node, call: Node) -> Node:
    """`Fn::GetAtt`: an attribute of a resource."""
    if argument.text is not None:
        logical_id, _, name = argument.text.partition(".")
        return attribute(resolver, logical_id, name, call)
    parts = [resolver.resolve(part) for part in argument.items]
    for part in parts:
        if unresolved := first_unresolved(part):
            return resolver.unresolved(call, unresolved.cause)
    texts = [part.text for part in parts]
    if len(texts) < 2 or texts[0] is None or None in texts:  # noqa: PLR2004
        raise malformed(call, "Fn::GetAtt", "a logical id and an attribute")
    return attribute(
        resolver, texts[0], ".".join(text or "" for text in texts[1:]), call
    )


def import_value(resolver: Resolver, argument: Node, call: Node) -> Node:
    """`Fn::ImportValue`: what another stack exports under a name."""
    name = resolver.resolve(argument)
    text = _text(name)
    if text is None:
        raise malformed(call, "Fn::ImportValue", "the name of an export")
    resolver.imports[text, call.location] = None
    lookup = ExportNamed(resolver.inputs.place, text)
    answer = resolver.ask(lookup, expression(call), call.location)
    match answer:
        case Present(value):
            return resolver.text(value, call)
        case Absent():
            return resolver.unresolved(call, f"there is no export {text!r}")
        case cause:
            return resolver.unresolved(call, cause)


def get_azs(resolver: Resolver, argument: Node, call: Node) -> Node:
    """`Fn::GetAZs`: the availability zones of a region."""
    region = _text(resolver.resolve(argument))
    if region is None:
        raise malformed(call, "Fn::GetAZs", "the name of a region, or an empty text")
    if isinstance(region, Unresolved):
        return resolver.unresolved(call, region.cause)
    place = resolver.inputs.place
    lookup = ZonesIn(Place(place.account_id, region or place.region))
    answer = resolver.ask(lookup, expression(call), call.location)
    match answer:
        case Present(zones):
            values = [resolver.text(zone, call) for zone in zones]
            return Node(values, call.location)
        case Absent():
            return resolver.unresolved(call, f"there is no region {region!r}")
        case cause:
            return resolver.unresolved(call, cause)


def _text(node: Node) -> str | Unresolved | None:
    return first_unresolved(node) or as_text(scalar(node))


# --- names ------------------------------------------------------------------


def named(resolver: Resolver, name: str, call: Node) -> Node:
    """What `name` stands for in a `Ref` or between `${` and `}`."""
    if name.startswith("AWS::"):
        return _pseudo(resolver, name, call)
    if (value := resolver.parameters.get(name)) is not None:
        if isinstance(value.value, Unresolved):
            return resolver.unresolved(call, value.value.cause)
        return resolver.moved(value, call.location)
    return _of_resource(resolver, name, "", call)


def attribute(resolver: Resolver, logical_id: str, name: str, call: Node) -> Node:
    """What `logical_id.name` stands for."""
    return _of_resource(resolver, logical_id, name, call)


def _pseudo(resolver: Resolver, name: str, call: Node) -> Node:
    place = resolver.inputs.place
    known: Mapping[str, str | None] = {
        "AWS::AccountId": place.account_id,
        "AWS::Region": place.region,
        "AWS::Partition": place.partition,
        "AWS::URLSuffix": _DOMAINS.get(place.partition, "amazonaws.com"),
        "AWS::StackName": resolver.inputs.stack_name,
    }
    if name == "AWS::NoValue":
        return NO_VALUE
    if (value := known.get(name)) is not None:
        return resolver.text(value, call)
    if name == "AWS::AccountId":
        return resolver.unresolved(call, _NOT_ASKED)
    if name == "AWS::StackName":
        return resolver.unresolved(call, _NO_NAME)
    if name in {"AWS::StackId", "AWS::NotificationARNs"}:
        return resolver.unresolved(call, f"only the deploy knows {name}")
    raise _undefined(name, call)


def _undefined(name: str, call: Node) -> TemplateError:
    return TemplateError(
        f"{name!r} is neither a parameter nor a resource of the template",
        location=call.location,
        help="correct the name, or add what it speaks of",
    )


# --- resources --------------------------------------------------------------


class _Properties(Mapping[str, Any]):
    """A resource's properties, each worked out when it is looked at."""

    def __init__(self, resolver: Resolver, node: Node | None) -> None:
        self._resolver = resolver
        self._written = node.mapping if node else {}

    def __getitem__(self, name: str) -> Any:
        value = self._resolver.resolve(self._written[name])
        if value is NO_VALUE:
            raise KeyError(name)
        return value.plain()

    def __iter__(self) -> Iterator[str]:
        return iter(self._written)

    def __len__(self) -> int:
        return len(self._written)


def _of_resource(resolver: Resolver, logical_id: str, name: str, call: Node) -> Node:
    resource = resolver.section("Resources").get(logical_id)
    if resource is None:
        raise _undefined(logical_id, call)
    if conditions.of(resolver, resource) is False:
        return resolver.unresolved(call, f"{logical_id} is left out by its condition")
    key = (logical_id, name)
    if key not in resolver.resources:
        with resolver.within("resource", *key) as first:
            if not first:
                return resolver.unresolved(call, f"{logical_id} is named after itself")
            asking, resolver.logical_id = resolver.logical_id, logical_id
            resolver.resources[key] = _derived(resolver, resource, name)
            resolver.logical_id = asking
    value = resolver.resources[key]
    if isinstance(value, Unresolved):
        return resolver.unresolved(call, value.cause)
    if value:
        return resolver.text(value, call)
    what = f"the {name} of {logical_id}" if name else f"what {logical_id} is called"
    return resolver.unresolved(call, f"only the deploy knows {what}")


def _derived(resolver: Resolver, resource: Node, name: str) -> str | Unresolved:
    """What follows from the template about a resource; "" where nothing does."""
    written = resource.get("Type")
    if written is None or written.text is None or _is_custom(written.text):
        return ""
    resource_type = written.text
    properties = _Properties(resolver, resource.get("Properties"))
    key = resource_types.identity(resource_type, properties) or ()
    place = resolver.inputs.place
    if name == "Arn":
        arn = resource_types.arn(resource_type, key, place, properties)
        return _known(arn and arn + _ARN_ENDS.get(resource_type, ""), key)
    if name and (name,) != resource_types.import_identifier(resource_type):
        return _property(properties, key, name)
    if own := resource_types.ref_property(resource_type):
        return _property(properties, key, own)
    ids = resource_types.physical_ids(resource_type, key, place, properties)
    return _known(ids[0] if len(ids) == 1 else "", key)


def _is_custom(resource_type: str) -> bool:
    """Whether the attributes are whatever a function of the user's returns."""
    return not resource_type.startswith("AWS::") or resource_type in {
        "AWS::CloudFormation::CustomResource",
        "AWS::CloudFormation::Stack",
    }


def _known(text: str, key: resource_types.Key) -> str | Unresolved:
    """`text`, or where it does not follow, the part of the name that is to blame."""
    blame = (value for _, value in key if isinstance(value, Unresolved))
    return text or next(blame, "")


def _property(
    properties: _Properties, key: resource_types.Key, name: str
) -> str | Unresolved:
    """A property that can be read back as an attribute of the same name."""
    path = name.replace(".", "/")
    if path in dict(key):
        return dict(key)[path]
    value = properties.get(name)
    return value if isinstance(value, Unresolved) else as_text(value) or ""
