"""A restore is held against what AWS does not undo, whatever was judged beforehand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from cloudformation import Call, Refused, serving
from rollback.scenarios import WINDOW, database, stream
from rollback.stage import NAME, WHATEVER, Json, Stage, template

from flowguard.model.readiness import Readiness
from flowguard.rollback.exit_codes import exit_code


@pytest.fixture
def stage() -> Iterator[Stage]:
    with serving() as fake:
        yield Stage(fake, fake.aws(), mine=WHATEVER)


def denied(call: Call) -> None:
    raise Refused("AccessDenied", f"not authorized to {call.operation}", 403)


def deploy(stage: Stage, before: Json, after: Json) -> None:
    """A release that changes its code and that one resource; it was judged green."""
    stage.create(template(1, X=before))
    stage.snapshot(Readiness.GREEN)
    stage.deploy(template(2, X=after))


def custom(release: int) -> Json:
    properties = {"ServiceToken": "arn:f", "Release": str(release)}
    return {"Type": "Custom::Migration", "Properties": properties}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (database("14.9"), database("16.3"), "went from EngineVersion 14.9 to 16.3"),
        (stream(2), stream(4), "ShardCount 2 to 4, and a rollback may be refused"),
        (custom(1), custom(2), "nothing that CloudFormation can undo"),
    ],
)
def test_it_is_asked_for_and_told_why(
    before: Json, after: Json, said: str, stage: Stage
) -> None:
    deploy(stage, before, after)

    report = stage.roll_back()

    assert stage.changed() == []
    assert (report.row, exit_code(report)) == ("B3i", 3)
    assert report.needs_approval
    assert report.readiness is Readiness.AMBER
    assert any(said in reason for reason in report.reasons)
    assert any(" X" in line or "of X" in line for line in report.to_do)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (database("16.3"), database("16.3")),
        (database("16.3"), database("14.9")),  # back is an upgrade
        (
            {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "a"}},
            {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "b"}},
        ),
    ],
)
def test_what_aws_sets_back_is_restored_without_asking(
    before: Json, after: Json, stage: Stage
) -> None:
    deploy(stage, before, after)

    report = stage.roll_back()

    assert (report.row, exit_code(report)) == ("B3", 0)


def test_a_version_that_a_parameter_gives(stage: Stage) -> None:
    document: Any = json.loads(template(1, X=database("")))
    document["Parameters"]["Version"] = {"Type": "String"}
    document["Resources"]["X"]["Properties"]["EngineVersion"] = {"Ref": "Version"}
    body = json.dumps(document)
    given = [
        [{"ParameterKey": "Version", "ParameterValue": v}] for v in ("14.9", "16.3")
    ]
    stage.create(body, Parameters=given[0])
    stage.snapshot(Readiness.GREEN)
    stage.deploy(body.replace("1.zip", "2.zip"), Parameters=given[1])

    report = stage.roll_back()

    assert report.row == "B3i"
    assert any("14.9 to 16.3" in reason for reason in report.reasons)


def test_where_nobody_can_tell_it_is_asked_for(stage: Stage) -> None:
    deploy(stage, database("16.3"), database("16.3"))
    stage.fake.on("get_template", 0, denied)

    report = stage.roll_back()

    assert stage.changed() == []
    assert (report.row, exit_code(report)) == ("B3iq", 3)
    assert any("cloudformation:GetTemplate" in reason for reason in report.reasons)


# --- in the window --------------------------------------------------------------------


def in_window(stage: Stage, before: Json, after: Json) -> None:
    stage.create(template(1, X=before))
    stage.snapshot(Readiness.GREEN)
    body = template(2, X=after)
    stage.begin("update_stack", body, RollbackConfiguration=WINDOW)
    stage.fake.advance(60)


def test_a_cancellation_that_would_end_stuck_is_asked_for(stage: Stage) -> None:
    in_window(stage, stream(2), stream(4))

    report = stage.roll_back()

    assert stage.changed() == []
    assert (report.row, exit_code(report)) == ("B1i", 3)


def test_what_cloudformation_leaves_alone_is_told_and_cancelled(stage: Stage) -> None:
    """CloudFormation's own rollback of a database sends neither version nor storage."""
    in_window(stage, database("14.9"), database("16.3"))

    report = stage.roll_back()

    assert (report.row, stage.status) == ("B1", "UPDATE_ROLLBACK_COMPLETE")
    assert any("EngineVersion 14.9 to 16.3" in reason for reason in report.reasons)
    assert any("EngineVersion 16.3 for X" in line for line in report.to_do)


def test_a_window_does_not_wait_for_what_nobody_tells(stage: Stage) -> None:
    in_window(stage, stream(2), stream(4))
    stage.fake.on("get_template", 0, denied)

    report = stage.roll_back()

    assert report.row == "B1"
    assert stage.status == "UPDATE_ROLLBACK_COMPLETE"
    assert NAME in stage.id
