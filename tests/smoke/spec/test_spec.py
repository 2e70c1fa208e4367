"""A spec is read into the suite that it says."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from flowguard import config
from flowguard.model.exchange import Tls
from flowguard.model.places import Location
from flowguard.smoke import spec
from flowguard.smoke.expectation import (
    Capture,
    Dependency,
    Expect,
    Operator,
    Page,
    Source,
)
from flowguard.smoke.request import Body, BodyKind, RequestSpec, Step
from flowguard.smoke.sign_ins import ApiKey, Basic, Bearer, Cognito, OAuth2, SigV4
from flowguard.smoke.suite import (
    Ask,
    Check,
    Command,
    Gate,
    Http,
    LatencyRule,
    Policy,
    Release,
    Soak,
    Suite,
    Wait,
)
from flowguard.template.text import parse as parse_document

SHORT = """\
base: ${stack.ApiUrl}
auth:
  user:
    cognito: {pool: "${stack.UserPoolId}", client: "${stack.AppClientId}"}
checks:
  health: {get: /health, deps: [dynamodb, s3]}
  anonymous: {get: /users, expect: 401}
  users: {get: /users, as: user}
"""
RENEWED = 14.0


def read(text: str) -> Suite:
    """The suite that `text` says."""
    return spec.parse(text, "smoke.yml")


def check(text: str) -> Check:
    """The only check of a suite that can sign in."""
    head = "auth: {user: {bearer: x}}\nchecks:\n  it:\n    "
    (found,) = read(head + text.replace("\n", "\n    ")).checks
    return found


def step(text: str) -> Step:
    """The only step of the only check."""
    what = check(text).what
    assert isinstance(what, Http)
    (found,) = what.steps
    return found


def test_the_common_case_takes_eight_lines() -> None:
    suite = read(SHORT)

    assert len(SHORT.splitlines()) == 8
    assert suite.base == "${stack.ApiUrl}"
    assert suite.sign_ins == {
        "user": Cognito("${stack.UserPoolId}", "${stack.AppClientId}")
    }
    assert [(c.name, c.critical, c.location.line) for c in suite.checks] == [
        ("health", True, 6),
        ("anonymous", True, 7),
        ("users", True, 8),
    ]
    assert [c.what.steps for c in suite.checks if isinstance(c.what, Http)] == [
        (
            Step(
                RequestSpec("GET", "/health"),
                Expect(
                    dependencies=(Dependency("dynamodb"), Dependency("s3")),
                    certificate_days=RENEWED,
                ),
                location=Location("smoke.yml", 6, 11),
            ),
        ),
        (
            Step(
                RequestSpec("GET", "/users"),
                Expect(((401, 401),), certificate_days=RENEWED),
                location=Location("smoke.yml", 7, 14),
            ),
        ),
        (
            Step(
                RequestSpec("GET", "/users", sign_in="user"),
                Expect(certificate_days=RENEWED),
                location=Location("smoke.yml", 8, 10),
            ),
        ),
    ]


def test_what_is_not_said_has_the_documented_defaults() -> None:
    suite = read("checks: {a: {get: /}}")
    found = step("get: /")

    assert (suite.timeout, suite.connect_timeout, suite.concurrency) == (10.0, 5.0, 20)
    assert found.expect.status == ((200, 299),)
    assert found.request.redirects == 0
    assert found.expect.certificate_days == RENEWED
    assert suite.gate == Gate()
    assert suite.sources == {"smoke.yml": "checks: {a: {get: /}}"}


def test_a_url_without_tls_has_no_certificate_to_renew() -> None:
    assert step("get: http://localhost:1/").expect.certificate_days is None


# -- expectations ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "ranges"),
    [
        ("401", [(401, 401)]),
        ("'401'", [(401, 401)]),
        ("2xx", [(200, 299)]),
        ("[204, 404]", [(204, 204), (404, 404)]),
        ("200-204", [(200, 204)]),
        ("{status: [2XX, 304]}", [(200, 299), (304, 304)]),
        ("{body: exists}", [(200, 299)]),
    ],
)
def test_a_status_is_written_in_several_ways(
    written: str, ranges: Sequence[tuple[int, int]]
) -> None:
    assert step(f"get: /\nexpect: {written}").expect.status == tuple(ranges)


def test_everything_that_can_be_expected() -> None:
    found = step("""\
