"""Postman's texts, in which `{{name}}` is a variable."""

from __future__ import annotations

import re
from typing import Any

from flowguard.smoke.imports.scenario import literal, mark

_VARIABLE = re.compile(r"\{\{([^{}]*)\}\}")


def marked(text: str) -> str:
    """The text with its variables marked."""
    parts = _VARIABLE.split(text)
    return "".join(
        mark(part.strip()) if index % 2 else literal(part)
        for index, part in enumerate(parts)
    )


def has_variable(value: Any) -> bool:
    """Whether there is a variable in a text."""
    return isinstance(value, str) and _VARIABLE.search(value) is not None
