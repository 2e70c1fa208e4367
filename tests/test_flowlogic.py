"""FlowLogic, end to end: the real project, a real account over HTTP, one verdict.

The account is the embedded one, seeded with the scenario that ships with the demo;
the code that asks it is the code that asks AWS.
"""

from __future__ import annotations

import json
import pathlib
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from flowguard import template
from flowguard.aws.observe import Observer
from flowguard.aws.permissions import policy
from flowguard.aws.session import Aws, connect
from flowguard.cli import main
from flowguard.demo.seed import FLOWLOGIC, seed
from flowguard.demo.server import EmbeddedAccount
from flowguard.errors import AccountError
from flowguard.model.results import Outcome, Report, Verdict
from flowguard.plan import BASIS, Planner
from flowguard.prediction import predict
from flowguard.rules import BUILTIN

RESOURCES = "infra/serverless/resources.yml"
SERVERLESS = "infra/serverless/serverless.yml"
TEMPORARY = "service: flowlogic-backend-staging-v2\n"
BUCKET = "flowlogic-backend-staging-videosuploadbucket-9z8y7x6w5v4u"
READS = ("Describe", "Get", "List", "Head", "BatchGet")

Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture(scope="module")
def account() -> Iterator[EmbeddedAccount]:
    with EmbeddedAccount() as embedded:
        seed(embedded)
        yield embedded


@pytest.fixture
def project(tmp_path: pathlib.Path) -> pathlib.Path:
    copy = tmp_path / "flowlogic"
    shutil.copytree(FLOWLOGIC.project, copy)
    return copy


@pytest.fixture
def own_name(project: pathlib.Path) -> None:
    """The service has its own name back."""
    path = project / SERVERLESS
    path.write_text(path.read_text().replace(TEMPORARY, "service: flowlogic-backend\n"))


@pytest.fixture
def run(account: EmbeddedAccount, project: pathlib.Path) -> Run:
    """The command in the project's folder: its exit code and its JSON report."""

    def run_preflight(*options: str) -> tuple[int, dict[str, Any]]:
        report = project / "report.json"
        with account.applied(), chdir(project / "infra" / "serverless"):
            code = main(["preflight", "--output", f"json={report}", *options])
        return code, json.loads(report.read_text())

    return run_preflight


def findings(report: Mapping[str, Any], rule: str) -> list[dict[str, Any]]:
    """The findings of one rule."""
    (result,) = (r for r in report["results"] if r["rule_id"] == rule)
    rows: list[dict[str, Any]] = result["findings"]
    return rows


def errors(report: Mapping[str, Any]) -> Counter[str]:
    """How many errors each rule has found."""
    return Counter(
        finding["rule_id"]
        for result in report["results"]
        for finding in result["findings"]
        if finding["severity"] == "error"
    )


def line_of(project: pathlib.Path, path: str, text: str) -> int:
    lines = (project / path).read_text().splitlines()
    return next(i for i, line in enumerate(lines, 1) if text in line)


def test_staging_is_blocked_by_one_table(run: Run, project: pathlib.Path) -> None:
    code, report = run("--stage", "staging")

    (taken,) = findings(report, "name-taken")
    assert (code, report["verdict"]) == (1, "block")
    assert errors(report) == {"name-taken": 1}
    assert taken["logical_id"] == "MigrationsTable"
    assert taken["location"]["path"] == RESOURCES
    assert taken["location"]["line"] == line_of(
        project, RESOURCES, "TableName: ${self:custom.tables.migrations}"
    )
    assert "no stack owns it" in taken["message"]
    assert "17 items" in taken["help"]
    assert "DeletionPolicy: Retain" in taken["help"]


def test_staging_is_warned_of_its_name_and_its_tables(run: Run) -> None:
    _, report = run("--stage", "staging")

    (name,) = findings(report, "naming-drift")
    unprotected = findings(report, "stateful-resource-unprotected")
    assert name["severity"] == "warning"
    assert (name["location"]["path"], name["location"]["line"]) == (SERVERLESS, 3)
    assert "'v2' is a temporary suffix" in name["message"]
    assert "'flowlogic-backend-staging', which is DELETE_FAILED" in name["message"]
    assert len(unprotected) == 9
    assert {finding["location"]["path"] for finding in unprotected} == {RESOURCES}


