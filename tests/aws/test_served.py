"""What a stage of a REST API serves, by its description."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from aws.scripted import scripted

from flowguard.aws.served import INTEGRATION, routes, served

LAMBDA = (
    "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/f/invocations"
)


def described(**integration: Any) -> dict[str, Any]:
    """As API Gateway exports a stage."""
    given = {"type": "aws_proxy", "uri": LAMBDA, "httpMethod": "POST"} | integration
    return {
        "info": {"title": "shop", "version": "2026-01-18T12:00:00Z"},
        "servers": [{"url": "https://abc.execute-api.eu-central-1.amazonaws.com"}],
        "paths": {"/orders": {"get": {INTEGRATION: given}}},
        "components": {"securitySchemes": {}},
    }


def test_each_route_is_named() -> None:
    (route,) = routes(described())

    assert route.startswith("GET /orders ")


@pytest.mark.parametrize(
    "changed", [{"uri": LAMBDA.replace("/f/", "/f:8/")}, {"timeoutInMillis": 3000}]
)
def test_a_route_is_another_where_it_does_something_else(changed: Any) -> None:
    assert routes(described()) != routes(described(**changed))


def test_when_it_was_exported_says_nothing() -> None:
    later = described(cacheNamespace="r2") | {"info": {"version": "later"}}

    assert routes(described(cacheNamespace="r1")) == routes(later)


def test_an_authorizer_counts() -> None:
    guarded = described()
    guarded["components"]["securitySchemes"]["users"] = {"authorizerUri": LAMBDA}

    assert routes(described()) != routes(guarded)


@pytest.mark.parametrize("kind", ["http", "http_proxy", "aws"])
def test_what_may_hold_a_secret_is_not_digested(kind: str) -> None:
    header = {"integration.request.header.X-Api-Key": "'canary'"}

    assert routes(described(type=kind, requestParameters=header)) == ()


@pytest.mark.parametrize(
    "document", [None, [], {}, {"paths": []}, {"paths": {"/": {"parameters": []}}}]
)
def test_what_is_no_description_says_nothing(document: Any) -> None:
    assert routes(document) == ()


@pytest.mark.parametrize(
    ("reply", "number"),
    [
        (lambda: {"body": io.BytesIO(json.dumps(described()).encode())}, 1),
        (lambda: {"body": io.BytesIO(b"<html>")}, 0),
        (dict, 0),
        (lambda: "AccessDeniedException", 0),
        (lambda: "NotFoundException", 0),
    ],
    ids=["described", "no JSON", "nothing", "denied", "gone"],
)
def test_it_is_asked_of_the_stage(reply: Any, number: int) -> None:
    with scripted(lambda _operation, _asked: reply()) as (aws, clients):
        found = served(aws, "abc", "dev")

    assert len(found) == number
    assert clients.operations == ["GetExport"]
