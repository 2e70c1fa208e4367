"""What another tool's tests want of an answer, gathered as an `expect`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from flowguard.smoke.expectation import Operator
from flowguard.smoke.imports.scenario import ANY_STATUS
from flowguard.smoke.operators import parse, show

EVERY_STATUS: Final = frozenset(range(100, 600))
_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class NotTakenOver(Exception):  # noqa: N818 — it is fine where it comes from
    """A test that a spec cannot say."""


def path_of(steps: Iterable[str | int]) -> str:
    """Members and indexes as JMESPath."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            name = step if _IDENTIFIER.fullmatch(step) else json.dumps(step)
            text += f".{name}" if text else name
    return text or "@"


def written(operator: Operator) -> Any:
    """An operator as a spec writes it. Raises `NotTakenOver`."""
    if operator.name != "==":
        texts = [f"{operator.name} {operator.operand}", show(operator)]
    else:
        plain = operator.operand
        texts = [plain, f"== {json.dumps(plain, ensure_ascii=False)}"]
    for text in texts:
        try:
            if parse(text) == operator:
                return text
        except ValueError:
            continue
    raise NotTakenOver


@dataclass(slots=True)
class Expected:
    """All that an answer must be."""

    statuses: frozenset[int] = EVERY_STATUS
    headers: dict[str, Any] = field(default_factory=dict)
    body: list[Any] = field(default_factory=list)
    json: dict[str, Any] = field(default_factory=dict)
    milliseconds: float | None = None
    is_json: bool = False
    """Whether the body must be JSON at all."""

    def status(self, allowed: Iterable[int]) -> None:
        """Allow these only. Raises `NotTakenOver` if none is left."""
        left = self.statuses & frozenset(allowed)
        if not left:
            raise NotTakenOver
        self.statuses = left

    def add_json(self, expression: str, operator: Operator) -> None:
        """Of the document; an expression in brackets is the same one again."""
        value = written(operator)
        while expression in self.json:
            if self.json[expression] == value:
                return
            expression = f"({expression})"
        self.json[expression] = value

    def add_header(self, name: str, operator: Operator) -> None:
        """Of a header, of which one thing can be said. Raises `NotTakenOver`."""
        value = written(operator)
        key = next(
            (known for known in self.headers if known.lower() == name.lower()), ""
        )
        if key and value == "exists":
            return
        if key and self.headers[key] not in {"exists", value}:
            raise NotTakenOver
        self.headers[key or name] = value

    def add_body(self, operator: Operator) -> None:
        """Of the body as text."""
        value = written(operator)
        if value not in self.body:
            self.body.append(value)

    def below(self, milliseconds: float) -> None:
        """The answer must come sooner."""
        if milliseconds <= 0:
            raise NotTakenOver
        self.milliseconds = min(milliseconds, self.milliseconds or milliseconds)

    def spec(self) -> Any:
        """The value of `expect`."""
        if self.is_json and not self.json:
            self.json["type(@)"] = "exists"
        found: dict[str, Any] = {"status": statuses_of(self.statuses)}
        found |= {"headers": self.headers} if self.headers else {}
        if self.body:
            found["body"] = self.body if len(self.body) > 1 else self.body[0]
        found |= {"json": self.json} if self.json else {}
        if self.milliseconds is not None:
            found["max_time"] = f"{self.milliseconds:.9g}ms"
        return found if len(found) > 1 else found["status"]


def statuses_of(statuses: frozenset[int]) -> Any:
    """As few ranges as there are: `200`, `2xx`, `200-204`, or a list of them."""
    if statuses == EVERY_STATUS:
        return ANY_STATUS
    ranges: list[list[int]] = []
    for status in sorted(statuses):
        if ranges and ranges[-1][1] == status - 1 and status % 100:
            ranges[-1][1] = status
        else:
            ranges.append([status, status])
    texts = [_range(low, high) for low, high in ranges]
    return texts[0] if len(texts) == 1 else texts


def _range(low: int, high: int) -> Any:
    if low == high:
        return low
    whole = high - low == 99  # noqa: PLR2004 — a class has a hundred
    return f"{low // 100}xx" if whole else f"{low}-{high}"
