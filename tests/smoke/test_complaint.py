"""What is wrong with an answer, in one line: its own words where it has any."""

from __future__ import annotations

import pytest

from flowguard.model.exchange import Request, Response
from flowguard.smoke.evaluate import Context, evaluate
from flowguard.smoke.expectation import Expect, Operator
from flowguard.smoke.runner.complaint import complaint

JSON = (("Content-Type", "application/json"),)


def said(response: Response, expect: Expect = Expect(), path: str = "/users") -> str:  # noqa: B008 — it is frozen
    """What is said of an answer."""
    request = Request("GET", f"https://api.example.org{path}")
    return complaint(
        f"GET {path}", response, evaluate(expect, response, Context(request))
    )


@pytest.mark.parametrize(
    "body",
    [
        b'{"message": "no index"}',
        b'{"error": "no index"}',
        b'{"error": {"code": 7, "message": "no index"}}',
        b'{"type": "about:blank", "title": "Bad", "detail": "no index"}',
        b'{"error": "server_error", "error_description": "no index"}',
        b'{"message": null, "errorMessage": "no index"}',
        b'"no index"',
    ],
)
def test_an_error_is_told_in_the_services_own_words(body: bytes) -> None:
    """Wherever it writes them."""
    assert said(Response(500, headers=JSON, body=body)) == (
        "GET /users answers 500, not 2xx: no index"
    )


@pytest.mark.parametrize(
    "body", [b"", b"<h1>Bad gateway</h1>", b"{}", b'{"message": 7}', b"[1]", b"null"]
)
def test_an_error_without_words_is_told_by_its_status(body: bytes) -> None:
    """And nothing is made up."""
    found = said(Response(502, headers=JSON, body=body))

    assert found == "GET /users answers 502, not 2xx"


def test_words_without_end_are_cut() -> None:
    """A message is a line."""
    body = b'{"message": "%s"}' % (b"no\\n" * 5000)

    assert len(said(Response(500, headers=JSON, body=body))) < 180


def test_a_redirect_says_where_to() -> None:
    """It is the login page, as a rule."""
    response = Response(302, "Found", (("Location", "/login"),))

    assert said(response) == "GET /users answers 302 to /login, not 2xx"


@pytest.mark.parametrize(
    ("status", "how"), [(200, ":"), (503, " answers 503, not 2xx:")]
)
def test_a_dependency_that_is_down_says_more_than_the_status(
    status: int, how: str
) -> None:
    """It is why the service is not well."""
    body = b'{"status": "fail", "checks": {"s3": [{"status": "fail", "output": "denied"}]}}'
    found = said(Response(status, headers=JSON, body=body), path="/health")

    assert found == f"GET /health{how} dependency s3 is down (denied)"


def test_what_else_does_not_hold_is_counted() -> None:
    """One line names one thing."""
    wanted = (("a", Operator("==", 1)), ("b", Operator("==", 2)))
    found = said(
        Response(200, headers=JSON, body=b'{"a": 2, "b": 3}'), Expect(json=wanted)
    )

    assert found == "GET /users: json a is 2, not 1; and 1 more"


def test_a_body_that_is_no_json_is_said_to_be_none() -> None:
    response = Response(200, headers=JSON, body=b"[object Object]")
    found = said(response, Expect(json=(("a", Operator("exists")),)))

    assert found == (
        "GET /users: body is no JSON: expecting value at line 1, column 2 "
        "(application/json: [object Object])"
    )


def test_what_does_not_fit_a_schema_is_named() -> None:
    expect = Expect(schema={"properties": {"price": {"type": "number"}}})
    found = said(Response(200, headers=JSON, body=b'{"price": "9"}'), expect)

    assert found == 'GET /users: schema price does not fit type: "number" ("9")'


def test_a_header_that_is_missing_is_said_to_be() -> None:
    expect = Expect(headers=(("ETag", Operator("exists")),))

    assert said(Response(200), expect) == "GET /users: header etag is missing"
