"""A page of a frontend, and what it needs."""

from __future__ import annotations

import time

import pytest

from flowguard.model.exchange import Response
from flowguard.model.smoke import Mismatch
from flowguard.smoke import html, page
from flowguard.smoke.expectation import Page
from flowguard.smoke.operators import parse

PAGE = b"""<!doctype html><html><head>
<title> Flow
 Logic </title><base href="/app/">
<script src="main.js"></script><script>var hidden = 'Secret text'</script>
<link rel="stylesheet" href="https://cdn.example/a.css#x">
<link rel=canonical href="/not-an-asset"><link rel="shortcut icon" href="/favicon.ico">
</head><body><h1>Sign&nbsp;in</h1><a class="login" href="/login">Go</a>
<img src="logo.svg"><img src="logo.svg"><img src="data:image/png;base64,xx">
<img src="javascript:alert(1)"><img src="file:///etc/passwd"><img src="https://[">
<input disabled></body></html>"""


def response(body: bytes, kind: str = "text/html") -> Response:
    headers = (("Content-Type", kind),)
    return Response(200, headers=headers, body=body, url="https://www.example.com/x/")


def test_what_a_page_says() -> None:
    expected = Page(
        title=parse("Flow Logic"),
        text=(parse("contains Sign in"), parse("!~ Secret")),
        css=(
            ("h1", parse("exists")),
            ("a.login@href", parse("/login")),
            ("input@disabled", parse("exists")),
            ("a@title", parse("absent")),
            (".error", parse("absent")),
        ),
    )

    assert list(page.judge(expected, response(PAGE))) == []


def test_what_a_page_lacks() -> None:
    expected = Page(
        title=parse("contains Vercel"),
        text=(parse("contains Log out"),),
        css=(("h2", parse("exists")), ("a[", parse("exists"))),
    )

    assert [m.what for m in page.judge(expected, response(PAGE))] == [
        "title",
        "text",
        "css h2",
        "css a[",
    ]
    assert next(page.judge(expected, response(PAGE))) == Mismatch(
        "title", 'contains "Vercel"', '"Flow Logic"'
    )


def test_assets_are_urls_of_the_web_each_once() -> None:
    assert page.assets(response(PAGE)) == (
        "https://www.example.com/app/main.js",
        "https://cdn.example/a.css",
        "https://www.example.com/favicon.ico",
        "https://www.example.com/app/logo.svg",
    )


def test_scripts_and_style_sheets_are_told_from_images() -> None:
    assert page.code(response(PAGE)) == {
        "https://www.example.com/app/main.js",
        "https://cdn.example/a.css",
    }


@pytest.mark.parametrize(
    ("body", "kind", "says"),
    [
        (b"", "text/html", "the page is empty"),
        (b'{"a": 1}', "application/json", "it is no page but application/json"),
        (b"<div>" * 100_000, "text/html", "more than 20,000 tags"),
        (
            b"<p>" + b"".join(b"<b a=%d>" % n for n in range(500)) + b"<p>x" * 9000,
            "text/html",
            "leaves 500 elements such as <b> open",
        ),
    ],
    ids=["empty", "json", "deep", "bomb"],
)
def test_what_is_no_page_is_said_at_once(body: bytes, kind: str, says: str) -> None:
    started = time.process_time()
    (mismatch,) = page.judge(Page(title=parse("x")), response(body, kind))

    assert says in mismatch.actual
    assert page.assets(response(body, kind)) == ()
    assert page.code(response(body, kind)) == frozenset()
    assert time.process_time() - started < 2


def test_the_deepest_page_that_is_read_is_read_quickly() -> None:
    started = time.process_time()
    html.parse(response(b"<div>" * (html.MAX_TAGS - 1)))

    assert time.process_time() - started < 10
