"""A secret never gets out, in whatever form it comes back."""

from __future__ import annotations

import base64
import json
import threading
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from flowguard.model.hidden import is_secret_name
from flowguard.smoke.secrets import Secrets

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=4, max_size=40)
AROUND = st.binary(max_size=7)


def knowing(*texts: str) -> Secrets:
    secrets = Secrets()
    for text in texts:
        secrets.add(text)
    return secrets


def forms(secret: str) -> list[str]:
    octets = secret.encode()
    standard = base64.b64encode(octets).decode()
    urlsafe = base64.urlsafe_b64encode(octets).decode()
    return [
        secret,
        *(standard, standard.rstrip("="), quote(standard, safe="")),
        *(urlsafe, urlsafe.rstrip("=")),
        *(quote(secret, safe=""), quote(secret), quote_plus(secret)),
        *(json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]),
    ]


@given(TEXTS, st.text(max_size=20), st.text(max_size=20))
@example("****", "", "")
@example("x***", "x", "x***")
def test_no_form_of_a_secret_is_left(secret: str, before: str, after: str) -> None:
    secrets = knowing(secret)
    text = "".join(f"{before}{form}{after}" for form in forms(secret))

    masked = secrets.mask(text)

    assert not [form for form in forms(secret) if form in masked]


@given(TEXTS.filter(lambda text: len(text.encode()) > 5), AROUND, AROUND)
def test_a_secret_inside_of_somebodys_base64_is_masked(
    secret: str, before: bytes, after: bytes
) -> None:
    octets = before + secret.encode() + after
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        masked = knowing(secret).mask(encode(octets).decode())

        assert "***" in masked
        assert len(masked.replace("***", "")) <= len(encode(before + after)) + 8


def test_basic_authorization_echoed_in_a_body_is_masked() -> None:
    header = base64.b64encode(b"robot:correct horse").decode()

    assert "horse" not in knowing("correct horse").mask(f"you sent {header}")
    assert header not in knowing("correct horse").mask(f"you sent {header}")


def test_lower_case_escapes_of_a_url_are_masked() -> None:
    assert knowing("a/b+c=d").mask("x=a%2fb%2bc%3dd&y=1") == "x=***&y=1"


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abc.def",
        "authorization=Basic Zm9v",
        '{"headers": {"Authorization": "Bearer abc.def", "x": 1}}',
        r'"{\"authorization\":\"Bearer abc.def\"}"',
        "Cookie: session=abc.def; theme=dark",
        "set-cookie: session=abc.def; HttpOnly",
        "X-Api-Key: abc.def",
    ],
)
def test_what_a_secret_header_holds_is_masked_unknown(text: str) -> None:
    masked = Secrets().mask(text)

    assert "***" in masked
    assert "abc" not in masked
    assert "Zm9v" not in masked


def test_headers_are_masked_by_name_and_by_value() -> None:
    headers = (("Set-Cookie", "a=b"), ("X-Echo", "tok-12345"), ("Server", "nginx"))

    assert knowing("tok-12345").headers(headers) == (
        ("Set-Cookie", "***"),
        ("X-Echo", "***"),
        ("Server", "nginx"),
    )


def test_short_values_are_left_alone() -> None:
    secrets = knowing("", "a", "abc")

    assert secrets.mask("abc and a") == "abc and a"


def test_each_line_of_a_key_is_masked() -> None:
    secrets = knowing("-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEFAA\n")

    assert secrets.mask("got kqhkiG9w0BAQEFAA") == "got ***"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no https://ann:hunter22@api.test/a", "no https://***@api.test/a"),
        ("https://ghp_token@github.com: 404", "https://***@github.com: 404"),
        ("redis://:hunter22@cache:6379/0", "redis://***@cache:6379/0"),
        ("https://ann:hun@ter/22@x", "https://***@ter/22@x"),
        ("https://api.test/@ann?mail=a@b.c", "https://api.test/@ann?mail=a@b.c"),
        ("mail ann@api.test, or https://api.test", None),
    ],
)
def test_credentials_in_a_url_are_masked_though_nobody_knows_them(
    text: str, shown: str | None
) -> None:
    assert Secrets().mask(text) == (shown or text)


def test_what_a_url_signs_in_with_is_known_by_itself() -> None:
    secrets = Secrets()
    secrets.add_urls(["plain", "https://ann:p%40ss-word@api.test/", "x://tok-12345@h"])
    pair = base64.b64encode(b"ann:p@ss-word").decode()

    assert secrets.mask(f"ann p@ss-word {pair} tok-12345") == "ann *** *** ***"


def test_a_file_is_shown_line_by_line() -> None:
    text = "a: tok-12345\nb: https://u:p@h/\n\nc: d"

    shown = knowing("tok-12345").in_files({"smoke.yml": text})

    assert shown == {"smoke.yml": "a: ***\nb: https://***@h/\n\nc: d"}


def test_a_text_is_split_into_what_is_secret_and_what_is_not() -> None:
    pieces = list(knowing("tok-12345").split("a tok-12345 b"))

    assert pieces == [("a ", False), ("tok-12345", True), (" b", False)]


def test_secrets_may_be_added_while_others_mask() -> None:
    secrets = Secrets()
    tokens = [f"token-{n:05d}" for n in range(40)]
    leaks: list[str] = []

    def add_and_mask(mine: list[str]) -> None:
        for token in mine:
            secrets.add(token)
            leaks.extend(token for _ in range(3) if token in secrets.mask(token))

    threads = [
        threading.Thread(target=add_and_mask, args=(tokens[n::4],)) for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert leaks == []
    assert secrets.mask(" ".join(tokens)) == " ".join(["***"] * 40)


def test_a_secret_is_not_in_the_repr() -> None:
    assert "tok" not in repr(knowing("tok-12345"))


@pytest.mark.parametrize(
    ("name", "secret"),
    [("API_TOKEN", True), ("DbPassword", True), ("KEY_ID", True), ("STAGE", False)],
)
def test_names_tell_secrets(name: str, secret: bool) -> None:
    assert is_secret_name(name) is secret


@pytest.mark.parametrize("shown", [4, 5, 39, 79])
def test_the_beginning_of_a_secret_that_is_cut_off_is_masked(shown: int) -> None:
    secret = "t0ken-" + "abcdefghij" * 8
    text = f"no such token: {secret[:shown]}… (application/json)"

    assert knowing(secret).mask(text) == "no such token: ***… (application/json)"


def test_of_two_secrets_that_begin_alike_the_longer_is_masked() -> None:
    secrets = knowing("t0ken", "t0ken-of-somebody")

    assert secrets.mask("t0ken-of-some…") == "***…"


def test_an_ellipsis_behind_other_text_hides_nothing() -> None:
    assert knowing("t0ken-of-somebody").mask("t0ken-ring…") == "t0ken-ring…"


@given(TEXTS, st.integers(4, 40))
def test_no_beginning_of_a_secret_survives_a_cut(secret: str, at: int) -> None:
    secrets = knowing(secret)
    shown = secret[:at]
    assume("…" not in shown)

    assert shown not in secrets.mask(f"it says {shown}…").removeprefix("it says ")
