"""The rule `export-in-use`."""

from __future__ import annotations

from typing import Any

import pytest
from kit import PLACE, check, deployed, planner, stack

from flowguard.lookups import ImportersOf
from flowguard.model.questions import Absent, Observed, Present, Unknown, UnknownKind
from flowguard.model.results import Outcome
from flowguard.rules.export_in_use import ExportInUse

OLD = """\
    Resources:
      Queue:
        Type: AWS::SQS::Queue
    Outputs:
      Name:
        Value: !GetAtt Queue.QueueName
        Export:
          Name: app-queue
    """
NEW = OLD.replace("app-queue", "app-jobs")
BEFORE = deployed(stack(outputs=(("Name", "q", "app-queue"),)), OLD)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Present(("orders-api",)), Outcome.FAILED),
        (Absent(), Outcome.PASSED),
        (Unknown(UnknownKind.DENIED, "AccessDenied"), Outcome.INCONCLUSIVE),
    ],
)
def test_outcome(answer: Observed[Any], outcome: Outcome) -> None:
    given = {**BEFORE, ImportersOf(PLACE, "app-queue"): answer}

    assert check(ExportInUse(), planner(NEW), given).outcome is outcome


def test_an_export_that_stays_is_not_asked_about() -> None:
    assert check(ExportInUse(), planner(OLD), BEFORE).outcome is Outcome.PASSED
