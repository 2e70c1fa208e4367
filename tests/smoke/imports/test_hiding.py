"""No secret of another tool's file is copied into a spec, which is checked in."""

from __future__ import annotations

import json

import pytest

from flowguard.smoke import spec
from flowguard.smoke.imports import convert

WORD = "cnry"
HURL = f"""\
GET https://ann:{WORD}1@api.test/a?token={WORD}2&q=1
Authorization: Bearer {WORD}3
X-Api-Key: {WORD}4
X-Session-Token: {WORD}5
Cookie: session={WORD}6
X-Trace: on
HTTP 200

POST https://ann:{WORD}1@api.test/login
Authorization: {WORD}7
{{"user": "ann", "password": "{WORD}8", "keyword": "x", "more": [{{"api_key": "{WORD}9"}}]}}
HTTP 401

POST https://ann:{WORD}1@api.test/form
[Query]
access_token: {WORD}10
[Form]
client_secret: {WORD}11
page: 2
[Cookies]
sessionid: {WORD}12
theme: dark
"""


def made(text: str, path: str = "a.hurl") -> str:
    """The text of the spec, which is one."""
    text = convert(text, path).text
    assert spec.parse(text, "smoke.yml").checks
    return text


def test_a_hurl_file() -> None:
    text = made(HURL)

    assert WORD not in text
    for line in (
        'base: "https://ann:${env.SMOKE_PASSWORD}@api.test"',
        'get: "/a?token=${env.SMOKE_TOKEN}&q=1"',
        'Authorization: "Bearer ${env.SMOKE_TOKEN_2}"',
        'X-Api-Key: "${env.SMOKE_API_KEY}"',
        'X-Session-Token: "${env.SMOKE_SESSION_TOKEN}"',
        'Cookie: "${env.SMOKE_COOKIE}"',
        "X-Trace: on",
        'password: "${env.SMOKE_PASSWORD_2}"',
        "keyword: x",
        'access_token: "${env.SMOKE_ACCESS_TOKEN}"',
        'client_secret: "${env.SMOKE_CLIENT_SECRET}"',
        'cookies: {sessionid: "${env.SMOKE_SESSIONID}", theme: dark}',
    ):
        assert line in text, text


@pytest.mark.parametrize("name", ["Authorization", "x-api-key", "X-Auth-Token"])
def test_a_postman_collection(name: str) -> None:
    header = [{"key": name, "value": f"{WORD}-literal"}]
    request = {"method": "GET", "header": header, "url": f"https://{WORD}@a.test/x"}
    collection = {
        "info": {"name": "x", "schema": "v2.1.0"},
        "item": [{"name": "a", "request": request}],
    }

    assert WORD not in made(json.dumps(collection), "a.json")


def test_two_secrets_have_a_variable_each_and_one_has_one() -> None:
    text = made(
        f"GET https://a.test/a\nX-Api-Key: {WORD}1\n\n"
        f"GET https://a.test/b\nX-Api-Key: {WORD}2\n\n"
        f"GET https://a.test/c\nX-Api-Key: {WORD}1\n\n"
        f"GET https://a.test/d\n[BasicAuth]\nann: {WORD}3\n[Query]\npassword: {WORD}4\n"
    )

    assert WORD not in text
    assert text.count("${env.SMOKE_API_KEY}") == 2
    assert text.count("${env.SMOKE_API_KEY_2}") == 1
    assert text.count("${env.SMOKE_PASSWORD}") == 1
    assert text.count("${env.SMOKE_PASSWORD_2}") == 1


def test_what_is_no_secret_stays() -> None:
    text = made(
        'POST https://a.test/a?keyword=x&sort=key\nX-Api-Key: {{key}}\n{"tokens": 3, "key": "k"}\n'
    )

    for kept in ("keyword=x&sort=key", "${env.key}", "{tokens: 3, key: k}"):
        assert kept in text
