"""An answer held against a JSON Schema, and against OpenAPI."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flowguard.errors import ConfigError
from flowguard.model.exchange import Request, Response
from flowguard.model.smoke import Mismatch
from flowguard.smoke.evaluate import Context, evaluate
from flowguard.smoke.expectation import Expect
from flowguard.smoke.operators import Undecided
from flowguard.smoke.schema import described, violations

USER = {
    "type": "object",
    "required": ["id", "plan"],
    "properties": {"id": {"type": "string"}, "plan": {"enum": ["free", "pro"]}},
}


def test_a_document_that_fits() -> None:
    assert list(violations(USER, {"id": "a", "plan": "pro"})) == []


def test_each_place_that_does_not_fit_is_named() -> None:
    schema = {"type": "array", "items": USER}

    assert list(violations(schema, [{"id": 5, "plan": "free"}, {"id": "x"}])) == [
        Mismatch("schema [0].id", 'type: "string"', "5"),
        Mismatch("schema [1]", "required: plan", "has id"),
    ]


def test_many_violations_are_counted_not_listed() -> None:
    found = list(violations({"items": {"type": "string"}}, list(range(100))))

    assert len(found) == 6
    assert found[-1].actual == "95 more do not"


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "strng"},
        {"$ref": "https://evil.example/schema.json"},
        {"$ref": "#/$defs/gone"},
        {"$ref": "file:///etc/passwd"},
        {"pattern": "("},
        5,
    ],
    ids=str,
)
def test_a_schema_that_is_none_is_the_users_to_mend(schema: Any) -> None:
    with pytest.raises(ConfigError):
        list(violations(schema, "text"))


def test_a_slow_pattern_is_undecided() -> None:
    with pytest.raises(Undecided, match="came to no end"):
        list(violations({"pattern": "^(a+)+$"}, "a" * 50_000 + "b"))


def test_an_evaluation_reads_the_schema_by_its_path() -> None:
    context = Context(Request("GET", "https://x.example/"), schemas={"u.json": USER})
    response = Response(200, body=b'{"id": "a"}')

    judged = evaluate(Expect(schema="u.json"), response, context)

    assert judged.mismatches == (Mismatch("schema @", "required: plan", "has id"),)


# -- OpenAPI ---------------------------------------------------------------------

OPENAPI: dict[str, Any] = {
    "openapi": "3.0.3",
    "servers": [{"url": "https://api.example.com/{stage}/"}, {"url": "/v1"}],
    "paths": {
        "/users/{id}": {
            "get": {
                "responses": {
                    "200": {"$ref": "#/components/responses/User"},
                    "4XX": {"description": "no"},
                }
            }
        },
        "/users/me": {"get": {"responses": {"default": {"description": "any"}}}},
        "/users": {"post": {"responses": {"201": {"description": "made"}}}},
    },
    "components": {
        "responses": {
            "User": {
                "headers": {"X-Request-Id": {"required": True}},
                "content": {
                    "application/json": {
                        "schema": {"$ref": "#/components/schemas/User"}
                    }
                },
            }
        },
        "schemas": {
            "User": {
                "type": "object",
                "required": ["id", "name", "password", "age"],
                "properties": {
                    "id": {"type": "string"},
                    "name": {"type": "string", "nullable": True},
                    "password": {"type": "string", "writeOnly": True},
                    "age": {"type": "number", "minimum": 0, "exclusiveMinimum": True},
                    "nullable": {"type": "string"},
                    "boss": {
                        "nullable": True,
                        "allOf": [{"$ref": "#/components/schemas/User"}],
                    },
                },
            }
        },
    },
}
GOOD = {"id": "a", "name": None, "age": 1, "nullable": "x", "boss": None}


def described_as(
    document: Any,
    path: str = "/users/7",
    *,
    status: int = 200,
    kind: str = "application/json; charset=utf-8",
    openapi: dict[str, Any] = OPENAPI,
    method: str = "GET",
) -> list[Mismatch]:
    headers = (("Content-Type", kind), ("x-request-id", "1"))
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    url = f"https://api.example.com{path}?x=1"
    return list(described(openapi, method, url, Response(status, "", headers, body)))


@pytest.mark.parametrize(
    "path", ["/users/7", "/v1/users/7", "/x/users/7", "/users/a%2Fb"]
)
def test_openapi_3_0_with_what_json_schema_has_not(path: str) -> None:
    assert described_as(GOOD, path) == []


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"id": None}, "openapi id"),
        ({"age": 0}, "openapi age"),
        ({"nullable": 5}, "openapi nullable"),
        ({"boss": {"id": 1}}, "openapi boss"),
    ],
)
def test_what_openapi_does_not_allow(change: dict[str, Any], what: str) -> None:
    assert described_as({**GOOD, **change})[0].what == what


def test_openapi_3_1_is_json_schema() -> None:
    openapi = {
        "openapi": "3.1.0",
        "paths": {
            "/users/{id}": {
                "get": {
                    "responses": {
                        200: {
                            "content": {
                                "application/*": {
                                    "schema": {
                                        "properties": {
                                            "n": {"type": ["null", "string"]}
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        },
    }

    assert described_as({"n": None}, openapi=openapi) == []
    assert described_as({"n": 5}, openapi=openapi)[0].what == "openapi n"


@pytest.mark.parametrize(
    ("given", "mismatch"),
    [
        ({"path": "/nope"}, Mismatch("openapi", "a described route", "GET /nope")),
        ({"method": "PUT"}, Mismatch("openapi", "a described route", "PUT /users/7")),
        ({"status": 500}, Mismatch("openapi status", "200, 4XX", "500")),
        (
            {"kind": "text/html"},
            Mismatch("openapi content type", "application/json", "text/html"),
        ),
    ],
    ids=["route", "method", "status", "type"],
)
def test_what_openapi_does_not_describe(
    given: dict[str, Any], mismatch: Mismatch
) -> None:
    assert described_as(GOOD, **given) == [mismatch]


def test_an_exact_route_counts_before_a_parameter_and_a_class_before_nothing() -> None:
    assert described_as({"anything": 1}, "/users/me", status=418) == []
    assert described_as({"anything": 1}, status=404) == []


def test_an_empty_or_broken_body_is_named() -> None:
    assert described_as(b"")[0] == Mismatch("openapi body", "application/json", "empty")
    assert described_as(b"{")[0].what == "openapi body"


def test_a_header_that_is_required() -> None:
    response = Response(
        200,
        headers=(("Content-Type", "application/json"),),
        body=json.dumps(GOOD).encode(),
    )

    (mismatch,) = described(OPENAPI, "GET", "https://api.example.com/users/7", response)

    assert mismatch == Mismatch("openapi header X-Request-Id", "exists", "missing")


def test_a_document_in_pieces_is_refused_with_what_to_do() -> None:
    openapi = {"openapi": "3.0.0", "paths": {"/users/{id}": {"$ref": "users.yaml"}}}

    with pytest.raises(ConfigError, match="refers to what is not in it"):
        described_as(GOOD, openapi=openapi)
