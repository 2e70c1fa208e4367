"""`flowguard smoke` as its users run it: a process, a real service, an exit code."""

from __future__ import annotations

import json
import pathlib
import re
import signal
import subprocess
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator

import jsonschema
import pytest
from cli.smoking import COMMAND, ENVIRONMENT, QUICK, Service, smoke, write
from smoke_servers.serving import Answer, Asked, serving

from flowguard.report import FORMATS

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "docs" / "report.schema.json"
PATIENCE = 10.0
"""Seconds that a loaded machine may take for what takes none."""


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def url(service: Service) -> Iterator[str]:
    with serving(service) as made:
        yield made


NOBODY = "auth: {nobody: {login: {post: /missing, save: {token: id}}}}\n"
"""Somebody who cannot sign in."""


# -- the exit code ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("checks", "code", "words"),
    [
        ("a: {get: /ok, expect: {json: {ok: true}}}", 0, "go: 1 check: 1 passed"),
        ("a: {get: /slow, expect: {max_time: 10ms}}", 0, "go: 1 check: 1 slow"),
        (
            "a: {get: /missing, critical: false}\n  b: {get: /ok}",
            0,
            "go: 2 checks: 1 failed, 1 passed",
        ),
        ("a: {get: /missing, critical: false}", 3, "nothing that counts was tested"),
        ("a: {get: /missing}", 1, "failed: 1 check: 1 failed"),
        (f"a: {{get: /ok, as: nobody, refusal: false}}\n{NOBODY}", 3, "1 not measured"),
    ],
    ids=[
        *("passed", "slow", "not critical", "none critical", "failed"),
        "not measured",
    ],
)
def test_exit_code_is_the_verdict(
    url: str, tmp_path: pathlib.Path, checks: str, code: int, words: str
) -> None:
    write(tmp_path, f"{QUICK}base: {url}\nchecks:\n  {checks}\n")

    ended = smoke(tmp_path)

    assert ended.code == code, ended.said
    assert words in ended.out


def test_what_is_neither_broken_nor_healthy_is_told(
    url: str, service: Service, tmp_path: pathlib.Path
) -> None:
    service.broken = {"/ok"}
    write(
        tmp_path,
        f"gate: {{samples: {{max: 1}}}}\nbase: {url}\nchecks: {{a: {{get: /ok}}}}",
    )

    ended = smoke(tmp_path)

    assert ended.code == 3
    assert "1 of 1 tries failed, too few to tell" in ended.out
    assert "GET /ok answers 500, not 2xx: the table is gone" in ended.out


def test_what_was_broken_before_stops_no_deploy(
    url: str, service: Service, tmp_path: pathlib.Path
) -> None:
    service.gone = {"/old"}
    spec = "checks:\n  old: {get: /old}\n  new: {get: /new}\n"
    write(tmp_path, f"{QUICK}base: {url}\n{spec}")

    taken = smoke(tmp_path, "--baseline", "before/baseline.json")
    same = smoke(tmp_path, "--against", "before/baseline.json")
    service.gone = {"/old", "/new"}
    worse = smoke(tmp_path, "--against", "before/baseline.json")

    assert taken.code == 0, taken.said
    assert "kept as the baseline" in taken.out
    assert same.code == 0, same.said
    assert "1 broken before, 1 passed" in same.out
    assert "held against the baseline of 20" in same.out
    assert worse.code == 1, worse.said
    assert "new: GET /new answers 404, not 2xx" in worse.out


# -- what is run -----------------------------------------------------------------

SELECTION = """\
base: http://127.0.0.1:9
vars: {path: nowhere}
checks:
  one: {get: "/${vars.path}", tags: [quick]}
  two: {get: /two}
  three: {get: /three, stages: [prod], tags: [quick]}
"""


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        (["--check", "two"], {"/two"}),
        (["--check", "t*", "--stage", "prod"], {"/two", "/three"}),
        (["--tag", "quick"], {"/here"}),
        (["--tag", "quick", "--stage", "prod"], {"/here", "/three"}),
    ],
)
def test_options_select_what_is_run(
    url: str,
    service: Service,
    tmp_path: pathlib.Path,
    options: list[str],
    asked: set[str],
) -> None:
    write(tmp_path, QUICK + SELECTION)

    ended = smoke(tmp_path, "--base", url, "--variable", "path=here", *options)

    assert ended.code == 0, ended.said
    assert {one.target for one in service.asked} == asked


