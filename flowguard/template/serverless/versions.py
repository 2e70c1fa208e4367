"""Versions of a function, and the alias that leads to the one in use."""

from __future__ import annotations

from flowguard.template.serverless import naming
from flowguard.template.serverless.service import Function
from flowguard.template.serverless.stack import Stack
from flowguard.template.serverless.values import given, present


def versioned(stack: Stack, function: Function) -> bool:
    """Whether each deploy publishes a version of the function."""
    config = function.config
    if given(config, "durableConfig") or any(function.of("cloudFront")):
        return True
    own = present(config, "versionFunction")
    default = present(stack.service.provider, "versionFunctions")
    setting = own if own is not None else default
    return setting is None or bool(setting.value)


def add_version(stack: Stack, function: Function) -> None:
    """The version that a deploy publishes, and the alias that leads to it."""
    config = function.config
    keeps = versioned(stack, function)
    if not keeps and function.alias is None:
        return
    condition = given(config, "condition")
    version = naming.version(function.key)
    stack.add(
        version,
        "AWS::Lambda::Version",
        {
            "FunctionName": {"Ref": function.logical_id},
            "CodeSha256": stack.artifact(function.at),
            "Description": given(config, "description"),
        },
        function.at,
        DeletionPolicy="Retain" if keeps else None,
        Condition=condition,
    )
    stack.output(
        f"{function.logical_id}QualifiedArn",
        {"Ref": version},
        function.at,
        description="Current Lambda function version",
        condition=condition,
    )
    if function.alias is None:
        return
    concurrency = given(config, "provisionedConcurrency")
    stack.add(
        function.alias.logical_id,
        "AWS::Lambda::Alias",
        {
            "FunctionName": {"Ref": function.logical_id},
            "FunctionVersion": {"Fn::GetAtt": [version, "Version"]},
            "Name": function.alias.name,
            "ProvisionedConcurrencyConfig": {
                "ProvisionedConcurrentExecutions": concurrency
            }
            if concurrency
            else None,
        },
        function.at,
        DependsOn=function.logical_id,
        Condition=condition,
    )
