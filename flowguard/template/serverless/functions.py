"""Functions: the Lambda function, its log group, version, alias and URL.

Facts: osls 4, lib/plugins/aws/package/compile/functions.js. A version's logical id
ends in a hash of the code, which only packaging knows: it is left off here.
"""

from __future__ import annotations

from flowguard.errors import TemplateError
from flowguard.model import Unknown, UnknownKind, Unresolved
from flowguard.template.document import Node
from flowguard.template.serverless import naming
from flowguard.template.serverless.service import Function
from flowguard.template.serverless.stack import ROLE, Stack, custom_role
from flowguard.template.serverless.values import (
    Plain,
    concat,
    given,
    known,
    present,
    text,
    written,
)


def add_functions(stack: Stack) -> None:
    """All functions of the service, with what belongs to each."""
    for function in stack.service.functions.values():
        _log_group(stack, function)
    for function in stack.service.functions.values():
        _function(stack, function)
        _version(stack, function)
        _url(stack, function)
        _invoke_config(stack, function)


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
        **_settings(stack, function),
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


def _settings(stack: Stack, function: Function) -> dict[str, Plain]:
    config, service = function.config, stack.service

    def either(key: str) -> Node | None:
        return given(config, key) or service.setting(key)

    edge = any(function.of("cloudFront"))
    memory = either("memorySize") if not edge else given(config, "memorySize")
    timeout = either("timeout") if not edge else given(config, "timeout")
    architecture = either("architecture")
    tracing = given(config, "tracing") or service.setting("tracing", "lambda")
    storage = given(config, "ephemeralStorageSize")
    layers = either("layers")
    dead_letters = given(config, "onError")
    found: dict[str, Plain] = {
        "MemorySize": memory or (128 if edge else 1024),
        "Timeout": timeout or (5 if edge else 6),
        "Architectures": [architecture] if architecture else None,
        "Description": given(config, "description"),
        "SnapStart": {"ApplyOn": "PublishedVersions"}
        if given(config, "snapStart")
        else None,
        "Tags": _tags(service.setting("tags"), given(config, "tags")),
        "EphemeralStorage": {"Size": storage} if storage else None,
        "DeadLetterConfig": {"TargetArn": dead_letters} if dead_letters else None,
        "KmsKeyArn": either("kmsKeyArn"),
        "TracingConfig": {"Mode": "Active" if tracing.value is True else tracing}
        if tracing
        else None,
        "Environment": _environment(stack, function) if not edge else None,
        "VpcConfig": _network(stack, function) if not edge else None,
        "ReservedConcurrentExecutions": present(config, "reservedConcurrency"),
        "Layers": layers,
        "LoggingConfig": _logging(stack, function),
        "FileSystemConfigs": _file_systems(stack, function),
        "DurableConfig": _durable(config),
    }
    _allow(stack, function, tracing=tracing, found=found)
    return found


def _allow(
    stack: Stack, function: Function, *, tracing: Node | None, found: dict[str, Plain]
) -> None:
    """What these settings add to the policy of the generated role."""
    queue, key = given(function.config, "onError"), found["KmsKeyArn"]
    if queue and isinstance(queue.value, str):
        stack.allow(["sns:Publish"], [queue])
    if isinstance(key, Node) and isinstance(key.value, str):
        _once(stack, ["kms:Decrypt"], [key])
    if tracing:
        _once(stack, ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"])


def _once(stack: Stack, actions: list[str], resources: list[Plain]) -> None:
    at = stack.service.name.location
    wanted = written({"Action": actions, "Resource": resources}, at).plain()
    for statement in stack.statements:
        plain = written(statement, at).plain()
        if {key: plain[key] for key in wanted} == wanted:
            return
    stack.allow(actions, resources)


def _tags(*sets: Node | None) -> Plain:
    tags = {key: value for tags in sets if tags for key, value in tags.mapping.items()}
    if not any(sets):
        return None
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _environment(stack: Stack, function: Function) -> Plain:
    sets = [stack.service.setting("environment"), given(function.config, "environment")]
    if not any(sets):
        return None
    variables = {k: v for node in sets if node for k, v in node.mapping.items()}
    return {"Variables": variables}


def _network(stack: Stack, function: Function) -> Plain:
    own = function.config.get("vpc")
    if own is not None and own.value in {None, False}:
        return None

    def either(key: str) -> Node | None:
        return given(own, key) or stack.service.setting("vpc", key)

    groups, subnets = either("securityGroupIds"), either("subnetIds")
    if groups is None or subnets is None:
        return None
    return {
        "Ipv6AllowedForDualStack": either("ipv6AllowedForDualStack"),
        "SecurityGroupIds": groups,
        "SubnetIds": subnets,
    }


def _logging(stack: Stack, function: Function) -> Plain:
    logs = given(function.config, "logs") or stack.service.setting("logs", "lambda")
    keys = ("applicationLogLevel", "logFormat", "logGroup", "systemLogLevel")
    found: dict[str, Plain] = {
        naming.upper_first(key): given(logs, key) for key in keys if given(logs, key)
    }
    return found or None


def _file_systems(stack: Stack, function: Function) -> Plain:
    config = given(function.config, "fileSystemConfig")
    if config is None:
        return None
    arn = present(config, "arn")
    actions = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
    stack.allow(actions, [arn])
    return [{"Arn": arn, "LocalMountPath": present(config, "localMountPath")}]


def _durable(config: Node) -> Plain:
    durable = given(config, "durableConfig")
    if durable is None:
        return None
    return {
        "ExecutionTimeout": present(durable, "executionTimeout"),
        "RetentionPeriodInDays": present(durable, "retentionPeriodInDays"),
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


def versioned(stack: Stack, function: Function) -> bool:
    """Whether each deploy publishes a version of the function."""
    config = function.config
    if given(config, "durableConfig") or any(function.of("cloudFront")):
        return True
    own = present(config, "versionFunction")
    default = present(stack.service.provider, "versionFunctions")
    setting = own if own is not None else default
    return setting is None or bool(setting.value)


def _version(stack: Stack, function: Function) -> None:
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


def _url(stack: Stack, function: Function) -> None:
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
        return given(cors, key) or [*_CORS[key], *_TRACE.get(key, [])]

    return {
        "AllowCredentials": True if given(cors, "allowCredentials") else None,
        "AllowHeaders": allowed("allowedHeaders"),
        "AllowMethods": allowed("allowedMethods"),
        "AllowOrigins": allowed("allowedOrigins"),
        "ExposeHeaders": given(cors, "exposedResponseHeaders"),
        "MaxAge": present(cors, "maxAge"),
    }


_TRACE = {"allowedHeaders": ["X-Amzn-Trace-Id"]}


def _invoke_config(stack: Stack, function: Function) -> None:
    config = function.config
    destinations = given(config, "destinations")
    age, retries = (
        given(config, "maximumEventAge"),
        present(config, "maximumRetryAttempts"),
    )
    if not destinations and not age and retries is None:
        return
    targets: dict[str, Plain] = {}
    for key, name in (("onSuccess", "OnSuccess"), ("onFailure", "OnFailure")):
        destination = given(destinations, key)
        if destination:
            targets[name] = {"Destination": _destination(stack, function, destination)}
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
        DependsOn=function.after,
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
