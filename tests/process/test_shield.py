"""What a command of the smoke tests does not get: what the runner hands to the step."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

from flowguard.process import Processes
from flowguard.smoke.suite import Command

WORD = f"word-of-{os.getpid()}"
"""No other process of the machine was started with it, another test among them."""
HANDED = {
    "INPUT_APPROVE": f"{WORD}-input",
    "INPUT_GITHUB-TOKEN": f"{WORD}-hyphen",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": f"{WORD}-oidc",
    "ACTIONS_RUNTIME_TOKEN": f"{WORD}-runtime",
    "GITHUB_ENV": f"/{WORD}-env",
    "GITHUB_OUTPUT": f"/{WORD}-output",
    "GITHUB_PATH": f"/{WORD}-path",
    "GITHUB_STATE": f"/{WORD}-state",
    "GITHUB_STEP_SUMMARY": f"/{WORD}-summary",
    "GITHUB_TOKEN": f"{WORD}-token",
    "GH_TOKEN": f"{WORD}-gh",
}
"""What the runner hands to a step."""
LOOKS_AROUND = f"""
import os, pathlib
for folder in pathlib.Path("/proc").glob("[0-9]*"):
    try:
        known = (folder / "environ").read_bytes()
    except OSError:
        continue
    for entry in known.split(b"\\0"):
        if b"{WORD}" in entry:
            print("found", folder, entry)
print("looked around", os.environ["STAGE"])
"""
"""A command that reads what every process was started with."""


def test_a_command_gets_nothing_that_is_the_runners() -> None:
    environment = {**HANDED, "STAGE": "dev", "GITHUB_SHA": "abc", "AWS_REGION": "r"}
    code = "import os, json; print(json.dumps(dict(os.environ)))"
    command = Command((sys.executable, "-c", code))

    ran = Processes(lambda _line: None, environment=environment)(command)

    got = json.loads(ran.output)
    assert WORD not in ran.output
    assert not got.keys() & HANDED.keys()
    assert (got["STAGE"], got["GITHUB_SHA"], got["AWS_REGION"]) == ("dev", "abc", "r")


def test_what_the_spec_names_it_gets() -> None:
    command = Command(
        (sys.executable, "-c", "import os; print(os.environ['GITHUB_TOKEN'])"),
        environment=(("GITHUB_TOKEN", "for the suite"),),
    )

    ran = Processes(lambda _line: None, environment=HANDED)(command)

    assert ran.output == "for the suite\n"


RUNS_IT = """
    import os, subprocess, sys
    from flowguard.process import Processes
    from flowguard.smoke.suite import Command
    ran = Processes(lambda line: None)(Command((sys.executable, "-c", sys.argv[1])))
    print(ran.output)
    print("still here", os.environ["GITHUB_ENV"], os.environ["INPUT_APPROVE"])
    for others in (None, os.environ):
        subprocess.run(
            [sys.executable, "-c", "import os; print('a child', os.environ['GITHUB_ENV'])"],
            env=others, check=True,
        )
"""


def started_with(environment: dict[str, str], *argv: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(RUNS_IT), *argv],
        env={**os.environ, **environment, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_no_way_leads_around_by_proc() -> None:
    """The process that runs it was started with all of them."""
    process = started_with({**HANDED, "STAGE": "dev"}, LOOKS_AROUND)

    said, _ = process.communicate(timeout=60)

    assert process.returncode == 0
    assert "looked around dev" in said
    assert "found" not in said


def test_the_search_finds_what_a_process_was_started_with() -> None:
    """The search itself, or the other test would prove nothing."""
    code = "import sys, time; print('up', flush=True); sys.stdin.read()"
    other = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, **HANDED},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout
    assert other.stdout.readline() == "up\n"

    found = subprocess.run(
        [sys.executable, "-c", LOOKS_AROUND],
        env={**os.environ, "STAGE": "dev"},
        capture_output=True,
        text=True,
        check=True,
    )
    other.communicate()

    assert f"found /proc/{other.pid} " in found.stdout


def test_the_step_itself_keeps_them() -> None:
    """Its outputs are still to be written, and a deploy command gets them all."""
    process = started_with(HANDED, "")

    said, _ = process.communicate(timeout=60)

    assert f"still here /{WORD}-env {WORD}-input" in said
    assert said.count(f"a child /{WORD}-env") == 2
