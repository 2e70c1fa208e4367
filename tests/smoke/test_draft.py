"""The spec that `flowguard smoke init` drafts."""

import pytest
from inline_snapshot import snapshot
from template.templates import resolve
from template.test_routes import HTTP, REST, SAM

from flowguard.smoke import spec
from flowguard.smoke.draft import draft

POOL = """\
  Pool: {Type: AWS::Cognito::UserPool}
  Client: {Type: AWS::Cognito::UserPoolClient, Properties: {UserPoolId: !Ref Pool}}
  Health:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: health}
  GetHealth:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Health
      HttpMethod: GET
      Integration: {Type: AWS_PROXY, Uri: !GetAtt Function.Arn}
  PostUser:
    Type: AWS::ApiGateway::Method
    Properties: {RestApiId: !Ref Api, ResourceId: !Ref Users, HttpMethod: POST, AuthorizationType: AWS_IAM}
"""


def test_routes_and_authorizers_become_checks() -> None:
    text = draft(resolve(REST + POOL), "template.yaml")

    assert text == snapshot("""\
# Drafted by `flowguard smoke init` from "template.yaml".
# Say what the answers must hold, and remove what does not matter.
base: ${stack.ApiUrl}   # an output of the stack with the API's URL
wait: {get: /health, up: 90s}
# Let the service name its commit: else nothing proves that the new code answers.
# release: {get: /health, expect: {json: {release: "${git.sha}"}}, within: 60s}

auth:
  user:   # made for the run, and always removed
    cognito: {pool: "${stack.PoolId}", client: "${stack.ClientId}"}
    # both are outputs of the stack: add them, or write the ids here

checks:
  # GET /users/{id}: name a path, such as
  # users-id: {get: /users/1, as: user}
  root: {get: /}
  health: {get: /health, deps: [s3, dynamodb, sqs]}
  # POST /users writes: give it a body, and a `finally` that removes it
  # users: {post: /users, as: user, json: {}}
""")


@pytest.mark.parametrize(
    "template", [REST, HTTP, SAM, "Resources: {T: {Type: X::Y::Z}}"]
)
def test_a_draft_is_a_spec(template: str) -> None:
    suite = spec.parse(draft(resolve(template), "t.yaml"), "smoke.yml")

    assert suite.checks
    assert suite.wait


def test_the_release_of_a_draft_is_a_spec_once_its_author_lets_it_be() -> None:
    text = draft(resolve(REST + POOL), "template.yaml").replace(
        "# release:", "release:"
    )
    suite = spec.parse(text, "smoke.yml")

    assert suite.release
    assert suite.release.step
    assert suite.release.step.request.path == "/health"
