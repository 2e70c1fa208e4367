"""The functions that the framework deploys for its own custom resources.

They configure what exists already: a bucket's notifications, a user pool's
triggers, an event bus, the account's logging role of API Gateway.
Facts: osls 4, lib/plugins/aws/custom-resources/index.js.
"""

from __future__ import annotations

from flowguard.model import hidden
from flowguard.model.places import Location
from flowguard.model.questions import Unresolved
from flowguard.template.serverless import naming
from flowguard.template.serverless.stack import Stack
from flowguard.template.serverless.values import (
    Plain,
    Text,
    concat,
    given,
    known,
    present,
)

ROLE = "IamRoleCustomResourcesLambdaExecution"
_LONGEST_NAME = 64
_HANDLERS = {
    "custom-resource-existing-s3": "s3/handler.handler",
    "custom-resource-existing-cup": "cognito-user-pool/handler.handler",
    "custom-resource-event-bridge": "event-bridge/handler.handler",
    "custom-resource-apigw-cw-role": "api-gateway-cloud-watch-role/handler.handler",
}
LOG_ROLE = "custom-resource-apigw-cw-role"


def handler_id(handler: str) -> str:
    """The logical id of the function that serves a custom resource."""
    return naming.function(naming.resource(handler))


def add_handler(
    stack: Stack, handler: str, statements: list[Plain], at: Location
) -> None:
    """The function `handler`, with the role that all of them share."""
    service = stack.service
    name = _name(concat(service.prefix, f"-{handler}"))
    logs = service.setting("logs", "frameworkLambda")
    iam = present(service.provider, "iam", "deploymentRole")
    own_role = iam or service.setting("cfnRole")
    depends: list[Plain] = []
    if own_role is None:
        _role(stack, statements, at)
        depends.append(ROLE)
    runtime = known(service.setting("runtime")) or ""
    architecture = service.setting("architecture")
    if logs:
        group = naming.log_group(handler)
        depends.append(group)
        stack.log_group(group, concat("/aws/lambda/", name), at)
    stack.add(
        handler_id(handler),
        "AWS::Lambda::Function",
        {
            "Code": {"S3Bucket": stack.bucket, "S3Key": stack.artifact(at)},
            "FunctionName": name,
            "Handler": _HANDLERS[handler],
            "MemorySize": 1024,
            "Runtime": runtime if runtime.startswith("nodejs") else "nodejs24.x",
            "Timeout": 180,
            "Architectures": [architecture] if architecture else None,
            "Role": own_role or {"Fn::GetAtt": [ROLE, "Arn"]},
        },
        at,
        DependsOn=depends,
    )


def _name(name: Text) -> Text:
    """A function's name, cut and told apart by a hash where it is too long."""
    if isinstance(name, Unresolved) or len(hidden.real(name)) <= _LONGEST_NAME:
        return name
    return hidden.through(lambda text: f"{text[:32]}{naming.md5(text)}", name)


def _role(stack: Stack, statements: list[Plain], at: Location) -> None:
    service = stack.service
    name: list[Plain] = [
        service.stage_name,
        service.service,
        "custom-resources-lambda",
    ]
    existing = stack.resources.get(ROLE, "Properties", "Policies", 0, "PolicyDocument")
    known_statements: list[Plain] = []
    if existing:
        statement = given(existing, "Statement")
        known_statements = list(statement.items) if statement else []
    elif service.setting("logs", "frameworkLambda"):
        known_statements = _log_statements(concat("/aws/lambda/", service.prefix))
    stack.add(
        ROLE,
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": ["lambda.amazonaws.com"]},
                        "Action": ["sts:AssumeRole"],
                    }
                ],
            },
            "Policies": [
                {
                    "PolicyName": {"Fn::Join": ["-", name]},
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [*known_statements, *statements],
                    },
                }
            ],
        },
        stack.resources.keys.get(ROLE, at),
    )


def _log_statements(group: Text) -> list[Plain]:
    """Leave to write logs to the groups whose names begin with `group`."""
    create = ["logs:CreateLogStream", "logs:CreateLogGroup", "logs:TagResource"]
    arn = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"
    return [
        {
            "Effect": "Allow",
            "Action": create,
            "Resource": [{"Fn::Sub": concat(arn, group, "*:*")}],
        },
        {
            "Effect": "Allow",
            "Action": ["logs:PutLogEvents"],
            "Resource": [{"Fn::Sub": concat(arn, group, "*:*:*")}],
        },
    ]


def add_custom_resource(
    stack: Stack,
    logical_id: str,
    resource_type: str,
    properties: dict[str, Plain],
    *,
    handler: str,
    at: Location,
    after: list[Plain] | None = None,
) -> None:
    """A custom resource that `handler` serves."""
    token: Plain = {"Fn::GetAtt": [handler_id(handler), "Arn"]}
    stack.add(
        logical_id,
        resource_type,
        {"ServiceToken": token, **properties},
        at,
        Version=1,
        DependsOn=after,
    )


def add_log_role(stack: Stack, at: Location) -> None:
    """Let API Gateway write logs: a setting of the whole account and region."""
    logs = stack.service.setting("logs", "restApi")
    if given(logs, "roleManagedExternally"):
        return
    add_custom_resource(
        stack,
        "CustomApiGatewayAccountCloudWatchRole",
        "Custom::ApiGatewayAccountRole",
        {"RoleArn": given(logs, "role")},
        handler=LOG_ROLE,
        at=at,
    )
    account: list[Plain] = ["arn", {"Ref": "AWS::Partition"}]
    roles: list[Plain] = [*account, "iam:", {"Ref": "AWS::AccountId"}, "role/*"]
    add_handler(
        stack,
        LOG_ROLE,
        [
            {
                "Effect": "Allow",
                "Resource": {"Fn::Join": [":", roles]},
                "Action": [
                    "iam:AttachRolePolicy",
                    "iam:CreateRole",
                    "iam:ListAttachedRolePolicies",
                    "iam:PassRole",
                ],
            },
            {
                "Effect": "Allow",
                "Resource": {"Fn::Join": [":", [*account, "apigateway:*::/account"]]},
                "Action": ["apigateway:GET", "apigateway:PATCH"],
            },
        ],
        at,
    )
