"""What is wrong in a spec is said with its place and what may have been meant."""

from pathlib import Path
from textwrap import dedent

import pytest

from flowguard.errors import ConfigError
from flowguard.model.places import Location
from flowguard.smoke import spec
from flowguard.smoke.variables import SHORTER


def fault(text: str) -> ConfigError:
    """Read `text`, and return the error that it ends in."""
    with pytest.raises(ConfigError) as caught:
        spec.parse(text, "smoke.yml")
    return caught.value


USER = "auth: {user: {bearer: x}}\n"

UNVERIFIED = (
    "'certificate_days' is not looked at under `verify: false`: name your authority in "
    "place of it, tls: {ca: FILE}, or leave this out"
)
CASES = [
    # keys
    ("check: {a: {get: /}}", "1:1", "the key 'checks' is missing"),
    ("checks: {a: {get: /, exepct: 200}}", "1:22", "unknown key 'exepct'; did you mean 'expect'?"),
    ("checks: {a: {pots: /}}", "1:14", "unknown key 'pots'; did you mean 'post'?"),
    ("checks: {a: {get: /, junit: x}}", "1:22", "'junit' has no meaning beside 'get'"),
    ("checks: {a: {command: x, as: user}}", "1:26", "'as' has no meaning beside 'command'"),
    ("checks: {a: {get: /, put: /}}", "1:22", "'get' and 'put' exclude each other: leave one of them"),
    ("checks: {a: {get: /, command: x}}", "1:22", "'get' and 'command' are two checks: give each its own name"),
    ("checks: {a: {table: x, queue: y}}", "1:24", "'table' and 'queue' exclude each other: leave one of them"),
    ("checks: {a: {post: /, json: 1, form: {a: 1}}}", "1:32", "'json' and 'form' exclude each other: leave one of them"),
    ("checks: {a: {get: /}, a: {get: /}}", "1:23", "the key 'a' is written twice"),
    # types
    ("- a", "1:1", "'the spec' must be a mapping, not a list"),
    ("checks: {}", "1:9", "'checks' must be a mapping with something in it, not an empty mapping"),
    ("checks: {a: /health}", "1:13", "'a' must be a mapping, not '/health'"),
    ("checks: {a: {steps: []}}", "1:21", "'steps' must be a list with something in it, not an empty list"),
    ("checks: {a: {get: /, critical: maybe}}", "1:32", "'critical' must be true or false, not 'maybe'"),
    ("checks: {a: {get: /, redirects: 99}}", "1:33", "'redirects' must be between 0 and 20, not 99"),
    ("checks: {a: {get: /, as: 3}}", "1:26", "'as' must be text, not 3; put it in quotes"),
    ("checks: {a: {get: /, tags: [a b]}}", "1:29", "'tags' must be a name of letters, digits, `_` and `-`, not 'a b'"),
    ("checks: {'a b': {get: /}}", "1:10", "'a b' is not a name of letters, digits, `_` and `-`"),
    ("checks: {a: {get: /, headers: {'a b': c}}}", "1:32", "'a b' is not the name of a header"),
    ("concurrency: 0\nchecks: {a: {get: /}}", "1:14", "'concurrency' must be between 1 and 100, not 0"),
    ("checks: {a: !Ref x}", "1:13", "the tag !Ref means nothing here: remove it"),
    # URLs, times, shares, statuses
    ("checks: {a: {get: health}}", "1:19", "'get' must be a path that begins with `/`, or a URL with http(s)://, not 'health'"),
    ("checks: {a: {get: /, timeout: 10}}", "1:31", "'timeout' must be a time such as 400ms, 15s or 2m, not 10; for seconds write 10s"),
    ("checks: {a: {get: /, until: 0s}}", "1:29", "'until' must be a time such as 400ms, 15s or 2m, not '0s'"),
    ("checks: {a: {get: /, latency: 1d}}", "1:31", "'latency' must be a time such as 400ms, 15s or 2m, not '1d'"),
    ("checks: {a: {get: /, expect: 2x}}", "1:30", "'expect' must be a status such as 200, 2xx or 200-204, not '2x'"),
    ("checks: {a: {get: /, expect: 299-200}}", "1:30", "'expect' must be a status such as 200, 2xx or 200-204, not '299-200'"),
    ("checks: {a: {get: /}}\ngate: {flake: 200%}", "2:15", "'flake' must be between 0% and 100%, not '200%'"),
    ("checks: {a: {get: /}}\ngate: {flake: 60%}", "2:8", "'flake' must be below 'broken': the rate that is let pass is broken"),
    ("checks: {a: {get: /}}\ngate: {verdict: {failed: rollback}}", "2:26", "'failed' must be one of roll-back, stop, warn, ignore, not 'rollback'; did you mean 'roll-back'?"),
    # languages within
    ("checks: {a: {get: /, save: {x: 'a['}}}", "1:32", "'x' is 'a[': not JMESPath: Incomplete expression"),
    ("checks: {a: {get: /, page: {css: {'a[': 1}}}}", "1:35", "'a[': 'a[' is no CSS selector"),
    ("checks: {a: {get: /, expect: {json: {'a[': 1}}}}", "1:38", "'a[': not JMESPath: Incomplete expression"),
    ("checks: {a: {get: /, save: {x: {regex: '('}}}}", "1:40", "'regex' is '(': '(' is no pattern: missing ) at position 1"),
    ("checks: {a: {get: /, expect: {body: '~ ('}}}", "1:37", "'body' cannot be read: '(' is no pattern: missing ) at position 1"),
    ("checks: {a: {get: /, expect: {json: {a: '=> 1'}}}}", "1:41", "'a' cannot be read: '=>' is no operator; did you mean '>= 1'?"),
    # what is meant for something else
    ("checks: {a: {get: /, json: {a: 1}}}", "1:22", "'json' would be the body of a GET, which has none: what must hold of the answer stands in `expect`"),
    ("checks: {a: {post: /, until: 5s}}", "1:23", "'until' would send a POST again and again: poll with a GET in a step of its own"),
    ("checks: {a: {post: /, samples: 5}}", "1:23", "'samples' would send again what changes something"),
    ("checks: {a: {get: /, refusal: false}}", "1:22", "'refusal' means nothing where no request has a sign-in (`as`)"),
    ("checks: {a: {get: /, expect: {openapi: true}}}", "1:13", "`openapi: true` needs the key 'openapi' of the suite"),
    ("checks: {a: {post: /, content_type: a/b}}", "1:23", "'content_type' is said of a body, and there is none"),
    ("checks: {a: {get: /}}\nrelease: {within: 5s}", "2:10", "nothing proves the release: write a request with `expect`, or `functions`"),
    ("checks: {a: {get: /}}\nrelease: {functions: f, code_sha256: x, expect: 200}", "2:41", "'expect' has no meaning without a request"),
    ("checks: {a: {get: /}}\nrelease: {functions: f}", "2:11", "the key 'code_sha256' is missing: nothing says which code the functions must run"),
    ("checks: {a: {get: /}}\nsoak: {for: 5m}", "2:7", "nothing is watched: name `alarms`, or one of errors, throttles, p95"),
    ("checks: {a: {get: /}}\ntls: {key: k}", "2:7", "the key 'certificate' is missing, which 'key' belongs to"),
    ("checks: {a: {get: /}}\nwait: {post: /}", "2:7", "one of the keys get, head, options is missing"),
    ("checks: {a: {get: /, tls: {verify: false}, expect: {certificate_days: 30}}}", "1:53", UNVERIFIED),
    ("checks: {a: {get: /}}\ntls: {verify: false}\nwait: {get: /, expect: {certificate_days: 30}}", "3:25", UNVERIFIED),
    # sign-ins
    (USER + "checks: {a: {get: /, as: usr}}", "2:26", "there is no sign-in 'usr' in `auth`; did you mean 'user'?"),
    ("checks: {a: {steps: [{get: /, as: me}]}}", "1:35", "there is no sign-in 'me' in `auth`"),
    ("checks: {a: {get: /}}\nwait: {get: /, as: me}", "2:20", "there is no sign-in 'me' in `auth`"),
    ("auth: {a: {bearer: x, sigv4: {}}}\nchecks: {a: {get: /}}", "1:23", "'bearer' and 'sigv4' exclude each other: leave one of them"),
    ("auth: {a: {cognito: {pool: p, client: c, user: me}}}\nchecks: {a: {get: /}}", "1:42", "the key 'password' is missing, of the user 'me'"),
    ("auth: {a: {cognito: {pool: p, client: c, password: x}}}\nchecks: {a: {get: /}}", "1:42", "'password' is for another user only"),
    ("auth: {a: {login: {post: /l}}}\nchecks: {a: {get: /}}", "1:19", "'save' must keep the 'token', such as save: {token: access_token}"),
    # references
    ("checks: {a: {get: '/${id}', save: {id: id}}}", "1:19", "${id}: it is used before a step saves it"),
    ("checks: {a: {steps: [{get: '/${id}'}, {get: /, save: {id: id}}]}}", "1:28", "${id}: it is used before a step saves it"),
    ("checks: {a: {steps: [{get: /, save: {item: id}}, {get: '/${itme}'}]}}", "1:56", "${itme}: no step before it saves 'itme'; did you mean 'item'?"),
    ("vars: {id: 1}\nchecks: {a: {get: '/${id}'}}", "2:19", "${id}: no step before it saves 'id'; did you mean 'vars.id'?"),
    ("checks: {a: {get: '/${evn.X}'}}", "1:19", "${evn.X}: there is no source 'evn'"),
    ("checks: {a: {get: '/${stcak.X}'}}", "1:19", "${stcak.X}: there is no source 'stcak'; did you mean 'stack'?"),
    ("checks: {a: {get: '/${stack.}'}}", "1:19", "${stack.}: say which of 'stack', such as ${stack.name}"),
    ("checks: {a: {get: '/${}'}}", "1:19", "${}: a name is missing, such as ${env.NAME}"),
    ("checks: {a: {get: '/${vars.x}'}}", "1:19", "${vars.x}: there is no 'x' in `vars`"),
    ("checks: {a: {get: '/${auth.me.name}'}}", "1:19", "${auth.me.name}: there is no sign-in 'me' in `auth`"),
    ("checks: {a: {get: '/${checks.b.x}'}}", "1:19", "${checks.b.x}: there is no check 'b'"),
    ("checks: {a: {get: '/${checks.b.x}'}, b: {get: /}}", "1:19", "${checks.b.x}: the check 'b' saves no 'x'"),
    ("checks: {a: {get: '/${checks.a.x}'}}", "1:19", "${checks.a.x}: a check's own captures are written ${x}"),
    ("base: '${checks.a.x}'\nchecks: {a: {get: /, save: {x: x}}}", "1:7", "${checks.a.x}: 'base' comes before the checks"),
    ("auth: {a: {bearer: '${auth.a.name}'}}\nchecks: {a: {get: /}}", "1:20", "${auth.a.name}: 'auth' is not known in 'auth'"),
    ("checks: {a: {get: '/${id'}}", "1:19", "a ${ has no end: close it with }, or write $${ for a plain ${"),
    ("checks: {a: {post: /, json: {'${x}': 1}}}", "1:30", "${x}: no step before it saves 'x'"),
    ("checks: {a: {get: '/${checks.b.x}', save: {x: x}}, b: {get: '/${checks.a.x}', save: {x: x}}}", "1:10", "a circle of references: a → b → a"),
    ("vars: {a: '${vars.b}', b: '${vars.b}'}\nchecks: {a: {get: /}}", "1:24", "a circle of references: b → b"),
    (f"vars:\n  a: '{'${vars.b}' * 20}'\n  b: '{'${vars.c}' * 20}'\n  c: '{'x' * 5000}'\nchecks: {{a: {{get: /}}}}", "2:6", f"the variable 'a' makes a text of more than 1,000,000 characters: {SHORTER}"),
    (f"vars:\n  a: '{'${vars.b}' * 9}'\n  b: '{'${vars.c}' * 99}'\n  c: '{'${env.E}' * 99}'\nchecks: {{a: {{get: /}}}}", "2:6", f"the variable 'a' looks up more than 10,000 variables: {SHORTER}"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place", "message"), CASES, ids=[c[0] for c in CASES])
def test_a_fault_has_its_place_and_a_suggestion(
    text: str, place: str, message: str
) -> None:
    assert str(fault(text)) == f"smoke.yml:{place}: {message}"


@pytest.mark.parametrize(
    "text",
    [
        "checks: {a: {get: /, tls: {verify: false}}}",
        "tls: {verify: false}\nchecks: {a: {get: /, tls: {ca: a.pem}, expect: {certificate_days: 9}}}",
    ],
)
def test_a_certificate_whose_days_count_is_verified(text: str) -> None:
    assert spec.parse(text, "smoke.yml").checks


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "\ufeff"])
def test_an_empty_spec_is_no_suite(text: str) -> None:
    assert str(fault(text)) == "smoke.yml:1:1: the spec is empty"


