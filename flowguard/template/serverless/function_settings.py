"""The settings of a function, each its own or the provider's."""

from __future__ import annotations

from flowguard.template.document import Node
from flowguard.template.serverless import naming
from flowguard.template.serverless.service import Function
from flowguard.template.serverless.stack import Stack
from flowguard.template.serverless.values import Plain, given, listed, present, written


def settings(stack: Stack, function: Function) -> dict[str, Plain]:
    """The properties of a function that its settings give, or the provider's."""
    config, service = function.config, stack.service

    def either(key: str) -> Node | None:
        return given(config, key) or service.setting(key)

    edge = any(function.of("cloudFront"))
    memory = either("memorySize") if not edge else given(config, "memorySize")
    timeout = either("timeout") if not edge else given(config, "timeout")
    architecture = either("architecture")
    tracing = given(config, "tracing") or service.setting("tracing", "lambda")
    storage = given(config, "ephemeralStorageSize")
    layers = listed(either("layers"))
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
    if own is not None and (own.value is None or own.value is False):
        return None

    def either(key: str) -> Node | None:
        return given(own, key) or stack.service.setting("vpc", key)

    groups, subnets = either("securityGroupIds"), either("subnetIds")
    if groups is None or subnets is None:
        return None
    return {
        "Ipv6AllowedForDualStack": either("ipv6AllowedForDualStack"),
        "SecurityGroupIds": listed(groups),
        "SubnetIds": listed(subnets),
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
