"""Secrets, wherever they may stand, are in nothing that a deploy under guard writes."""

from __future__ import annotations

import base64
import json
import os
import stat
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from cloudformation import Fake, serving
from rollback.stage import NAME, Stage, template

from flowguard.cli import main
from flowguard.model.readiness import Readiness
from flowguard.report import FORMATS
from flowguard.rollback import snapshot_file

PLACES = (
    "no-echo",
    "parameter",
    "decrypted",
    "output",
    "environment",
    "variable",
    "header",
    "captured",
    "aws-key",
    "webhook",
    "address",
    "proxy",
)
CANARIES: Mapping[str, str] = {place: f"canary/{place}+5e1fb7 ü=" for place in PLACES}
"""A secret for each place; its URL-encoded form differs from the plain one."""
SENT = ("environment", "variable", "header", "captured", "output")
"""Those that the service is sent, and repeats."""
SPEC = """\
base: http://ann:{address}@127.0.0.1:{port}
headers:
  authorization: Bearer ${{env.API_TOKEN}}
  x-api-key: "{header}"
vars: {{api_token: none}}
gate: {{spread: 0.2s, miss: 30%}}
checks:
  sign-in:
    get: /sign-in
    save: {{token: {{json: token, secret: true}}}}
  health:
    get: /health?token=${{checks.sign-in.token}}
    headers: {{x-token: "${{vars.api_token}}", x-output: "${{stack.AccessToken}}"}}
    expect: {{status: 200, json: {{ok: true}}}}
"""


def body(release: int) -> str:
    """What the Serverless Framework deploys: a decrypted parameter stands in it."""
    document = json.loads(template(release))
    document["Parameters"] |= {
        "Password": {"Type": "String", "NoEcho": "TRUE"},
        "SigningKey": {"Type": "String"},
        "WebhookUrl": {"Type": "String"},
    }
    function = document["Resources"]["Api"]["Properties"]
    function["Environment"] = {"Variables": {"DB": CANARIES["decrypted"]}}
    document["Outputs"] = {
        "AccessToken": {
            "Value": CANARIES["output"],
            "Export": {"Name": f"{NAME}-access-token"},
        }
    }
    return json.dumps(document)


PARAMETERS = {
    "Password": CANARIES["no-echo"],
    "SigningKey": CANARIES["parameter"],
    "WebhookUrl": f"https://hooks.example.com/{CANARIES['webhook']}",
}
GIVEN = [{"ParameterKey": k, "ParameterValue": v} for k, v in PARAMETERS.items()]


class Run:
    """The commands in a folder of their own, and all that they print."""

    def __init__(
        self, stage: Stage, inputs: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.stage = stage
        self.inputs = inputs
        self.said: list[str] = []
        self._capsys = capsys
        self._count = 0

    def __call__(self, command: str, *options: str) -> int:
        """Run one, with a report in each format; gives its exit code."""
        argv = [command, "--stack-name", NAME]
        self._count += 1
        if command not in {"snapshot", "record"}:
            name = f"{self._count}-{command}"
            argv += [f"--output={f}=reports/{name}.{f}" for f in FORMATS]
            argv.append("--verbose")
        if command in {"deploy", "guard", "verify"}:
            spec = self.inputs / "smoke.yml"
            argv += ["--spec", str(spec)]
            argv += ["--variable", f"api_token={CANARIES['variable']}"]
        code = main([*argv, *options])
        self.said += self._capsys.readouterr()
        return code


def service(stage: Stage) -> type[BaseHTTPRequestHandler]:
    """Answers as the release does, and tells its secrets to all who ask."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            good = stage.code() != "orders/2.zip"
            if self.path.startswith("/sign-in"):
                self._say(200, {"token": CANARIES["captured"]})
                return
            known = [CANARIES[place] for place in SENT]
            told = "".join(f"{v} {_base64(v)} {quote(v)} " for v in known)
            echo = dict(self.headers.items())
            answer = {"ok": good, "said": told, "echo": echo, "asked": self.path}
            self._say(200 if good else 500, answer)

        def _say(self, status: int, answer: Any) -> None:
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def answering(stage: Stage) -> Iterator[int]:
    """The service, while the block runs; gives its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), service(stage))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def run(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Run]:
    """The first release, and nothing secret in the folder that is worked in."""
    inputs, folder = tmp_path / "inputs", tmp_path / "work"
    inputs.mkdir()
    (folder / ".git").mkdir(parents=True)
    with serving() as fake:
        stage = Stage(fake, fake.aws())
        stage.create(body(1), Parameters=GIVEN)
        # What describes a stack lets so much time pass that few questions are asked.
        fake.tick = 60
        for name, value in environment(fake).items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(folder)
        with answering(stage) as port:
            signed = quote(CANARIES["address"], safe="")
            spec = SPEC.format(port=port, header=CANARIES["header"], address=signed)
            (inputs / "smoke.yml").write_text(spec, encoding="utf-8")
            for release in (1, 2, 3):
                path = inputs / f"{release}.json"
                path.write_text(body(release), encoding="utf-8")
            yield Run(stage, inputs, capsys)


