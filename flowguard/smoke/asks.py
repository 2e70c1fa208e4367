"""What is expected of a dependency that AWS is asked about, where nobody says.

The answers, as plain values:

| kind | answer |
| --- | --- |
| `table` | `status`, `items`, `readable` |
| `bucket` | `region`, `empty`, `readable` |
| `user-pool` | `id`, `name`, `users`, `mfa` |
| `parameter` | `type`, `version` |
| `secret` | `name`, `rotation` |
| `queue` | `depth`, `in_flight`, `delayed` |
| `migration` | the item with the key |
| `function` | `status`, `error`, `version`, `payload` |
| `alarm` | `state`, `reason`, `since` |
| `metrics` | `errors`, `throttles`, `invocations`, `p95` (ms); null without data |
"""

from __future__ import annotations

from flowguard.smoke.expectation import Operator
from flowguard.smoke.suite import Ask

DEFAULTS: dict[str, tuple[tuple[str, Operator], ...]] = {
    "table": (("status", Operator("==", "ACTIVE")),),
    "function": (("error", Operator("==", None)),),
    "alarm": (("state", Operator("==", "OK")),),
}


def expected(ask: Ask) -> tuple[tuple[str, Operator], ...]:
    """What must hold of the answer: what the spec says, and else the defaults.

    A spec that speaks of the same part of the answer has the last word.
    """
    defaults = list(DEFAULTS.get(ask.kind, ()))
    if (depth := ask.options.get("max_depth")) is not None:
        defaults.append(("depth", Operator("<=", depth)))
    said = {expression for expression, _ in ask.expect}
    return (*(pair for pair in defaults if pair[0] not in said), *ask.expect)
