"""Which names are taken in the account, for the types whose names are unique."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flowguard.demo.strict import pin

Properties = Mapping[str, Any]


def _is_key(store: Mapping[str, Any], name: str, _: Properties) -> bool:
    return name in store


def _ends_an_arn(store: Mapping[str, Any], name: str, _: Properties) -> bool:
    return any(str(arn).endswith(f":{name}") for arn in store)


def _is_rule(store: Mapping[str, Any], name: str, properties: Properties) -> bool:
    bus = properties.get("EventBusName") or "default"
    return pin.module("services.eventbridge")._rule_key(name, bus) in store


@dataclass(frozen=True, slots=True)
class NamedType:
    """Where a type's name is written, and where ministack keeps those taken."""

    property: str
    module: str
    store: str
    holds: Callable[[Mapping[str, Any], str, Properties], bool] = _is_key

    def taken(self, name: str, properties: Properties) -> bool:
        """Whether something in the account has that name."""
        store = getattr(pin.module(f"services.{self.module}"), self.store)
        return self.holds(store, name, properties)


NAMED_TYPES: Mapping[str, NamedType] = {
    "AWS::CloudWatch::Alarm": NamedType("AlarmName", "cloudwatch", "_alarms"),
    "AWS::DynamoDB::Table": NamedType("TableName", "dynamodb", "_tables"),
    "AWS::ECR::Repository": NamedType("RepositoryName", "ecr", "_repositories"),
    "AWS::Events::Rule": NamedType("Name", "eventbridge", "_rules", _is_rule),
    "AWS::IAM::Role": NamedType("RoleName", "iam", "_roles"),
    "AWS::IAM::User": NamedType("UserName", "iam", "_users"),
    "AWS::Kinesis::Stream": NamedType("Name", "kinesis", "_streams"),
    "AWS::Lambda::Function": NamedType("FunctionName", "lambda_svc", "_functions"),
    "AWS::Logs::LogGroup": NamedType("LogGroupName", "cloudwatch_logs", "_log_groups"),
    "AWS::S3::Bucket": NamedType("BucketName", "s3", "_buckets"),
    "AWS::SNS::Topic": NamedType("TopicName", "sns", "_topics", _ends_an_arn),
    "AWS::SQS::Queue": NamedType("QueueName", "sqs", "_queue_name_to_url"),
    "AWS::SSM::Parameter": NamedType("Name", "ssm", "_parameters"),
    "AWS::SecretsManager::Secret": NamedType("Name", "secretsmanager", "_secrets"),
    "AWS::StepFunctions::StateMachine": NamedType(
        "StateMachineName", "stepfunctions", "_state_machines", _ends_an_arn
    ),
}


def custom_name(resource_type: str, properties: Properties) -> str | None:
    """The name that a resource's properties give it, or `None`."""
    named = NAMED_TYPES.get(resource_type)
    name = properties.get(named.property) if named else None
    return name if isinstance(name, str) and name else None


def taken_name(resource_type: str, properties: Properties) -> str | None:
    """The name that the properties ask for and that is taken, or `None`."""
    name = custom_name(resource_type, properties)
    if name and NAMED_TYPES[resource_type].taken(name, properties):
        return name
    return None
