"""The rule `stage-prefix-shared`."""

from __future__ import annotations

import pathlib

import pytest
from kit import PLACE, check, deployed, project, stack, stack_id

from flowguard.lookups import StacksIn, StackSummary
from flowguard.model.questions import Present, Unknown, UnknownKind
from flowguard.model.results import Outcome
from flowguard.rules.stage_prefix_shared import StagePrefixShared

SERVERLESS = """\
    service: api
    provider: {{name: aws, region: eu-central-1{bucket}}}
    resources: {{Resources: {{Topic: {{Type: AWS::SNS::Topic}}}}}}
    """
SHARED = ", deploymentBucket: {name: deploys}"


def result_for(
    folder: pathlib.Path, stage: str, bucket: str = SHARED, *others: str
) -> list[str]:
    name = f"api-{stage}"
    rows = tuple(
        StackSummary(other, stack_id(other), "UPDATE_COMPLETE")
        for other in (name, *others)
    )
    given = {**deployed(stack(name)), StacksIn(PLACE): Present(rows)}
    files = {"serverless.yml": SERVERLESS.format(bucket=bucket)}
    plans = project(folder, files, stage=stage)
    findings = check(StagePrefixShared(), plans, given).findings
    return [value for finding in findings for _, value in finding.evidence]


@pytest.mark.parametrize(
    ("stage", "found"),
    [("prod", ["api-production"]), ("production", []), ("dev", [])],
)
def test_a_stage_that_begins_anothers_name(
    tmp_path: pathlib.Path, stage: str, found: list[str]
) -> None:
    others = ("api-prod", "api-production", "api-prod-canary", "apis-production")

    assert result_for(tmp_path, stage, SHARED, *others) == found


def test_a_bucket_of_its_own_is_shared_with_nobody(tmp_path: pathlib.Path) -> None:
    assert result_for(tmp_path, "prod", "", "api-production") == []


def test_whether_there_are_others_must_be_told(tmp_path: pathlib.Path) -> None:
    denied = Unknown(UnknownKind.DENIED, "No.")
    given = {**deployed(stack("api-prod")), StacksIn(PLACE): denied}
    files = {"serverless.yml": SERVERLESS.format(bucket=SHARED)}

    result = check(StagePrefixShared(), project(tmp_path, files, stage="prod"), given)

    assert result.outcome is Outcome.INCONCLUSIVE
