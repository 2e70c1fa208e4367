"""What the REST API checks of a request before a function is invoked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from flowguard.template.document import Node
from flowguard.template.serverless import naming
from flowguard.template.serverless.values import (
    Plain,
    concat,
    given,
    known,
    present,
    text,
)

if TYPE_CHECKING:
    from flowguard.template.serverless.rest_parts import Endpoint, RestApi


def required_parameters(config: Node) -> dict[str, Plain]:
    """Which parameters of the request are required."""
    found: dict[str, Plain] = {}
    for name, value in request_parameters(config):
        required = present(value, "required") if value.mapping else value
        found[name] = True if required is None else required
    return found


def request_parameters(config: Node) -> Iterator[tuple[str, Node]]:
    """The parameters that an event names, as API Gateway calls them."""
    for where in ("querystrings", "paths", "headers"):
        parameters = given(config, "request", "parameters", where)
        for key, value in parameters.mapping.items() if parameters else []:
            yield f"method.request.{where[:-1]}.{key}", value


def validation(api: RestApi, endpoint: Endpoint) -> dict[str, Plain]:
    """The validator and models of an endpoint that checks its requests."""
    schemas = given(endpoint.config, "request", "schemas")
    required = any(
        value is True or (isinstance(value, Node) and value.value)
        for value in required_parameters(endpoint.config).values()
    )
    if not required and schemas is None:
        return {}
    stack, service = api.stack, api.stack.service
    name = text(service.name)
    validator = (
        f"ApiGateway{naming.alphanumeric(name)}RequestValidator"
        if isinstance(name, str)
        else "ApiGatewayRequestValidator"
    )
    words = " | Validate request body and querystring parameters"
    stack.add(
        validator,
        "AWS::ApiGateway::RequestValidator",
        {
            "RestApiId": api.id,
            "ValidateRequestBody": True,
            "ValidateRequestParameters": True,
            "Name": concat(service.prefix, words),
        },
        endpoint.at,
    )
    found: dict[str, Plain] = {"RequestValidatorId": {"Ref": validator}}
    if schemas:
        found["RequestModels"] = {
            content: {"Ref": _model(api, endpoint, content, schema)}
            for content, schema in schemas.mapping.items()
        }
    return found


def _model(api: RestApi, endpoint: Endpoint, content: str, schema: Node) -> str:
    """The model of a request's body: the endpoint's own, or one of the provider's."""
    named = known(schema)
    shared = (
        api.stack.service.setting("apiGateway", "request", "schemas", named)
        if named
        else None
    )
    if shared is not None and named is not None:
        logical_id = f"ApiGateway{naming.upper_first(naming.camel_case(named))}Model"
        schema, content = shared, "application/json"
    else:
        method = naming.method(api.names[endpoint.path], endpoint.verb)
        logical_id = f"{method}{naming.start_case(content)}Model"
    described = given(schema, "schema")
    api.stack.add(
        logical_id,
        "AWS::ApiGateway::Model",
        {
            "RestApiId": api.id,
            "ContentType": content,
            "Schema": described or schema,
            "Name": given(schema, "name") if described or shared else None,
            "Description": given(schema, "description")
            if described or shared
            else None,
        },
        schema.location,
    )
    return logical_id