def test_every_fault_is_told_at_once() -> None:
    error = fault(
        dedent("""\
        checks:
          a: {get: health, critical: 5}
          b: {get: /, expekt: 200}
        """)
    )

    assert error.location == Location("smoke.yml", 2, 12, 2, 18)
    assert error.help.splitlines()[1:] == [
        "2 more to mend:",
        "  smoke.yml:2:30: 'critical' must be true or false, not 5",
        "  smoke.yml:3:15: unknown key 'expekt'; did you mean 'expect'?",
    ]


@pytest.mark.parametrize(
    "sign_in",
    [
        "bearer: {token: 271828}",
        "bearer: 271828",
        "api_key: 271828",
        "basic: {user: me, password: 271828}",
        "cognito: {pool: p, client: c, user: me, password: [271828]}",
    ],
)
def test_a_secret_that_is_written_wrongly_is_not_repeated(sign_in: str) -> None:
    error = fault(f"auth: {{a: {{{sign_in}}}}}\nchecks: {{a: {{get: /}}}}")

    assert "must be" in str(error)
    assert "271828" not in f"{error}{error.help}"


def test_a_missing_file_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        spec.load(tmp_path / "smoke.yml", tmp_path)

    assert str(caught.value) == (
        "smoke.yml:1:1: cannot read smoke.yml: No such file or directory"
    )
    assert "smoke init" in caught.value.help


def test_text_that_is_not_utf_8_has_its_line(tmp_path: Path) -> None:
    path = tmp_path / "smoke.yml"
    path.write_bytes(b"checks:\n  a: {get: /\xff}\n")

    with pytest.raises(ConfigError) as caught:
        spec.load(path, tmp_path)

    assert str(caught.value) == "smoke.yml:2:1: the text is not UTF-8"