def test_a_deploy_to_prod_would_make_a_third_production(run: Run) -> None:
    code, report = run("--stage", "prod")

    (copy,) = findings(report, "duplicate-environment")
    taken = findings(report, "name-taken")
    assert code == 1
    assert copy["severity"] == "error"
    assert "'flowlogic-backend-staging-v2-prod' would be a third" in copy["message"]
    assert {finding["logical_id"] for finding in taken} == {
        "UsersTable",
        "PlansTable",
        "MigrationsTable",
        "VideosBucket",
    }
    assert all("stack 'flowlogic-backend-prod' owns it" in f["message"] for f in taken)


@pytest.mark.usefixtures("own_name")
def test_the_environment_that_exists_twice_is_warned_of(run: Run) -> None:
    _, report = run("--stage", "prod")

    (copy,) = findings(report, "duplicate-environment")
    assert copy["severity"] == "warning"
    assert "flowlogic-backend-production" in copy["message"]


@pytest.mark.usefixtures("own_name")
def test_under_its_own_name_the_wreck_blocks(run: Run) -> None:
    code, report = run("--stage", "staging")

    (blocked,) = findings(report, "stack-blocked")
    assert code == 1
    assert "'flowlogic-backend-staging' is DELETE_FAILED" in blocked["message"]
    assert "VideosUploadBucket" in json.dumps(blocked["evidence"])
    assert "not empty" in json.dumps(blocked["evidence"])
    assert "--retain-resources VideosUploadBucket" in blocked["help"]


@pytest.mark.usefixtures("own_name")
def test_the_healthy_environment_passes(run: Run) -> None:
    code, report = run("--stage", "dev")

    assert (code, report["verdict"]) == (0, "pass")
    assert findings(report, "naming-drift") == []
    assert findings(report, "duplicate-environment") == []


@pytest.mark.usefixtures("own_name")
def test_once_mended_it_passes(project: pathlib.Path) -> None:
    with EmbeddedAccount() as mended:
        seed(mended)
        _clear_and_adopt(mended)
        with mended.applied(), chdir(project / "infra" / "serverless"):
            code = main(["preflight", "--stage", "staging", "--quiet"])

    assert code == 0


def _clear_and_adopt(account: EmbeddedAccount) -> None:
    """What the findings' help says, done."""
    cloudformation = boto3.client(
        "cloudformation",
        endpoint_url=account.url,
        region_name=account.region,
        aws_access_key_id=account.account_id,
        aws_secret_access_key="x",
    )
    name = "flowlogic-backend-staging"
    cloudformation.delete_stack(StackName=name, RetainResources=["VideosUploadBucket"])
    cloudformation.get_waiter("stack_delete_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1}
    )
    table = {
        "Type": "AWS::DynamoDB::Table",
        "DeletionPolicy": "Retain",
        "Properties": {
            "TableName": "flowlogic-staging-migrations",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        },
    }
    cloudformation.create_change_set(
        StackName=name,
        ChangeSetName="adopt",
        ChangeSetType="IMPORT",
        TemplateBody=json.dumps({"Resources": {"MigrationsTable": table}}),
        ResourcesToImport=[
            {
                "ResourceType": table["Type"],
                "LogicalResourceId": "MigrationsTable",
                "ResourceIdentifier": {"TableName": "flowlogic-staging-migrations"},
            }
        ],
    )
    change = {"StackName": name, "ChangeSetName": "adopt"}
    cloudformation.get_waiter("change_set_create_complete").wait(
        **change, WaiterConfig={"Delay": 1}
    )
    cloudformation.execute_change_set(**change)
    cloudformation.get_waiter("stack_import_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1}
    )


# --- what is asked -----------------------------------------------------------


def ask(
    account: EmbeddedAccount,
    project: pathlib.Path,
    on_call: Callable[[str, str, Mapping[str, Any]], None],
) -> Report:
    """The library's own preflight of staging, with an ear at every call."""
    source = template.open_template(project / SERVERLESS, project)
    with account.applied():
        aws = connect(region=account.region)
        aws.on_call = on_call
        inputs = template.Inputs(place=aws.place, stage="staging")
        planner = Planner(source, inputs, datetime.now(UTC))
        return predict(planner, Observer(aws))


def refuse(code: str = "AccessDenied") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "not authorized"}}, "any")


def deny_all_but_cloudformation(
    service: str, _operation: str, _parameters: Mapping[str, Any]
) -> None:
    if service != "cloudformation":
        raise refuse()


