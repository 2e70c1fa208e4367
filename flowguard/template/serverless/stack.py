"""The CloudFormation template in the making: what the framework would generate."""

from __future__ import annotations

from collections.abc import Mapping

from flowguard.model.places import Location
from flowguard.model.questions import Unknown, UnknownKind, Unresolved
from flowguard.template.document import Node
from flowguard.template.serverless.service import Function, Service
from flowguard.template.serverless.values import Plain, given, text, written

DEPLOYMENT_BUCKET = "ServerlessDeploymentBucket"
ROLE = "IamRoleLambdaExecution"


class Stack:
    """Resources and outputs, each placed at the line that causes it."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.resources = Node({}, service.name.location)
        self.outputs = Node({}, service.name.location)
        self.statements: list[Plain] = []
        """What events add to the policy of the generated role."""
        self.principals: list[str] = ["lambda.amazonaws.com"]
        """Who may assume the generated role."""

    def add(
        self,
        logical_id: str,
        resource_type: str,
        properties: Mapping[str, Plain],
        at: Location,
        **attributes: Plain,
    ) -> None:
        """Add a resource; one with the same logical id is replaced."""
        body: dict[str, Plain] = {"Type": resource_type, **attributes}
        if properties:
            body["Properties"] = properties
        self.resources.mapping[logical_id] = written(body, at)
        self.resources.keys[logical_id] = at

    def output(
        self,
        key: str,
        value: Plain,
        at: Location,
        *,
        description: str | None = None,
        condition: Plain = None,
    ) -> None:
        """Add an output; the framework exports each that it makes."""
        service = self.service
        name = {"Name": _export(service, key)}
        body: dict[str, Plain] = {
            "Description": description,
            "Value": value,
            "Condition": condition,
            "Export": name,
        }
        self.outputs.mapping[key] = written(body, at)
        self.outputs.keys[key] = at

    def allow(self, actions: list[str], resources: list[Plain]) -> None:
        """Add a statement to the generated role's policy, where it says anything."""
        if resources:
            self.statements.append(
                {"Effect": "Allow", "Action": actions, "Resource": resources}
            )

    def permission(
        self,
        logical_id: str,
        function: Function,
        principal: Plain,
        at: Location,
        source: Plain = None,
        **more: Plain,
    ) -> None:
        """Let a service invoke a function."""
        self.add(
            logical_id,
            "AWS::Lambda::Permission",
            {
                "FunctionName": function.target,
                "Action": "lambda:InvokeFunction",
                "Principal": principal,
                "SourceArn": source,
                **more,
            },
            at,
            DependsOn=function.after,
        )

    def log_group(self, logical_id: str, name: Plain, at: Location) -> None:
        """Add a log group with the provider's retention."""
        self.add(
            logical_id,
            "AWS::Logs::LogGroup",
            {
                "LogGroupName": name,
                "RetentionInDays": self.service.setting("logRetentionInDays"),
                "DataProtectionPolicy": self.service.setting("logDataProtectionPolicy"),
            },
            at,
        )

    @property
    def bucket(self) -> Plain:
        """The bucket that the code is uploaded to."""
        return own_bucket(self.service) or {"Ref": DEPLOYMENT_BUCKET}

    def artifact(self, at: Location) -> Plain:
        """Where the code is uploaded to in the bucket: known at packaging only."""
        return Unresolved(
            "the key of the artifact",
            at,
            Unknown(
                UnknownKind.KNOWN_AFTER_DEPLOY,
                "the time of packaging is part of the artifact's key",
            ),
        )

    def role_dependency(self, function: Function) -> str | None:
        """The logical id of the role that a function runs under, if in the stack."""
        role = custom_role(self.service, function)
        if role is None:
            return ROLE
        name = text(role)
        if isinstance(name, str):
            return None if ":" in name else name
        owner, attribute = role.get("Fn::GetAtt", 0), role.get("Fn::GetAtt", 1)
        if owner and owner.text and attribute and attribute.text == "Arn":
            return owner.text
        return None


def _export(service: Service, key: str) -> Plain:
    from flowguard.template.serverless.values import concat

    return concat("sls-", service.prefix, "-", key)


def own_bucket(service: Service) -> Node | None:
    """The user's own deployment bucket, where one is named."""
    bucket = service.setting("deploymentBucket")
    if bucket is None or not isinstance(bucket.value, dict):
        return bucket
    return given(bucket, "name")


def custom_role(service: Service, function: Function) -> Node | None:
    """The role that a function is given instead of the generated one."""
    role = given(function.config, "role")
    if role:
        return role
    role = service.provider.get("iam", "role")
    if role and existing_role(role):
        return role
    return service.setting("role")


def existing_role(role: Node) -> bool:
    """Whether `provider.iam.role` names a role rather than describes one."""
    if isinstance(role.value, str | Unresolved):
        return True
    return any("::" in key for key in role.mapping)


def invoke_arn(api: Plain, rest: str = "/*/*") -> Plain:
    """The ARN of what an API may be asked for."""
    parts: list[Plain] = [
        "arn:",
        {"Ref": "AWS::Partition"},
        ":execute-api:",
        {"Ref": "AWS::Region"},
        ":",
        {"Ref": "AWS::AccountId"},
        ":",
        api,
        rest,
    ]
    return {"Fn::Join": ["", parts]}


def proxy_uri(function: Plain) -> Plain:
    """The address at which API Gateway invokes a function."""
    parts: list[Plain] = [
        "arn:",
        {"Ref": "AWS::Partition"},
        ":apigateway:",
        {"Ref": "AWS::Region"},
        ":lambda:path/2015-03-31/functions/",
        function,
        "/invocations",
    ]
    return {"Fn::Join": ["", parts]}
