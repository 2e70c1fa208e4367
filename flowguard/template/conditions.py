"""Conditions: true, false, or not known before the deploy."""

from __future__ import annotations

from typing import Any

from flowguard.errors import TemplateError
from flowguard.model import hidden
from flowguard.model.places import Location
from flowguard.model.questions import Unknown, UnknownKind, Unresolved
from flowguard.template.document import Node
from flowguard.template.resolver import (
    NotKnown,
    Resolver,
    as_text,
    first_unresolved,
    malformed,
    scalar,
)

Truth = bool | Unresolved


def named(resolver: Resolver, name: str, location: Location) -> Truth:
    """Whether the condition called `name` holds.

    Raises `TemplateError`, at `location`, for one that is not defined, and for
    one that depends on itself.
    """
    if name in resolver.conditions:
        return resolver.conditions[name]
    node = resolver.section("Conditions").get(name)
    if node is None:
        if resolver.open_ended:
            reason = f"condition {name} is not written in the template"
            return _unsupported(name, location, reason)
        raise TemplateError(
            f"there is no condition {name!r}",
            location=location,
            help="write it under Conditions, or correct the name",
        )
    with resolver.within("condition", name) as first:
        if not first:
            raise TemplateError(
                f"condition {name!r} depends on itself",
                location=node.location,
                help="take one of the references out of the circle",
            )
        resolver.conditions[name] = evaluate(resolver, node)
    return resolver.conditions[name]


def of(resolver: Resolver, node: Node) -> Truth:
    """Whether the resource or output at `node` will be there.

    Raises `TemplateError` as `named` does.
    """
    condition = node.get("Condition")
    if condition is None:
        return True
    if isinstance(condition.value, Unresolved):
        return condition.value
    if condition.text is None:
        raise malformed(condition, "the name of a condition", "Condition")
    return named(resolver, condition.text, condition.location)


def evaluate(resolver: Resolver, node: Node) -> Truth:
    """Whether what is written at `node` holds."""
    if isinstance(node.value, Unresolved):
        return node.value
    written = as_text(scalar(node))
    if written in {"true", "false"}:
        return written == "true"
    if len(node.mapping) != 1:
        raise malformed(node, "one function, such as Fn::Equals", "a condition")
    ((operator, argument),) = node.mapping.items()
    return _function(resolver, operator, argument, node)


def _function(resolver: Resolver, operator: str, argument: Node, node: Node) -> Truth:
    match operator:
        case "Condition":
            return of(resolver, node)
        case "Fn::Equals":
            return _equals(resolver, argument, node)
        case "Fn::Not" if len(argument.items) == 1:
            truth = evaluate(resolver, argument.items[0])
            return truth if isinstance(truth, Unresolved) else not truth
        case "Fn::And" | "Fn::Or" if argument.items:
            return _all_or_any(resolver, argument.items, decisive=operator == "Fn::Or")
        case "Fn::Contains":
            return _contains(resolver, argument, node)
        case _:
            reason = f"{operator} is no function that FlowGuard can work out"
            return _unsupported(operator, node.location, reason)


def if_(resolver: Resolver, argument: Node, call: Node) -> Node:
    """`Fn::If`: one of two values, as a condition says.

    Where the condition is not known, the value is known all the same if both
    are equal.
    """
    if len(argument.items) != 3:  # noqa: PLR2004
        raise malformed(call, "a condition's name and two values")
    name, then, otherwise = argument.items
    truth = of(resolver, Node({"Condition": name}, call.location))
    if not isinstance(truth, Unresolved):
        return resolver.resolve(then if truth else otherwise)
    with resolver.under(truth):
        yes, no = resolver.resolve(then), resolver.resolve(otherwise)
    if yes is no:  # both are AWS::NoValue
        return yes
    if not first_unresolved(yes) and yes.plain() == no.plain():
        return yes
    raise NotKnown(truth.cause)


def _equals(resolver: Resolver, argument: Node, call: Node) -> Truth:
    if len(argument.items) != 2:  # noqa: PLR2004
        raise malformed(call, "a list of two values")
    one, other = (_compared(resolver, part) for part in argument.items)
    for part in (one, other):
        if unresolved := first_unresolved(part):
            return unresolved
    return bool(_comparable(one.plain()) == _comparable(other.plain()))


def _contains(resolver: Resolver, argument: Node, call: Node) -> Truth:
    if len(argument.items) != 2:  # noqa: PLR2004
        raise malformed(call, "a list and a value")
    values, value = (_compared(resolver, part) for part in argument.items)
    for part in (values, value):
        if unresolved := first_unresolved(part):
            return unresolved
    wanted = _comparable(value.plain())
    return any(_comparable(item.plain()) == wanted for item in values.items)


def _compared(resolver: Resolver, node: Node) -> Node:
    """A value to compare: the one place where a NoEcho value is looked at.

    Only whether it is equal leaves this module, so a condition such as "a
    password is given" is known, and the password goes nowhere.
    """
    if (name := node.get("Ref")) and name.text in resolver.secrets:
        return resolver.secrets[name.text]
    return resolver.resolve(node)


def _all_or_any(resolver: Resolver, items: list[Node], *, decisive: bool) -> Truth:
    """`Or` is decided by the first true part, `And` by the first false one."""
    truths = [evaluate(resolver, item) for item in items]
    if any(truth is decisive for truth in truths):
        return decisive
    unknown = (truth for truth in truths if isinstance(truth, Unresolved))
    return next(unknown, not decisive)


def _comparable(value: Any) -> Any:
    """CloudFormation compares texts: 1 equals "1", and true equals "true"."""
    if isinstance(value, dict):
        return {key: _comparable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_comparable(inner) for inner in value]
    text = as_text(value)
    return text and hidden.real(text)


def _unsupported(expression: str, location: Location, reason: str) -> Unresolved:
    return Unresolved(expression, location, Unknown(UnknownKind.UNSUPPORTED, reason))
