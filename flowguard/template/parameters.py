"""The value of each parameter that a deploy would use.

Given values come first, then those of the deployed stack, then the template's
defaults. A value of the type `AWS::SSM::Parameter::Value<…>` names a parameter
of the Parameter Store, which is asked for; one of the type
`AWS::SSM::Parameter::Name` must be there, too.
"""

from __future__ import annotations

from dataclasses import dataclass

from flowguard.errors import TemplateError
from flowguard.lookups import ParameterNamed
from flowguard.model import hidden
from flowguard.model.places import Location
from flowguard.model.questions import (
    Absent,
    Pending,
    Present,
    Unknown,
    UnknownKind,
    Unresolved,
)
from flowguard.model.results import NotLookedInto
from flowguard.template.document import Node
from flowguard.template.parameter_limits import parts, refusal
from flowguard.template.patterns import UndecidedError
from flowguard.template.resolved import Refusal
from flowguard.template.resolver import Resolver, as_text, scalar

_STORED = "AWS::SSM::Parameter::Value<"
_STORED_NAME = "AWS::SSM::Parameter::Name"
_LIMITS = {
    *("AllowedPattern", "AllowedValues", "MaxLength", "MinLength"),
    *("MaxValue", "MinValue"),
}
_SHOWN = frozenset({"", "0", "false", "n", "no", "none", "off"})
_HIDDEN = "****"
"""How CloudFormation shows the value of a NoEcho parameter."""


@dataclass(frozen=True, slots=True)
class _Parameter:
    """A parameter as the template declares it."""

    name: str
    place: Location
    type: str
    default: Node | None
    secret: bool
    declared: Node
    """As written, with what it allows."""

    def unknown(self, why: str) -> Node:
        """The value, which is not known; `why` goes on from the name."""
        reason = f"parameter {self.name} {why}"
        return self.caused(Unknown(UnknownKind.KNOWN_AFTER_DEPLOY, reason))

    def caused(self, cause: Unknown | Pending) -> Node:
        """The value, which is not known for `cause`."""
        return Node(Unresolved(f"!Ref {self.name}", self.place, cause), self.place)


def is_no_echo(written: object) -> bool:
    """Whether a value of `NoEcho` hides the parameter, as people write it.

    What is not plainly false hides: a value that was shown cannot be taken back.
    """
    return str(written).strip().lower() not in _SHOWN


def resolve_parameters(resolver: Resolver) -> None:
    """Fill in the resolver's `parameters`, `secrets` and `missing`.

    Raises `TemplateError` for a parameter that is not written as one.
    """
    section = resolver.document.get("Parameters")
    for name, node in resolver.section("Parameters").items():
        place = section.keys.get(name, node.location) if section else node.location
        parameter = _declared(name, node, place)
        value = _value(resolver, parameter)
        if parameter.secret and not isinstance(value.value, Unresolved):
            resolver.secrets[name] = value
            # A name that is built on a secret is rare; a secret that reached a
            # report cannot be taken back.
            value = parameter.unknown("is NoEcho: its value is kept out of reports")
        resolver.parameters[name] = value


def _declared(name: str, node: Node, place: Location) -> _Parameter:
    kind, secret = node.get("Type"), node.get("NoEcho")
    if kind is None or kind.text is None:
        raise TemplateError(
            f"parameter {name!r} has no type",
            location=place,
            help="write `Type: String`, or another type, under it",
        )
    return _Parameter(
        name,
        place,
        kind.text,
        node.get("Default"),
        secret is not None and is_no_echo(as_text(scalar(secret)) or secret.plain()),
        node,
    )


def _value(resolver: Resolver, parameter: _Parameter) -> Node:
    inputs, name = resolver.inputs, parameter.name
    given = inputs.parameters.get(name, inputs.previous.get(name))
    if given == _HIDDEN and name not in inputs.parameters:
        return parameter.unknown("keeps its value, which CloudFormation hides")
    written = parameter.default if given is None else Node(given, parameter.place)
    if written is None or written.value is None:
        resolver.missing.append((name, parameter.place))
        return parameter.unknown("has no value")
    if isinstance(written.value, list):
        texts = (as_text(scalar(item)) or "" for item in written.items)
        text: str | None = ",".join(texts)
    else:
        text = as_text(scalar(written))
    if text is None:
        return parameter.unknown("has a default that is no text")
    if parameter.type.startswith(_STORED):
        return _stored(resolver, parameter, Node(text, written.location))
    if parameter.type == _STORED_NAME:
        lookup = ParameterNamed(inputs.place, text)
        resolver.ask(lookup, f"parameter {name}", written.location)
    _judge(resolver, parameter, text, written.location)
    return _as(parameter.type, Node(text, written.location))


def _judge(resolver: Resolver, parameter: _Parameter, text: str, at: Location) -> None:
    """Note whether CloudFormation refuses the value, or that nobody can tell."""
    declared = parameter.declared
    try:
        reason = _refused(resolver, parameter, text)
    except UndecidedError as error:
        what = f"the value of parameter {parameter.name}"
        place = declared.keys.get("AllowedPattern", at)
        resolver.not_looked_into.append(
            NotLookedInto(what, str(error), place, "parameter-refused")
        )
        return
    if reason:
        resolver.refused.append(_refusal(parameter, reason, text, at))


def _refused(resolver: Resolver, parameter: _Parameter, text: str) -> str:
    declared = parameter.declared
    if not hidden.is_hidden(text):
        return refusal(declared, parameter.type, text, resolver.patience)
    if _LIMITS & declared.mapping.keys():  # a pattern a letter would spell the value
        raise UndecidedError("it is not shown, and so not held against a limit")
    return ""


def _refusal(parameter: _Parameter, reason: str, text: str, place: Location) -> Refusal:
    said = parameter.declared.get("ConstraintDescription")
    return Refusal(
        parameter.name,
        reason,
        place,
        "" if parameter.secret else text,
        (said and said.text) or "",
    )


def _stored(resolver: Resolver, parameter: _Parameter, written: Node) -> Node:
    key = written.text or ""
    lookup = ParameterNamed(resolver.inputs.place, key)
    resolver.stored.append((parameter.name, lookup, written.location))
    answer = resolver.ask(lookup, f"parameter {parameter.name}", written.location)
    match answer:
        case Present(found) if found.value is not None:
            kind = parameter.type.removeprefix(_STORED).removesuffix(">")
            return _as(kind, Node(found.value, written.location))
        case Present():
            return parameter.unknown("is encrypted in the Parameter Store")
        case Absent():
            return parameter.unknown(f"has no value: there is no SSM parameter {key!r}")
        case cause:
            return parameter.caused(cause)


def _as(kind: str, written: Node) -> Node:
    """A value as its type reads it: a text, or a list of the parts between commas."""
    if kind != "CommaDelimitedList" and not kind.startswith("List<"):
        return written
    texts = parts(kind, written.text or "")
    return Node([Node(part, written.location) for part in texts], written.location)
