"""The request that is sent, and the command that repeats it."""

from __future__ import annotations

import json
import shutil
import subprocess
from email import message_from_bytes
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowguard import __version__
from flowguard.errors import ConfigError
from flowguard.model.exchange import Request, Tls
from flowguard.smoke import encode
from flowguard.smoke.curl import curl
from flowguard.smoke.request import Body, BodyKind, RequestSpec
from flowguard.smoke.secrets import Secrets
from flowguard.smoke.variables import Unmeasurable

URL = "https://api.example.com/notes"


def sent(spec: RequestSpec) -> tuple[dict[str, str], bytes]:
    request = encode.request(spec)
    return {name.lower(): value for name, value in request.headers}, request.body or b""


def test_flowguard_says_who_it_is() -> None:
    headers, _ = sent(RequestSpec("GET", URL))

    assert headers["user-agent"] == f"flowguard/{__version__}"


def test_the_headers_of_a_step_count_before_those_of_the_suite() -> None:
    spec = RequestSpec("GET", URL, headers=(("x-stage", "dev"), ("User-Agent", "me")))

    request = encode.request(spec, headers=(("X-Stage", "prod"), ("X-Run", "1")))

    assert dict(request.headers) == {
        "User-Agent": "me",
        "Accept": "*/*",
        "x-stage": "dev",
        "X-Run": "1",
    }


def test_query_and_cookies_are_added() -> None:
    spec = RequestSpec(
        "GET",
        f"{URL}?a=1#top",
        query=(("q", "x y&z"), ("q", "ü")),
        cookies=(("theme", "dark"), ("n", "1")),
    )

    request = encode.request(spec)

    assert request.url == f"{URL}?a=1&q=x+y%26z&q=%C3%BC"
    assert ("Cookie", "theme=dark; n=1") in request.headers


def test_a_url_holds_nothing_that_breaks_a_request_line() -> None:
    request = encode.request(RequestSpec("GET", f"{URL}/a b\r\nX: ü"))

    assert request.url == f"{URL}/a%20b%0D%0AX:%20%C3%BC"


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\0b", "\x1b[2J"])
def test_a_header_never_becomes_two(value: str) -> None:
    with pytest.raises(Unmeasurable, match="the header X-Id would hold a line break"):
        encode.request(RequestSpec("GET", URL, headers=(("X-Id", value),)))


def test_a_json_body() -> None:
    body = Body(BodyKind.JSON, {"a": [1, None, "ü"], "b": ("x",)})
    headers, encoded = sent(RequestSpec("POST", URL, body=body))

    assert headers["content-type"] == "application/json"
    assert json.loads(encoded) == {"a": [1, None, "ü"], "b": ["x"]}


def test_a_form_and_a_type_of_ones_own() -> None:
    body = Body(BodyKind.FORM, (("a", "1 &"), ("a", 2), ("ok", True)))
    headers, encoded = sent(RequestSpec("POST", URL, body=body))
    own = Body(BodyKind.TEXT, "<a/>", content_type="application/xml")

    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qsl(encoded.decode()) == [("a", "1 &"), ("a", "2"), ("ok", "true")]
    assert (
        sent(RequestSpec("POST", URL, body=own))[0]["content-type"] == "application/xml"
    )


def test_files_are_sent_as_they_are(tmp_path: Path) -> None:
    notes = tmp_path / 'no"tes.csv'
    notes.write_bytes(b"a,b\r\n\xff")
    parts = (("file", f"@{notes}"), ("dry_run", True))

    whole = sent(RequestSpec("PUT", URL, body=Body(BodyKind.FILE, str(notes))))
    multipart = sent(RequestSpec("POST", URL, body=Body(BodyKind.MULTIPART, parts)))
    message = message_from_bytes(
        b"Content-Type: "
        + multipart[0]["content-type"].encode()
        + b"\r\n\r\n"
        + multipart[1]
    )
    received: Any = message.get_payload()

    assert whole == ({**whole[0], "content-type": "text/csv"}, b"a,b\r\n\xff")
    assert [part.get_payload(decode=True) for part in received] == [
        b"a,b\r\n\xff",
        b"true",
    ]
    assert received[0].get_filename() == "no%22tes.csv"


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match=r"'nope.bin' cannot be read: No such file"):
        sent(RequestSpec("PUT", URL, body=Body(BodyKind.FILE, "nope.bin")))


@pytest.mark.parametrize("url", ["/notes", "ftp://x/", "https:///x", "https://[/"])
def test_a_url_must_be_one(url: str) -> None:
    with pytest.raises(ConfigError, match="is no URL"):
        encode.request(RequestSpec("GET", url))


# -- curl ------------------------------------------------------------------------

BASH = shutil.which("bash") or "/bin/bash"
SHELL_TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12
)


def words(command: str) -> list[str]:
    """The words that a shell makes of a command, its variables set."""
    script = f'curl() {{ printf "%s\\0" "$@"; }}; TOKEN=tok SECRET=sec; {command}'
    printed = subprocess.run(
        [BASH, "-c", script],
        check=True,
        capture_output=True,
        env={"LC_ALL": "C.UTF-8", "PATH": "/nowhere"},
    )
    assert printed.stderr == b""
    return printed.stdout.decode().split("\0")[:-1]


def test_curl_repeats_a_request_without_its_secrets() -> None:
    secrets = Secrets()
    secrets.add("tok-12345")
    request = Request(
        "PATCH",
        f"{URL}/1?key=tok-12345",
        headers=(("Authorization", "Bearer tok-12345"), ("X-Name", "it's")),
        body=b'{"key": "tok-12345"}',
        tls=Tls(verify=False, ca_file="a b.pem"),
        redirects=2,
    )

    command = curl(request, secrets)

    assert "tok-12345" not in command
    assert words(command) == [
        *("--globoff", "--request", "PATCH"),
        *("--header", "Authorization: Bearer tok", "--header", "X-Name: it's"),
        *("--data-raw", '{"key": "sec"}', "--location", "--max-redirs", "2"),
        *("--insecure", "--cacert", "a b.pem", "--max-time", "10"),
        f"{URL}/1?key=sec",
    ]


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a\0b", b"x" * 3000])
def test_curl_does_not_print_what_is_no_short_text(body: bytes) -> None:
    command = curl(Request("POST", URL, body=body), Secrets())

    assert "--data-binary @body" in command
    assert len(command) < 200


@settings(max_examples=30)
@given(SHELL_TEXT, SHELL_TEXT)
def test_nothing_in_a_request_acts_on_the_shell_or_the_terminal(
    name: str, body: str
) -> None:
    request = Request("POST", URL, headers=(("X-A", name),), body=body.encode())

    command = curl(request, Secrets())

    assert command.isprintable() or not any(ord(c) < 0x20 for c in command)
    assert words(command)[:4] == ["--globoff", "--header", f"X-A: {name}", "--data-raw"]
    assert words(command)[4] == body
