"""The rule `named-resource-replaced`."""

from __future__ import annotations

import pytest
from kit import check, deployed, planner, stack

from flowguard.lookups import StackResource
from flowguard.model.places import Severity
from flowguard.model.results import Finding
from flowguard.rules.named_resource_replaced import NamedResourceReplaced

OLD = """\
    Parameters:
      Fifo: {Type: String, Default: 'true'}
      Secret: {Type: String, NoEcho: true, Default: x}
    Resources:
      Jobs:
        Type: AWS::SQS::Queue
        Properties:
          QueueName: jobs.fifo
          FifoQueue: 'true'
          VisibilityTimeout: 30
    """
URL = "https://sqs.eu-central-1.amazonaws.com/123456789012/jobs.fifo"
QUEUE = StackResource("Jobs", URL, "AWS::SQS::Queue", "CREATE_COMPLETE")


def finding_for(*replaced: tuple[str, str], old: str = OLD) -> Finding | None:
    new = old
    for was, becomes in replaced:
        new = new.replace(was, becomes)
    given = deployed(stack(), old, [QUEUE])
    findings = check(NamedResourceReplaced(), planner(new), given).findings
    assert len(findings) <= 1
    return findings[0] if findings else None


def test_a_replacement_that_keeps_the_name_is_found() -> None:
    finding = finding_for(("FifoQueue: 'true'", "FifoQueue: 'false'"))

    assert finding
    assert finding.severity is Severity.ERROR
    assert "a change of FifoQueue replaces Jobs" in finding.message
    assert "'jobs.fifo'" in finding.message
    assert finding.location.line == 9


@pytest.mark.parametrize("becomes", ["FifoQueue: !Ref Secret", "DelaySeconds: 0"])
def test_what_may_be_the_same_value_is_only_warned_of(becomes: str) -> None:
    finding = finding_for(("FifoQueue: 'true'", becomes))

    assert finding
    assert finding.severity is Severity.WARNING
    assert "may replace Jobs" in finding.message


@pytest.mark.parametrize(
    "replaced",
    [
        [("VisibilityTimeout: 30", "VisibilityTimeout: 60")],
        [("jobs.fifo", "work.fifo")],
        [("jobs.fifo", "work.fifo"), ("FifoQueue: 'true'", "FifoQueue: 'false'")],
        [("FifoQueue: 'true'", "FifoQueue: !Ref Fifo")],
    ],
)
def test_an_update_in_place_and_a_new_name_pass(
    replaced: list[tuple[str, str]],
) -> None:
    assert finding_for(*replaced) is None


def test_what_has_no_name_of_its_own_passes() -> None:
    unnamed = OLD.replace("QueueName: jobs.fifo", "DelaySeconds: 0")

    assert finding_for(("FifoQueue: 'true'", "FifoQueue: 'false'"), old=unnamed) is None