def test_every_call_is_a_read_and_none_is_made_twice(
    account: EmbeddedAccount, project: pathlib.Path
) -> None:
    calls: list[tuple[str, str, str]] = []

    ask(
        account,
        project,
        lambda service, operation, parameters: calls.append(
            (service, operation, json.dumps(parameters, sort_keys=True, default=str))
        ),
    )

    assert calls
    assert [call for call in calls if not call[1].startswith(READS)] == []
    assert [call for call, n in Counter(calls).items() if n > 1] == []
    assert all('"WithDecryption": true' not in parameters for _, _, parameters in calls)


IAM_NAMES = {
    ("s3", "ListBuckets"): "s3:ListAllMyBuckets",
    ("s3", "HeadBucket"): "s3:ListBucket",
    ("s3", "ListObjectsV2"): "s3:ListBucket",
}
"""IAM actions that are not called like the operation (AWS, "Actions, resources…")."""
IAM_PREFIXES = {
    "resourcegroupstaggingapi": "tag",
    "cloudcontrol": "cloudformation",
    "elbv2": "elasticloadbalancing",
    "stepfunctions": "states",
}


def iam_action(service: str, operation: str) -> str:
    if service == "apigateway":
        return "apigateway:GET"
    default = f"{IAM_PREFIXES.get(service, service)}:{operation}"
    return IAM_NAMES.get((service, operation), default)


def test_the_printed_policy_is_enough(
    account: EmbeddedAccount, project: pathlib.Path
) -> None:
    asked = {*BASIS, *(lookup for rule in BUILTIN for lookup in rule.asks)}
    statements = policy(asked)["Statement"]
    allowed = {action for statement in statements for action in statement["Action"]}

    def guard(service: str, operation: str, _parameters: Mapping[str, Any]) -> None:
        if iam_action(service, operation) not in allowed:
            raise refuse()

    report = ask(account, project, guard)

    assert report.coverage.unknown == 0
    assert report.verdict is Verdict.BLOCK


def test_what_is_denied_is_listed_with_the_action_it_needs(
    account: EmbeddedAccount, project: pathlib.Path
) -> None:
    report = ask(account, project, deny_all_but_cloudformation)

    unknowns = [unknown for result in report.results for unknown in result.unknowns]
    taken = next(result for result in report.results if result.rule_id == "name-taken")
    assert report.verdict is Verdict.INCONCLUSIVE
    assert taken.outcome is Outcome.INCONCLUSIVE
    assert {"dynamodb:DescribeTable", "s3:ListAllMyBuckets"} <= {
        permission for u in unknowns for permission in u.permission.split(", ")
    }
    assert all(u.permission for u in unknowns if u.kind.inconclusive)


@pytest.mark.parametrize(("options", "code"), [([], 0), (["--strict"], 3)])
def test_what_is_denied_blocks_only_where_it_is_asked_to(
    run: Run, monkeypatch: pytest.MonkeyPatch, options: list[str], code: int
) -> None:
    def connect_and_deny(**options: Any) -> Aws:
        aws = connect(**options)
        aws.on_call = deny_all_but_cloudformation
        return aws

    monkeypatch.setattr("flowguard.aws.session.connect", connect_and_deny)

    assert run("--stage", "staging", *options)[0] == code


def test_when_everything_is_denied_one_line_says_so(
    account: EmbeddedAccount, project: pathlib.Path
) -> None:
    def deny(_service: str, _operation: str, _parameters: Mapping[str, Any]) -> None:
        raise refuse()

    with pytest.raises(AccountError) as raised:
        ask(account, project, deny)

    assert str(raised.value).count("\n") == 0
    assert "AWS answered none of" in str(raised.value)
    assert "flowguard permissions" in raised.value.help


def test_when_the_credentials_expired_no_permission_is_asked_for(
    account: EmbeddedAccount, project: pathlib.Path
) -> None:
    def expired(_service: str, _operation: str, _parameters: Mapping[str, Any]) -> None:
        raise refuse("ExpiredToken")

    with pytest.raises(AccountError) as raised:
        ask(account, project, expired)

    assert "the AWS credentials have expired (ExpiredToken" in str(raised.value)
    assert "sign in again" in raised.value.help


def test_offline_judges_the_template_alone(
    project: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    report = project / "report.json"

    with chdir(project / "infra" / "serverless"):
        code = main(
            [
                "preflight",
                "--stage",
                "staging",
                "--offline",
                "--output",
                f"json={report}",
            ]
        )

    document = json.loads(report.read_text())
    assert (code, document["verdict"]) == (0, "pass")
    assert document["coverage"]["answered"] == 0
    assert len(findings(document, "stateful-resource-unprotected")) == 9
