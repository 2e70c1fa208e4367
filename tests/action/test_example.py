"""What the example's team would commit fits what FlowGuard asks and reads."""

from __future__ import annotations

import json
import pathlib
import shutil
from collections.abc import Iterator

import pytest
from action.jobs import Job

from flowguard.aws.operations import READS
from flowguard.aws.smoke import permissions
from flowguard.config import load
from flowguard.model.notifications import BAD, Channel, Medium
from flowguard.smoke import spec

EXAMPLE = pathlib.Path(__file__).parents[2] / "examples" / "flowlogic"

ELSEWHERE = ("codedeploy:", "ecr:", "elasticfilesystem:", "kms:", "rds:", "sqs:")
"""What the backend has none of, or needs for other ways to keep a snapshot."""


def actions(*names: str) -> set[str]:
    """What the policies in these files allow."""
    return {action for name in names for action in _actions(name)}


def _actions(name: str) -> Iterator[str]:
    path = EXAMPLE / "iam" / f"{name}.permissions.json"
    for statement in json.loads(path.read_text(encoding="utf-8"))["Statement"]:
        given = statement["Action"]
        yield from [given] if isinstance(given, str) else given


@pytest.mark.parametrize("stage", ["staging", "prod"])
def test_the_role_that_deploys_may_write_down_test_and_take_back(stage: str) -> None:
    allowed = actions(f"backend-deploy-{stage}", f"flowguard-guard-{stage}")
    suite = spec.load(EXAMPLE / "smoke.yml", EXAMPLE)
    (tested,) = permissions.policy(suite)["Statement"]

    assert {a for a in READS if not a.startswith(ELSEWHERE)} <= allowed
    assert set(tested["Action"]) <= allowed
    assert {
        "cloudformation:CancelUpdateStack",
        "cloudformation:RollbackStack",
    } <= allowed
    # What destroys is approved by a person, and done with a role of theirs.
    assert "cloudformation:DeleteStack" not in allowed


def test_its_configuration_tells_the_team() -> None:
    config = load(EXAMPLE / "flowguard.yml", EXAMPLE)

    channel = Channel(Medium.SLACK, {"to": "${env.SLACK_WEBHOOK_URL}"}, BAD)
    assert config.notify == (channel,)
    assert config.smoke == "smoke.yml"


def test_its_smoke_tests_are_found_from_the_folder_of_the_template(job: Job) -> None:
    """The workflow's paths are relative to the project, and the spec is at the root."""
    for name in ("smoke.yml", "flowguard.yml"):
        shutil.copy(EXAMPLE / name, job.workspace / name)
    (job.workspace / "infra" / "serverless").mkdir(parents=True)

    ran = job.run(command="smoke", working_directory="infra/serverless")

    assert "there are no smoke tests" not in ran.log
