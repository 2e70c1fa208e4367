"""How a function is invoked without an event: by its URL, asynchronously."""

from __future__ import annotations

from flowguard.errors import TemplateError
from flowguard.template.document import Node
from flowguard.template.serverless.service import Function
from flowguard.template.serverless.stack import Stack, custom_role
from flowguard.template.serverless.values import (
    Plain,
    concat,
    given,
    known,
    present,
    text,
)


def add_url(stack: Stack, function: Function) -> None:
    """The function's own URL, and leave for anybody to call it."""
    url = given(function.config, "url")
    if url is None:
        return
    at = function.config.keys.get("url", function.at)
    authorizer = given(url, "authorizer")
    signed = authorizer is not None and authorizer.value == "aws_iam"
    auth = "AWS_IAM" if signed else "NONE"
    logical_id = f"{function.id}LambdaFunctionUrl"
    condition = given(function.config, "condition")
    mode = given(url, "invokeMode")
    stack.add(
        logical_id,
        "AWS::Lambda::Url",
        {
            "AuthType": auth,
            "TargetFunctionArn": function.target,
            "Cors": _url_cors(given(url, "cors")),
            "InvokeMode": mode if mode and mode.value == "RESPONSE_STREAM" else None,
        },
        at,
        DependsOn=function.after,
        Condition=condition,
    )
    stack.output(
        logical_id,
        {"Fn::GetAtt": [logical_id, "FunctionUrl"]},
        at,
        description="Lambda Function URL",
        condition=condition,
    )
    if signed:
        return
    for suffix, action, more in (
        ("FnUrl", "lambda:InvokeFunctionUrl", {"FunctionUrlAuthType": auth}),
        ("Fn", "lambda:InvokeFunction", {"InvokedViaFunctionUrl": True}),
    ):
        stack.add(
            f"{function.id}LambdaPermission{suffix}",
            "AWS::Lambda::Permission",
            {
                "FunctionName": function.target,
                "Action": action,
                "Principal": "*",
                **more,
            },
            at,
            DependsOn=function.after,
            Condition=condition,
        )


_CORS: dict[str, list[str]] = {
    "allowedOrigins": ["*"],
    "allowedHeaders": [
        "Content-Type",
        "X-Amz-Date",
        "Authorization",
        "X-Api-Key",
        "X-Amz-Security-Token",
        "X-Amzn-Trace-Id",
    ],
    "allowedMethods": ["*"],
}


def _url_cors(cors: Node | None) -> Plain:
    if cors is None:
        return None

    def allowed(key: str) -> Plain:
        own = cors.get(key)
        if own is not None and own.value is None:
            return None
        return given(cors, key) or [*_CORS[key]]

    return {
        "AllowCredentials": True if given(cors, "allowCredentials") else None,
        "AllowHeaders": allowed("allowedHeaders"),
        "AllowMethods": allowed("allowedMethods"),
        "AllowOrigins": allowed("allowedOrigins"),
        "ExposeHeaders": given(cors, "exposedResponseHeaders"),
        "MaxAge": present(cors, "maxAge"),
    }


def add_invoke_config(stack: Stack, function: Function) -> None:
    """How the function is invoked asynchronously, and where its results go."""
    config = function.config
    destinations = given(config, "destinations")
    age, retries = (
        given(config, "maximumEventAge"),
        present(config, "maximumRetryAttempts"),
    )
    if not destinations and not age and retries is None:
        return
    targets: dict[str, Plain] = {}
    after = {function.after: None}
    for key, name in (("onSuccess", "OnSuccess"), ("onFailure", "OnFailure")):
        destination = given(destinations, key)
        if destination:
            targets[name] = {"Destination": _destination(stack, function, destination)}
            other = stack.service.functions.get(known(destination) or "")
            after[other.after if other else None] = None
    waits = [name for name in after if name]
    stack.add(
        f"{function.id}LambdaEvConf",
        "AWS::Lambda::EventInvokeConfig",
        {
            "FunctionName": {"Ref": function.logical_id},
            "DestinationConfig": targets,
            "Qualifier": function.alias.name if function.alias else "$LATEST",
            "MaximumEventAgeInSeconds": age,
            "MaximumRetryAttempts": retries,
        },
        config.keys.get("destinations", function.at),
        DependsOn=waits[0] if len(waits) == 1 else waits or None,
        Condition=given(config, "condition"),
    )


_DESTINATIONS = {
    "function": "lambda:InvokeFunction",
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "eventBus": "events:PutEvents",
}
_ARNS = {":function:": "function", ":sqs:": "sqs", ":sns:": "sns"}


def _destination(stack: Stack, function: Function, destination: Node) -> Plain:
    """The ARN of a destination; the function's role is allowed to write to it."""
    name = known(destination)
    arn: Plain = given(destination, "arn") or destination
    resource: Plain = arn
    kind = known(given(destination, "type")) or "function"
    if name is not None and name.startswith("arn:"):
        kind = next((_ARNS[part] for part in _ARNS if part in name), "eventBus")
    elif name is not None:
        target = stack.service.functions.get(name)
        if target is None:
            raise TemplateError(
                f"the destination {name} is no function of this service",
                location=destination.location,
            )
        arn = target.target
        alias = f":{target.alias.name}" if target.alias else ""
        prefix = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}"
        resource = {
            "Fn::Sub": concat(f"{prefix}:function:", text(target.name) or "", alias)
        }
    if custom_role(stack.service, function) is None and kind in _DESTINATIONS:
        stack.statements.append(
            {"Effect": "Allow", "Action": _DESTINATIONS[kind], "Resource": resource}
        )
    return arn
