"""A value as the user may have written it, on one line, for messages."""

from __future__ import annotations

import re

from flowguard.model import hidden
from flowguard.template.document import Node

_PLAIN = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./:-]*")
_LONGEST = 200


def expression(node: Node) -> str:
    """`node` in YAML's flow style with short tags, such as `!Sub '${X.Arn}/*'`.

    The same for every way to write the same value (JSON, long or short tags).
    What is longer than a line of a report can show is cut, with the number of
    characters that are left out.
    """
    text = hidden.shown(_written(node))
    left_out = len(text) - _LONGEST
    return text if left_out <= 0 else f"{text[:_LONGEST]}…({left_out} more)"


def _written(node: Node) -> str:
    value = node.value
    if isinstance(value, dict):
        return (
            _call(value) or f"{{{', '.join(_entry(k, n) for k, n in value.items())}}}"
        )
    if isinstance(value, list):
        return f"[{', '.join(_written(item) for item in value)}]"
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else _quoted(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(getattr(value, "expression", value))


def _entry(key: str, node: Node) -> str:
    return f"{key if _PLAIN.fullmatch(key) else _quoted(key)}: {_written(node)}"


def _call(mapping: dict[str, Node]) -> str:
    """A function's call with its short tag; empty where `mapping` is none."""
    if len(mapping) != 1:
        return ""
    ((name, argument),) = mapping.items()
    if name != "Ref" and not name.startswith("Fn::"):
        return ""
    tag = f"!{name.removeprefix('Fn::')}"
    parts = [part.text for part in argument.items]
    if tag == "!GetAtt" and parts and all(part is not None for part in parts):
        return f"{tag} {'.'.join(part or '' for part in parts)}"
    if tag == "!Sub" and argument.text is not None:
        return f"{tag} {_quoted(argument.text)}"
    return f"{tag} {_written(argument)}"


def _quoted(text: str) -> str:
    return "'" + " ".join(text.replace("'", "''").split("\n")) + "'"
