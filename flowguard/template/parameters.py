"""The value of each parameter that a deploy would use.

Given values come first, then those of the deployed stack, then the template's
defaults. A value of the type `AWS::SSM::Parameter::Value<…>` names a parameter
of the Parameter Store, which is asked for.
"""

from __future__ import annotations

from flowguard.errors import TemplateError
from flowguard.lookups import ParameterNamed
from flowguard.model import Absent, Present, Unknown, UnknownKind, Unresolved
from flowguard.template.document import Node
from flowguard.template.resolver import Resolver, as_text, scalar

_STORED = "AWS::SSM::Parameter::Value<"
_HIDDEN = "*"
"""CloudFormation shows a NoEcho value as stars only."""


def resolve_parameters(resolver: Resolver) -> None:
    """Fill in `resolver.parameters` and `resolver.secrets`.

    Raises `TemplateError` for a parameter that is not written as one.
    """
    section = resolver.document.get("Parameters")
    for name, node in resolver.section("Parameters").items():
        if not isinstance(node.value, dict) or _type(node) is None:
            raise TemplateError(
                f"parameter {name!r} has no type",
                location=section.keys[name] if section else node.location,
                help="write `Type: String`, or another type, under it",
            )
        value = _value(resolver, name, node)
        if _is_secret(node) and not isinstance(value.value, Unresolved):
            resolver.secrets[name] = value
            # A name that is built on a secret is rare; a secret that reached a
            # report cannot be taken back.
            value = _unknown(name, node, "is NoEcho: its value is kept out of reports")
        resolver.parameters[name] = value


def _value(resolver: Resolver, name: str, node: Node) -> Node:
    written = _written(resolver, name, node)
    if written is None:
        if name not in resolver.inputs.previous:
            resolver.missing.append((name, node.location))
        return _unknown(name, node, "has no value")
    kind = _type(node) or ""
    if kind.startswith(_STORED):
        return _stored(resolver, name, node, written)
    return _as(kind, written)


def _written(resolver: Resolver, name: str, node: Node) -> Node | None:
    """The value as given, as deployed or as written; None where there is none."""
    inputs = resolver.inputs
    if name in inputs.parameters:
        return Node(inputs.parameters[name], node.location)
    if (deployed := inputs.previous.get(name)) is not None and (
        not deployed or deployed.strip(_HIDDEN) or not _is_secret(node)
    ):
        return Node(deployed, node.location)
    if name in inputs.previous:
        return None
    default = node.get("Default")
    if default is None:
        return None
    if isinstance(default.value, list):
        return Node(",".join(_texts(default)), default.location)
    text = as_text(scalar(default))
    return None if text is None else Node(text, default.location)


def _stored(resolver: Resolver, name: str, node: Node, written: Node) -> Node:
    key = written.text or ""
    lookup = ParameterNamed(resolver.inputs.place, key)
    answer = resolver.ask(lookup, f"parameter {name}", written.location)
    match answer:
        case Present(found) if found.value is not None:
            kind = (_type(node) or "").removeprefix(_STORED).removesuffix(">")
            return _as(kind, Node(found.value, written.location))
        case Present():
            return _unknown(name, node, "is encrypted in the Parameter Store")
        case Absent():
            return _unknown(
                name, node, f"has no value: there is no SSM parameter {key!r}"
            )
        case cause:
            place = written.location
            return Node(Unresolved(f"!Ref {name}", place, cause), place)


def _as(kind: str, written: Node) -> Node:
    """A value as its type reads it: a text, or a list of the parts between commas."""
    if kind != "CommaDelimitedList" and not kind.startswith("List<"):
        return written
    parts = (part.strip() for part in (written.text or "").split(","))
    return Node([Node(part, written.location) for part in parts], written.location)


def _unknown(name: str, node: Node, why: str) -> Node:
    cause = Unknown(UnknownKind.KNOWN_AFTER_DEPLOY, f"parameter {name} {why}")
    return Node(Unresolved(f"!Ref {name}", node.location, cause), node.location)


def _type(node: Node) -> str | None:
    kind = node.get("Type")
    return kind.text if kind else None


def _is_secret(node: Node) -> bool:
    flag = node.get("NoEcho")
    return flag is not None and as_text(scalar(flag)) in {"true", "True"}


def _texts(node: Node) -> list[str]:
    return [as_text(scalar(item)) or "" for item in node.items]