@pytest.mark.parametrize(
    ("spec", "options", "words"),
    [
        ("checks: {a: {gte: /x}}", [], "smoke.yml:1:14: "),
        ("checks: {a: {get: /x, expect: {jsn: 1}}}", [], "did you mean 'json'?"),
        ("checks:\n  a: {get: '/${env.NO_SUCH}'}", [], "NO_SUCH"),
        ("checks: {}", [], "smoke.yml:1:9: "),
        ("checks: {a: {get: /x}}", ["--check", "b"], "there is no check 'b'"),
        ("checks: {a: {get: /x}}", ["--tag", "b"], "no check with the tag 'b'"),
        ("checks: {a: {get: /x}}", ["--spec", "none.yml"], "none.yml"),
        ("checks: {a: {get: /x}}", ["--against", "none.json"], "none.json"),
        ("checks: {a: {get: /x}}", ["--against", "smoke.yml"], "as a baseline"),
        ("checks: {a: {get: /x}}", ["--output", "html"], "is not FORMAT=PATH"),
        ("checks: {a: {get: /x}}", ["--variable", "b"], "'b' has no value"),
        (
            'vars: {release: r1}\nchecks: {a: {get: "/x/${vars.release}"}}',
            ["--variable", "relase=r2"],
            "--variable relase: the spec has no ${vars.relase}; did you mean 'release'?",
        ),
    ],
)
def test_what_cannot_be_run_says_why(
    tmp_path: pathlib.Path, spec: str, options: list[str], words: str
) -> None:
    write(tmp_path, f"{spec}\nbase: http://127.0.0.1:9\n")

    ended = smoke(tmp_path, *options)

    assert ended.code == 2, ended.said
    assert words in ended.err
    assert "help: " in ended.err
    assert "Traceback" not in ended.said


def test_no_spec_at_all_is_an_error(tmp_path: pathlib.Path) -> None:
    ended = smoke(tmp_path)

    assert ended.code == 2
    assert "there are no smoke tests" in ended.err
    assert "flowguard smoke init > smoke.yml" in ended.err


# -- what is said ----------------------------------------------------------------


def test_one_run_writes_every_format(url: str, tmp_path: pathlib.Path) -> None:
    write(
        tmp_path,
        f"{QUICK}{NOBODY}base: {url}\nchecks:\n  good: {{get: /ok}}\n"
        "  bad: {get: /missing}\n  unsure: {get: /ok, as: nobody, refusal: false}\n",
    )
    options = [f"--output={name}={name}.out" for name in FORMATS]

    ended = smoke(tmp_path, *options)

    assert ended.code == 1
    assert set(ended.files) == {f"{name}.out" for name in FORMATS}
    document = json.loads(ended.files["json.out"])
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    assert [r["outcome"] for r in document["smoke"]["results"]] == [
        "passed",
        "failed",
        "errored",
    ]
    cases = {
        c.get("name"): c
        for c in ET.fromstring(ended.files["junit.out"]).iter("testcase")  # noqa: S314 — our own
    }
    assert cases["bad"].find("failure") is not None
    assert cases["unsure"].find("error") is not None
    assert len(cases["good"]) == 0
    sarif = json.loads(ended.files["sarif.out"])
    assert any(r["ruleId"] == "smoke-failed" for r in sarif["runs"][0]["results"])
    assert "::error file=smoke.yml,line=" in ended.files["github.out"]
    assert "| ❌ failed | bad |" in ended.files["markdown.out"]
    assert "<title>" in ended.files["html.out"]
    assert all("GET /missing answers 404" in text for text in ended.files.values())


def test_how_much_is_said(url: str, tmp_path: pathlib.Path) -> None:
    write(
        tmp_path,
        f"{QUICK}base: {url}\nchecks:\n  good: {{get: /ok}}\n  bad: {{get: /missing}}\n",
    )

    plain = smoke(tmp_path)
    quiet = smoke(tmp_path, "--quiet")
    coloured = smoke(tmp_path, GITHUB_ACTIONS="true")
    bleak = smoke(tmp_path, "--no-color", GITHUB_ACTIONS="true")

    assert "good passed" in plain.err
    assert "curl --globoff" in plain.out
    assert quiet.err == ""
    assert "bad" in quiet.out
    assert "good" not in quiet.out
    assert "\x1b[" in coloured.out
    assert "\x1b" not in plain.said + quiet.said + bleak.said


