"""Why a rollback failed, by CloudFormation's own words."""

from __future__ import annotations

import pytest
from rollback.history import FUNCTION, ID, TABLE, of, of_stack

from flowguard.model.rollback import StackOperation
from flowguard.rollback.causes import (
    Cause,
    Failure,
    explained,
    failures,
    refused,
    worst,
)
from flowguard.rollback.journal import operations
from flowguard.rollback.reasons import EVERY

HANDLER = 'Resource handler returned message: "{}" (HandlerErrorCode: InvalidRequest)'
WORDS = [
    (
        (
            "The runtime parameter of nodejs12.x is no longer supported for creating or "
            "updating AWS Lambda functions. We recommend you use the new runtime"
        ),
        "runtime-retired",
    ),
    (
        (
            "Alias with weights can not be used with Provisioned Concurrency (Service: "
            "AWSLambdaInternal; Status Code: 400)"
        ),
        "alias-weights",
    ),
    ("Version 7 is already included in routing configuration", "alias-weights"),
    (
        (
            "Lambda was unable to delete arn:aws:lambda:us-east-1:1:function:orders:2 "
            "because it is a replicated function. Please see our documentation"
        ),
        "edge-replica",
    ),
    (
        "Layer version arn:aws:lambda:eu-west-1:1:layer:tools:3 does not exist.",
        "layer-gone",
    ),
    ("Source image 1.dkr.ecr.x/y:z does not exist. Provide a valid", "image-gone"),
    ("Error occurred while GetObject. S3 Error Code: NoSuchKey.", "artifact-gone"),
    ("S3 Error Message: The specified key does not exist.", "artifact-gone"),
    (
        (
            "Subscriber limit exceeded: Update to PayPerRequest mode are limited to once in "
            "1 day(s). Last update at Mon Apr 29 17:25:33 UTC 2019. Next update can be made "
            "at Tue Apr 30 17:25:33 UTC 2019 (Service: AmazonDynamoDBv2)"
        ),
        "once-a-day",
    ),
    (
        (
            "You can't currently modify the storage of this DB instance because the "
            "previous storage change is being optimized."
        ),
        "storage-optimizing",
    ),
    (
        (
            "You can't modify the storage type of this DB cluster yet. Try again after "
            "2023-10-02T06:46:24.564Z."
        ),
        "not-yet",
    ),
    ("Requested size cannot be smaller than existing size", "storage-shrinks"),
    (
        "Invalid storage size for engine name mysql and storage type gp3: 100",
        "storage-shrinks",
    ),
    ("Cannot find upgrade path from 16.3 to 14.9.", "no-downgrade"),
    ("Cannot upgrade postgres from 15.7 to 15.5", "no-downgrade"),
    (
        "Upgrade from OpenSearch_2.3 to OpenSearch_1.0 not supported.",
        "no-downgrade",
    ),
    (
        "Cannot perform more than one GSI creation or deletion in a single update",
        "one-index-at-a-time",
    ),
    (
        "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'",
        "circuit-breaker",
    ),
    (
        (
            "Received 0 SUCCESS signal(s) out of 1. Unable to satisfy 100% "
            "MinSuccessfulInstancesPercent requirement"
        ),
        "no-signal",
    ),
    (
        (
            "Unable to assume the service linked role. Please verify that the ECS service "
            "linked role exists."
        ),
        "service-linked-role",
    ),
    (
        "Export orders-topic cannot be deleted as it is in use by billing",
        "export-in-use",
    ),
    ("Cannot update export orders-topic as it is in use by billing", "export-in-use"),
    ("Alarm errors went to state ALARM.", "alarm-trigger"),
    ("Action denied by stack policy: Statement [#1]", "stack-policy"),
    (
        "Stack [orders] cannot be deleted while TerminationProtection is enabled",
        "termination-protection",
    ),
    (
        "Load balancer 'arn:x' cannot be deleted because deletion protection is enabled",
        "deletion-protection",
    ),
    ("The bucket you tried to delete is not empty", "bucket-not-empty"),
    ("resource sg-0b8b2fcf05a0509b6 has a dependent object", "security-group-in-use"),
    ("The subnet 'subnet-1' has dependencies and cannot be deleted.", "network-in-use"),
    ("Certificate arn:aws:acm:x in account 1 is in use.", "certificate-in-use"),
    (
        (
            "The specified hosted zone contains non-required resource record sets and so "
            "cannot be deleted."
        ),
        "zone-not-empty",
    ),
    ("arn:aws:kms:x:key/1 is pending deletion.", "key-unusable"),
    (
        (
            "You can't create this secret because a secret with this name is already "
            "scheduled for deletion."
        ),
        "secret-scheduled",
    ),
    ("ssm-secure reference: ParameterVersionNotFound", "parameter-version-gone"),
    ("Existing schema attributes cannot be modified or deleted.", "pool-attributes"),
    ("StartTime must be at least current time.", "start-in-the-past"),
    ("The security token included in the request is expired", "credentials-expired"),
    ("Role arn:aws:iam::1:role/x is invalid or cannot be assumed", "role-unusable"),
    ("User: x is not authorized to perform: lambda:GetFunction", "access-denied"),
    ("The security token included in the request is invalid", "access-denied"),
    ("Rate exceeded for operation 'Rate exceeded (Service: Lambda'", "throttled"),
    ("The maximum number of VPCs has been reached.", "quota"),
    ("Operation would result in exceeding resource limits.", "quota"),
    ("orders-api already exists in stack arn:x", "exists-already"),
    ("Resource of type 'AWS::ECS::Service' did not stabilize.", "not-stable"),
    ("Exceeded attempts to wait", "not-stable"),
    ("The table is being updated", "conflict"),
    ("Internal Failure", "handler-failure"),
    ("Topic does not exist", "needed-deleted-outside"),
    ("Too Many Requests", "throttled"),
    ("Database instance is not in available state.", "conflict"),
    ("DB cluster isn't available for modification with status x", "conflict"),
    ("Encountered a permissions error performing a tagging operation", "access-denied"),
    ("Function not found", "deleted-outside"),
    (
        (
            "Cannot delete entity, must detach all policies first. (Service: "
            "AmazonIdentityManagement; Status Code: 409; Error Code: DeleteConflict)"
        ),
        "policies-attached",
    ),
    ("Cannot delete entity, must delete policies first", "policies-attached"),
    (
        "Active stages pointing to this deployment must be moved or deleted",
        "api-deployment-in-use",
    ),
    (
        (
            "We currently do not have sufficient m3.large capacity in the Availability "
            "Zone you requested (us-east-1e). Our system will be working on provisioning "
            "additional capacity."
        ),
        "no-capacity",
    ),
    ("creating EC2 Instance: InsufficientInstanceCapacity", "no-capacity"),
    (
        (
            "The Parameter Group orders with DBParameterGroupFamily neptune1.2 cannot be "
            "used for this instance. Please use a Parameter Group with "
            "DBParameterGroupFamily neptune1.3 (Service: Neptune, Status Code: 400)"
        ),
        "parameter-group-family",
    ),
    (
        "Expected a parameter group of family redis3.2 but found one of family redis2.8",
        "parameter-group-family",
    ),
    (
        (
            "Specified ReservedConcurrentExecutions for function decreases account's "
            "UnreservedConcurrentExecution below its minimum value of [50]. (Service: "
            "Lambda, Status Code: 400)"
        ),
        "concurrency-reserved",
    ),
    (
        (
            "Invalid request provided: One or more of the CNAMEs you provided are already "
            "associated with a different resource. (Service: CloudFront, Status Code: 409)"
        ),
        "domain-name-in-use",
    ),
    ("CNAMEAlreadyExists: one of the CNAMEs", "domain-name-in-use"),
    ("Replication group must be in available state to modify.", "conflict"),
    ("Cache cluster orders is not available to be modified", "conflict"),
    ("Something that nobody has ever seen", "unknown"),
]
"""What AWS said in public reports, and the row of the table that it stands for."""
OTHER = [
    ("AWS::ECS::Service", "Resource did not stabilize.", "service-not-stable"),
    (
        "AWS::Elasticsearch::Domain",
        "Updating Elasticsearch Domain did not stabilize.",
        "domain-processing",
    ),
    (
        "AWS::Lambda::Alias",
        "Function not found: arn:aws:lambda:x:1:function:orders-api:41 (Service: x)",
        "version-gone",
    ),
    (
        "AWS::Lambda::Alias",
        "No Provisioned Concurrency Config found for this function",
        "concurrency-gone",
    ),
    ("AWS::Logs::LogGroup", "/aws/lambda/x already exists", "log-group-exists"),
    ("AWS::Lambda::Version", "Function not found: orders:7", "version-gone"),
    (
        "AWS::ApiGateway::RestApi",
        "Invalid API identifier: not found",
        "deleted-for-good",
    ),
    ("AWS::Cognito::UserPoolClient", "Client x does not exist", "deleted-for-good"),
    ("AWS::EC2::SecurityGroup", "The ID 'x' does not exist", "deleted-for-good"),
    ("AWS::EC2::SecurityGroup", "log group not found", "needed-deleted-outside"),
    ("AWS::ECS::Service", "Cluster not found.", "needed-deleted-outside"),
    ("AWS::RDS::DBInstance", "DBSubnetGroup not found", "needed-deleted-outside"),
    ("AWS::RDS::DBInstance", "DBInstance orders not found", "data-deleted-outside"),
    (
        "AWS::S3::BucketPolicy",
        "The specified bucket does not exist",
        "needed-deleted-outside",
    ),
    (
        "AWS::SQS::QueuePolicy",
        'Resource handler returned message: "x" (HandlerErrorCode: NotFound)',
        "deleted-for-good",
    ),
    ("AWS::IAM::Role", "The role with name x does not exist", "deleted-outside"),
    (TABLE, "Table not found", "data-deleted-outside"),
    ("AWS::Cognito::UserPool", "User pool does not exist", "data-deleted-outside"),
    (
        "Custom::Migration",
        "Custom Resource failed to stabilize in expected time",
        "custom-no-answer",
    ),
    (
        "AWS::CloudFormation::CustomResource",
        "CloudFormation did not receive a response from your Custom Resource.",
        "custom-no-answer",
    ),
    (
        "AWS::CloudFormation::Stack",
        "CloudFormation did not receive a response from your Custom Resource.",
        "custom-no-answer",
    ),
]
"""Of types for which the same words stand for something else."""
OWN_WORDS = [
    "Can't locate revision identified by '3a1b7c'",
    "revision 3a1b7c not found in the migrations folder",
    "relation orders_v2 does not exist",
    "The specified key does not exist: migrations/7.sql",
    "permission denied: not authorized to drop table",
    "deadlock, relation is being updated",
]
"""What custom resources have said, in words that AWS uses, too."""


