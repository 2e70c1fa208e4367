"""Functions: the Lambda function, its log group, and what belongs to it.

Facts: osls 4, lib/plugins/aws/package/compile/functions.js. A version's logical id
ends in a hash of the code, which only packaging knows: it is left off here.
"""

from __future__ import annotations

from flowguard.errors import TemplateError
from flowguard.model.questions import Unknown, UnknownKind, Unresolved
from flowguard.template.document import Node
from flowguard.template.serverless import naming
from flowguard.template.serverless.function_settings import settings
from flowguard.template.serverless.invocation import add_invoke_config, add_url
from flowguard.template.serverless.service import Function
from flowguard.template.serverless.stack import ROLE, Stack, custom_role
from flowguard.template.serverless.values import (
    Plain,
    concat,
    given,
    known,
    text,
)
from flowguard.template.serverless.versions import add_version


def add_functions(stack: Stack) -> None:
    """All functions of the service, with what belongs to each."""
    for function in stack.service.functions.values():
        _log_group(stack, function)
    for function in stack.service.functions.values():
        _function(stack, function)
    for function in stack.service.functions.values():
        add_version(stack, function)
        add_url(stack, function)
        add_invoke_config(stack, function)


def _log_group(stack: Stack, function: Function) -> None:
    if given(function.config, "disableLogs"):
        return
    config, service = function.config, stack.service
    stack.add(
        naming.log_group(function.key),
        "AWS::Logs::LogGroup",
        {
            "LogGroupName": Node(
                concat("/aws/lambda/", text(function.name) or ""),
                function.name.location,
            ),
            "RetentionInDays": given(config, "logRetentionInDays")
            or service.setting("logRetentionInDays"),
            "DataProtectionPolicy": given(config, "logDataProtectionPolicy")
            or service.setting("logDataProtectionPolicy"),
        },
        function.at,
        Condition=given(config, "condition"),
    )


def _function(stack: Stack, function: Function) -> None:
    config = function.config
    image, handler = given(config, "image"), given(config, "handler")
    if image is None and handler is None:
        raise TemplateError(
            f'the function {function.key} has neither "handler" nor "image"',
            help="set handler: path/to/file.function",
            location=function.at,
        )
    if image and handler:
        raise TemplateError(
            f'the function {function.key} has both "handler" and "image"',
            help="keep one of them",
            location=function.at,
        )
    properties: dict[str, Plain] = {
        **(_image(image) if image else _code(stack, function)),
        "FunctionName": function.name,
        **settings(stack, function),
    }
    depends: list[Plain] = []
    if not given(config, "disableLogs"):
        depends.append(naming.log_group(function.key))
    named = given(config, "dependsOn")
    if named:
        depends += named.items or [named]
    role, after = _role(stack, function)
    properties["Role"] = role
    depends += [after] if after else []
    stack.add(
        function.logical_id,
        "AWS::Lambda::Function",
        properties,
        function.at,
        Condition=given(config, "condition"),
        DependsOn=depends or None,
        # What CloudFront runs at its edges cannot be deleted with the stack.
        DeletionPolicy="Retain" if any(function.of("cloudFront")) else None,
    )


def _code(stack: Stack, function: Function) -> dict[str, Plain]:
    runtime = given(function.config, "runtime") or stack.service.setting("runtime")
    return {
        "Code": {"S3Bucket": stack.bucket, "S3Key": stack.artifact(function.at)},
        "Handler": given(function.config, "handler"),
        "Runtime": runtime or "nodejs24.x",
    }


def _image(image: Node) -> dict[str, Plain]:
    """An image by its address; by the name of one that is built at packaging."""
    address = given(image, "uri") if image.mapping else image
    uri: Plain = address
    if address is None or (known(address) and "/" not in str(known(address))):
        uri = Unresolved(
            "the address of the image",
            image.location,
            Unknown(UnknownKind.KNOWN_AFTER_DEPLOY, "the image is built at packaging"),
        )
    settings: dict[str, Plain] = {
        "Command": given(image, "command"),
        "EntryPoint": given(image, "entryPoint"),
        "WorkingDirectory": given(image, "workingDirectory"),
    }
    return {
        "Code": {"ImageUri": uri},
        "PackageType": "Image",
        "ImageConfig": settings if any(settings.values()) else None,
    }


def _role(stack: Stack, function: Function) -> tuple[Plain, str | None]:
    """The function's role, and the logical id that it has to wait for."""
    role = custom_role(stack.service, function)
    if role is None or role.value == ROLE:
        return {"Fn::GetAtt": [ROLE, "Arn"]}, None
    name = text(role)
    if isinstance(name, str) and not name.startswith("arn:"):
        return {"Fn::GetAtt": [name, "Arn"]}, name
    owner = role.get("Fn::GetAtt", 0)
    return role, owner.text if owner else None