get: /
deps: {dynamodb: required, mail: optional}
page: {title: contains Flow, text: [Sign in, "~ v\\\\d"], css: {a: exists}, assets: true}
expect:
  status: 200
  headers: {content-type: contains json}
  body: ["contains a", "!~ b"]
  json: {"length(items)": ">= 1", "items[0].id": exists, next: null, n: 3}
  schema: {type: object}
  openapi: false
  max_time: 800ms
  certificate_days: 30
""")

    assert found.expect == Expect(
        status=((200, 200),),
        headers=(("content-type", Operator("contains", "json")),),
        body=(Operator("contains", "a"), Operator("!~", "b")),
        json=(
            ("length(items)", Operator(">=", 1)),
            ("items[0].id", Operator("exists")),
            ("next", Operator("==", None)),
            ("n", Operator("==", 3)),
        ),
        schema={"type": "object"},
        dependencies=(Dependency("dynamodb"), Dependency("mail", required=False)),
        page=Page(
            Operator("contains", "Flow"),
            (Operator("contains", "Sign in"), Operator("~", r"v\d")),
            (("a", Operator("exists")),),
            assets=True,
        ),
        max_seconds=0.8,
        certificate_days=30,
    )


def test_everything_that_can_be_saved() -> None:
    found = step("""\
get: /
save:
  id: items[0].id
  next: {json: next, secret: true}
  etag: {header: ETag}
  session: {cookie: sid}
  number: {regex: 'n=(\\d+)'}
  link: {css: a.next@href}
  code: {status: code}
""")

    assert found.save == (
        ("id", Capture(Source.JSON, "items[0].id")),
        ("next", Capture(Source.JSON, "next", secret=True)),
        ("etag", Capture(Source.HEADER, "ETag")),
        ("session", Capture(Source.COOKIE, "sid")),
        ("number", Capture(Source.REGEX, r"n=(\d+)")),
        ("link", Capture(Source.CSS, "a.next@href")),
        ("code", Capture(Source.STATUS, "")),
    )


# -- requests --------------------------------------------------------------------


def test_everything_that_can_be_sent() -> None:
    found = step("""\
get: /users?limit=5
query: {q: a b, tag: [x, 2], deep: true}
headers: {X-Trace: "${run.id}", X-Count: 3}
cookies: {theme: dark}
as: user
redirects: 3
timeout: 1.5s
until: 2m
tls: {verify: false, ca: ca.pem, certificate: c.pem, key: c.key}
""")

    assert found.until == 120
    assert found.request == RequestSpec(
        "GET",
        "/users?limit=5",
        query=(("q", "a b"), ("tag", "x"), ("tag", "2"), ("deep", "true")),
        headers=(("X-Trace", "${run.id}"), ("X-Count", "3")),
        cookies=(("theme", "dark"),),
        sign_in="user",
        redirects=3,
        timeout=1.5,
        tls=Tls(
            verify=False,
            ca_file="ca.pem",
            client_certificate="c.pem",
            client_key="c.key",
        ),
    )


@pytest.mark.parametrize(
    ("written", "body"),
    [
        ("json: {a: [1, null]}", Body(BodyKind.JSON, {"a": [1, None]})),
        ("json: null", Body(BodyKind.JSON, None)),
        ("form: {a: 1, b: [x, y]}", Body(BodyKind.FORM, (("a", "1"), ("b", "x"), ("b", "y")))),
        ("text: hello", Body(BodyKind.TEXT, "hello")),
        ("file: a.bin\ncontent_type: image/png", Body(BodyKind.FILE, "a.bin", "image/png")),
        ("multipart: {f: '@a.csv'}", Body(BodyKind.MULTIPART, (("f", "@a.csv"),))),
    ],
)  # fmt: skip
def test_a_body_is_of_one_of_five_kinds(written: str, body: Body) -> None:
    assert step(f"post: /\n{written}").request.body == body


@pytest.mark.parametrize("method", ["get", "head", "options", "post", "put", "patch", "delete"])  # fmt: skip
def test_the_method_is_the_key(method: str) -> None:
    assert step(f"{method}: /a").request == RequestSpec(method.upper(), "/a")


# -- checks ----------------------------------------------------------------------


def test_everything_that_a_check_can_say() -> None:
    found = check("""\
get: /
as: user
critical: false
tags: quick
stages: [dev, prod]
touches: UsersFunction
latency: {p95: 400ms, vs_baseline: +50%}
samples: 3
refusal: false
""")

    assert replace(found, what=Command(())) == Check(
        "it",
        Command(()),
        critical=False,
        tags=frozenset({"quick"}),
        stages=frozenset({"dev", "prod"}),
        touches=("UsersFunction",),
        latency=LatencyRule(0.4, 0.5),
        samples=3,
        location=Location("smoke.yml", 3, 3, 3, 5),
    )
    assert isinstance(found.what, Http)
    assert not found.what.refusal


def test_steps_run_in_their_order_and_finally_afterwards() -> None:
    what = check("""\
