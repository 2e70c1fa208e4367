"""One line of an expectation: how it is read, and what it accepts."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowguard.smoke.expectation import Operator
from flowguard.smoke.operators import (
    Undecided,
    as_meant,
    equal,
    holds,
    parse,
    scalar,
    show,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("written", "good", "bad"),
    [
        (1, [1, 1.0], ["1", True, 2, None]),
        (True, [True], [1, "true"]),
        ("1", ["1"], [1]),
        ("ok", ["ok"], ["OK", "ok "]),
        (None, [None], [0, "", False]),
        ([1, {"a": "x"}], [[1.0, {"a": "x"}]], [[1], [True, {"a": "x"}]]),
        ({"a": 1}, [{"a": 1}], [{"a": True}, {"a": 1, "b": 2}, []]),
        (">= 1", [1, 2.5], [0, "1", True, None, [1]]),
        ("<2", [1], [2]),
        ("> -1.5", [-1], [-2]),
        ("<= 3", [3], [4]),
        ("== exists", ["exists"], ["x"]),
        ('== "1"', ["1"], [1]),
        ("!= null", [0, "", []], [None]),
        ("!= DOWN", ["UP", 3], ["DOWN"]),
        (r"~ ^v\d", ["v1", "v22"], ["1", "xv1", 1]),
        ("!~ error", ["fine"], ["an error", 5, None]),
        ("contains x", ["axb", ["x"], {"x": 1}], ["b", ["y"], 5, None]),
        ("contains 5", ["15", [5]], [["5"], [15]]),
        ("contains 1.10", ["v1.10"], ["v1.1"]),
        ('contains "a": 1', ['{"a": 1}'], ['{"a":1}']),
        ("in [a, 'b, c', 3, null]", ["a", "b, c", 3, None], ["b", "3"]),
        ("not in [a, 3]", ["b", "3"], ["a", 3]),
        ("is string", ["", "1"], [1, None]),
        ("is number", [1, 1.5], [True, "1"]),
        ("is integer", [1, 1.0], [1.5, True]),
        ("is boolean", [True, False], [0]),
        ("is array", [[]], [{}]),
        ("is object", [{}], [[]]),
        ("is null", [None], [0]),
        ("length >= 2", ["ab", [1, 2], {"a": 1, "b": 2}], ["a", [], 5, None]),
        ("length 3", ["abc"], ["ab"]),
    ],
)
def test_types_are_honest(written: Any, good: list[Any], bad: list[Any]) -> None:
    operator = parse(written)

    assert [value for value in good if not holds(operator, value, present=True)] == []
    assert [value for value in bad if holds(operator, value, present=True)] == []


@pytest.mark.parametrize("written", ["absent", None, "== null", "is null"])
def test_what_is_missing_satisfies_what_says_so(written: Any) -> None:
    assert holds(parse(written), None, present=False)


@pytest.mark.parametrize(
    "written",
    ["exists", "!= DOWN", "!= null", "!~ x", "not in [a]", "< 5", "contains x", ""],
)
def test_what_is_missing_satisfies_nothing_else(written: str) -> None:
    assert not holds(parse(written), None, present=False)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("=> 1", "'=>' is no operator; did you mean '>= 1'?"),
        ("exsits", "did you mean 'exists'? Write '== exsits'"),
        ("exist", "did you mean 'exists'?"),
        ("is strng", "'strng' is no type; did you mean 'string'?"),
        ("lenght > 2", "did you mean 'length > 2'?"),
        ("length x", "'length' compares with a number"),
        ("<h1>", "'<' compares with a number, not with 'h1>'; write '== <h1>'"),
        ("in progress", "takes a list such as [a, b], not 'progress'"),
        ("~ (", "'(' is no pattern: missing )"),
        ("~^v", "write a space in '~^v': '~ ^v'"),
        ("=== 1", "did you mean '== …'?"),
    ],
)
def test_a_slip_is_refused_with_what_to_write(written: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        parse(written)


@pytest.mark.parametrize("prose", ["present", "not found", "Sign in", "~", "ok", "a=b"])
def test_plain_words_are_themselves(prose: str) -> None:
    assert parse(prose) == Operator("==", prose)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(x+x+)+y"])
def test_a_pattern_without_an_end_is_undecided_soon(pattern: str) -> None:
    text = ("a" if "a" in pattern else "x") * 50_000 + "b"
    started = time.process_time()

    with pytest.raises(Undecided, match="came to no end in"):
        holds(parse(f"~ {pattern}"), text, present=True)
    assert time.process_time() - started < 5


@pytest.mark.parametrize("operand", ["${x}", "${x}1"])
@pytest.mark.parametrize("sign", [">=", "==", "~", "in [1, ", "length <", "contains"])
def test_a_variable_may_stand_wherever_a_value_may(sign: str, operand: str) -> None:
    written = f"{sign}{operand}]" if "[" in sign else f"{sign} {operand}"

    assert operand in show(parse(written))


def test_a_number_in_a_header_is_compared_as_a_number() -> None:
    assert as_meant(parse(">= 1"), "5") == 5
    assert as_meant(parse(5), "5") == 5
    assert as_meant(parse("5"), "5") == "5"
    assert as_meant(parse("~ 5"), "5") == "5"
    assert as_meant(parse(5), "9" * 10_000) == "9" * 10_000


@given(JSON)
def test_every_value_equals_itself_and_is_shown_on_one_line(value: Any) -> None:
    assert equal(value, value)
    assert "\n" not in show(Operator("==", value))


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        operator = parse(text)
    except ValueError as error:
        assert str(error)  # noqa: PT017 — either is fine, nothing else is
    else:
        assert isinstance(holds(operator, text, present=True), bool)


@given(st.text(max_size=40))
def test_equals_takes_any_text_that_is_no_value_as_it_is(text: str) -> None:
    plain = text.strip()
    if isinstance(scalar(plain), str) and plain[:1] not in {"'", '"', "="} and plain:
        assert holds(parse(f"== {plain}"), plain, present=True)
