"""The image holds what it promises to a workflow, run as GitHub's runner runs it."""

from __future__ import annotations

import contextlib
import json
import pathlib
import socketserver
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from botocore.session import get_session
from container import CHECKOUT, Ended, Step, base_image, python

from flowguard.aws.named_calls import CALLS

pytestmark = pytest.mark.timeout(300)  # the first of them builds the image

TABLE = """
Resources:
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: orders-dev
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
"""
KEYS = {
    "AWS_ACCESS_KEY_ID": "123456789012",
    "AWS_SECRET_ACCESS_KEY": "nobody's",
    "AWS_REGION": "eu-central-1",
}
PULL_REQUEST = {"pull_request": {"number": 7}}
TAKEN_OVER = "import pathlib; pathlib.Path('/github/runner_temp/taken-over').touch()\n"
HOST = ("--network", "host")
NOWHERE = ("--network", "none")


def step(folder: pathlib.Path, **settings: Any) -> Step:
    """A step in a workspace with a template of which one rule warns."""
    made = Step(folder, **settings)
    (made.workspace / "template.yaml").write_text(TABLE)
    return made


@contextlib.contextmanager
def silent_aws() -> Iterator[tuple[str, threading.Event]]:
    """An AWS that takes a connection and says nothing; whether it has taken one."""
    asked = threading.Event()
    gone = threading.Event()

    class Silent(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            asked.set()
            gone.wait()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Silent) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", asked
        finally:
            gone.set()
            server.shutdown()


@contextlib.contextmanager
def github(status: int) -> Iterator[str]:
    """GitHub's API, which answers each call with that status."""

    class Api(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = b'{"message": "Resource not accessible by integration"}'
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = _answer  # noqa: N815 — http.server's names

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Api) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def failed_with_one_line(ended: Ended, *words: str) -> None:
    """The step failed, and says why in one annotation and no traceback."""
    (error,) = ended.commands("error")
    assert ended.code != 0
    assert ended.outputs["deploy-allowed"] == "false"
    assert all(word in error for word in words), error
    assert "Traceback" not in ended.log


def test_inputs_with_a_hyphen_arrive(tmp_path: pathlib.Path) -> None:
    ended = step(tmp_path).run(
        offline="true", stack_name="orders-v2", fail_on="warning", report_file="r.json"
    )

    report = json.loads((tmp_path / "workspace" / "r.json").read_text())
    assert (ended.code, ended.outputs["deploy-allowed"]) == (1, "false")
    assert ended.outputs["stack-name"] == report["target"]["stack_name"] == "orders-v2"
    assert "template.yaml" in ended.summary


def test_the_default_inputs_let_a_warning_pass(tmp_path: pathlib.Path) -> None:
    ended = step(tmp_path).run(offline="true", stack_name="orders")

    (warning,) = ended.commands("warning")
    assert (ended.code, ended.outputs["deploy-allowed"]) == (0, "true")
    assert "file=template.yaml,line=3" in warning


@pytest.fixture
def hostile(tmp_path: pathlib.Path) -> Step:
    """A workspace whose modules take over whoever imports them."""
    python_path = {"PYTHONPATH": "/github/workspace", "PYTHONSTARTUP": "yaml.py"}
    made = step(tmp_path, environment=python_path)
    for name in ("boto3", "yaml", "json", "sitecustomize", "usercustomize"):
        (made.workspace / f"{name}.py").write_text(TAKEN_OVER)
    for package in ("flowguard", "flowguard/action", "botocore"):
        (made.workspace / package).mkdir()
        (made.workspace / package / "__init__.py").write_text(TAKEN_OVER)
    (made.workspace / "pyvenv.cfg").write_text("home = /github/workspace\n")
    return made


def test_modules_of_the_workspace_change_nothing(
    hostile: Step, tmp_path: pathlib.Path
) -> None:
    clean = step(tmp_path / "clean").run(offline="true", stack_name="orders")
    ended = hostile.run(offline="true", stack_name="orders")

    assert not (hostile.folder / "runner_temp" / "taken-over").exists()
    assert (ended.code, ended.outputs) == (clean.code, clean.outputs)
    assert ended.commands("warning") == clean.commands("warning")