def environment(fake: Fake) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": CANARIES["aws-key"],
        "AWS_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL": fake.url,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "API_TOKEN": CANARIES["environment"],
        "http_proxy": f"http://ann:{quote(CANARIES['proxy'], safe='')}@127.0.0.1:1",
        "no_proxy": "127.0.0.1",
    }


# --- what is looked for, and where --------------------------------------------------


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def forms(secret: str) -> Iterator[str]:
    """How it may come back: plain, escaped, URL-encoded, in base64 at any place."""
    yield from (secret, json.dumps(secret)[1:-1], quote(secret), quote(secret, safe=""))
    yield quote_plus(secret)
    data = secret.encode()
    for before in range(3):
        sure = base64.b64encode(b"\0" * before + data).decode()
        sure = sure[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
        yield from (sure, sure.translate(str.maketrans("+/", "-_")))


def found(text: str) -> list[str]:
    """The places whose secret the text holds."""
    return [
        p for p, secret in CANARIES.items() if any(f in text for f in forms(secret))
    ]


def assert_nothing_is_told(run: Run) -> None:
    for said in run.said:
        assert not found(said), said
    written = [path for path in Path.cwd().rglob("*") if path.is_file()]
    assert written or run.said
    for path in written:
        assert not found(path.read_text("utf-8")), path


# --- the commands -------------------------------------------------------------------


def test_a_secret_is_recognised_in_each_form() -> None:
    for place, secret in CANARIES.items():
        for text in (secret, quote(secret), _base64(f"user:{secret}"), _base64(secret)):
            assert found(f"… {text} …") == [place]


@pytest.mark.parametrize(
    "keep",
    [
        ["--no-templates"],
        ["--kms-key", "arn:aws:kms:eu-central-1:111122223333:key/k"],
        ["--keep", "s3://snapshots/x"],
    ],
    ids=["nowhere", "sealed", "bucket"],
)
def test_a_snapshot_holds_no_secret(run: Run, keep: list[str]) -> None:
    assert run("snapshot", "--output", "before.json", *keep) == 0

    kept = [*Path.cwd().glob("before.json*")]
    assert kept
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}
    assert_nothing_is_told(run)


@pytest.mark.parametrize(
    ("release", "window", "code"), [(3, "2m", 0), (2, "120m", 4)], ids=["good", "bad"]
)
def test_a_deploy_tells_no_secret(
    run: Run, release: int, window: str, code: int
) -> None:
    given = [f"--parameter={k}={v}" for k, v in PARAMETERS.items()]
    path = run.inputs / f"{release}.json"

    ended = run("deploy", "--template", str(path), "--window", window, *given)

    assert ended == code, run.said
    assert_nothing_is_told(run)


def test_a_deploy_that_aws_refuses_tells_no_secret(run: Run) -> None:
    run.stage.fake.script("Api", "update", f"{CANARIES['no-echo']} is no password")
    given = [f"--parameter={k}={v}" for k, v in PARAMETERS.items()]

    code = run("deploy", "--template", str(run.inputs / "3.json"), *given)

    assert code == 1
    assert_nothing_is_told(run)


@pytest.mark.parametrize(("exits", "expected"), [(0, 3), (1, 1)])
def test_a_guarded_command_tells_no_secret(run: Run, exits: int, expected: int) -> None:
    code = run("guard", "--", sys.executable, "-c", f"raise SystemExit({exits})")

    assert code == expected, run.said
    assert_nothing_is_told(run)


def test_verify_and_rollback_tell_no_secret(run: Run) -> None:
    snapshot = run.stage.snapshot(Readiness.GREEN)
    withheld = {name: PARAMETERS[name] for name in ("SigningKey", "WebhookUrl")}
    values = json.dumps({"parameters": withheld})
    snapshot = replace(snapshot, values=run.stage.keep(values, "values"))
    Path("before.json").write_text(snapshot_file.dump(snapshot), encoding="utf-8")
    point = ["--snapshot", "before.json"]
    changed = [
        {**GIVEN[0]},
        {**GIVEN[1], "ParameterValue": f"{PARAMETERS['SigningKey']}2"},
        {**GIVEN[2]},
    ]
    run.stage.deploy(body(2), Parameters=changed)

    assert run("record", "--output", "deploy.json") == 0, run.said
    point += ["--record", "deploy.json"]

    assert run("rollback", *point, "--dry-run") == 0
    assert run("verify", *point, "--dry-run") == 1
    assert run("verify", *point) in {4, 5}
    assert run.stage.code() == "orders/1.zip"
    assert run("verify", "--no-rollback") == 0
    assert_nothing_is_told(run)
