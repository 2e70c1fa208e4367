"""What is expected of a dependency where the spec says nothing."""

from __future__ import annotations

import pytest

from flowguard.aws.smoke.asks import KINDS
from flowguard.smoke.asks import DEFAULTS, expected
from flowguard.smoke.evaluate import holds_all
from flowguard.smoke.expectation import Operator
from flowguard.smoke.suite import Ask


@pytest.mark.parametrize(
    ("ask", "answer", "holds"),
    [
        (Ask("table", "t"), {"status": "ACTIVE"}, True),
        (Ask("table", "t"), {"status": "UPDATING"}, False),
        (Ask("function", "f"), {"error": None, "payload": {}}, True),
        (Ask("function", "f"), {"error": "Unhandled"}, False),
        (Ask("alarm", "a"), {"state": "OK"}, True),
        (Ask("alarm", "a"), {"state": "ALARM"}, False),
        (Ask("queue", "q", options={"max_depth": 5}), {"depth": 5}, True),
        (Ask("queue", "q", options={"max_depth": 5}), {"depth": 6}, False),
        (Ask("queue", "q"), {"depth": 600}, True),
        (Ask("bucket", "b"), {"readable": True}, True),
    ],
)
def test_what_is_expected_where_nobody_says(
    ask: Ask, answer: dict[str, object], *, holds: bool
) -> None:
    assert (holds_all(expected(ask), answer) == ()) is holds


def test_the_spec_has_the_last_word() -> None:
    own = ("status", Operator("in", ("ACTIVE", "UPDATING")))

    assert expected(Ask("table", "t", (own,))) == (own,)


def test_what_the_spec_adds_comes_on_top() -> None:
    own = ("items", Operator(">", 0))

    assert expected(Ask("table", "t", (own,))) == (*DEFAULTS["table"], own)


def test_every_kind_with_a_default_is_one_that_is_asked() -> None:
    assert {*DEFAULTS} <= {*KINDS}