def test_modules_of_the_workspace_would_take_over_a_plain_python(hostile: Step) -> None:
    """Which is what the test above stands on."""
    hostile.run(offline="true")
    volumes = [
        f"--volume={hostile.folder / name}:/github/{name}"
        for name in ("workspace", "runner_temp")
    ]
    python(
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import yaml'])",
        *volumes,
        "--workdir=/github/workspace",
    )

    assert (hostile.folder / "runner_temp" / "taken-over").exists()


@pytest.mark.parametrize("signal", ["INT", "TERM"])
def test_a_cancelled_step_leaves_outputs_and_a_summary(
    signal: str, tmp_path: pathlib.Path
) -> None:
    with silent_aws() as (url, asked):
        environment = {**KEYS, "AWS_ENDPOINT_URL": url}
        waiting = step(tmp_path, environment=environment, options=HOST)
        with waiting.start(stack_name="orders") as running:
            assert asked.wait(30)
            begun = time.monotonic()
            running.signal(signal)
            ended = running.wait()
            took = time.monotonic() - begun

    assert took < 5
    assert "interrupted" in ended.summary
    failed_with_one_line(ended, "interrupted")


@pytest.mark.parametrize("status", [403, 404])
def test_a_read_only_token_is_a_notice(status: int, tmp_path: pathlib.Path) -> None:
    with github(status) as url:
        ended = step(
            tmp_path,
            event=PULL_REQUEST,
            environment={"GITHUB_API_URL": url},
            options=HOST,
        ).run(offline="true", stack_name="o", pr_comment="always", github_token="t0ken")

    (notice,) = ended.commands("notice")
    assert ended.code == 0
    assert "pull-requests: write" in notice


def test_a_missing_token_is_a_notice(tmp_path: pathlib.Path) -> None:
    ended = step(tmp_path, event=PULL_REQUEST).run(
        offline="true", stack_name="orders", pr_comment="always"
    )

    (notice,) = ended.commands("notice")
    assert ended.code == 0
    assert "github-token" in notice


def test_the_template_alone_needs_no_network(tmp_path: pathlib.Path) -> None:
    ended = step(tmp_path, options=NOWHERE).run(offline="true", stack_name="orders")

    assert (ended.code, ended.outputs["verdict"]) == (0, "pass")


def test_no_network_is_one_line(tmp_path: pathlib.Path) -> None:
    ended = step(tmp_path, environment=KEYS, options=NOWHERE).run(stack_name="orders")

    failed_with_one_line(ended, "AWS", "eu-central-1")


def test_no_credentials_are_one_line(tmp_path: pathlib.Path) -> None:
    region = {"AWS_REGION": "eu-central-1"}
    ended = step(tmp_path, environment=region, options=NOWHERE).run(stack_name="orders")

    failed_with_one_line(ended, "credentials")


def test_a_pull_request_of_a_fork_is_judged_by_the_template(
    tmp_path: pathlib.Path,
) -> None:
    ended = step(tmp_path, event=PULL_REQUEST).run(stack_name="orders")

    (notice,) = ended.commands("notice")
    assert ended.code == 0
    assert "name-taken" in notice
    assert "AWS was not asked" in ended.summary


def test_an_unwritable_workspace_is_one_line(tmp_path: pathlib.Path) -> None:
    ended = step(tmp_path, read_only=True).run(
        offline="true", stack_name="orders", report_file="report.json"
    )

    failed_with_one_line(ended, "report.json", "Read-only file system")


def test_it_can_call_every_service_that_the_sources_name() -> None:
    """And has no room for the others."""
    program = "import boto3; print(*boto3.Session().get_available_services())"
    kept = set(python(program).split())
    named = {call.service for native in CALLS.values() for call in native.calls}

    assert {"cloudformation", "s3", "sts", *named} <= kept
    assert len(kept) < len(get_session().get_available_services()) / 3


def test_it_has_no_tests_and_no_encryption() -> None:
    """Of which `cryptography` alone would be a quarter of all that is added."""
    names = ("tests", "cryptography")
    program = "import importlib.util as u; print([bool(u.find_spec(n)) for n in {}])"

    assert python(program.format(names)).strip() == str([False] * len(names))


