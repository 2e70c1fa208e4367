"""The real deploy of the FlowLogic project fails, and succeeds, as predicted.

`osls deploy` runs against the seeded, strict account.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from demo.stacks import GONE, cloudformation, events, settled

from flowguard.cli import main
from flowguard.demo.controls import Controls
from flowguard.demo.seed import FLOWLOGIC, seed
from flowguard.demo.server import EmbeddedAccount

STACK = "flowlogic-backend-staging-v2-staging"
OWN_STACK = "flowlogic-backend-staging"
TABLE = "flowlogic-staging-migrations"
ITEMS = 17


@pytest.fixture
def account() -> Iterator[EmbeddedAccount]:
    """The FlowLogic account, which this process's AWS clients talk to."""
    with EmbeddedAccount() as account, account.applied():
        seed(account)
        yield account


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the FlowLogic project's Serverless folder, which we are in."""
    shutil.copytree(FLOWLOGIC.project, tmp_path / "flowlogic")
    folder = tmp_path / "flowlogic" / "infra" / "serverless"
    monkeypatch.chdir(folder)
    return folder


def predicted(folder: Path) -> tuple[int, set[str]]:
    """Preflight's exit code, and the resources that it says will fail."""
    report = folder.parent / "report.json"
    code = main(["preflight", "--stage", "staging", "--output", f"json={report}"])
    results = json.loads(report.read_text())["results"]
    findings = [finding for result in results for finding in result["findings"]]
    errors = [finding for finding in findings if finding["severity"] == "error"]
    return code, {finding["logical_id"] for finding in errors}


def deploy(account: EmbeddedAccount, folder: Path) -> subprocess.CompletedProcess[str]:
    """Deploy for real."""
    osls = shutil.which("osls")
    assert osls is not None
    return subprocess.run(
        [osls, "deploy", "--stage", "staging"],
        cwd=folder,
        env=account.environment(),
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )


def failed() -> set[str]:
    """The resources whose creation failed, as the stack's events tell them."""
    return {where for where, what, _ in events(STACK) if what == "CREATE_FAILED"}


def adopt_table(stack: str = STACK) -> None:
    """Import the table into a stack, as the finding's help says."""
    client = cloudformation()
    deployed: Any = {"Resources": {}}
    if settled(stack) != GONE:
        deployed = client.get_template(StackName=stack)["TemplateBody"]
    template: dict[str, Any] = json.loads(json.dumps(deployed))
    template["Resources"]["MigrationsTable"] = {
        "Type": "AWS::DynamoDB::Table",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "TableName": TABLE,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        },
    }
    client.create_change_set(
        StackName=stack,
        ChangeSetName="adopt",
        ChangeSetType="IMPORT",
        TemplateBody=json.dumps(template),
        ResourcesToImport=[
            {
                "ResourceType": "AWS::DynamoDB::Table",
                "LogicalResourceId": "MigrationsTable",
                "ResourceIdentifier": {"TableName": TABLE},
            }
        ],
    )
    client.execute_change_set(StackName=stack, ChangeSetName="adopt")
    assert settled(stack) == "IMPORT_COMPLETE"


def items() -> int:
    """How many items the table holds."""
    return int(boto3.client("dynamodb").scan(TableName=TABLE)["Count"])


def test_deploy_fails_as_predicted_and_succeeds_once_the_table_is_adopted(
    account: EmbeddedAccount, project: Path
) -> None:
    code, resources = predicted(project)
    assert (code, resources) == (1, {"MigrationsTable"})

    refused = deploy(account, project)
    assert refused.returncode != 0
    assert "CREATE_FAILED: MigrationsTable" in refused.stdout + refused.stderr
    assert failed() == resources
    assert settled(STACK) == "UPDATE_ROLLBACK_COMPLETE"
    assert predicted(project) == (1, {"MigrationsTable"})

    adopt_table()
    assert predicted(project) == (0, set())

    accepted = deploy(account, project)
    assert accepted.returncode == 0, accepted.stdout + accepted.stderr
    assert settled(STACK) == "UPDATE_COMPLETE"
    assert items() == ITEMS
    assert predicted(project) == (0, set())


def test_deployed_service_answers(account: EmbeddedAccount, project: Path) -> None:
    adopt_table()
    accepted = deploy(account, project)
    assert accepted.returncode == 0, accepted.stdout + accepted.stderr

    apis = boto3.client("apigateway").get_rest_apis()["items"]
    [api] = [each["id"] for each in apis if each["name"].startswith("staging-")]
    url = f"{account.url}/restapis/{api}/staging/_user_request_/health"
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 — loopback
        body = json.load(answer)

    assert body["status"] == "ok"


def test_prediction_names_what_early_validation_keeps_to_itself(
    account: EmbeddedAccount, project: Path
) -> None:
    """AWS's own validation stops the deploy, and the tool cannot say at what."""
    account.control(Controls(early_validation=True))
    code, resources = predicted(project)
    assert (code, resources) == (1, {"MigrationsTable"})

    refused = deploy(account, project)

    assert refused.returncode != 0
    assert "AWS::EarlyValidation::ResourceExistenceCheck" in refused.stdout
    assert "MigrationsTable" not in refused.stdout + refused.stderr
    assert failed() == set()


def test_service_gets_its_own_name_back(
    account: EmbeddedAccount, project: Path
) -> None:
    """The failed deletion blocks it; then the table; then nothing."""
    serverless = project / "serverless.yml"
    serverless.write_text(
        serverless.read_text().replace(
            "service: flowlogic-backend-staging-v2", "service: flowlogic-backend"
        )
    )
    code, _ = predicted(project)
    assert code == 1
    refused = deploy(account, project)
    assert refused.returncode != 0
    assert "DELETE_FAILED" in refused.stdout + refused.stderr

    cloudformation().delete_stack(
        StackName=OWN_STACK, RetainResources=["VideosUploadBucket"]
    )
    assert settled(OWN_STACK) == GONE
    assert predicted(project) == (1, {"MigrationsTable"})

    adopt_table(OWN_STACK)
    assert predicted(project) == (0, set())
    accepted = deploy(account, project)
    assert accepted.returncode == 0, accepted.stdout + accepted.stderr
    assert settled(OWN_STACK) == "UPDATE_COMPLETE"
    assert items() == ITEMS
