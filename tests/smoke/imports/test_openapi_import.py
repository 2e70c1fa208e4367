"""An OpenAPI document becomes a spec of what is safe to send."""

import json
from typing import Any

import pytest
from inline_snapshot import snapshot

from flowguard.errors import ConfigError
from flowguard.smoke import spec
from flowguard.smoke.imports import Draft, convert

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "servers": [
        {
            "url": "https://{stage}.example.com/v1",
            "variables": {"stage": {"default": "dev"}},
        }
    ],
    "security": [{"jwt": []}],
    "paths": {
        "/users": {
            "get": {
                "operationId": "listUsers",
                "tags": ["Users"],
                "parameters": [
                    {"name": "limit", "in": "query", "required": True, "schema": {"type": "integer", "default": 5}},
                    {"name": "q", "in": "query", "schema": {"type": "string"}},
                    {"name": "X-Tenant", "in": "header", "required": True, "example": "t1"},
                ],
                "responses": {"200": {"description": ""}, "401": {"description": ""}},
            },
            "post": {"responses": {"201": {"description": ""}}},
        },
        "/users/{id}": {
            "parameters": [{"$ref": "#/components/parameters/id"}],
            "get": {"responses": {"200": {"description": ""}, "304": {"description": ""}}},
        },
        "/orders/{id}": {
            "get": {
                "parameters": [{"name": "id", "in": "path", "required": True}],
                "responses": {},
            }
        },
        "/health": {"get": {"security": [], "responses": {"2XX": {"description": ""}}}},
        "/maybe": {"get": {"security": [{}, {"key": []}], "responses": {}}},
        "/both": {"get": {"security": [{"jwt": [], "key": []}], "responses": {}}},
    },
    "components": {
        "parameters": {
            "id": {"name": "id", "in": "path", "required": True, "examples": {"a": {"value": "a/b"}}}
        },
        "securitySchemes": {
            "jwt": {"type": "http", "scheme": "bearer"},
            "key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
        },
    },
}  # fmt: skip


def drafted(document: dict[str, Any]) -> Draft:
    """The draft of a document; its text is a spec."""
    draft = convert(json.dumps(document), "openapi.json")
    assert spec.parse(draft.text, "smoke.yml").checks
    return draft


def test_a_whole_document() -> None:
    draft = drafted(DOCUMENT)

    assert draft.text.partition("\n")[2] == snapshot("""\
# Set before a run: SMOKE_API_KEY, SMOKE_TOKEN.
# left out: POST /users: it writes
# left out: GET /orders/{id}: the document has no example of its path parameter 'id'
# left out: GET /both: it signs in with 'jwt' and 'key'
base: https://dev.example.com
openapi: openapi.json
auth:
  jwt: {bearer: "${env.SMOKE_TOKEN}"}
  key: {api_key: {value: "${env.SMOKE_API_KEY}", header: x-api-key}}
checks:
  list-users:
    get: /v1/users
    query: {limit: "5"}
    as: jwt
    headers: {X-Tenant: t1}
    expect: {status: 200, openapi: true}
    tags: [users]
  get-users-id: {get: "/v1/users/a%2Fb", as: jwt, expect: {status: 200, openapi: true}}
  get-health: {get: /v1/health, expect: {status: 2xx, openapi: true}}
  get-maybe:
    get: /v1/maybe
    as: key
    expect: {status: 2xx, openapi: true}
    refusal: false
""")
    assert draft.left_out == snapshot(
        (
            "POST /users: it writes",
            "GET /orders/{id}: the document has no example of its path parameter 'id'",
            "GET /both: it signs in with 'jwt' and 'key'",
        )
    )


def test_yaml_is_read_as_well() -> None:
    text = "openapi: 3.0.3\npaths:\n  /a:\n    get:\n      responses: {200: {}}\n"

    draft = convert(text, "openapi.yml")

    assert 'base: "${env.BASE_URL}"' in draft.text
    assert "get-a: {get: /a, expect: {status: 200, openapi: true}}" in draft.text


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("", None, "the document is empty"),
        ("{", None, "not well-formed JSON"),
        ("{}", None, "it is no hurl file, no OpenAPI 3 document and no Postman"),
        ("[]", "postman", "it is no hurl file, no OpenAPI 3 document and no Postman"),
        ('{"openapi": "2.0"}', None, "OpenAPI 2.0 is not read: it must be 3.0 or 3.1"),
        ('{"openapi": "3.0.0"}', None, "there is no request in it"),
        ("# nothing", "hurl", "there is no request in it"),
        ("{}", "postmen", "'postmen' is no kind of file; did you mean 'postman'?"),
    ],
)
def test_what_cannot_be_read_says_so(text: str, kind: str | None, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        convert(text, "file", kind)

    assert caught.value.message.startswith(message)
    assert caught.value.help