steps:
  - {post: /notes, json: {}, expect: 201, save: {id: id}}
  - {get: "/notes/${id}"}
finally:
  - {delete: "/notes/${id}", expect: [204, 404]}
latency: 1s
""").what

    assert isinstance(what, Http)
    assert [step.request.method for step in what.steps] == ["POST", "GET"]
    assert [step.request.path for step in what.cleanup] == ["/notes/${id}"]


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("command: npm test", Command(("npm test",), True)),
        (
            "{command: [pytest, -n, 2], timeout: 5m, folder: web, env: {A: 1}, junit: r/*.xml}",
            Command(
                ("pytest", "-n", "2"),
                timeout=300,
                folder="web",
                environment=(("A", "1"),),
                junit="r/*.xml",
            ),
        ),
        ("table: users", Ask("table", "users")),
        ("table: {name: users, expect: {status: ACTIVE}}", Ask("table", "users", (("status", Operator("==", "ACTIVE")),))),
        ("bucket: files", Ask("bucket", "files")),
        ("user-pool: p1", Ask("user-pool", "p1")),
        ("parameter: /a/b", Ask("parameter", "/a/b")),
        ("secret: s", Ask("secret", "s")),
        ("queue: {name: q, max_depth: 9}", Ask("queue", "q", options={"max_depth": 9})),
        (
            "migration: {table: m, key: {id: latest}, expect: {version: '>= 12'}}",
            Ask("migration", "m", (("version", Operator(">=", 12)),), {"key": {"id": "latest"}}),
        ),
        ("function: {name: f, payload: {a: [1]}}", Ask("function", "f", options={"payload": {"a": [1]}})),
        ("alarm: errors", Ask("alarm", "errors")),
    ],
)  # fmt: skip
def test_a_check_may_be_a_command_or_a_question_to_aws(
    written: str, what: Ask | Command
) -> None:
    assert check(written).what == what


# -- sign-ins, phases, gate ------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "sign_in"),
    [
        ("bearer: t", Bearer("t")),
        ("basic: {user: u, password: p}", Basic("u", "p")),
        ("api_key: k", ApiKey("k")),
        ("api_key: {value: k, header: X-Key}", ApiKey("k", "X-Key")),
        ("sigv4: {}", SigV4()),
        ("sigv4: lambda", SigV4("lambda")),
        ("sigv4: {region: eu-west-1}", SigV4(region="eu-west-1")),
        (
            "oauth2: {token_url: 'https://x/t', client_id: c, client_secret: s, scopes: a, audience: u, send: body}",
            OAuth2("https://x/t", "c", "s", ("a",), "u", "body"),
        ),
        (
            "cognito: {pool: p, client: c, groups: [admins], attributes: {n: 1}, flow: srp}",
            Cognito("p", "c", flow="srp", groups=("admins",), attributes=(("n", "1"),)),
        ),
        (
            "cognito: {pool: p, client: c, client_secret: s, user: u, password: w, token: access}",
            Cognito("p", "c", "s", "u", "w", use="access"),
        ),
    ],
)  # fmt: skip
def test_there_are_seven_ways_to_sign_in(written: str, sign_in: object) -> None:
    suite = read(f"auth: {{it: {{{written}}}}}\nchecks: {{a: {{get: /}}}}")

    assert suite.sign_ins == {"it": sign_in}


def test_the_token_of_a_login_is_always_secret() -> None:
    login = "{post: /login, json: {u: x}, save: {token: access}, prefix: 'Token '}"
    suite = read(f"auth: {{it: {{login: {login}}}}}\nchecks: {{a: {{get: /}}}}")
    found = suite.sign_ins["it"]

    assert getattr(found, "prefix", None) == "Token "
    assert dict(getattr(found, "step").save) == {  # noqa: B009 — it is one of seven
        "token": Capture(Source.JSON, "access", secret=True)
    }


def test_everything_around_the_checks() -> None:
    suite = read("""\