def test_refused_sign_in_says_what_to_do(url: str, tmp_path: pathlib.Path) -> None:
    oauth2 = f"{{token_url: {url}/denied, client_id: me, client_secret: canary-1234}}"
    write(
        tmp_path,
        f"{QUICK}base: {url}\nauth: {{user: {{oauth2: {oauth2}}}, key: {{bearer: canary-5678}}}}\n"
        "checks:\n  mine: {get: /secret, as: user}\n  denied: {get: /denied, as: key}\n",
    )

    ended = smoke(tmp_path)

    assert ended.code == 1, ended.said
    assert "sign-in: user: " in ended.out
    assert re.search(r"sign-in: user: .*\n(.*\n)*?.*help: .*client", ended.out)
    assert "the bearer token of the spec was sent" in ended.out
    assert "see why the service refuses that" in ended.out
    assert "canary" not in ended.everything


# -- its other actions -----------------------------------------------------------

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Users:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: python3.12
      CodeUri: .
      Events:
        List: {Type: HttpApi, Properties: {Path: /users, Method: get}}
"""


def test_drafted_spec_can_be_run(url: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE)

    drafted = smoke(tmp_path, "init")
    write(tmp_path, QUICK + drafted.out)
    ended = smoke(tmp_path, "--base", url, "--check", "*users*")

    assert drafted.code == 0, drafted.said
    assert "get: /users" in drafted.out
    assert ended.code == 0, ended.said


def test_imported_spec_can_be_run(url: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "api.hurl").write_text(
        f'GET {url}/ok\nHTTP 200\n[Asserts]\njsonpath "$.id" == 7\n'
    )

    imported = smoke(tmp_path, "import", "api.hurl")
    write(tmp_path, QUICK + imported.out)
    ended = smoke(tmp_path)

    assert imported.code == 0, imported.said
    assert ended.code == 0, ended.said


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["import"], "nothing to import"),
        (["import", "none.hurl"], "cannot read none.hurl"),
        (["init"], "template"),
        (["run", "x.yml"], "name the spec with --spec PATH"),
    ],
)
def test_other_actions_say_what_they_lack(
    tmp_path: pathlib.Path, options: list[str], words: str
) -> None:
    ended = smoke(tmp_path, *options)

    assert ended.code == 2
    assert words in ended.err
    assert "Traceback" not in ended.err


def test_policy_is_what_the_spec_asks(tmp_path: pathlib.Path) -> None:
    write(tmp_path, "checks:\n  t: {table: users}\n  q: {queue: jobs}\n")
    done = subprocess.run(
        [*COMMAND[:3], "permissions", "--smoke"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )

    actions = {
        action
        for statement in json.loads(done.stdout)["Statement"]
        for action in statement["Action"]
    }
    assert "dynamodb:DescribeTable" in actions
    assert "sqs:GetQueueAttributes" in actions
    assert not any(action.startswith("s3:") for action in actions)


# -- ended early -----------------------------------------------------------------


class Hanging(Service):
    """Its `/hang` answers only when the test is over."""

    def __call__(self, asked: Asked) -> Answer:
        """The answer to a request."""
        answer = super().__call__(asked)
        if asked.target == "/hang":
            time.sleep(PATIENCE * 2)
        return answer


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_ended_cleans_up(
    tmp_path: pathlib.Path, number: signal.Signals
) -> None:
    service = Hanging()
    steps = (
        "    steps:\n      - {post: /notes, save: {id: id}}\n      - {get: /hang}\n"
        "    finally: [{delete: '/notes/${id}'}]\n"
    )
    with serving(service) as url:
        write(tmp_path, f"base: {url}\ntimeout: 60s\nchecks:\n  note:\n{steps}")
        with subprocess.Popen(
            [*COMMAND, "--output", "json=report.json"],
            cwd=tmp_path,
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            while not service.counted("GET", "/hang"):
                assert process.poll() is None
                time.sleep(0.01)
            began = time.monotonic()
            process.send_signal(number)
            _, err = process.communicate(timeout=60)
            took = time.monotonic() - began

    assert took < PATIENCE
    assert process.returncode == 2
    assert "flowguard: interrupted; what the tests made was removed" in err
    assert "Traceback" not in err
    assert service.counted("DELETE", "/notes/7") == 1
    assert not (tmp_path / "report.json").exists()
