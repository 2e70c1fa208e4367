"""What a stage of a REST API serves: the routes of its deployment, each with a digest.

A deployment is a copy of the API as it was then; its id says nothing of what is in it.
What may hold a secret (a header's fixed value, a mapping template of an integration that
is no Lambda function's) is neither kept nor digested: where there is such a thing, nothing
is said of the stage.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from flowguard.aws.answers import observed
from flowguard.aws.session import Aws
from flowguard.model.questions import Present

LARGEST = 8_000_000
"""Bytes of a description that are read."""
INTEGRATION = "x-amazon-apigateway-integration"

_PLAIN = frozenset({"aws_proxy", "mock"})
"""Integrations that speak to no server of somebody else's: they bear no credentials."""
_NAMED_ANEW = frozenset({"cacheNamespace"})


def served(aws: Aws, api_id: str, stage: str) -> tuple[str, ...]:
    """`GET /orders 1f0a…` for each route; none where nobody tells or may know."""

    def ask() -> Any:
        answer = aws.call(
            "apigateway",
            "get_export",
            restApiId=api_id,
            stageName=stage,
            exportType="oas30",
            parameters={"extensions": "integrations,authorizers"},
            accepts="application/json",
        )
        return json.loads(answer["body"].read(LARGEST))

    try:
        answer = observed(ask, permission="apigateway:GET")
    except (KeyError, ValueError, AttributeError):  # it is no such description
        return ()
    return routes(answer.value) if isinstance(answer, Present) else ()


def routes(document: Any) -> tuple[str, ...]:
    """The routes of an OpenAPI description with API Gateway's extensions."""
    found = list(_operations(document))
    if not found or any(_is_private(operation) for _, operation in found):
        return ()
    components = document.get("components")
    schemes = components.get("securitySchemes") if isinstance(components, dict) else {}
    return tuple(
        sorted(f"{name} {_digest([operation, schemes])}" for name, operation in found)
    )


def _operations(document: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    paths = document.get("paths") if isinstance(document, dict) else None
    for path, methods in paths.items() if isinstance(paths, dict) else ():
        for method, operation in methods.items() if isinstance(methods, dict) else ():
            if isinstance(operation, dict):
                yield (
                    f"{method.upper().removeprefix('X-AMAZON-APIGATEWAY-')} {path}",
                    {key: _lasting(value) for key, value in operation.items()},
                )


def _lasting(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {k: v for k, v in value.items() if k not in _NAMED_ANEW}


def _is_private(operation: Mapping[str, Any]) -> bool:
    """Whether it may hold what is sent to somebody else's server."""
    integration = operation.get(INTEGRATION)
    if not isinstance(integration, dict):
        return integration is not None
    return integration.get("type") not in _PLAIN


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
