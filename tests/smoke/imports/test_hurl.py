"""A hurl file becomes a spec that says the same, or names what it lacks."""

from textwrap import dedent

import pytest
from inline_snapshot import snapshot

from flowguard.smoke import spec
from flowguard.smoke.imports import Draft, convert


def drafted(text: str) -> Draft:
    """The draft of a file; its text is a spec."""
    draft = convert(dedent(text), "api.hurl")
    assert spec.parse(draft.text, "smoke.yml").checks
    return draft


def test_a_whole_file() -> None:
    draft = drafted(
        """\
        # the login
        POST {{host}}/login
        Content-Type: application/json
        {
          "user": "smoke",
          "password": "{{password}}"
        }
        HTTP 200
        [Captures]
        token: jsonpath "$.access_token"

        GET {{host}}/users?limit=3   # a comment
        Authorization: Bearer {{token}}
        [Query]
        tag: a b
        tag: c
        [Options]
        retry: 4
        retry-interval: 500ms
        location: true
        HTTP/1.1 200
        Content-Type: application/json
        [Asserts]
        jsonpath "$.items" count >= 1
        jsonpath "$.items[0].id" exists
        jsonpath "$.items[*].plan" includes "free"
        jsonpath "$.items[?(@.id=='u1')].name" == "Ada"
        jsonpath "$['odd key']" isString
        header "X-Version" matches /^v\\d+#/
        body contains "items"
        duration < 900

        PUT {{host}}/users/u1
        [BasicAuth]
        me: hunter2
        [Form]
        name: Ada
        HTTP 204

        GET {{host}}/page
        HTTP *
        [Asserts]
        status < 400
        body matches "<h1>"
        """
    )

    assert draft.left_out == ()
    assert "hunter2" not in draft.text
    assert draft.text.partition("\n")[2] == snapshot("""\
# Set before a run: SMOKE_PASSWORD, host, password.
base: "${env.host}"
auth: {basic-me: {basic: {user: me, password: "${env.SMOKE_PASSWORD}"}}}
checks:
  post-login:
    post: /login
    headers: {Content-Type: application/json}
    text: |-
      {
        "user": "smoke",
        "password": "${env.password}"
      }
    expect: 200
    save: {token: {json: access_token, secret: true}}
  get-users:
    get: "/users?limit=3"
    query: {tag: [a b, c]}
    headers: {Authorization: "Bearer ${checks.post-login.token}"}
    redirects: 20
    until: 2s
    expect:
      status: 200
      headers: {Content-Type: application/json, X-Version: '~ ^v\\d+#'}
      body: contains items
      json:
        "length(items)": ">= 1"
        "items[0].id": exists
        "items[*].plan": contains free
        'items[?id == `"u1"`].name': Ada
        '"odd key"': is string
      max_time: 900ms
  put-users-u1:
    put: /users/u1
    as: basic-me
    form: {name: Ada}
    expect: 204
    refusal: false
  get-page: {get: /page, expect: {status: [1xx, 2xx, 3xx], body: "~ <h1>"}}
""")


@pytest.mark.parametrize(
    ("line", "expect"),
    [
        ('jsonpath "$.a" == 1', "a: 1"),
        ('jsonpath "$.a" != null', 'a: "!= null"'),
        ('jsonpath "$.a" not exists', "a: absent"),
        ('jsonpath "$.a" isEmpty', "a: length 0"),
        ('jsonpath "$.a" startsWith "x."', "a: '~ ^x\\.'"),
        ('jsonpath "$.a" not matches /x/', 'a: "!~ x"'),
        ('jsonpath "$.a" nth 0 == "b"', '"a[0]": b'),
        ('jsonpath "$" isList', '"@": is array'),
        ('header "X" == "a # b"', 'X: "a # b"'),
        ("body == `a`", "body: a"),
        ('regex "n=(\\\\d+)" exists', "body: '~ n=(\\d+)'"),
    ],
)
def test_an_assert_is_one_line(line: str, expect: str) -> None:
    draft = drafted(f"GET https://x.example/\nHTTP 200\n[Asserts]\n{line}\n")

    assert draft.left_out == ()
    assert expect in draft.text


@pytest.mark.parametrize(
    "line",
    [
        'xpath "string(//title)" == "x"',
        'jsonpath "$..a" exists',
        "sha256 == hex,00;",
        'certificate "Subject" == "x"',
        'variable "a" == 1',
        "bytes count == 3",
        "no assert at all",
    ],
)
def test_an_assert_without_its_like_is_named(line: str) -> None:
    draft = drafted(f"GET https://x.example/\nHTTP 200\n[Asserts]\n{line}\n")

    assert draft.left_out == (f"get: {line}",)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"a": [1]}', "json: {a: [1]}"),
        ("```\nfirst\nsecond\n```", 'text: "first\\nsecond\\n"'),
        ("`one line`", "text: one line"),
        ("file,data.bin;", "file: data.bin"),
        ("<a>\n  <b/>\n</a>", "content_type: application/xml"),
    ],
)
def test_a_body_is_taken_over(body: str, said: str) -> None:
    draft = drafted(f"POST https://x.example/\n{body}\nHTTP 200\n")

    assert draft.left_out == ()
    assert said in draft.text


def test_what_changes_something_is_sent_once() -> None:
    draft = drafted("POST https://x.example/\n[Options]\nretry: 3\nHTTP 200\n")

    assert draft.left_out == (
        "post: the option retry: what changes something is sent once",
    )


def test_an_answer_that_is_written_whole_must_be_equal() -> None:
    draft = drafted('GET https://x.example/\nHTTP 200\n{"a": 1}\n')

    assert '{status: 200, json: {"@": {a: 1}}}' in draft.text
