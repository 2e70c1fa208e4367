"""Seeding an account, from the scenario's description or another one."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from demo.stacks import cloudformation, settled

from flowguard.demo.seed import FLOWLOGIC, Scenario, seed
from flowguard.demo.server import EmbeddedAccount
from flowguard.errors import FlowGuardError


def test_each_step_is_told(account: EmbeddedAccount) -> None:
    told: list[str] = []

    seed(account, progress=told.append)

    assert "the table flowlogic-staging-migrations holds 17 items" in told
    assert told[-5] == "the stack flowlogic-backend-staging is DELETE_FAILED"


def test_names_are_drawn_freely_again_afterwards(account: EmbeddedAccount) -> None:
    seed(account)
    client = cloudformation()
    name = "flowlogic-backend-staging"
    client.delete_stack(StackName=name, RetainResources=["VideosUploadBucket"])
    settled(name)

    client.create_stack(
        StackName=name,
        TemplateBody='{"Resources": {"VideosUploadBucket": {"Type": "AWS::S3::Bucket"}}}',
    )

    assert settled(name) == "CREATE_COMPLETE"


def described(folder: Path, text: str) -> Scenario:
    """The FlowLogic project with another account."""
    path = folder / "account.yaml"
    path.write_text(text)
    return Scenario(path, FLOWLOGIC.project, FLOWLOGIC.resources, FLOWLOGIC.handler)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[", "describes no AWS account"),
        ("account_id: 1", "describes no AWS account"),
        ("{account_id: '1', region: eu-west-1}", "not 123456789012 in eu-central-1"),
        (
            FLOWLOGIC.account.read_text().replace("DELETE_FAILED", "ROLLBACK_FAILED"),
            "is CREATE_COMPLETE, where the scenario wants ROLLBACK_FAILED",
        ),
        (
            FLOWLOGIC.account.read_text().replace("DELETE_FAILED", "UPDATE_COMPLETE"),
            "cannot be updated to have one resource",
        ),
        (
            FLOWLOGIC.account.read_text().replace("AWS::Lambda::Function", "A::B::C"),
            "cannot make a resource of type A::B::C",
        ),
    ],
    ids=["yaml", "shape", "account", "status", "update", "type"],
)
def test_description_that_cannot_be_made_is_told(
    account: EmbeddedAccount, tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(FlowGuardError, match=message):
        seed(account, described(tmp_path, text))


def test_missing_description_is_told(account: EmbeddedAccount, tmp_path: Path) -> None:
    scenario = described(tmp_path, "")
    scenario.account.unlink()

    with pytest.raises(FlowGuardError, match="cannot be read"):
        seed(account, scenario)


def test_what_is_in_no_stack_is_made_by_itself(
    account: EmbeddedAccount, tmp_path: Path
) -> None:
    text = """
account_id: "123456789012"
region: eu-central-1
dynamodb: {tables: [{name: table, key: {a: S, b: N}, items: 30}]}
lambda: {functions: [{name: f}]}
apigateway: {rest_apis: [{id: abcde12345, name: api}]}
"""

    seed(account, described(tmp_path, text))

    assert boto3.client("dynamodb").scan(TableName="table")["Count"] == 30
    assert boto3.client("lambda").get_function(FunctionName="f")["Configuration"]
    assert boto3.client("apigateway").get_rest_api(restApiId="abcde12345")["name"]
