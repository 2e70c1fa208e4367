"""What is asked for waits for nothing that it does not need: a version, smoke tests."""

from __future__ import annotations

import json
import os
import pathlib
import resource
import subprocess
import sys

from smoke_servers.serving import Answer, Asked, serving

PROGRAM = """
import json, sys
before = set(sys.modules)
from flowguard.cli import main
code = main(["--version"])
print(json.dumps([code, sorted(set(sys.modules) - before)]))
"""
OURS = {"flowguard", "flowguard.cli", "flowguard.version"}
SMOKE = """
import json, sys
from flowguard.cli import main
code = main(["smoke", "--quiet"])
print(json.dumps([code, sorted(sys.modules)]))
"""
STEP = """
import json, sys
from flowguard.action.step import run
code = run()
print(json.dumps([code, sorted(sys.modules)]))
"""
SPEC = """\
base: {url}
gate: {{samples: {{pass: 1}}}}
auth: {{user: {{bearer: canary}}}}
checks:
  health: {{get: /health, as: user, expect: {{status: 200, json: {{status: ok}}}}}}
"""
SLOW = {
    "boto3",
    "botocore",
    "bs4",
    "decimal",
    "difflib",
    "jinja2",
    "jsonschema",
    "numpy",
    "pydantic",
    "regex",
    "requests",
    "rich",
    "selectolax",
    "statistics",
    "subprocess",
    "xml",
}
"""What a plain run of smoke tests has no use for."""
LATER = {
    "flowguard.model.exchange",
    "flowguard.model.snapshot",
    "flowguard.rollback.row",
    "flowguard.smoke.suite",
}
"""What only a step that tests a deploy or takes it back has a use for."""
TEMPLATE = """\
Resources:
  Orders: {Type: AWS::SQS::Queue}
"""
ROUNDS = 15
MAX_RATIO = 2.5


def test_it_imports_nothing_slow() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )

    code, imported = json.loads(done.stdout.splitlines()[-1])
    foreign = {name.partition(".")[0] for name in imported} - sys.stdlib_module_names
    slow = {"argparse", "dataclasses", "typing", "shutil", "inspect", "logging"}
    assert code == 0
    assert foreign == {"flowguard"}
    assert {name for name in imported if name.startswith("flowguard")} == OURS
    assert slow.isdisjoint(imported)


def test_a_step_that_judges_a_template_knows_nothing_of_what_comes_after(
    tmp_path: pathlib.Path,
) -> None:
    """Words that it does not speak took a fifth of its time."""
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    environment = {
        **os.environ,
        "GITHUB_WORKSPACE": str(tmp_path),
        "GITHUB_OUTPUT": str(tmp_path / "outputs"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "INPUT_OFFLINE": "true",
        "INPUT_STACK-NAME": "orders",
        "PYTHONPATH": str(pathlib.Path(__file__).parents[1]),
    }
    done = subprocess.run(
        [sys.executable, "-c", STEP],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    code, imported = json.loads(done.stdout.splitlines()[-1])
    slow = SLOW - {"decimal", "difflib", "rich"} | {"apprise", "cryptography", "ssl"}
    assert code == 0
    assert slow.isdisjoint(imported)
    assert LATER.isdisjoint(imported)


def test_it_takes_little_longer_than_python_itself() -> None:
    """The shortest of several runs of each, taken in turn: noise only adds.

    Processor time is compared, so that it matters little what else runs.
    """
    ours = [sys.executable, "-c", "from flowguard.cli import main; main(['--version'])"]
    bare = [sys.executable, "-c", "pass"]
    times = [(_seconds(ours), _seconds(bare)) for _ in range(ROUNDS)]

    ratio = min(ours for ours, _ in times) / min(bare for _, bare in times)

    assert ratio <= MAX_RATIO


def test_smoke_tests_import_nothing_slow(tmp_path: pathlib.Path) -> None:
    def answer(asked: Asked) -> Answer:
        signed_in = "authorization" in asked.headers
        return Answer(200 if signed_in else 401, b'{"status": "ok"}')

    with serving(answer) as url:
        (tmp_path / "smoke.yml").write_text(SPEC.format(url=url))
        done = subprocess.run(
            [sys.executable, "-c", SMOKE],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )

    code, imported = json.loads(done.stdout.splitlines()[-1])
    assert code == 0, done.stdout
    assert not SLOW.intersection(imported)
    assert "flowguard.model.rollback" not in imported
    assert "flowguard.smoke.sign_in.cognito" not in imported


def _seconds(command: list[str]) -> float:
    """The processor time that a command takes, in it and in the kernel for it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
