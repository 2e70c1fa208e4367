"""A Postman collection becomes a spec that says the same, or names what it lacks."""

import json
from typing import Any

import pytest
from inline_snapshot import snapshot

from flowguard.smoke import spec
from flowguard.smoke.imports import Draft, convert
from flowguard.smoke.suite import Http


def drafted(*items: Any, **more: Any) -> Draft:
    """The draft of a collection; its text is a spec."""
    info = {"name": "c", "schema": "…/v2.1.0/collection.json"}
    collection = {"info": info, "item": [*items], **more}
    draft = convert(json.dumps(collection), "api.json")
    assert spec.parse(draft.text, "smoke.yml").checks
    return draft


def item(name: str, url: Any, *script: str, **request: Any) -> dict[str, Any]:
    """A request with a test script."""
    event = {"listen": "test", "script": {"exec": list(script)}}
    return {
        "name": name,
        "request": {"method": "GET", "url": url, **request},
        "event": [event],
    }


def body_of(draft: Draft) -> str:
    """The text below its title."""
    return draft.text.partition("\n")[2]


def test_a_chain_that_changes_one_thing_is_one_check() -> None:
    draft = drafted(
        item(
            "Login",
            "{{base}}/login",
            "pm.environment.set('token', pm.response.json().access_token);",
            method="POST",
        ),
        item("Create note", "{{base}}/notes", "pm.test('c', () => pm.response.to.have.status(201));", "pm.environment.set('id', pm.response.json().id);", method="POST", header=[{"key": "Authorization", "value": "Bearer {{token}}"}]),
        item("Read note", "{{base}}/notes/{{id}}", "pm.test('r', () => pm.response.to.be.ok);"),
        item("Delete note", "{{base}}/notes/{{id}}", method="DELETE"),
        item("Health", "{{base}}/health", "pm.test('h', () => pm.response.to.have.status(200));"),
        variable=[{"key": "base", "value": "https://api.example.com"}],
    )  # fmt: skip

    assert draft.left_out == ()
    assert body_of(draft) == snapshot("""\
base: "${vars.base}"
vars: {base: https://api.example.com}
checks:
  login:
    post: /login
    redirects: 10
    expect: {status: 100-599, json: {"type(@)": exists}}
    save: {token: {json: access_token, secret: true}}
  create-note:
    steps:
      - post: /notes
        headers: {Authorization: "Bearer ${checks.login.token}"}
        redirects: 10
        expect: {status: 201, json: {"type(@)": exists}}
        save: {id: id}
      - {get: "/notes/${id}", redirects: 10, expect: 200}
      - {delete: "/notes/${id}", redirects: 10, expect: 100-599}
    finally: [{delete: "/notes/${id}", redirects: 10, expect: [2xx, 4xx]}]
  health: {get: /health, redirects: 10, expect: 200}
""")


