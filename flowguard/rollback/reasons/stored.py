"""Causes that databases, secrets and what else keeps something have."""

from __future__ import annotations

from flowguard.rollback.reason import Cause, Reason, Retry
from flowguard.rollback.reasons.sources import COVERAGE, GITHUB

DATABASES: tuple[Reason, ...] = (
    Reason(
        "domain-processing",
        r"did not stabili[sz]e",
        Cause.LATER,
        "the domain works on a change for longer than CloudFormation waits, and takes no "
        "other one until then",
        (
            (
                "wait until the domain is no longer processing: aws opensearch "
                "describe-domain --domain-name {id}"
            ),
            "then try again",
        ),
        Retry.LATER,
        (f"{COVERAGE}125",),
        r"AWS::(?:Elasticsearch|OpenSearchService)::Domain",
        after="an hour or more: until the domain is no longer processing",
    ),
    Reason(
        "once-a-day",
        r"limited to once in \d+ day|next update can be made at",
        Cause.LATER,
        "AWS allows this change once a day, and it was made within the last one",
        ("wait until that time", "then try again"),
        Retry.LATER,
        (f"{GITHUB}aws-amplify/amplify-cli/issues/1364",),
        after="a day",
    ),
    Reason(
        "storage-optimizing",
        r"storage (?:change )?is being optimized|storage[- ]optimization",
        Cause.LATER,
        "RDS still works on the last change of the storage, and takes no other one",
        (
            "wait until the database is `available` and no longer `storage-optimization`",
            "then try again",
        ),
        Retry.LATER,
        (f"{GITHUB}aws/aws-cdk/issues/29916",),
        after="the optimization, six hours at least and a day or more for large storage",
        skip="it keeps the storage that it has now",
    ),
    Reason(
        "not-yet",
        r"try again after \d{4}-",
        Cause.LATER,
        "AWS allows this change again only after some time",
        ("wait until that time", "then try again"),
        Retry.LATER,
        (
            f"{GITHUB}aws/aws-cdk/issues/27212",
            f"{COVERAGE}1691",
        ),
    ),
    Reason(
        "storage-shrinks",
        r"cannot be smaller than existing size|invalid (?:max )?storage size"
        r"|cannot be less than the current storage size"
        r"|storage .{0,60}can ?not be (?:reduced|decreased)"
        r"|can ?not (?:reduce|decrease|shrink) .{0,60}storage",
        Cause.IRREVERSIBLE,
        "storage of a database grows and never shrinks",
        ("write the size that it has now into the template before the next deploy",),
        Retry.NEVER,
        (f"{COVERAGE}430", f"{COVERAGE}1312"),
        skip="it keeps its size and its data",
    ),
    Reason(
        "no-downgrade",
        r"cannot find upgrade path|cannot upgrade \S+ from"
        r"|version downgrade is not supported|upgrade from \S+ to \S+ (?:is )?not support",
        Cause.IRREVERSIBLE,
        "an engine is upgraded in place and never downgraded",
        (
            "write the version that it has now into the template before the next deploy",
            "if the old version is needed: restore a backup into a new database",
        ),
        Retry.NEVER,
        (
            f"{GITHUB}aws/copilot-cli/issues/4333",
            (
                f"{GITHUB}aws-cloudformation/aws-cloudformation-resource-providers-rds/"
                "pull/202"
            ),
            f"{COVERAGE}125",
        ),
        skip="it keeps the new version and its data",
    ),
    Reason(
        "parameter-group-family",
        r"parameter group .{0,300}cannot be used for this instance"
        r"|expected a parameter group of family",
        Cause.IRREVERSIBLE,
        "the parameter group is for another version of the engine than the database has",
        (
            "see which version it has: an engine is upgraded in place, never downgraded",
            (
                "write a parameter group of the family that these words ask for, and that "
                "version, into the template before the next deploy"
            ),
        ),
        Retry.NEVER,
        (
            f"{GITHUB}remind101/stacker_blueprints/issues/69",
            f"{GITHUB}aws/aws-connected-device-framework/issues/195",
            f"{GITHUB}hashicorp/terraform/pull/11269",
        ),
        skip="it keeps its version, its parameter group and its data",
    ),
    Reason(
        "one-index-at-a-time",
        r"more than one GSI",
        Cause.BLOCKED,
        "DynamoDB makes or deletes one index of a table at a time, and this change takes "
        "several at once",
        (
            (
                "make or delete the indexes by hand, one after the other, until they are "
                "those of the template: aws dynamodb update-table"
            ),
            "wait until each is ACTIVE or gone, then try again",
        ),
        Retry.MENDED,
        (
            f"{COVERAGE}229",
            f"{GITHUB}aws-amplify/amplify-cli/issues/12826",
        ),
        skip="it keeps the indexes that it has now",
    ),
)
SECRETS: tuple[Reason, ...] = (
    Reason(
        "key-unusable",
        r"KMSInvalidState|is pending deletion|key .{0,200}\bis disabled",
        Cause.BLOCKED,
        "the KMS key is disabled, or waits to be deleted",
        (
            "keep it: aws kms cancel-key-deletion --key-id KEY",
            "enable it: aws kms enable-key --key-id KEY",
            "then try again",
        ),
        Retry.MENDED,
        (
            f"{GITHUB}floci-io/floci/pull/1381",
            f"{GITHUB}aws-cloudformation/aws-cloudformation-resource-providers-kms/pull/4",
        ),
    ),
    Reason(
        "secret-scheduled",
        r"scheduled for deletion|marked for deletion",
        Cause.BLOCKED,
        "a secret of that name waits to be deleted, and keeps the name until then",
        (
            "take it back: aws secretsmanager restore-secret --secret-id NAME",
            "then try again",
        ),
        Retry.MENDED,
        (
            f"{GITHUB}aws-ia/terraform-aws-eks-blueprints/issues/1733",
            f"{GITHUB}aws-samples/appmod-blueprints/pull/872",
        ),
    ),
    Reason(
        "parameter-version-gone",
        r"ssm-secure|ParameterVersionNotFound",
        Cause.IRREVERSIBLE,
        "the version of the parameter or secret that the template names is not there",
        ("name no version, or one that there is, in the next release",),
        Retry.NEVER,
        (f"{GITHUB}awsdocs/aws-cloudformation-user-guide/pull/1083",),
    ),
    Reason(
        "pool-attributes",
        r"schema attributes cannot be modified|invalid AttributeDataType",
        Cause.IRREVERSIBLE,
        "attributes of a user pool are added and never changed or removed",
        ("write those attributes into the template before the next deploy",),
        Retry.NEVER,
        (
            f"{GITHUB}aws-amplify/amplify-cli/issues/13160",
            f"{GITHUB}awslabs/fhir-works-on-aws-deployment/pull/135",
        ),
        skip="it keeps its users, and the attributes that it has now",
    ),
    Reason(
        "start-in-the-past",
        r"must be at least current time|start ?time .{0,40}in the past",
        Cause.IRREVERSIBLE,
        "the template names a time to start at that has passed",
        ("write a time to come into the next release",),
        Retry.NEVER,
        (f"{COVERAGE}2139", f"{GITHUB}pulumi/pulumi-aws/issues/2473"),
    ),
)
