"""The rule `resource-type-changed`."""

from __future__ import annotations

from kit import check, deployed, planner, stack

from flowguard.lookups import StackResource
from flowguard.model.results import Outcome
from flowguard.rules.resource_type_changed import ResourceTypeChanged

OLD = """\
    Resources:
      Jobs:
        Type: AWS::SQS::Queue
    """
NEW = OLD.replace("SQS::Queue", "SNS::Topic")
QUEUE = StackResource("Jobs", "https://sqs/jobs", "AWS::SQS::Queue", "CREATE_COMPLETE")


def test_a_logical_id_of_another_type_is_found() -> None:
    given = deployed(stack(), OLD, [QUEUE])

    (finding,) = check(ResourceTypeChanged(), planner(NEW), given).findings

    assert "Jobs is an AWS::SQS::Queue in the stack" in finding.message
    assert finding.location.line == 3


def test_the_same_type_passes() -> None:
    given = deployed(stack(), OLD, [QUEUE])

    assert check(ResourceTypeChanged(), planner(OLD), given).outcome is Outcome.PASSED


def test_what_a_macro_may_change_passes() -> None:
    given = deployed(stack(), OLD, [QUEUE])
    text = NEW.replace("Resources:", "Transform: OurMacro\n    Resources:", 1)

    assert check(ResourceTypeChanged(), planner(text), given).outcome is Outcome.PASSED


def test_what_the_stack_has_given_up_passes() -> None:
    gone = StackResource("Jobs", "https://x", "AWS::SQS::Queue", "DELETE_COMPLETE")

    given = deployed(stack(), OLD, [gone])

    assert check(ResourceTypeChanged(), planner(NEW), given).outcome is Outcome.PASSED
