"""What event source mappings have in common, whatever they read from."""

from __future__ import annotations

from flowguard.template.document import Node
from flowguard.template.serverless.service import Event, Function
from flowguard.template.serverless.stack import Stack
from flowguard.template.serverless.values import Plain, as_json, known


def waits_for(stack: Stack, function: Function) -> Plain:
    """What a mapping has to wait for: the function's role and alias."""
    role = stack.role_dependency(function)
    return [name for name in (role, function.after) if name]


def filter_criteria(event: Event) -> Plain:
    """The filters of an event, each as JSON."""
    patterns = event.get("filterPatterns")
    if patterns is None:
        return None
    return {"Filters": [{"Pattern": as_json(item)} for item in patterns.items]}


def last_of_arn(arn: Node, separator: str) -> str | None:
    """The name that an ARN ends in, also of one that CloudFormation makes.

    None where it is not known, so that neither is the mapping's logical id.
    """
    plain = known(arn)
    if plain is not None:
        return plain.rpartition(separator)[2]
    for call in ("Fn::GetAtt", "Fn::ImportValue", "Ref"):
        node = arn.get(call)
        if node is not None:
            return known(node.items[0] if node.items else node)
    joined = arn.get("Fn::Join", 1)
    last = known(joined.items[-1]) if joined and joined.items else None
    return last if last is None or separator == ":" else last.rpartition("/")[2]


def arn_parts(arn: str) -> list[str]:
    """The six parts of an ARN: service at 2, region at 3, account at 4, name at 5."""
    return [*arn.split(":", 5), *[""] * 6][:6]
