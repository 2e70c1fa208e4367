"""What every service gets: the deployment bucket and the functions' role.

Facts: osls 4, lib/plugins/aws/package/lib (generate-core-template,
merge-iam-templates); serverless 3 does the same.
"""

from __future__ import annotations

from dataclasses import replace

from flowguard.model.places import Location
from flowguard.template.document import Node
from flowguard.template.serverless.stack import (
    DEPLOYMENT_BUCKET,
    ROLE,
    Stack,
    existing_role,
    own_bucket,
)
from flowguard.template.serverless.values import (
    Plain,
    Text,
    concat,
    given,
    listed,
    text,
)

_NETWORKING: Plain = {
    "Fn::Join": [
        "",
        [
            "arn:",
            {"Ref": "AWS::Partition"},
            ":iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole",
        ],
    ]
}
_LOG_ARN = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"


def add_deployment_bucket(stack: Stack) -> None:
    """The bucket that the code is uploaded to, unless the user has one."""
    service = stack.service
    named = own_bucket(service)
    at = service.name.location
    if named:
        stack.output(f"{DEPLOYMENT_BUCKET}Name", named, at)
        return
    settings = service.setting("deploymentBucket")
    at = settings.location if settings else at
    bucket: dict[str, Plain] = {
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
            ]
        }
    }
    tags = given(settings, "tags")
    if tags and tags.mapping:
        bucket["Tags"] = [{"Key": k, "Value": v} for k, v in tags.mapping.items()]
    if given(settings, "blockPublicAccess"):
        bucket["PublicAccessBlockConfiguration"] = {
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        }
    if given(settings, "versioning"):
        bucket["VersioningConfiguration"] = {"Status": "Enabled"}
    stack.add(DEPLOYMENT_BUCKET, "AWS::S3::Bucket", bucket, at)
    if not given(settings, "skipPolicySetup"):
        _bucket_policy(stack, at)
    stack.output(f"{DEPLOYMENT_BUCKET}Name", {"Ref": DEPLOYMENT_BUCKET}, at)


def _bucket_policy(stack: Stack, at: Location) -> None:
    """Refuse what does not come over TLS."""
    arn: list[Plain] = [
        "arn:",
        {"Ref": "AWS::Partition"},
        ":s3:::",
        {"Ref": DEPLOYMENT_BUCKET},
    ]
    stack.add(
        f"{DEPLOYMENT_BUCKET}Policy",
        "AWS::S3::BucketPolicy",
        {
            "Bucket": {"Ref": DEPLOYMENT_BUCKET},
            "PolicyDocument": {
                "Statement": [
                    {
                        "Action": "s3:*",
                        "Effect": "Deny",
                        "Principal": "*",
                        "Resource": [
                            {"Fn::Join": ["", [*arn, "/*"]]},
                            {"Fn::Join": ["", arn]},
                        ],
                        "Condition": {"Bool": {"aws:SecureTransport": False}},
                    }
                ]
            },
        },
        at,
    )


def needs_role(stack: Stack) -> bool:
    """Whether the framework makes a role for the functions."""
    service = stack.service
    role = service.provider.get("iam", "role")
    if not service.functions or (role and existing_role(role)):
        return False
    if service.provider.get("role") is not None:
        return False
    return not all("role" in f.config.mapping for f in service.functions.values())


def add_role(stack: Stack) -> None:
    """The role of the functions that have none of their own.

    It is added last: events and functions add to its policy.
    """
    if not needs_role(stack):
        return
    service = stack.service
    role = service.setting("iam", "role")
    at = service.place("provider", "iam", "role")
    default: Plain = {
        "Fn::Join": [
            "-",
            [
                service.service,
                service.stage_name,
                {"Ref": "AWS::Region"},
                "lambdaRole",
            ],
        ]
    }
    policy_name: list[Plain] = [service.service, service.stage_name, "lambda"]
    tags = given(role, "tags")
    stack.add(
        ROLE,
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": stack.principals},
                        "Action": ["sts:AssumeRole"],
                    }
                ],
            },
            "Policies": [
                {
                    "PolicyName": {"Fn::Join": ["-", policy_name]},
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [*_log_statements(stack), *stack.statements],
                    },
                }
            ],
            "Path": given(role, "path") or "/",
            "RoleName": given(role, "name") or default,
            "Tags": [{"Key": k, "Value": v} for k, v in tags.mapping.items()]
            if tags
            else None,
            "PermissionsBoundary": given(role, "permissionsBoundary")
            or given(role, "permissionBoundary")
            or service.setting("rolePermissionsBoundary"),
            "ManagedPolicyArns": _managed_policies(stack) or None,
        },
        at,
    )


def _managed_policies(stack: Stack) -> list[Plain]:
    service = stack.service
    own = given(service.provider, "iam", "role", "managedPolicies")
    policies = listed(own or service.setting("iamManagedPolicies"))
    found: list[Plain] = list(policies.items) if policies else []
    if service.setting("vpc") or any(
        "vpc" in function.config.mapping for function in service.functions.values()
    ):
        found.append(_NETWORKING)
    return found


def _log_statements(stack: Stack) -> list[Plain]:
    """Leave to write the functions' logs, and the user's own statements."""
    service = stack.service
    streams: list[Plain] = []
    events: list[Plain] = []
    silent: list[Plain] = []
    canonical = False

    def group(name: Text, rest: str) -> Plain:
        return {"Fn::Sub": concat(f"{_LOG_ARN}/aws/lambda/", name, rest)}

    for function in service.functions.values():
        name = text(function.name) or ""
        quiet = given(function.config, "disableLogs")
        prefix = service.prefix
        if (
            isinstance(name, str)
            and isinstance(prefix, str)
            and name.startswith(prefix)
        ):
            canonical = canonical or not quiet
            silent += [group(name, ":*")] if quiet else []
        elif not quiet:
            streams.append(group(name, ":*"))
            events.append(group(name, ":*:*"))
    if canonical:
        streams.append(group(service.prefix, "*:*"))
        events.append(group(service.prefix, "*:*:*"))
    create = ["logs:CreateLogStream", "logs:CreateLogGroup", "logs:TagResource"]
    statements: list[Plain] = [
        {"Effect": "Allow", "Action": list(create), "Resource": streams},
        {"Effect": "Allow", "Action": ["logs:PutLogEvents"], "Resource": events},
    ]
    if canonical and silent:
        statements.append(
            {"Effect": "Deny", "Action": "logs:PutLogEvents", "Resource": silent}
        )
    own = given(service.provider, "iam", "role", "statements")
    own = own or service.setting("iamRoleStatements")
    return [
        *statements,
        *(_with_action_list(item) for item in (own.items if own else [])),
    ]


def _with_action_list(statement: Node) -> Plain:
    """A statement with its actions in a list, as the framework writes them."""
    actions = {
        key: Node([node], node.location)
        for key, node in statement.mapping.items()
        if key in {"Action", "NotAction"} and isinstance(node.value, str)
    }
    if not actions:
        return statement
    return replace(statement, value={**statement.mapping, **actions})
