"""An answer held against what is expected of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowguard.errors import ConfigError
from flowguard.model.exchange import Certificate, Headers, Request, Response, Timings
from flowguard.model.smoke import Mismatch
from flowguard.smoke import evaluate as evaluation
from flowguard.smoke.evaluate import Context, Evaluation, evaluate
from flowguard.smoke.expectation import Capture, Expect, Operator, Page, Source
from flowguard.smoke.operators import parse

CONTEXT = Context(Request("GET", "https://api.example.com/users?limit=5"))
TYPE = "application/json"


def json_of(document: Any, status: int = 200, content_type: str = TYPE) -> Response:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Response(status, headers=(("Content-Type", content_type),), body=body)


def operators(written: dict[str, Any]) -> tuple[tuple[str, Operator], ...]:
    return tuple((name, parse(value)) for name, value in written.items())


def judge(response: Response, **expect: Any) -> Evaluation:
    return evaluate(Expect(**expect), response, CONTEXT)


def only(judged: Evaluation) -> Mismatch:
    (mismatch,) = judged.mismatches
    return mismatch


# -- HTTP ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ranges", "good", "bad", "shown"),
    [
        (((200, 299),), 204, 301, "2xx"),
        (((204, 204), (404, 404)), 404, 200, "204 or 404"),
        (((200, 206),), 206, 207, "200-206"),
    ],
)
def test_status(
    ranges: tuple[tuple[int, int], ...], good: int, bad: int, shown: str
) -> None:
    wrong = judge(Response(bad, "Because"), status=ranges)

    assert judge(Response(good), status=ranges).passed
    assert wrong.mismatches == (Mismatch("status", shown, f"{bad} Because"),)


def test_a_redirect_says_where_to() -> None:
    found = judge(Response(302, "Found", (("Location", "/login"),)))

    assert only(found).actual == "302 Found to /login"


@pytest.mark.parametrize(
    ("status", "headers", "why"),
    [
        (429, (), "throttled: HTTP 429"),
        (429, (("Retry-After", "5"),), "throttled: HTTP 429, retry after 5"),
        (
            400,
            (("x-amzn-ErrorType", "ThrottlingException"),),
            "throttled: HTTP 400",
        ),
    ],
)
def test_throttled_is_not_measured(status: int, headers: Headers, why: str) -> None:
    judged = judge(Response(status, headers=headers), json=operators({"a": 1}))

    assert judged == Evaluation(unmeasured=(why,))
    assert not judged.passed


def test_who_expects_429_gets_it() -> None:
    assert judge(Response(429), status=((429, 429),)).passed
    assert judge(Response(500), status=((429, 429),)).failed


def test_headers_are_text_of_any_case_and_numbers_where_meant() -> None:
    response = Response(200, headers=(("X-Count", "5"), ("Cache", "no-store")))
    good = operators(
        {"x-count": 5, "X-COUNT": ">= 5", "cache": "~ no-", "gone": "absent"}
    )
    bad = operators({"x-count": "6", "gone": "exists"})

    assert judge(response, headers=good).passed
    assert judge(response, headers=bad).mismatches == (
        Mismatch("header x-count", '"6"', "5"),
        Mismatch("header gone", "exists", "missing"),
    )


def test_time_and_certificate_are_slow_and_never_a_failure() -> None:
    response = Response(
        200,
        timings=Timings(total=1.25),
        certificate=Certificate("CN=x", 6.4, "TLSv1.3"),
    )
    judged = judge(response, max_seconds=0.8, certificate_days=14)

    assert judged.passed
    assert judged.slow == (
        "it took 1.25 s; at most 0.8 s are expected",
        "its certificate ends in 6 days; at least 14 are expected",
    )
    assert judge(response, max_seconds=2, certificate_days=5).slow == ()


# -- bodies ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("charset", "encoded"),
    [
        ("", "grün".encode()),
        ("; charset=utf-8", "grün".encode()),
        ('; Charset="ISO-8859-1"', "grün".encode("latin-1")),
        ("; charset=utf-16", "grün".encode("utf-16")),
        ("; charset=nonsense", "grün".encode()),
        ("; charset=utf-8", b"\xef\xbb\xbf" + "grün".encode()),
    ],
    ids=str,
)
def test_a_body_is_read_in_its_charset(charset: str, encoded: bytes) -> None:
    response = json_of(encoded, content_type=f"text/plain{charset}")

    assert judge(response, body=(parse("grün"),)).passed


@pytest.mark.parametrize(
    "charset",
    [
        "idna",
        "undefined",
        "base64",
        "zip",
        "rot13",
        "unicode_escape",
        "utf-7",
        "\0",
        "",
        "é",
    ],
)
@given(body=st.binary(max_size=50))
def test_no_charset_and_no_body_breaks_anything(charset: str, body: bytes) -> None:
    response = json_of(body, content_type=f"{TYPE}; charset={charset}")
    judged = judge(
        response,
        body=(parse("contains no such text in it"),),
        json=operators({"a": "exists"}),
        page=Page(title=parse("x")),
    )

    assert judged.failed


def test_a_long_body_is_cut_to_one_line() -> None:
    mismatch = only(judge(json_of(b"line\n" * 10_000), body=(parse("contains X"),)))

    assert mismatch.expected == 'contains "X"'
    assert len(mismatch.actual) == 200
    assert "\n" not in mismatch.actual


def test_json_is_compared_by_expressions() -> None:
    document = {"items": [{"id": "a", "n": 0}], "kind": "list", "next": None}
    good = operators(
        {
            "length(items)": ">= 1",
            "items[0].id": "exists",
            "@": "is object",
            "next": None,
        }
    )
    bad = operators({"items[0].n": "> 0", "kinds": "list", "next": "exists"})

    assert judge(json_of(document), json=good).passed
    assert judge(json_of(document), json=bad).mismatches == (
        Mismatch("json items[0].n", "> 0", "0"),
        Mismatch(
            "json kinds",
            '"list"',
            "missing; did you mean 'kind'? (there is items, kind, next)",
        ),
        Mismatch("json next", "exists", "null"),
    )


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (
            b'{"a": 1,\n  "b": }',
            "expecting value at line 2, column 8 (application/json: ",
        ),
        (b"<html>oops", "expecting value at line 1, column 1 (text/html: <html>oops)"),
        (b"", "it is empty (text/html, empty)"),
        (b'{"a": NaN}', "NaN is no JSON"),
        (b"[" * 200_000, "it nests too deeply"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "Exceeds the limit"),
        (b"\xff\xfe\xfa", "expecting value"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_garbage_json_is_one_clear_mismatch(body: bytes, says: str) -> None:
    kind = "text/html" if "html" in says else TYPE
    mismatch = only(judge(json_of(body, content_type=kind), json=operators({"a": 1})))

    assert (mismatch.what, mismatch.expected) == ("body", "JSON")
    assert says in mismatch.actual


def test_json_that_was_cut_off_says_so() -> None:
    response = Response(200, body=b'{"a": ', truncated=True)

    assert (
        "longer than the 6 bytes"
        in only(judge(response, json=operators({"a": 1}))).actual
    )


@pytest.mark.parametrize(
    "expression", ["length(a)", "sort_by(@, &a)", "abs('x')", "nope(a)", "a[", "max(b)"]
)
def test_an_expression_that_cannot_be_evaluated_is_a_mismatch(expression: str) -> None:
    mismatch = only(
        judge(json_of({"a": 1, "b": [1, "x"]}), json=operators({expression: ">= 1"}))
    )

    assert mismatch.what == f"json {expression}"
    assert mismatch.actual
    assert "\n" not in mismatch.actual


def test_a_pattern_without_an_end_is_not_measured() -> None:
    judged = judge(json_of(b"a" * 50_000 + b"b"), body=(parse("~ (a+)+$"),))

    assert not judged.failed
    assert not judged.passed
    assert "came to no end" in judged.unmeasured[0]


# -- captures --------------------------------------------------------------------

ANSWER = Response(
    201,
    headers=(
        ("ETag", "abc"),
        ("Set-Cookie", "sid=1; Path=/"),
        ("Set-Cookie", 'sid="two"; HttpOnly'),
        ("Content-Type", "text/html"),
    ),
    body=b"<title>Hi</title><a class=next href='/p?a=1&amp;b=2'>more</a> build v1.2.3",
)


@pytest.mark.parametrize(
    ("source", "expression", "value"),
    [
        (Source.HEADER, "etag", "abc"),
        (Source.COOKIE, "sid", "two"),
        (Source.REGEX, r"build v(\d+)\.", "1"),
        (Source.REGEX, r"v[\d.]+", "v1.2.3"),
        (Source.CSS, "a.next@href", "/p?a=1&b=2"),
        (Source.CSS, "title", "Hi"),
        (Source.STATUS, "", 201),
    ],
)
def test_a_value_is_kept(source: Source, expression: str, value: Any) -> None:
    kept, missing = evaluation.capture((("x", Capture(source, expression)),), ANSWER)

    assert (kept, missing) == ({"x": value}, ())


@pytest.mark.parametrize(
    ("source", "expression", "actual"),
    [
        (Source.JSON, "id", "the body is no JSON: expecting value at line 1"),
        (Source.HEADER, "x-gone", "header x-gone is not there"),
        (Source.COOKIE, "SID", "cookie SID is not there"),
        (Source.REGEX, "no(thing)", "regex no(thing) is not there"),
        (Source.CSS, "a@title", "css a@title is not there"),
        (Source.CSS, "a[", "'a[' is no CSS selector"),
    ],
)
def test_what_cannot_be_kept_is_a_mismatch(
    source: Source, expression: str, actual: str
) -> None:
    kept, missing = evaluation.capture((("x", Capture(source, expression)),), ANSWER)

    assert kept == {}
    assert missing[0].what == "save x"
    assert missing[0].actual.startswith(actual)


def test_json_is_kept_with_its_type() -> None:
    save = (("n", Capture(Source.JSON, "a.n")), ("all", Capture(Source.JSON, "@")))

    kept, _ = evaluation.capture(save, json_of({"a": {"n": 5}}))

    assert kept == {"n": 5, "all": {"a": {"n": 5}}}


# -- what AWS says ---------------------------------------------------------------


def test_plain_values_are_judged_in_the_same_way() -> None:
    found = evaluation.holds_all(
        operators({"status": "ACTIVE", "items": ">= 1"}),
        {"status": "CREATING", "items": 3},
    )

    assert found == (Mismatch("status", '"ACTIVE"', '"CREATING"'),)


def test_a_schema_that_nobody_read_is_said() -> None:
    with pytest.raises(ConfigError, match=r"'a\.json' was not read"):
        judge(json_of({}), schema="a.json")
    with pytest.raises(ConfigError, match="there is none"):
        judge(json_of({}), openapi=True)
