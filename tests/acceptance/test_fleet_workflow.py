"""The fleet workflow over four stacks, which act runs in a real Docker engine.

It is the one that GitHub runs, to the letter. What needs GitHub's own servers, its
storage of artifacts and its sign-in to AWS, is stood in for (`actions/`).
"""

from __future__ import annotations

import pathlib
import re

import four_stacks
import pytest
import workflow

from flowguard.demo.server import EmbeddedAccount

pytestmark = pytest.mark.timeout(300)

HERE = pathlib.Path(__file__).parent
FLEET = HERE.parents[1] / ".github" / "workflows" / "fleet.yml"
USES = re.compile(r"uses: ([\w-]+/([\w-]+)@[\w.]+)")


def local(folder: pathlib.Path) -> list[str]:
    """Where act finds each action that the workflow uses, by its exact version."""
    places = {"flowguard": folder}
    return [
        f"--local-repository={used}={places.get(name, HERE / 'actions' / name)}"
        for used, name in sorted(set(USES.findall(FLEET.read_text())))
        if name != "checkout"  # act knows that one
    ]


def test_one_of_four_is_blocked(tmp_path: pathlib.Path) -> None:
    folder = workflow.repository(tmp_path / "repository")
    artifacts = tmp_path / "artifacts"
    artifacts.mkdir()
    four_stacks.write(folder)
    text = (HERE / "workflows" / "four.yml").read_text()
    (folder / ".github/workflows/four.yml").write_text(text)
    workflow.commit(folder)
    options = [*local(folder), f"--container-options=--volume={artifacts}:/artifacts"]

    with EmbeddedAccount() as account:
        with account.applied():
            four_stacks.take_a_name()
        ran = workflow.run(
            folder, "four.yml", *options, environment=account.variables()
        )

    outputs = {e["name"]: e["arg"] for e in ran.commands("merge", "set-output")}
    verdicts = {
        entry["job"].split("/")[-1].strip(): entry["arg"]
        for entry in ran.commands("preflight", "set-output")
        if entry["name"] == "verdict"
    }
    assert ran.code == 1, ran.log
    assert verdicts == {
        f"{name}-{number}": "block" if name == four_stacks.BLOCKED else "pass"
        for number, name in enumerate(four_stacks.NAMES, 1)
    }
    assert outputs["verdict"] == "block"
    assert outputs["deploy-allowed"] == "false"
    assert outputs["error-count"] == "1"
    assert f"| ❌ blocked | {four_stacks.BLOCKED} | 1 error, 2 info |" in ran.log
    assert "4 targets: 1 blocked, 3 go" in ran.log
    assert {path.parent.name for path in artifacts.glob("*/*.json")} == {
        "flowguard-fleet.staging",
        *(f"flowguard.staging.{name}" for name in four_stacks.NAMES),
    }