version: 1
base: https://x
vars: {a: 1, b: "${vars.a}"}
headers: {Accept: text/plain}
tls: {verify: false}
timeout: 3s
connect_timeout: 1s
budget: 2m
concurrency: 4
openapi: openapi.yml
control: https://example.com
wait: {get: /health, up: 30s, stable: 2, interval: 200ms}
release: {functions: Api, code_sha256: abc, within: 10s, stable: 5, interval: 2s}
checks: {a: {get: /, expect: {openapi: true}}}
soak: {for: 5m, errors: 10, throttles: 0, p95: 800ms, alarms: [bell], functions: [Api]}
gate:
  flake: 2%
  broken: 0.6
  false_rollback: 0.2%
  miss: 10%
  spread: 4s
  samples: {pass: 4, max: 12, latency: 30, warmup: 2}
  verdict: {failed: stop, inconclusive: warn, errored: ignore, slow: roll-back, pre-existing: stop}
""")

    assert suite.variables == {"a": "1", "b": "${vars.a}"}
    assert suite.headers == (("Accept", "text/plain"),)
    assert suite.tls == Tls(verify=False)
    assert (suite.timeout, suite.connect_timeout, suite.budget) == (3, 1, 120)
    assert (suite.concurrency, suite.openapi) == (4, "openapi.yml")
    assert suite.control == "https://example.com"
    assert isinstance(suite.wait, Wait)
    assert (suite.wait.up, suite.wait.stable, suite.wait.interval) == (30, 2, 0.2)
    assert suite.release == Release(None, ("Api",), "abc", 10, 5, 2)
    assert suite.soak == Soak(
        300, ("bell",), (("errors", 10), ("throttles", 0), ("p95", 800)), ("Api",)
    )
    assert suite.gate == Gate(
        flake=0.02,
        broken=0.6,
        false_rollback=0.002,
        miss=0.1,
        samples=4,
        max_samples=12,
        spread=4,
        warmup=2,
        latency_samples=30,
        failed=Policy.STOP,
        inconclusive=Policy.WARN,
        errored=Policy.IGNORE,
        slow=Policy.ROLL_BACK,
        pre_existing=Policy.STOP,
    )


def test_a_soak_of_a_time_alone_allows_no_errors() -> None:
    suite = read("checks: {a: {get: /}}\nsoak: 5m")

    assert suite.soak == Soak(300, metrics=(("errors", 0),))


def test_a_release_is_proven_by_a_request_too() -> None:
    release = read("checks: {a: {get: /}}\nrelease: {get: /v, expect: 200}").release

    assert release
    assert release.step
    assert release.step.request.path == "/v"


# -- where it is written ---------------------------------------------------------


def test_a_file_is_read_and_shown_from_the_root(tmp_path: Path) -> None:
    path = tmp_path / "tests" / "smoke.yml"
    path.parent.mkdir()
    path.write_text(SHORT, encoding="utf-8")

    suite = spec.load(path, tmp_path)

    assert suite.path == "tests/smoke.yml"
    assert suite.sources == {"tests/smoke.yml": SHORT}
    assert suite.checks[0].location.path == "tests/smoke.yml"


def test_the_configuration_holds_the_tests_or_their_path() -> None:
    inline = config.parse("smoke:\n  checks: {a: {get: /}}\n", "flowguard.yml")
    assert inline.smoke is not None
    assert not isinstance(inline.smoke, str)
    suite = spec.from_node(inline.smoke, "flowguard.yml", inline.sources)

    assert suite.checks[0].location == Location("flowguard.yml", 2, 12, 2, 13)
    assert config.parse("smoke: smoke.yml", "flowguard.yml").smoke == "smoke.yml"
    assert config.parse("smoke:", "flowguard.yml").smoke is None


def test_json_is_read_as_well() -> None:
    assert read('{"checks": {"a": {"get": "/"}}}').checks[0].name == "a"


def test_aliases_are_followed() -> None:
    node = parse_document("checks: {a: &x {get: /}, b: *x}", "smoke.yml", version="1.2")

    suite = spec.from_node(node, "smoke.yml", {})

    assert [one.name for one in suite.checks] == ["a", "b"]


def test_what_a_check_needs_of_others_is_told() -> None:
    suite = read(
        "checks:\n"
        "  login: {post: /login, save: {token: t}}\n"
        '  a: {get: /, headers: {X: "${checks.login.token}"}}\n'
    )

    assert [spec.needs(one) for one in suite.checks] == [
        frozenset(),
        frozenset({"login"}),
    ]


def test_a_dollar_is_written_twice_to_mean_itself() -> None:
    assert re.search("template", step("post: /\ntext: 'a $${template}'").request.body.value)  # type: ignore[union-attr]  # fmt: skip
