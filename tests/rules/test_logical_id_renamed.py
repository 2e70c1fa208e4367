"""The rule `logical-id-renamed`."""

from __future__ import annotations

import pytest
from kit import PLACE, check, deployed, planner, stack

from flowguard.lookups import NamedResource, ResourceNamed, StackResource
from flowguard.model.questions import Absent, Observed, Present, Unknown, UnknownKind
from flowguard.model.results import Outcome
from flowguard.rules.logical_id_renamed import LogicalIdRenamed

OLD = """\
    Resources:
      Links:
        Type: AWS::DynamoDB::Table
        Properties:
          TableName: links-dev
    """
NEW = OLD.replace("Links:", "LinksTable:")
TABLE = StackResource("Links", "links-dev", "AWS::DynamoDB::Table", "CREATE_COMPLETE")
QUEUE_URL = "https://sqs.eu-central-1.amazonaws.com/123456789012/jobs"


def test_a_renamed_resource_that_keeps_its_name_is_found() -> None:
    given = deployed(stack(), OLD, [TABLE])

    (finding,) = check(LogicalIdRenamed(), planner(NEW), given).findings

    assert finding.logical_id == "LinksTable"
    assert "belongs to Links" in finding.message
    assert finding.location.line == 5


def test_the_same_logical_id_passes() -> None:
    given = deployed(stack(), OLD, [TABLE])

    assert check(LogicalIdRenamed(), planner(OLD), given).outcome is Outcome.PASSED


def test_a_physical_id_that_is_a_url_is_recognised() -> None:
    text = "Resources: {Jobs: {Type: 'AWS::SQS::Queue', Properties: {QueueName: jobs}}}"
    queue = StackResource("OldJobs", QUEUE_URL, "AWS::SQS::Queue", "CREATE_COMPLETE")

    given = deployed(stack(), text.replace("Jobs", "OldJobs"), [queue])

    (finding,) = check(LogicalIdRenamed(), planner(text), given).findings
    assert "belongs to OldJobs" in finding.message


def test_another_type_of_the_same_name_passes() -> None:
    bucket = StackResource("Links", "links-dev", "AWS::S3::Bucket", "CREATE_COMPLETE")
    given = deployed(stack(), OLD, [bucket])

    assert check(LogicalIdRenamed(), planner(NEW), given).outcome is Outcome.PASSED


SECRET = "AWS::SecretsManager::Secret"
ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-AbCdEf"
DB = "Resources: {Db: {Type: AWS::SecretsManager::Secret, Properties: {Name: db}}}"
NAMED = ResourceNamed(PLACE, SECRET, (("Name", "db"),))


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Present(NamedResource(ARN, ARN)), Outcome.FAILED),
        (Present(NamedResource(ARN.replace("AbCdEf", "Other1"))), Outcome.PASSED),
        (Absent(), Outcome.PASSED),
        (Unknown(UnknownKind.DENIED, "AccessDenied"), Outcome.INCONCLUSIVE),
    ],
)
def test_a_generated_id_is_told_by_what_has_the_name(
    answer: Observed[NamedResource], outcome: Outcome
) -> None:
    row = StackResource("OldDb", ARN, SECRET, "CREATE_COMPLETE")
    given = {
        **deployed(stack(), DB.replace("Db:", "OldDb:"), [row]),
        NAMED: answer,
    }

    result = check(LogicalIdRenamed(), planner(DB), given)

    assert result.outcome is outcome


def test_the_table_that_becomes_a_global_one_is_found() -> None:
    text = NEW.replace("DynamoDB::Table", "DynamoDB::GlobalTable")

    (finding,) = check(
        LogicalIdRenamed(), planner(text), deployed(stack(), OLD, [TABLE])
    ).findings

    assert "belongs to Links" in finding.message
    assert "TemplateBody@=file://renamed.yaml" in finding.help