def failure(reason: str, kind: str = FUNCTION) -> Failure:
    return Failure("X", kind, "x", reason)


@pytest.mark.parametrize(("words", "row"), WORDS)
def test_what_aws_says_has_a_row_of_the_table(words: str, row: str) -> None:
    assert failure(words).row.id == row
    assert failure(HANDLER.format(words)).row.id == row


@pytest.mark.parametrize(("kind", "words", "row"), OTHER)
def test_the_same_words_stand_for_something_else(
    kind: str, words: str, row: str
) -> None:
    assert failure(words, kind).row.id == row


@pytest.mark.parametrize("words", OWN_WORDS)
@pytest.mark.parametrize("kind", ["Custom::X", "AWS::CloudFormation::CustomResource"])
def test_what_a_custom_resource_says_decides_nothing(words: str, kind: str) -> None:
    said = f"Received response status [FAILED] from custom resource. Message: {words}"

    assert failure(said, kind).cause is Cause.CUSTOM
    assert failure(words, kind).cause is Cause.CUSTOM
    assert failure(said, "AWS::CloudFormation::Stack").cause is Cause.CUSTOM


def test_each_row_is_chosen_by_words_that_were_seen() -> None:
    seen = {row for _, row in WORDS} | {row for *_, row in OTHER} | {"custom-failed"}

    assert {reason.id for reason in EVERY} <= seen
    assert len({reason.id for reason in EVERY}) == len(EVERY) >= 35
    assert all(reason.sources and reason.helps for reason in EVERY)


