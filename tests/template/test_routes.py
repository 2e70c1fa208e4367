"""The routes that a template deploys."""

import pathlib
import textwrap

import pytest
from template.templates import inputs, resolve

from flowguard.model.questions import AccountState
from flowguard.template import Template, open_template
from flowguard.template.routes import References, Route, find, routes_of

REST = """\
Resources:
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: shop-api}}
  Users:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: users}
  User:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Api, ParentId: !Ref Users, PathPart: "{id}"}
  GetUser:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref User
      HttpMethod: GET
      AuthorizationType: COGNITO_USER_POOLS
      Integration:
        Type: AWS_PROXY
        Uri: !Sub "arn:aws:apigateway:x:lambda:path/functions/${Function.Arn}/invocations"
  Preflight:
    Type: AWS::ApiGateway::Method
    Properties: {RestApiId: !Ref Api, ResourceId: !Ref User, HttpMethod: OPTIONS, Integration: {Type: MOCK}}
  Root:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !GetAtt Api.RootResourceId
      HttpMethod: ANY
      Integration: {Type: AWS_PROXY, Uri: !GetAtt Function.Arn}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Role: !GetAtt Role.Arn
      Environment: {Variables: {TABLE: !Ref Table, BUCKET: shop-files}}
  Role:
    Type: AWS::IAM::Role
    Properties: {Policies: [{PolicyDocument: {Statement: [{Resource: !GetAtt Queue.Arn}]}}]}
  Table: {Type: AWS::DynamoDB::Table}
  Queue: {Type: AWS::SQS::Queue}
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: shop-files}}
  Other: {Type: AWS::DynamoDB::Table, Properties: {TableName: other-table}}
"""

HTTP = """\
Resources:
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: HTTP}}
  Backend:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {ApiId: !Ref Api, IntegrationUri: !Ref Live}
  Orders:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: POST /orders
      AuthorizationType: JWT
      Target: !Sub integrations/${Backend}
  Rest:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Api, RouteKey: $default, Target: !Sub "integrations/${Backend}"}
  Chat:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Api, RouteKey: $connect}
  Function: {Type: AWS::Lambda::Function}
  Live: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref Function, Name: live}}
  Url:
    Type: AWS::Lambda::Url
    Properties: {AuthType: AWS_IAM, TargetFunctionArn: !GetAtt Function.Arn}
"""

SAM = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Api: {Type: AWS::Serverless::HttpApi}
  Shop:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.13
      InlineCode: pass
      Events:
        Items: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: "/items/{id}", Method: get}}
        Old: {Type: Api, Properties: {Path: /old, Method: any}}
"""


def shown(routes: tuple[Route, ...]) -> list[tuple[str, tuple[str, ...], bool]]:
    """What matters of routes: what they answer, their functions, and the sign-in."""
    return [(str(route), route.functions, route.signed_in) for route in routes]


@pytest.fixture
def rest() -> Template:
    """A REST API whose methods are resources."""
    return resolve(REST)


def test_a_rest_api_without_the_answers_to_cors(rest: Template) -> None:
    assert shown(routes_of(rest)) == [
        ("GET /users/{id}", ("Function",), True),
        ("ANY /", ("Function",), False),
    ]


def test_a_route_is_where_its_method_is_written(rest: Template) -> None:
    (user, _) = routes_of(rest)

    assert (user.location.line, user.location.column) == (14, 19)
    assert (user.api, user.logical_id) == ("Api", "GetUser")


def test_http_apis_and_function_urls() -> None:
    assert shown(routes_of(resolve(HTTP))) == [
        ("POST /orders", ("Function",), True),
        ("ANY /{proxy+}", ("Function",), False),
        ("ANY /{proxy+}", ("Function",), True),
    ]


def test_the_apis_that_sam_makes() -> None:
    found = shown(routes_of(resolve(SAM)))

    assert ("GET /items/{id}", ("Shop",), False) in found
    assert ("ANY /old", ("Shop",), False) in found


def test_a_route_may_be_open_where_the_api_is_not() -> None:
    text = """\
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Api:
            Type: AWS::Serverless::Api
            Properties:
              StageName: prod
              Auth: {DefaultAuthorizer: Pool, Authorizers: {Pool: {UserPoolArn: "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/p"}}}
          Shop:
            Type: AWS::Serverless::Function
            Properties:
              Handler: a.b
              Runtime: python3.13
              InlineCode: pass
              Events:
                Health: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /health, Method: get, Auth: {Authorizer: NONE}}}
                Users: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /users, Method: get}}
        """

    assert sorted(shown(routes_of(resolve(text)))) == [
        ("GET /health", ("Shop",), False),
        ("GET /users", ("Shop",), True),
    ]


def test_the_apis_that_the_serverless_framework_makes(tmp_path: pathlib.Path) -> None:
    (tmp_path / "serverless.yml").write_text(
        textwrap.dedent("""\
        service: shop
        provider: {name: aws, runtime: nodejs20.x, region: eu-central-1}
        functions:
          api:
            handler: a.b
            events:
              - http: {path: "users/{proxy+}", method: any, cors: true}
              - httpApi: "GET /plans"
        """)
    )
    source = open_template(tmp_path / "serverless.yml", tmp_path)
    template = source.resolve(inputs(stage="dev"), AccountState({}))

    assert shown(routes_of(template)) == [
        ("ANY /users/{proxy+}", ("ApiLambdaFunction",), False),
        ("GET /plans", ("ApiLambdaFunction",), False),
    ]


def test_what_is_behind_a_function(rest: Template) -> None:
    """By reference, through its role, and by the name in a variable."""
    behind = References(rest.resources).behind(["Function"])

    assert set(behind) == {"Function", "Role", "Table", "Queue", "Bucket"}
    assert behind[0] == "Function"


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("GET", "/users/me", "GET /users/me"),
        ("get", "/users/7?x=1", "GET /users/{id}"),
        ("GET", "/users/7/", "GET /users/{id}"),
        ("POST", "/users/7", "ANY /{proxy+}"),
        ("GET", "/users/7/posts", "ANY /{proxy+}"),
        ("GET", "/a.b", "GET /a.b"),
        ("GET", "/axb", "ANY /{proxy+}"),
        ("GET", "/", None),
    ],
)
def test_a_request_comes_to_the_most_specific_route(
    method: str, path: str, route: str | None
) -> None:
    keys = (
        ("ANY", "/{proxy+}"),
        ("GET", "/users/{id}"),
        ("GET", "/users/me"),
        ("GET", "/a.b"),
    )
    routes = [Route(verb, at, logical_id=at, api="") for verb, at in keys]
    found = find(routes, method, path)

    assert (str(found) if found else None) == route
