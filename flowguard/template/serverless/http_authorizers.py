"""Authorizers of the HTTP API: a JWT's issuer, a Lambda function, or IAM."""

from __future__ import annotations

from flowguard.errors import TemplateError
from flowguard.template.document import Node
from flowguard.template.serverless import naming
from flowguard.template.serverless.service import Function, Service
from flowguard.template.serverless.stack import Stack, invoke_arn, proxy_uri
from flowguard.template.serverless.values import Plain, given, known, present


def add_authorizers(stack: Stack, api: Plain) -> None:
    """The authorizers under `provider.httpApi`."""
    listed = stack.service.setting("httpApi", "authorizers")
    for key, config in listed.mapping.items() if listed else []:
        at = listed.keys.get(key, config.location) if listed else config.location
        name = known(given(config, "name")) or key
        source = given(config, "identitySource")
        sources: list[Plain] = (list(source.items) or [source]) if source else []
        request = known(present(config, "type")) == "request"
        specific = _request(stack, api, name, config) if request else _jwt(config)
        function = _invoked(stack.service, config)
        stack.add(
            f"HttpApiAuthorizer{naming.resource(name)}",
            "AWS::ApiGatewayV2::Authorizer",
            {
                "ApiId": api,
                "Name": given(config, "name") or key,
                "IdentitySource": sources,
                **specific,
            },
            at,
            DependsOn=function.after if function and request else None,
        )


def _jwt(config: Node) -> dict[str, Plain]:
    audience = given(config, "audience")
    listed: list[Plain] = (list(audience.items) or [audience]) if audience else []
    return {
        "AuthorizerType": "JWT",
        "JwtConfiguration": {
            "Audience": listed,
            "Issuer": present(config, "issuerUrl"),
        },
    }


def _invoked(service: Service, config: Node) -> Function | None:
    """The function that an authorizer invokes, where it is the service's."""
    named = given(config, "functionName")
    key = known(named)
    if named is None or key is None:
        return None
    function = service.functions.get(key)
    if function is None:
        raise TemplateError(
            f"the authorizer's function {key} does not exist in this service",
            location=named.location,
        )
    return function


def _request(stack: Stack, api: Plain, name: str, config: Node) -> dict[str, Plain]:
    function = _invoked(stack.service, config)
    target = given(config, "functionArn") or (function.target if function else None)
    if not given(config, "managedExternally"):
        stack.add(
            f"{naming.resource(name)}LambdaAuthorizerPermissionHttpApi",
            "AWS::Lambda::Permission",
            {
                "FunctionName": target,
                "Action": "lambda:InvokeFunction",
                "Principal": "apigateway.amazonaws.com",
                "SourceArn": invoke_arn(api, "/*"),
            },
            config.location,
            DependsOn=function.after if function else None,
        )
    return {
        "AuthorizerType": "REQUEST",
        "EnableSimpleResponses": present(config, "enableSimpleResponses"),
        "AuthorizerResultTtlInSeconds": present(config, "resultTtlInSeconds"),
        "AuthorizerPayloadFormatVersion": given(config, "payloadVersion") or "2.0",
        "AuthorizerUri": proxy_uri(target),
    }


def authorization(service: Service, config: Node | None) -> dict[str, Plain]:
    """Who may call a route with this authorizer."""
    if config is None:
        return {}
    kind = known(present(config, "type"))
    if kind == "aws_iam":
        return {"AuthorizationType": "AWS_IAM"}
    outside, key = given(config, "id"), known(config) or known(given(config, "name"))
    scopes = given(config, "scopes")
    logical_id = None
    if outside is None and key is not None:
        defined = service.setting("httpApi", "authorizers", key)
        if defined is None:
            raise TemplateError(
                f"the authorizer {key} is not defined",
                help="define it under provider.httpApi.authorizers",
                location=config.location,
            )
        kind = known(present(defined, "type"))
        name = known(given(defined, "name")) or key
        logical_id = f"HttpApiAuthorizer{naming.resource(name)}"
    return {
        "AuthorizationType": "CUSTOM" if kind == "request" else "JWT",
        "AuthorizerId": outside or ({"Ref": logical_id} if logical_id else None),
        "AuthorizationScopes": (list(scopes.items) or [scopes]) if scopes else None,
    }
