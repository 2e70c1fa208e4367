"""What a plugin may have added to the stack is not said to be removed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from template.serverless.project import HEAD, PLACE, write

from flowguard.lookups import (
    DeployedTemplate,
    Stack,
    StackNamed,
    StackResource,
    StackResources,
)
from flowguard.model.changes import ChangeAction
from flowguard.model.questions import AccountState, Present
from flowguard.plan import Planner
from flowguard.template import Inputs
from flowguard.template.serverless import read

NAME = "shop-dev"
DEPLOYED = AccountState(
    {
        StackNamed(PLACE, NAME): Present(
            Stack(
                NAME,
                "id",
                "UPDATE_COMPLETE",
                outputs=(("Arn", "arn:aws:states", "shop-machine"),),
            )
        ),
        StackResources(PLACE, NAME): Present(
            (
                StackResource(
                    "Machine", "m-1", "AWS::StepFunctions::StateMachine", "DONE"
                ),
            )
        ),
        DeployedTemplate(PLACE, NAME): Present(
            '{"Resources": {"Machine": {"Type": "AWS::StepFunctions::StateMachine"}}}'
        ),
    }
)


@pytest.mark.parametrize(
    ("plugin", "removed", "exports"),
    [
        ("serverless-step-functions", [], []),
        ("serverless-offline", ["Machine"], ["shop-machine"]),
    ],
)
def test_removals(
    tmp_path: Path, plugin: str, removed: list[str], exports: list[str]
) -> None:
    write(tmp_path, {"serverless.yml": f"{HEAD}plugins: [{plugin}]\n"})
    source = read(tmp_path / "serverless.yml", tmp_path)

    plan = Planner(source, Inputs(PLACE), datetime.now(UTC)).build(DEPLOYED)

    gone = [c.logical_id for c in plan.changes if c.action is ChangeAction.REMOVE]
    assert gone == removed
    assert [export.name for export in plan.exports_removed] == exports