@pytest.mark.parametrize(
    ("words", "when"),
    [
        (
            (
                "limited to once in 1 day(s). Next update can be made at Tue Apr 30 "
                "17:25:33 UTC 2019"
            ),
            "after Tue Apr 30 17:25:33 UTC 2019",
        ),
        ("limited to once in 1 day(s).", "after a day"),
        (
            "Try again after 2023-10-02T06:46:24.564Z. (Service: Rds)",
            "after 2023-10-02T06:46:24.564Z",
        ),
        ("Rate exceeded", "now: it passes by itself"),
        ("Cannot find upgrade path from 16 to 14", "never: no attempt can work"),
        ("has a dependent object", "once that is done"),
    ],
)
def test_when_another_attempt_can_work_is_told(words: str, when: str) -> None:
    (told,) = explained([failure(words)], StackOperation.ROLLBACK)

    assert told.retry == when


def test_skipping_is_the_last_resort_and_says_what_is_different_then() -> None:
    never, blocked, passes = explained(
        [
            failure("Requested size cannot be smaller than existing size"),
            failure("has a dependent object"),
            failure("Rate exceeded"),
        ],
        StackOperation.ROLLBACK,
    )

    assert "go on without X (ResourcesToSkip): it keeps its size" in never.helps[0]
    assert blocked.helps[-1].startswith("as a last resort, go on without X")
    assert "Values=x" in blocked.helps[0]
    assert not any("without" in text for text in passes.helps)


