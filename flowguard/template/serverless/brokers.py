"""Events of message brokers: `msk`, `kafka`, `activemq`, `rabbitmq`.

Facts: osls 4, lib/plugins/aws/package/compile/events (msk, kafka, activemq, rabbitmq).
"""

from __future__ import annotations

from flowguard.template.serverless import naming
from flowguard.template.serverless.mappings import (
    filter_criteria,
    last_of_arn,
    waits_for,
)
from flowguard.template.serverless.service import Event, Function
from flowguard.template.serverless.stack import Stack
from flowguard.template.serverless.values import Plain, concat, known, present, text

_NETWORK = {
    "Effect": "Allow",
    "Action": [
        "ec2:CreateNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeVpcs",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeSubnets",
        "ec2:DescribeSecurityGroups",
    ],
    "Resource": "*",
}


def _limit(name: str, length: int) -> str:
    return naming.alphanumeric(name)[:length]


def _broker_settings(event: Event) -> dict[str, Plain]:
    """What mappings to brokers have in common."""
    poller = event.get("provisionedPollerConfig")
    return {
        "BatchSize": event.get("batchSize"),
        "MaximumBatchingWindowInSeconds": event.get("maximumBatchingWindow"),
        "Enabled": event.present("enabled"),
        "StartingPositionTimestamp": event.present("startingPositionTimestamp"),
        "FilterCriteria": filter_criteria(event),
        "ProvisionedPollerConfig": {
            "MinimumPollers": present(poller, "minimumPollers"),
            "MaximumPollers": present(poller, "maximumPollers"),
        }
        if poller
        else None,
    }


def add_brokers(stack: Stack) -> None:
    """The event source mappings of the events of Kafka, ActiveMQ and RabbitMQ."""
    functions = stack.service.functions.values()
    for function in functions:
        _own_kafka(stack, function)
    for kind, name in (("activemq", "ActiveMQ"), ("rabbitmq", "RabbitMQ")):
        for function in functions:
            _queues(stack, function, kind, name)
    for function in functions:
        _managed_kafka(stack, function)


def _managed_kafka(stack: Stack, function: Function) -> None:
    clusters: list[Plain] = []
    for event in function.of("msk"):
        arn, topic = event.arn(), known(event.get("topic"))
        plain = known(arn)
        cluster = plain.split("/") if plain is not None else [last_of_arn(arn, "/")]
        name = cluster[min(1, len(cluster) - 1)]
        clusters.append(arn)
        if name is None or topic is None:
            continue
        secret, group = event.present("saslScram512"), event.get("consumerGroupId")
        access: Plain = [{"Type": "SASL_SCRAM_512_AUTH", "URI": secret}]
        stack.add(
            f"{function.id}EventSourceMappingMSK{_limit(name, 79)}{_limit(topic, 79)}",
            "AWS::Lambda::EventSourceMapping",
            {
                "EventSourceArn": arn,
                "FunctionName": function.target,
                "StartingPosition": event.get("startingPosition") or "TRIM_HORIZON",
                "Topics": [topic],
                **_broker_settings(event),
                "AmazonManagedKafkaEventSourceConfig": {"ConsumerGroupId": group}
                if group
                else None,
                "SourceAccessConfigurations": access if secret else None,
            },
            event.at,
            DependsOn=waits_for(stack, function),
        )
    if clusters:
        stack.allow(["kafka:DescribeCluster", "kafka:GetBootstrapBrokers"], clusters)
        stack.statements.append(_NETWORK)


_ACCESS = {
    "vpcSubnet": ("VPC_SUBNET", "subnet:"),
    "vpcSecurityGroup": ("VPC_SECURITY_GROUP", "security_group:"),
    "saslPlainAuth": ("BASIC_AUTH", ""),
    "saslScram256Auth": ("SASL_SCRAM_256_AUTH", ""),
    "saslScram512Auth": ("SASL_SCRAM_512_AUTH", ""),
    "clientCertificateTlsAuth": ("CLIENT_CERTIFICATE_TLS_AUTH", ""),
    "serverRootCaCertificate": ("SERVER_ROOT_CA_CERTIFICATE", ""),
}


def _own_kafka(stack: Stack, function: Function) -> None:
    secrets: list[Plain] = []
    in_network = False
    for event in function.of("kafka"):
        topic = known(event.get("topic"))
        configurations = event.get("accessConfigurations")
        access: list[Plain] = []
        for key, values in configurations.mapping.items() if configurations else []:
            kind, prefix = _ACCESS.get(key, (key, ""))
            in_network = in_network or bool(prefix)
            for value in values.items or [values]:
                uri = concat(prefix, text(value) or "") if prefix else value
                access.append({"Type": kind, "URI": uri})
                secrets += [value] if key in _ACCESS and not prefix else []
        if topic is None:
            continue
        group, failures = (
            event.get("consumerGroupId"),
            event.get("onFailureDestination"),
        )
        stack.add(
            f"{function.id}EventSourceMappingKafka{_limit(topic, 158)}",
            "AWS::Lambda::EventSourceMapping",
            {
                "FunctionName": function.target,
                "StartingPosition": event.get("startingPosition") or "TRIM_HORIZON",
                "SelfManagedEventSource": {
                    "Endpoints": {
                        "KafkaBootstrapServers": event.get("bootstrapServers")
                    }
                },
                "Topics": [topic],
                "SourceAccessConfigurations": access,
                **_broker_settings(event),
                "SelfManagedKafkaEventSourceConfig": {"ConsumerGroupId": group}
                if group
                else None,
                "DestinationConfig": {"OnFailure": {"Destination": failures}}
                if failures
                else None,
            },
            event.at,
            DependsOn=waits_for(stack, function),
        )
    stack.allow(["secretsmanager:GetSecretValue"], secrets)
    if in_network:
        stack.statements.append(_NETWORK)


def _queues(stack: Stack, function: Function, kind: str, name: str) -> None:
    brokers: list[Plain] = []
    secrets: list[Plain] = []
    for event in function.of(kind):
        arn, secret = event.arn(), event.get("basicAuthArn")
        queue, host = known(event.get("queue")), event.get("virtualHost")
        brokers.append(arn)
        secrets.append(secret)
        if queue is None:
            continue
        access: list[Plain] = [{"Type": "BASIC_AUTH", "URI": secret}]
        if host and kind == "rabbitmq":
            access.append({"Type": "VIRTUAL_HOST", "URI": host})
        stack.add(
            f"{function.id}EventSourceMapping{name}{_limit(queue, 150)}",
            "AWS::Lambda::EventSourceMapping",
            {
                "FunctionName": function.target,
                "EventSourceArn": arn,
                "Queues": [queue],
                "SourceAccessConfigurations": access,
                **_broker_settings(event),
            },
            event.at,
            DependsOn=waits_for(stack, function),
        )
    if brokers:
        stack.allow(["secretsmanager:GetSecretValue"], secrets)
        stack.allow(["mq:DescribeBroker"], brokers)
        stack.statements.append(_NETWORK)
