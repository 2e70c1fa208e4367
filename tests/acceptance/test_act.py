"""The Action in real workflows, which act runs in a real Docker engine."""

from __future__ import annotations

import pathlib

import pytest
import workflow

from flowguard.demo.seed import FLOWLOGIC, seed
from flowguard.demo.server import EmbeddedAccount

pytestmark = pytest.mark.timeout(300)

WORKFLOWS = pathlib.Path(__file__).parent / "workflows"
RESOURCES = "infra/serverless/resources.yml"


def outputs(run: workflow.Run, step: str) -> dict[str, str]:
    """The outputs that a step has set."""
    return {entry["name"]: entry["arg"] for entry in run.commands(step, "set-output")}


def test_the_selftest_passes(tmp_path: pathlib.Path) -> None:
    """The project's own workflow, as it runs on GitHub."""
    folder = workflow.repository(tmp_path)
    workflow.commit(folder)
    matrix = ("--job", "action", "--matrix", "runner:ubuntu-24.04")

    ran = workflow.run(folder, "selftest.yml", *matrix)

    assert set(ran.results().values()) == {"success"}, ran.log
    assert ran.code == 0


def test_flowlogic_is_kept_from_staging_and_let_to_dev(tmp_path: pathlib.Path) -> None:
    folder = workflow.repository(tmp_path, FLOWLOGIC.project)
    text = (WORKFLOWS / "flowlogic.yml").read_text()
    (folder / ".github/workflows/flowlogic.yml").write_text(text)
    workflow.commit(folder)

    with EmbeddedAccount() as account:
        seed(account)
        ran = workflow.run(folder, "flowlogic.yml", environment=account.variables())

    assert ran.code == 0, ran.log
    assert "deployed dev" in ran.log
    assert "deployed staging" not in ran.log
    (error,) = ran.commands("staging", "error")
    assert error["kvPairs"]["file"] == RESOURCES
    assert "no stack owns it" in error["msg"]  # act parts the rest at the last ::
    assert ran.commands("dev", "error") == []