def test_it_has_no_pip_also_where_the_base_brings_it() -> None:
    """Neither installed, nor as a wheel of which it could be."""
    program = (
        "import os, re\n"
        "print(*(os.path.join(folder, name) for root in ('/opt', '/usr', '/root')"
        " for folder, folders, files in os.walk(root) for name in folders + files"
        " if re.fullmatch(r'(ensure)?pip(\\d.*|-\\d.*)?', name)))"
    )
    base = subprocess.run(
        ["docker", "run", "--rm", base_image(), "python3", "-Ic", program],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )

    assert "pip" in base.stdout  # which is what is removed
    assert python(program).split() == []


def test_it_stands_on_the_base_that_it_is_told_and_says_so() -> None:
    """As a release is, whose base is named by its digest; the stand-in has an id."""
    digest = "if .RepoDigests}}{{index .RepoDigests 0}}{{else}}{{.Id}}{{end"
    base = inspect(base_image(), digest)
    command = ("docker", "build", "--quiet", "--build-arg", f"PYTHON_IMAGE={base}")
    built = subprocess.run(
        [*command, str(CHECKOUT)], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()
    below, all_of_it = (inspect(i, "json .RootFS.Layers") for i in (base, built))

    named = inspect(built, 'index .Config.Labels "org.opencontainers.image.base.name"')
    assert named == base
    assert json.loads(all_of_it)[: len(json.loads(below))] == json.loads(below)


def inspect(image: str, what: str) -> str:
    """What Docker says of an image."""
    command = ["docker", "image", "inspect", "--format", f"{{{{{what}}}}}", image]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


def test_all_of_it_is_compiled() -> None:
    """Nothing that a run imports comes from source."""
    program = (
        "import sys, pathlib, flowguard.action.step, flowguard.cli.preflight, boto3\n"
        "print(*(m.__name__ for m in list(sys.modules.values())"
        " if (m.__spec__ and (c := m.__spec__.cached)) and not pathlib.Path(c).exists()))"
    )

    assert python(program).split() == []


HANDED = "canary-91d4"
"""In all that the runner hands to the step alone."""
LOOKS_AROUND = f"""\
import os, pathlib
known = [*os.environ.values()]
for folder in pathlib.Path("/proc").glob("[0-9]*"):
    for name in ("environ", "cmdline"):
        try:
            known.append((folder / name).read_text(errors="replace"))
        except OSError:
            pass
for text in known:
    if "{HANDED}" in text and "LOOKS_AROUND" not in text:
        print("found", text.replace("{HANDED}", "it"))
pathlib.Path("looked").write_text(str(len(known)))
raise SystemExit(any("{HANDED}" in text for text in known))
"""


@pytest.mark.parametrize("options", [(), ("--init",)], ids=["alone", "below an init"])
def test_a_command_of_the_smoke_tests_finds_nothing_of_the_step(
    options: tuple[str, ...], tmp_path: pathlib.Path
) -> None:
    """As root in the container, where everybody is."""
    made = Step(tmp_path, environment={"ACTIONS_TOKEN": HANDED}, options=options)
    (made.workspace / "looks.py").write_text(LOOKS_AROUND)
    spec = "checks: {suite: {command: [/usr/local/bin/python3, looks.py]}}"
    (made.workspace / "smoke.yml").write_text(spec)

    ended = made.run(command="smoke", github_token=HANDED)

    assert ended.code == 0, ended.log
    assert (made.workspace / "looked").exists()
    assert HANDED not in ended.log


def test_a_pull_request_runs_no_command(tmp_path: pathlib.Path) -> None:
    made = Step(tmp_path, event=PULL_REQUEST)
    spec = 'checks: {suite: {command: "touch ran"}}'
    (made.workspace / "smoke.yml").write_text(spec)

    ended = made.run(command="smoke")

    assert (ended.code, ended.outputs["deploy-allowed"]) == (3, "false")
    assert "run-commands" in ended.log
    assert not (made.workspace / "ran").exists()
    assert made.run(command="smoke", run_commands="true").code == 0
