"""Which dependencies of a health document are a service's own, and which are others'.

A payment provider that is down is no fault of a release, and no rollback mends it; a
database that is down may be. Nobody can list all providers, so what is a service's own is
told: by what the document itself says of a part, by the words for what a service stands on,
and by the names of what the stack holds. What none of them knows is taken for another's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_KINDS: Final = frozenset({"datastore", "system"})
"""`componentType` of `application/health+json` (draft-inadarei-api-health-check)."""

_STEMS: Final = (
    "database",
    "datastore",
    "postgres",
    "mysql",
    "mariadb",
    "mongo",
    "dynamo",
    "redis",
    "valkey",
    "memcache",
    "cache",
    "queue",
    "kafka",
    "rabbit",
    "kinesis",
    "opensearch",
    "elastic",
    "cassandra",
    "aurora",
    "sqlite",
    "storage",
    "bucket",
    "filesystem",
    "memory",
    "disk",
    "heap",
    "thread",
    "eventloop",
    "migration",
)
"""What a service stands on: kinds of things, and the programs that are usual for them."""
_SHORT: Final = frozenset(
    [
        "db",
        "sql",
        "table",
        "tables",
        "s3",
        "sqs",
        "sns",
        "rds",
        "efs",
        "ebs",
        "ssm",
        "kms",
        "jvm",
        "cpu",
        "ram",
        "gc",
        "lambda",
        "cognito",
        "secrets",
    ]
)
_ITSELF: Final = frozenset(
    [
        "ping",
        "self",
        "app",
        "application",
        "server",
        "process",
        "api",
        "service",
        "web",
        "worker",
        "workers",
        "scheduler",
        "uptime",
        "startup",
        "live",
        "liveness",
        "livenessstate",
        "ready",
        "readiness",
        "readinessstate",
        "schema",
        "config",
        "configuration",
        "environment",
    ]
)
"""Whole names by which a service means itself."""

_HOLDS: Final = tuple(
    f"AWS::{service}::"
    for service in [
        "DynamoDB",
        "S3",
        "SQS",
        "SNS",
        "RDS",
        "DocDB",
        "Neptune",
        "ElastiCache",
        "MemoryDB",
        "Cognito",
        "OpenSearchService",
        "Elasticsearch",
        "Kinesis",
        "MSK",
        "AmazonMQ",
        "EFS",
        "Events",
        "SecretsManager",
        "SSM",
    ]
)
"""Types of resources that a service depends on, and not what it is made of: a function
`StripeWebhook` does not make Stripe a part of the stack."""
_TYPE_WORDS: Final = frozenset(
    [
        "table",
        "bucket",
        "queue",
        "topic",
        "cluster",
        "instance",
        "pool",
        "userpool",
        "stream",
        "domain",
        "db",
        "database",
        "cache",
        "bus",
        "broker",
        "secret",
        "parameter",
    ]
)

Resources = Iterable[tuple[str, str, str]]
"""The type, the logical id and the physical id of each."""


def is_own(name: str, kind: str = "") -> bool:
    """Whether a dependency is a service's own, by its name or by its `componentType`."""
    if kind.lower() in _KINDS:
        return True
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    if plain in _ITSELF or any(stem in plain for stem in _STEMS):
        return True
    pieces = {piece.lower() for piece in re.split(r"[^A-Za-z0-9]+", name)}
    return bool(_SHORT & (pieces | set(_words(name))))


def is_of_stack(name: str, resources: Resources) -> bool:
    """Whether a dependency is called as what the stack holds: `uploads` is the bucket
    `flowlogic-uploads`, and `UploadsBucket`."""
    wanted = _words(name)
    return bool(wanted) and any(
        _ends_with(_words(logical_id), wanted) or _ends_with(_words(physical), wanted)
        for resource_type, logical_id, physical in resources
        if resource_type.startswith(_HOLDS)
    )


def _ends_with(words: list[str], wanted: list[str]) -> bool:
    plain = list(words)
    while plain and plain[-1] in _TYPE_WORDS:
        plain.pop()
    return any(one[-len(wanted) :] == wanted for one in (words, plain))


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORDS.findall(name)]
