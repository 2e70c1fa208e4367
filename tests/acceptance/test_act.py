"""The Action in real workflows, which act runs in a real Docker engine."""

from __future__ import annotations

import os
import pathlib
import shutil

import container
import pytest
import workflow

from flowguard import __version__
from flowguard.demo.seed import FLOWLOGIC, seed
from flowguard.demo.server import EmbeddedAccount

pytestmark = pytest.mark.timeout(300)

WORKFLOWS = pathlib.Path(__file__).parent / "workflows"
RESOURCES = "infra/serverless/resources.yml"

DOCKER_SOCKET = "/var/run/docker.sock"


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


def test_an_image_is_tried_before_it_is_released(tmp_path: pathlib.Path) -> None:
    """The workflow that a release calls, with the image of this checkout."""
    folder = workflow.repository(tmp_path)
    for name in ("requirements-demo.txt", "scripts/try_image.py"):
        shutil.copy(container.CHECKOUT / name, folder / name)
    text = (WORKFLOWS / "try-image.yml").read_text()
    for name, value in (("IMAGE", container.image()), ("VERSION", __version__)):
        text = text.replace(name, value)
    (folder / ".github/workflows/try-image.yml").write_text(text)
    workflow.commit(folder)
    engine = os.environ.get("DOCKER_HOST", f"unix://{DOCKER_SOCKET}")
    # What a runner has by itself: Docker, and folders that its engine sees, too.
    docker = f"--volume={shutil.which('docker')}:/usr/local/bin/docker:ro"
    options = ("--bind", f"--container-daemon-socket={engine}")

    ran = workflow.run(
        folder,
        "try-image.yml",
        *("--matrix", "runner:ubuntu-24.04", *options),
        f"--container-options={docker}",
    )

    assert ran.code == 0, ran.log
    assert set(ran.results().values()) == {"success"}
    assert "preflight infra/serverless staging: ended with 1, as it must" in ran.log
    assert "before.json: ended with 0, as it must" in ran.log