def test_sign_ins_are_taken_over_without_their_secrets() -> None:
    draft = drafted(
        item("Bearer", "https://x.example/a", auth=auth("bearer", token="hunter2")),
        item("Basic", "https://x.example/b", auth=auth("basic", username="me", password="hunter2")),
        item("Key", "https://x.example/c", auth=auth("apikey", key="X-Key", value="hunter2")),
        item("Query", "https://x.example/d", auth=auth("apikey", key="k", value="hunter2", **{"in": "query"})),
        item("OAuth", "https://x.example/e", auth=auth("oauth2", grant_type="client_credentials", accessTokenUrl="https://id.example/t", clientId="c", clientSecret="hunter2", scope="a b")),
        item("AWS", "https://x.example/f", auth=auth("awsv4", service="execute-api", region="eu-west-1", secretKey="hunter2")),
        item("Digest", "https://x.example/g", auth=auth("digest", password="hunter2")),
        item("None", "https://x.example/h", auth={"type": "noauth"}),
        auth=auth("bearer", token="{{apiToken}}"),
        variable=[{"key": "apiToken", "value": "hunter2"}],
    )  # fmt: skip

    assert draft.left_out == ("Digest: it signs in with 'digest'",)
    assert "hunter2" not in draft.text
    assert body_of(draft) == snapshot("""\
# Set before a run: SMOKE_API_KEY, SMOKE_CLIENT_SECRET, SMOKE_PASSWORD, SMOKE_TOKEN.
# left out: Digest: it signs in with 'digest'
base: https://x.example
auth:
  bearer: {bearer: "${env.SMOKE_TOKEN}"}
  basic: {basic: {user: me, password: "${env.SMOKE_PASSWORD}"}}
  api_key: {api_key: {value: "${env.SMOKE_API_KEY}", header: X-Key}}
  oauth2:
    oauth2:
      token_url: https://id.example/t
      client_id: c
      client_secret: "${env.SMOKE_CLIENT_SECRET}"
      scopes: [a, b]
  sigv4: {sigv4: {service: execute-api, region: eu-west-1}}
checks:
  bearer: {get: /a, as: bearer, redirects: 10, expect: 100-599, refusal: false}
  basic: {get: /b, as: basic, redirects: 10, expect: 100-599, refusal: false}
  key: {get: /c, as: api_key, redirects: 10, expect: 100-599, refusal: false}
  query: {get: /d, query: {k: "${env.SMOKE_API_KEY}"}, redirects: 10, expect: 100-599}
  oauth: {get: /e, as: oauth2, redirects: 10, expect: 100-599, refusal: false}
  aws: {get: /f, as: sigv4, redirects: 10, expect: 100-599, refusal: false}
  none: {get: /h, redirects: 10, expect: 100-599}
""")


def auth(kind: str, **given: str) -> dict[str, Any]:
    """An `auth` as version 2.1 writes it."""
    return {"type": kind, kind: [{"key": k, "value": v} for k, v in given.items()]}


def test_bodies_are_taken_over() -> None:
    raw = {"raw": {"language": "json"}}
    bodies: dict[str, dict[str, Any]] = {
        "raw": {"raw": '{"a": "${b}", "n": [1, null]}', "options": raw},
        "urlencoded": {"urlencoded": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]},
        "formdata": {"formdata": [{"key": "f", "type": "file", "src": "a.csv"}, {"key": "t", "value": "{{x}}"}]},
        "file": {"file": {"src": "a.bin"}},
        "graphql": {"graphql": {"query": "{ me }", "variables": '{"a": 1}'}},
    }  # fmt: skip
    draft = drafted(
        *(
            item(mode, "https://x.example/a", method="POST", body={"mode": mode, **body})
            for mode, body in bodies.items()
        ),
        item("templated", "https://x.example/a", method="PUT", body={"mode": "raw", "raw": '{"a": {{x}}}', "options": raw}),
    )  # fmt: skip

    assert draft.left_out == ()
    assert body_of(draft) == snapshot("""\
# Set before a run: x.
base: https://x.example
checks:
  raw: {post: /a, json: {a: "$${b}", n: [1, null]}, redirects: 10, expect: 100-599}
  urlencoded: {post: /a, form: {a: ["1", "2"]}, redirects: 10, expect: 100-599}
  formdata:
    post: /a
    multipart: {f: "@a.csv", t: "${env.x}"}
    redirects: 10
    expect: 100-599
  file: {post: /a, file: a.bin, redirects: 10, expect: 100-599}
  graphql:
    post: /a
    json: {query: "{ me }", variables: {a: 1}}
    redirects: 10
    expect: 100-599
  templated:
    put: /a
    text: '{"a": ${env.x}}'
    content_type: application/json
    redirects: 10
    expect: 100-599
""")


