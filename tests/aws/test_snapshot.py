"""What a snapshot holds of an account, and what it says of what nobody told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from aws.scripted import CLIENTS, Reply
from aws.stubbed import PLACE

from flowguard.aws.pool import Pool
from flowguard.aws.session import Aws
from flowguard.aws.snapshot import PERMISSIONS, take
from flowguard.aws.snapshot_keep import Nowhere
from flowguard.errors import AccountError, FlowGuardError
from flowguard.model.questions import UnknownKind
from flowguard.model.snapshot import (
    ApiStage,
    DomainMapping,
    FunctionAlias,
    RollbackTrigger,
    Snapshot,
    StackOutput,
    StackParameter,
)

ID = "arn:aws:cloudformation:eu-central-1:111122223333:stack/app/0a1b"
NESTED = "arn:aws:cloudformation:eu-central-1:111122223333:stack/app-jobs/0a1c"
CANARY = "canary-51d0"
STACK = {
    "StackName": "app",
    "StackId": ID,
    "StackStatus": "UPDATE_COMPLETE",
    "CreationTime": "2026-01-18T12:00:00Z",
    "LastUpdatedTime": "2026-02-18T12:00:00Z",
    "ChangeSetId": "set-7",
    "RoleARN": "arn:aws:iam::111122223333:role/deploy",
    "Capabilities": ["CAPABILITY_IAM"],
    "RollbackConfiguration": {
        "MonitoringTimeInMinutes": 5,
        "RollbackTriggers": [{"Arn": "a", "Type": "AWS::CloudWatch::Alarm"}],
    },
    "Parameters": [
        {"ParameterKey": "Stage", "ParameterValue": "dev"},
        {"ParameterKey": "Password", "ParameterValue": "****"},
        {"ParameterKey": "ApiToken", "ParameterValue": f"{CANARY}-token"},
        {"ParameterKey": "TokenTtl", "ParameterValue": "900"},
        {
            "ParameterKey": "Image",
            "ParameterValue": "/app/image",
            "ResolvedValue": f"{CANARY}-image",
        },
        {
            "ParameterKey": "Base",
            "ParameterValue": "/app/base",
            "ResolvedValue": "old",
        },
    ],
    "Outputs": [
        {"OutputKey": "Bucket", "OutputValue": "b", "ExportName": "app-bucket"},
        {"OutputKey": "Dsn", "OutputValue": f"https://u:{CANARY}@sentry.io/1"},
    ],
}
TEMPLATE = {
    "Resources": {
        "Api": {
            "Type": "AWS::Lambda::Function",
            "Properties": {"Code": {"S3Bucket": {"Ref": "Deploys"}, "S3Key": "a.zip"}},
        },
        "Deploys": {"Type": "AWS::S3::Bucket"},
        "Pool": {"Type": "AWS::Cognito::UserPool", "DeletionPolicy": "Retain"},
    }
}
ROWS = {
    ID: [
        ("Api", "app-api", "AWS::Lambda::Function"),
        ("Deploys", "app-deploys-1", "AWS::S3::Bucket"),
        ("Pool", "eu_1", "AWS::Cognito::UserPool"),
        ("Rest", "r1", "AWS::ApiGateway::RestApi"),
        ("Http", "h1", "AWS::ApiGatewayV2::Api"),
        ("Jobs", NESTED, "AWS::CloudFormation::Stack"),
    ],
    NESTED: [("Worker", "app-worker", "AWS::Lambda::Function")],
}


def parameter(name: str, value: str) -> dict[str, Any]:
    return {"Name": name, "Type": "String", "Value": value, "Version": 4}


ANSWERS: Mapping[str, Mapping[str, Any]] = {
    "DescribeStacks": {"Stacks": [STACK]},
    "DescribeStackEvents": {
        "StackEvents": [{"EventId": "e7", "StackId": "s", "StackName": "app"}]
    },
    "GetTemplate": {"TemplateBody": TEMPLATE},
    "GetTemplateSummary": {
        "Parameters": [
            {"ParameterKey": "Password", "ParameterType": "String", "NoEcho": True},
            {
                "ParameterKey": "Image",
                "ParameterType": "AWS::SSM::Parameter::Value<String>",
            },
        ]
    },
    "GetParameters": {
        "Parameters": [
            parameter("/app/image", f"{CANARY}-image"),
            parameter("/app/base", "new"),
        ]
    },
    "GetStackPolicy": {"StackPolicyBody": '{"Statement": []}'},
    "ListImports": {"Imports": ["other"]},
    "ListObjectVersions": {
        "Versions": [
            {"Key": "a.zip", "VersionId": "v1", "IsLatest": True, "ETag": '"e"'}
        ]
    },
    "GetBucketVersioning": {"Status": "Enabled"},
    "DescribeUserPool": {"UserPool": {"DeletionProtection": "ACTIVE"}},
    "GetFunction": {
        "Configuration": {
            "CodeSha256": "sha",
            "RevisionId": "r",
            "MemorySize": 128,
            "Layers": [{"Arn": "arn:layer:1", "CodeSize": 7}],
            "VpcConfig": {"SubnetIds": [], "VpcId": ""},
            "RuntimeVersionConfig": {"RuntimeVersionArn": "of today"},
            "Environment": {"Variables": {"KEY": CANARY}},
        },
        "Code": {"Location": f"https://{CANARY}"},
    },
    "ListVersionsByFunction": {
        "Versions": [
            {"Version": "$LATEST"},
            {"Version": "7", "Environment": {"Variables": {"KEY": CANARY}}},
            {"Version": "8", "Environment": {"Variables": {"KEY": f"{CANARY}-8"}}},
            {"Version": "9", "Environment": {"Error": {"ErrorCode": "AccessDenied"}}},
            {"Version": "10", "CodeSha256": "old"},
        ]
    },
    "ListAliases": {
        "Aliases": [
            {
                "Name": "live",
                "FunctionVersion": "7",
                "RevisionId": "ra",
                "RoutingConfig": {"AdditionalVersionWeights": {"8": 0.1}},
            }
        ]
    },
}
BY_SERVICE: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("GetStages", "restApiId"): {"item": [{"stageName": "dev", "deploymentId": "d1"}]},
    ("GetStages", "ApiId"): {
        "Items": [{"StageName": "$default", "DeploymentId": "d2", "AutoDeploy": True}]
    },
    ("GetBasePathMappings", "domainName"): {
        "items": [
            {"basePath": "(none)", "restApiId": "r1", "stage": "dev"},
            {"basePath": "old", "restApiId": "other", "stage": "dev"},
        ]
    },
    ("GetApiMappings", "DomainName"): {
        "Items": [{"ApiMappingKey": "v2", "ApiId": "h1", "Stage": "$default"}]
    },
}
DOMAINS = {"items": [{"domainName": "api.x"}], "Items": [{"DomainName": "api.x"}]}


def account(denied: str = "", **instead: Mapping[str, Any]) -> Reply:
    """An account that tells everything but what is denied."""

    def reply(operation: str, asked: Mapping[str, Any]) -> Mapping[str, Any] | str:
        if operation == denied:
            return "AccessDeniedException"
        if operation in instead:
            return instead[operation]
        if operation == "ListStackResources":
            return {
                "StackResourceSummaries": [
                    {
                        "LogicalResourceId": logical_id,
                        "PhysicalResourceId": physical_id,
                        "ResourceType": kind,
                        "ResourceStatus": "CREATE_COMPLETE",
                    }
                    for logical_id, physical_id, kind in ROWS[asked["StackName"]]
                ]
            }
        if operation == "GetDomainNames":
            return DOMAINS
        for key in asked:
            if (operation, key) in BY_SERVICE:
                return BY_SERVICE[operation, key]
        return ANSWERS[operation]

    return reply


def taken(reply: Reply) -> Snapshot:
    # Two services have an operation GetDomainNames, which is not asked twice.
    CLIENTS.begin(reply)
    return take(Aws(CLIENTS, PLACE, pool=Pool(1, "test")), "app", Nowhere())


def test_what_the_stack_was_deployed_with() -> None:
    found = taken(account())

    assert (found.stack_id, found.change_set_id) == (ID, "set-7")
    assert found.last_updated
    assert found.role_arn == STACK["RoleARN"]
    assert found.monitoring_minutes == 5
    assert found.rollback_triggers == (RollbackTrigger("a"),)
    assert found.stack_policy == '{"Statement": []}'
    assert found.unknown == {}
    assert found.original
    assert found.original == found.processed
    assert found.original.size == len(json.dumps(TEMPLATE))


def test_parameters_by_what_can_be_said_of_them() -> None:
    found = {p.key: p for p in taken(account()).parameters}

    assert found["Stage"] == StackParameter("Stage", "dev")
    assert (found["Password"].value, found["Password"].no_echo) == ("****", True)
    assert (found["ApiToken"].value, found["ApiToken"].withheld) == ("****", True)
    assert (found["TokenTtl"].value, found["TokenTtl"].withheld) == ("900", False)
    assert found["Image"].value == "/app/image"
    assert found["Image"].resolved_version == 4
    assert found["Base"].resolved_version == 0  # somebody has changed it since
    assert len(found["Base"].resolved_sha256) == 64


def test_what_runs() -> None:
    found = taken(account())

    assert [f.logical_id for f in found.functions] == ["Api", "Jobs.Worker"]
    api = found.functions[0]
    assert (api.code_sha256, api.versions) == ("sha", ("7", "8", "9", "10"))
    assert api.aliases == (FunctionAlias("live", "7", "ra", (("8", 0.1),)),)
    assert found.api_stages == (
        ApiStage("Rest", "r1", "dev", "d1"),
        ApiStage("Http", "h1", "$default", "d2", http=True, auto_deploy=True),
    )
    assert found.domains == (
        DomainMapping("api.x", "", "r1", "dev"),
        DomainMapping("api.x", "v2", "h1", "$default"),
    )


def test_how_a_function_is_set_up() -> None:
    """What is set, by names that AWS does not move; of the environment the names."""
    api, nested = taken(account()).functions

    assert dict(api.configuration) == {
        "Environment": '["KEY"]',
        "Layers": '["arn:layer:1"]',
        "MemorySize": "128",
    }
    assert (api.inline, nested.inline) == (False, False)


def test_versions_that_something_points_at_and_whose_values_are_equal() -> None:
    (api, _) = taken(account()).functions
    seven, eight = api.published

    assert (seven.version, eight.version) == ("7", "8")
    assert seven.environment == api.environment
    assert eight.environment not in {0, api.environment}


def test_a_version_that_the_other_snapshot_speaks_of_is_told_too() -> None:
    before = taken(account())
    output = StackOutput("Old", "arn:aws:lambda:x:1:function:app-api:10")
    known = replace(before, outputs=(output,))
    CLIENTS.begin(account())

    after = take(Aws(CLIENTS, PLACE, pool=Pool(1, "test")), "app", Nowhere(), known)

    assert [v.version for v in after.functions[0].published] == ["7", "8", "10"]
    assert after.functions[0].published[-1].code_sha256 == "old"


def test_values_that_lambda_does_not_tell_are_not_known() -> None:
    hidden = {"Environment": {"Error": {"ErrorCode": "AccessDenied"}}}

    (api, _) = taken(account(GetFunction={"Configuration": hidden})).functions

    assert api.environment == 0


def test_code_that_stands_in_the_template() -> None:
    code = {"Code": {"ZipFile": "def h(e, c): ..."}}
    inline = {"Type": "AWS::Lambda::Function", "Properties": code}
    body = {"TemplateBody": {"Resources": TEMPLATE["Resources"] | {"Api": inline}}}

    (api, _) = taken(account(GetTemplate=body)).functions

    assert api.inline


def test_code_that_stands_in_a_nested_template() -> None:
    found = taken(account(GetTemplate={"TemplateBody": {"Resources": WORKER}}))

    assert [(f.logical_id, f.inline) for f in found.functions] == [
        ("Api", False),
        ("Jobs.Worker", True),
    ]
    ((path, digest),) = found.nested
    assert (path, len(digest)) == ("Jobs", 64)


WORKER = {
    "Worker": {
        "Type": "AWS::Lambda::Function",
        "Properties": {"Code": {"ZipFile": "def h(e, c): ..."}},
    }
}


def test_what_cannot_be_made_again() -> None:
    found = taken(account())

    artifact, *within = found.artifacts
    assert [one.logical_id for one in within] == ["Jobs.Api"]
    assert artifact.location == "s3://app-deploys-1/a.zip"
    assert (artifact.version_id, artifact.there, artifact.versioned) == (
        "v1",
        True,
        True,
    )
    guarded = {r.logical_id: r for r in found.stateful}
    assert guarded["Pool"].deletion_protection is True
    assert guarded["Pool"].deletion_policy == "Retain"
    assert guarded["Deploys"].point_in_time_recovery is True
    assert found.outputs[0].importers == ("other",)


def test_no_secret_is_in_it() -> None:
    assert CANARY not in repr(taken(account()))


@pytest.mark.parametrize(
    ("denied", "part", "permission"),
    [
        ("GetTemplate", "processed", "cloudformation:GetTemplate"),
        ("GetTemplateSummary", "parameters", "cloudformation:GetTemplateSummary"),
        ("GetParameters", "parameters:resolved", "ssm:GetParameters"),
        ("GetStackPolicy", "stack_policy", "cloudformation:GetStackPolicy"),
        ("ListStackResources", "resources", "cloudformation:ListStackResources"),
        ("ListImports", "outputs:app-bucket", "cloudformation:ListImports"),
        ("GetFunction", "functions:Api", "lambda:GetFunction"),
        ("GetStages", "api_stages:Rest", "apigateway:GET"),
        ("GetDomainNames", "domains", "apigateway:GET"),
        ("ListObjectVersions", "artifacts:Api", "s3:ListBucketVersions"),
        ("DescribeUserPool", "stateful:Pool", "cognito-idp:DescribeUserPool"),
    ],
)
def test_what_is_denied_is_said_to_be_missing(
    denied: str, part: str, permission: str
) -> None:
    found = taken(account(denied))

    assert found.unknown[part].kind is UnknownKind.DENIED
    assert found.unknown[part].permission == permission
    assert permission in PERMISSIONS
    assert not found.knows(part.partition(":")[0])
    assert CANARY not in repr(found)


def test_an_artifact_of_which_nobody_tells_is_neither_there_nor_gone() -> None:
    found = taken(account("ListObjectVersions")).artifacts

    assert {artifact.there for artifact in found} == {None}


def test_without_the_stack_there_is_no_snapshot() -> None:
    with pytest.raises(AccountError, match="does not say what the stack 'app' is"):
        taken(account("DescribeStacks"))


def test_what_moves_is_no_rollback_point() -> None:
    moving = {**STACK, "StackStatus": "UPDATE_IN_PROGRESS"}

    with pytest.raises(FlowGuardError, match="what moves is no rollback point"):
        taken(account(DescribeStacks={"Stacks": [moving]}))
