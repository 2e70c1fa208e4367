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
from flowguard.model.places import Place
from flowguard.model.questions import Absent, Present, Unknown, UnknownKind, Unresolved
from flowguard.template import conditions, resource_types
from flowguard.template.document import Node
from flowguard.template.expressions import expression
from flowguard.template.resolver import (
    NO_VALUE,
    NotKnown,
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
    name = argument.text or resolver.known(argument).text
    if name is None:
        raise malformed(call, "the name of a parameter or a resource")
    return named(resolver, name, call)


def get_att(resolver: Resolver, argument: Node, call: Node) -> Node:
    """`Fn::GetAtt`: an attribute of a resource."""
    if argument.text is not None:
        texts: list[str | None] = [*argument.text.split(".", 1)]
    else:
        texts = [resolver.known(part).text for part in argument.items]
    parts = [text for text in texts if text]
    if len(parts) < len(texts) or len(parts) < 2:  # noqa: PLR2004
        raise malformed(call, "a logical id and an attribute")
    return attribute(resolver, parts[0], ".".join(parts[1:]), call)


def import_value(resolver: Resolver, argument: Node, call: Node) -> Node:
    """`Fn::ImportValue`: what another stack exports under a name."""
    found = resolver.resolve(argument)
    name = first_unresolved(found) or as_text(scalar(found))
    if name is None:
        raise malformed(call, "the name of an export")
    resolver.imports[name, call.location] = None
    lookup = ExportNamed(resolver.inputs.place, name)
    match resolver.ask(lookup, expression(call), call.location):
        case Present(value):
            return resolver.text(value, call)
        case Absent():
            raise NotKnown(f"there is no export {name!r}")
        case cause:
            raise NotKnown(cause)


def get_azs(resolver: Resolver, argument: Node, call: Node) -> Node:
    """`Fn::GetAZs`: the availability zones of a region."""
    region = resolver.known_text(argument)
    if region is None:
        raise malformed(call, "the name of a region, or an empty text")
    place = resolver.inputs.place
    lookup = ZonesIn(Place(place.account_id, region or place.region))
    match resolver.ask(lookup, expression(call), call.location):
        case Present(zones):
            return Node([resolver.text(z, call) for z in zones], call.location)
        case Absent():
            raise NotKnown(f"there is no region {region!r}")
        case cause:
            raise NotKnown(cause)


# --- names ------------------------------------------------------------------


def named(resolver: Resolver, name: str, call: Node) -> Node:
    """What `name` stands for in a `Ref` or between `${` and `}`.

    Raises `NotKnown`, and `TemplateError` for a name that is not defined.
    """
    if name.startswith("AWS::"):
        return _pseudo(resolver, name, call)
    if (value := resolver.parameters.get(name)) is not None:
        if isinstance(value.value, Unresolved):
            raise NotKnown(value.value.cause)
        return resolver.moved(value, call.location)
    return attribute(resolver, name, "", call)


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
        raise NotKnown(_NOT_ASKED)
    if name == "AWS::StackName":
        raise NotKnown(_NO_NAME)
    if name in {"AWS::StackId", "AWS::NotificationARNs"}:
        raise NotKnown(f"only the deploy knows {name}")
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


def attribute(resolver: Resolver, logical_id: str, name: str, call: Node) -> Node:
    """What `logical_id.name` stands for; without a name, what `Ref` returns."""
    resource = resolver.section("Resources").get(logical_id)
    if resource is None:
        raise _undefined(logical_id, call)
    if conditions.of(resolver, resource) is False:
        raise NotKnown(f"{logical_id} is left out by its condition")
    key = (logical_id, name)
    if key not in resolver.resources:
        with resolver.within("resource", *key) as first, resolver.about(logical_id):
            if not first:
                raise NotKnown(f"{logical_id} is named after itself")
            resolver.resources[key] = _derived(resolver, resource, name)
    value = resolver.resources[key]
    if isinstance(value, Unresolved):
        raise NotKnown(value.cause)
    if value:
        return resolver.text(value, call)
    what = f"the {name} of {logical_id}" if name else f"what {logical_id} is called"
    raise NotKnown(f"only the deploy knows {what}")


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
