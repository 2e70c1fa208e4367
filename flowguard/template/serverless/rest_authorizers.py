"""Authorizers of the REST API: a Lambda function, a user pool, or IAM."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flowguard.errors import TemplateError
from flowguard.model.places import Location
from flowguard.template.document import Node
from flowguard.template.serverless import naming
from flowguard.template.serverless.service import Service
from flowguard.template.serverless.stack import Stack, invoke_arn
from flowguard.template.serverless.values import Plain, given, known, present

_USER_POOL = re.compile(r"arn:[a-zA-Z-]*:cognito-idp")
_DEFAULT_TTL = 300


@dataclass(frozen=True, slots=True)
class Authorizer:
    """What guards an endpoint."""

    config: Node
    kind: str
    """In upper case: TOKEN, REQUEST, COGNITO_USER_POOLS, AWS_IAM or empty."""
    name: str | None
    arn: Plain
    id: Node | None = None
    """Of an authorizer made elsewhere."""
    after: str | None = None
    """The alias of the function, where it has one."""

    @property
    def is_user_pool(self) -> bool:
        """Whether a Cognito user pool decides."""
        arn = known(self.arn) if isinstance(self.arn, Node) else None
        by_arn = arn is not None and _USER_POOL.match(arn)
        return self.kind == "COGNITO_USER_POOLS" or bool(by_arn)

    @property
    def logical_id(self) -> str:
        """The logical id of the authorizer."""
        return f"{naming.resource(self.name or '')}ApiGatewayAuthorizer"


def read_authorizer(service: Service, http: Node) -> Authorizer | None:
    """The authorizer of an `http` event; None where anybody may call."""
    config = given(http, "authorizer")
    if config is None:
        return None
    short = known(config)
    if short is not None:
        if short.upper() == "AWS_IAM":
            return Authorizer(config, "AWS_IAM", None, None)
        if ":" in short:
            return Authorizer(config, "", _last_word(short), config)
        return _of_function(service, config, "", short)
    return _described(service, config)


def _described(service: Service, config: Node) -> Authorizer:
    """An authorizer given as a mapping."""
    kind = (known(given(config, "type")) or "").upper()
    outside = given(config, "authorizerId")
    name, arn = known(given(config, "name")), given(config, "arn")
    if kind and outside:
        return Authorizer(config, kind, None, None, outside)
    if arn and kind != "AWS_IAM":
        plain = known(arn)
        last = _last_word(plain) if plain else None
        return Authorizer(config, kind, name or last, arn)
    if name is None or kind == "AWS_IAM":
        return Authorizer(config, kind, None, None)
    return _of_function(service, config, kind, name)


def _of_function(service: Service, config: Node, kind: str, name: str) -> Authorizer:
    function = service.functions.get(name)
    if function is None:
        raise TemplateError(
            f"the authorizer {name} is no function of this service",
            help="name one of its functions, or give an arn",
            location=config.location,
        )
    return Authorizer(config, kind, name, function.target, None, function.after)


def _last_word(arn: str) -> str:
    """How the framework names an authorizer after its function's ARN."""
    return arn.rpartition(":")[2].rpartition("-")[2]


def authorization(authorizer: Authorizer | None) -> tuple[dict[str, Plain], str | None]:
    """What a method says about its authorizer, and what it has to wait for."""
    if authorizer is None:
        return {"AuthorizationType": "NONE"}, None
    if authorizer.kind == "AWS_IAM":
        return {"AuthorizationType": "AWS_IAM"}, None
    scopes = given(authorizer.config, "scopes")
    pool = authorizer.is_user_pool
    kind = "COGNITO_USER_POOLS" if pool else "CUSTOM"
    found: dict[str, Plain] = {
        "AuthorizationType": kind,
        "AuthorizerId": authorizer.id or {"Ref": authorizer.logical_id},
        "AuthorizationScopes": scopes if pool and scopes and scopes.items else None,
    }
    return found, None if authorizer.id else authorizer.logical_id


def add_authorizer(
    stack: Stack, api: Plain, at: Location, authorizer: Authorizer
) -> None:
    """The authorizer, and leave for API Gateway to invoke its function."""
    if authorizer.arn is None or authorizer.name is None:
        return
    config, pool = authorizer.config, authorizer.is_user_pool
    detailed = isinstance(config.value, dict)
    ttl = present(config, "resultTtlInSeconds")
    source = given(config, "identitySource")
    uri: list[Plain] = [
        "arn:",
        {"Ref": "AWS::Partition"},
        ":apigateway:",
        {"Ref": "AWS::Region"},
        ":lambda:path/2015-03-31/functions/",
        authorizer.arn,
        "/invocations",
    ]
    uncached = authorizer.kind == "REQUEST" and ttl is not None and ttl.value == 0
    default_source = None if uncached else "method.request.header.Authorization"
    stack.add(
        authorizer.logical_id,
        "AWS::ApiGateway::Authorizer",
        {
            "AuthorizerResultTtlInSeconds": (ttl or _DEFAULT_TTL) if detailed else None,
            "IdentitySource": source or default_source,
            "Name": given(config, "name") or authorizer.name,
            "RestApiId": api,
            "IdentityValidationExpression": given(
                config, "identityValidationExpression"
            ),
            "Type": "COGNITO_USER_POOLS" if pool else authorizer.kind or "TOKEN",
            "ProviderARNs": [authorizer.arn] if pool else None,
            "AuthorizerUri": None if pool else {"Fn::Join": ["", uri]},
        },
        at,
        DependsOn=authorizer.after,
    )
    permission = f"{naming.resource(authorizer.name)}LambdaPermissionApiGateway"
    if pool or given(config, "managedExternally"):
        return
    if permission in stack.resources.mapping:
        return
    name: Plain = {"Ref": authorizer.after} if authorizer.after else authorizer.arn
    stack.add(
        permission,
        "AWS::Lambda::Permission",
        {
            "FunctionName": name,
            "Action": "lambda:InvokeFunction",
            "Principal": "apigateway.amazonaws.com",
            "SourceArn": invoke_arn(api),
        },
        at,
    )