@pytest.mark.parametrize(
    ("script", "expect"),
    [
        ("pm.test('a', function () { pm.response.to.have.status(200); })", "expect: 200"),
        ("pm.test('a', () => pm.expect(pm.response.code).to.be.within(200, 204))", "expect: 200-204"),
        ("pm.test('a', () => { pm.response.to.not.be.error })", "expect: [1xx, 2xx, 3xx]"),
        ("tests['a'] = responseCode.code === 201;", "expect: 201"),
        ("tests['a'] = responseBody.has('up');", "expect: {status: 100-599, body: contains up}"),
        ("pm.test('a', () => pm.expect(pm.response.responseTime).to.be.below(500))", "expect: {status: 100-599, max_time: 500ms}"),
        ("const b = pm.response.json(); pm.test('a', () => { pm.expect(b.n).to.equal(1) })", "expect: {status: 100-599, json: {n: 1}}"),
        ("pm.test('a', () => pm.expect(pm.response.json().s).to.eql('>= 1'))", "expect: {status: 100-599, json: {s: '== \">= 1\"'}}"),
        ("pm.test('a', () => pm.response.to.have.header('ETag'))", "expect: {status: 100-599, headers: {ETag: exists}}"),
    ],
)  # fmt: skip
def test_a_plain_test_is_one_line(script: str, expect: str) -> None:
    draft = drafted(item("it", "https://x.example/", script))

    assert draft.left_out == ()
    assert expect in draft.text


@pytest.mark.parametrize(
    "script",
    [
        "if (pm.response.code === 200) { pm.test('a', () => {}) }",
        "pm.test('a', () => pm.expect(pm.response.json().items.map(i => i.id)).to.eql([1]))",
        "pm.sendRequest('https://x', () => {})",
        "pm.test('a', () => pm.expect(x).to.be.ok)",
        "for (const i of [1]) { pm.expect(i).to.eql(1) }",
        "pm.expect(pm.response.json().a).to.satisfy(x => x > 1)",
        "((( `${",
        "pm.environment.set('a', Date.now())",
    ],
)
def test_what_is_no_plain_test_is_named(script: str) -> None:
    draft = drafted(item("it", "https://x.example/", script))

    assert len(draft.left_out) == 1
    assert draft.left_out[0].startswith("it: ")
    assert f"# left out: {draft.left_out[0].removeprefix('it: ')}" in draft.text


def test_a_script_before_a_request_is_named() -> None:
    row = item("it", "https://x.example/")
    row["event"] = [{"listen": "prerequest", "script": {"exec": "sign()"}}]

    assert drafted(row).left_out == ("it: the script that runs before it",)


def test_folders_are_tags_and_give_what_they_have_to_their_requests() -> None:
    folder = {
        "name": "Users & more",
        "auth": auth("bearer", token="{{token}}"),
        "item": [item("List", "https://x.example/users")],
        "event": [{"listen": "test", "script": {"exec": ["pm.response.to.be.ok"]}}],
    }
    (check,) = spec.parse(drafted(folder).text, "smoke.yml").checks

    assert check.tags == {"users-more"}
    assert isinstance(check.what, Http)
    assert check.what.steps[0].request.sign_in == "bearer"
    assert check.what.steps[0].expect.status == ((200, 200),)


def test_a_name_that_is_hostile_stays_in_its_line() -> None:
    draft = drafted(
        item("a\nchecks: {}\n${x} {{y}} \u2028\x1b[31m", "https://x.example/{{ z }}")
    )

    assert [check.name for check in spec.parse(draft.text, "s").checks] == [
        "a-checks-x-y-31m"
    ]


def test_an_address_without_a_scheme_is_http() -> None:
    draft = drafted(item("it", "localhost:8080/a?b=c&d"))

    assert "base: http://localhost:8080\n" in draft.text
    assert 'it: {get: /a, query: {b: c, d: ""}, redirects: 10' in draft.text


def test_requests_that_cannot_be_sent_are_named() -> None:
    draft = drafted(
        item("good", "https://x.example/"),
        item("odd", "https://x.example/", method="PURGE"),
        item("empty", ""),
    )

    assert draft.left_out == ("odd: its method is PURGE", "empty: it has no URL")
