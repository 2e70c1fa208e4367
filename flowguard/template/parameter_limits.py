"""What a parameter's declaration allows, and why it refuses a value.

Source: "Parameters" in the CloudFormation guide. The words here never hold the
value itself, so that they may be said of a secret one.
"""

from __future__ import annotations

import re

from flowguard.template.document import Node
from flowguard.template.patterns import Patience
from flowguard.template.resolver import as_text, scalar

_LISTS = ("CommaDelimitedList", "List<")


def parts(kind: str, text: str) -> list[str]:
    """The values that a text gives to a parameter of this type."""
    if not kind.startswith(_LISTS):
        return [text]
    return [part.strip() for part in text.split(",")]


def refusal(declared: Node, kind: str, text: str, patience: Patience) -> str:
    """Why CloudFormation refuses this value of a parameter; "" where it takes it.

    Completes "the value …". The types that name a thing in the account are not judged
    here. Raises `UndecidedError` for a pattern that cannot be told, or not in time.
    """
    judged = (_refused(declared, kind, part, patience) for part in parts(kind, text))
    return next(filter(None, judged), "")


def _refused(declared: Node, kind: str, text: str, patience: Patience) -> str:
    number = _number(text)
    if kind in {"Number", "List<Number>"} and number is None:
        return "is no number"
    allowed = [_spellings(item) for item in _items(declared, "AllowedValues")]
    if allowed and text not in set[str]().union(*allowed):
        known = ", ".join(spellings[0] for spellings in allowed)
        return f"is none of the AllowedValues: {known}"
    low, high = _limit(declared, "MinValue"), _limit(declared, "MaxValue")
    if kind == "Number" and number is not None:
        if low is not None and number < low:
            return f"is less than the MinValue {low:g}"
        if high is not None and number > high:
            return f"is more than the MaxValue {high:g}"
    if kind == "String" and (found := _length_refused(declared, len(text))):
        return found
    pattern = declared.get("AllowedPattern")
    if kind in {"String", "CommaDelimitedList"} and pattern and pattern.text:
        taken = patience.matches(pattern.text, text)
        return "" if taken else f"does not match the AllowedPattern {pattern.text}"
    return ""


def _length_refused(declared: Node, length: int) -> str:
    least, most = _limit(declared, "MinLength"), _limit(declared, "MaxLength")
    if least is not None and length < least:
        return f"is shorter than the MinLength {least:g}"
    if most is not None and length > most:
        return f"is longer than the MaxLength {most:g}"
    return ""


def _items(declared: Node, name: str) -> list[Node]:
    node = declared.get(name)
    return node.items if node else []


def _spellings(item: Node) -> tuple[str, ...]:
    """How a value that is allowed may be given: YAML reads `yes` as true."""
    if isinstance(item.value, bool):
        yes, no = ("true", "yes", "on", "True"), ("false", "no", "off", "False")
        return yes if item.value else no
    return (as_text(scalar(item)) or "",)


def _limit(declared: Node, name: str) -> float | None:
    node = declared.get(name)
    return _number(as_text(scalar(node)) or "") if node else None


def _number(text: str) -> float | None:
    if not re.fullmatch(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", text):
        return None
    return float(text)