def test_what_is_gone_with_its_data_is_not_made_again() -> None:
    (told,) = explained([failure("Table not found", TABLE)], StackOperation.ROLLBACK)

    assert not any("make it again" in text for text in told.helps)
    assert not any("without" in text for text in told.helps)


def test_a_deletion_keeps_what_resists_as_a_last_resort() -> None:
    (told,) = explained(
        [failure("BucketNotEmpty", "AWS::S3::Bucket")], StackOperation.DELETION
    )

    assert told.helps[-1].endswith("keep X outside of any stack (RetainResources)")
    assert told.during == "deletion"


def test_a_deploy_that_no_resource_failed_in_names_the_stack() -> None:
    said = "Export orders-topic cannot be deleted as it is in use by billing"
    events = (
        of_stack(1, "UPDATE_IN_PROGRESS", "User Initiated"),
        of("Api", 2, "UPDATE_COMPLETE"),
        of_stack(3, "UPDATE_ROLLBACK_IN_PROGRESS", said),
        of("Api", 4, "UPDATE_COMPLETE"),
        of_stack(5, "UPDATE_ROLLBACK_COMPLETE"),
    )

    (found,) = refused(operations(events, ID)[-1])

    assert (found.logical_id, found.reason) == ("orders", said)
    assert found.row.id == "export-in-use"


def test_what_was_cancelled_is_never_the_cause() -> None:
    events = (
        of_stack(1, "UPDATE_IN_PROGRESS", "User Initiated"),
        of("Topic", 2, "UPDATE_FAILED", "Invalid parameter"),
        of("Api", 2, "UPDATE_FAILED", "Resource update cancelled"),
        of("Role", 2, "CREATE_FAILED", "Resource creation cancelled"),
        of_stack(3, "UPDATE_ROLLBACK_IN_PROGRESS", "it failed"),
        of_stack(6, "UPDATE_ROLLBACK_COMPLETE"),
    )

    assert [f.logical_id for f in refused(operations(events, ID)[-1])] == ["Topic"]


@pytest.mark.parametrize(
    ("reasons", "cause"),
    [
        (["Rate exceeded", "NoSuchKey"], Cause.ARTIFACT),
        (["NoSuchKey", "Something odd"], Cause.UNKNOWN),
        (["Something odd", "Rate exceeded"], Cause.UNKNOWN),
        ([], Cause.UNKNOWN),
    ],
)
def test_what_it_takes_most_to_clear_decides(reasons: list[str], cause: Cause) -> None:
    assert worst(failure(reason) for reason in reasons) is cause


def test_only_what_failed_in_the_rollback_counts() -> None:
    events = (
        of_stack(1, "UPDATE_IN_PROGRESS", "User Initiated"),
        of("Topic", 2, "UPDATE_FAILED", "Invalid parameter"),
        of("Api", 2, "UPDATE_FAILED", "Resource update cancelled"),
        of_stack(3, "UPDATE_ROLLBACK_IN_PROGRESS", "it failed"),
        of("Api", 4, "UPDATE_FAILED", "NoSuchKey"),
        of("Queue", 4, "UPDATE_FAILED", "Rate exceeded"),
        of("Queue", 5, "UPDATE_COMPLETE"),
        of_stack(6, "UPDATE_ROLLBACK_FAILED", "it failed"),
    )

    found = failures(operations(events, ID)[-1])

    assert [f.logical_id for f in found] == ["Api"]


def test_a_nested_resource_is_skipped_by_its_stack() -> None:
    nested = Failure("Pool", FUNCTION, "x", "", stack="orders-Users")

    assert (nested.skip, failure("").skip) == ("orders-Users.Pool", "X")
