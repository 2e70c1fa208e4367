"""`flowguard snapshot`, against an account over HTTP."""

from __future__ import annotations

import json
import pathlib
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import jsonschema
import pytest
from demo.stacks import KEYED_BY_ID

from flowguard.aws import snapshot_keep
from flowguard.aws.session import connect
from flowguard.cli import main
from flowguard.demo.server import EmbeddedAccount
from flowguard.errors import FlowGuardError
from flowguard.model.readiness import Readiness
from flowguard.model.snapshot import Snapshot
from flowguard.rollback import snapshot_file

CANARY = "canary-7f3a91"
"""In every place where a secret may be; it must be in no file and no output."""
KEPT = "snapshots-of-acme"
TEMPLATE = {
    "Parameters": {
        "Stage": {"Type": "String"},
        "Password": {"Type": "String", "NoEcho": True},
        "SigningKey": {"Type": "String"},
    },
    "Resources": {
        "Users": {
            "Type": "AWS::DynamoDB::Table",
            "DeletionPolicy": "Retain",
            "Properties": {"TableName": "users", **KEYED_BY_ID},
        },
        "Api": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": "api",
                "Runtime": "python3.12",
                "Handler": "index.main",
                "Role": "arn:aws:iam::000000000000:role/api",
                "Code": {"S3Bucket": "deploys", "S3Key": "api.zip"},
                "Environment": {"Variables": {"DB": f"{CANARY}-decrypted"}},
            },
        },
        "Rest": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "api"}},
    },
    "Outputs": {
        "Table": {"Value": {"Ref": "Users"}, "Export": {"Name": "users-table"}},
        "AccessToken": {"Value": f"{CANARY}-output"},
    },
}


@pytest.fixture(scope="module")
def running() -> Iterator[EmbeddedAccount]:
    with EmbeddedAccount() as account:
        with account.applied():
            _deploy()
        yield account


@pytest.fixture
def account(running: EmbeddedAccount) -> Iterator[EmbeddedAccount]:
    with running.applied():
        yield running


def _deploy() -> None:
    s3: Any = boto3.client("s3")
    for name in ("deploys", KEPT, "open"):
        s3.create_bucket(
            Bucket=name,
            CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
        )
    s3.put_object(Bucket="deploys", Key="api.zip", Body=_archive())
    s3.put_bucket_versioning(Bucket=KEPT, VersioningConfiguration={"Status": "Enabled"})
    names = "BlockPublicAcls IgnorePublicAcls BlockPublicPolicy RestrictPublicBuckets"
    s3.put_public_access_block(
        Bucket=KEPT,
        PublicAccessBlockConfiguration=dict.fromkeys(names.split(), True),
    )
    cloudformation: Any = boto3.client("cloudformation")
    given = {"Stage": "dev", "Password": CANARY, "SigningKey": f"{CANARY}-key"}
    cloudformation.create_stack(
        StackName="app",
        TemplateBody=json.dumps(TEMPLATE),
        Parameters=[
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in given.items()
        ],
        Tags=[{"Key": "team", "Value": "core"}],
    )
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName="app", WaiterConfig={"Delay": 1}
    )


def _archive() -> bytes:
    import io
    import zipfile

    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("index.py", "def main(*_): return {}")
    return data.getvalue()


@pytest.fixture
def file(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "points" / "before.json"


def take(file: pathlib.Path, *options: str) -> Snapshot:
    assert (
        main(["snapshot", "--stack-name", "app", "--output", str(file), *options]) == 0
    )
    return snapshot_file.load(file)


@pytest.mark.usefixtures("account")
def test_all_that_undoes_a_deploy_is_written_down(file: pathlib.Path) -> None:
    found = take(file, "--no-templates")

    assert found.stack_id.startswith("arn:aws:cloudformation:")
    assert found.status == "CREATE_COMPLETE"
    assert found.tags == (("team", "core"),)
    assert [p.value for p in found.parameters if p.key == "Stage"] == ["dev"]
    assert {kind for _, kind, _ in found.resources} >= {"AWS::DynamoDB::Table"}
    (table,) = found.stateful
    assert (table.physical_id, table.deletion_policy) == ("users", "Retain")
    assert table.point_in_time_recovery is False
    (artifact,) = found.artifacts
    assert (artifact.location, artifact.there) == ("s3://deploys/api.zip", True)
    (function,) = found.functions
    assert function.name == "api"
    assert function.code_sha256
    assert [o.export for o in found.outputs if o.export] == ["users-table"]


@pytest.mark.usefixtures("account")
def test_the_file_fits_the_published_schema(file: pathlib.Path) -> None:
    take(file, "--no-templates")

    jsonschema.Draft202012Validator(snapshot_file.schema()).validate(
        json.loads(file.read_text())
    )


@pytest.mark.usefixtures("account")
def test_no_secret_is_in_the_file_or_on_the_terminal(
    file: pathlib.Path, capfd: pytest.CaptureFixture[str]
) -> None:
    kms: Any = boto3.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]

    found = take(file, "--kms-key", key)

    said = capfd.readouterr()
    written = [path.read_text() for path in file.parent.iterdir()]
    assert len(written) == 2
    assert not [text for text in [*written, said.out, said.err] if CANARY in text]
    assert [p.key for p in found.parameters if p.no_echo] == ["Password"]
    assert [p.key for p in found.parameters if p.withheld] == ["SigningKey"]
    assert [o.key for o in found.outputs if o.withheld] == ["AccessToken"]


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("where", ["bucket", "file"])
def test_what_was_kept_can_be_read_again(file: pathlib.Path, where: str) -> None:
    if where == "bucket":
        found = take(file, "--keep", f"s3://{KEPT}/points/")
    else:
        kms: Any = boto3.client("kms")
        found = take(file, "--kms-key", kms.create_key()["KeyMetadata"]["Arn"])

    aws = connect()
    template = snapshot_keep.read(aws, found, "processed", file.parent)
    values = snapshot_keep.read(aws, found, "values", file.parent)

    assert json.loads(template) == TEMPLATE
    assert json.loads(values) == {
        "parameters": {"SigningKey": f"{CANARY}-key"},
        "outputs": {"AccessToken": f"{CANARY}-output"},
    }
    assert found.restorable


@pytest.mark.usefixtures("account")
def test_a_file_that_was_changed_is_not_opened(file: pathlib.Path) -> None:
    kms: Any = boto3.client("kms")
    found = take(file, "--kms-key", kms.create_key()["KeyMetadata"]["Arn"])
    sealed = file.with_name("before.json.sealed")
    document = json.loads(sealed.read_text())
    texts = document["texts"]
    texts["original"] = texts["values"]
    sealed.write_text(json.dumps(document))

    with pytest.raises(FlowGuardError, match="was changed since it was written"):
        snapshot_keep.read(connect(), found, "original", file.parent)


@pytest.mark.usefixtures("account")
def test_a_template_that_was_exchanged_is_not_used(file: pathlib.Path) -> None:
    found = take(file, "--keep", f"s3://{KEPT}/points")
    assert found.original
    assert found.values
    exchanged = replace(found, original=replace(found.values, sha256="0" * 64))

    with pytest.raises(FlowGuardError, match="is not what the snapshot kept"):
        snapshot_keep.read(connect(), exchanged, "original", file.parent)


@pytest.mark.usefixtures("account")
def test_a_bucket_that_is_not_private_is_refused(
    file: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(
        [
            *("snapshot", "--stack-name", "app", "--output", str(file)),
            *("--keep", "s3://open/points"),
        ]
    )

    said = capsys.readouterr().err
    assert code == 2
    assert "s3://open: it keeps no versions" in said
    assert "put-bucket-versioning --bucket open" in said
    assert not file.exists()


@pytest.mark.usefixtures("account")
def test_without_templates_it_says_what_that_costs(
    file: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = take(file, "--no-templates")

    assert "cannot be taken back" in capsys.readouterr().out
    assert found.processed
    assert found.processed.sha256
    assert not found.restorable


@pytest.mark.usefixtures("account")
def test_the_digest_is_printed_and_another_is_refused(
    file: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    take(file, "--no-templates")
    printed = re.search(
        r"^snapshot-digest=(sha256:\w{64})$", capsys.readouterr().out, re.MULTILINE
    )
    assert printed

    assert snapshot_file.load(file, printed[1]).stack_name == "app"
    file.write_text(file.read_text().replace('"dev"', '"prod"'))
    with pytest.raises(FlowGuardError, match="another snapshot than the one"):
        snapshot_file.load(file, printed[1])


@pytest.mark.usefixtures("account")
def test_before_the_first_deploy_there_is_nothing(
    file: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(
        [
            *("snapshot", "--stack-name", "new", "--output", str(file)),
            "--no-templates",
        ]
    )

    assert code == 0
    out = capsys.readouterr().out
    assert re.search(r"there is no stack new in \S+ of account \d{12}: nothing to", out)
    assert "check --stack-name and --region" in out
    assert not snapshot_file.load(file).exists


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "--keep"),
        (["--keep", "my-bucket"], "is no place in S3"),
        (["--keep", "s3://a-bucket", "--no-templates"], "exclude each other"),
    ],
)
def test_where_the_templates_go_must_be_said(
    file: pathlib.Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    said: str,
) -> None:
    code = main(["snapshot", "--stack-name", "app", "--output", str(file), *options])

    assert code == 2
    assert said in capsys.readouterr().err


@pytest.mark.usefixtures("account")
def test_whether_the_deploy_can_be_taken_back_goes_with_it(
    file: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    report = tmp_path / "preflight.json"
    report.write_text(json.dumps({"readiness": {"level": "amber", "reasons": []}}))

    found = take(file, "--no-templates", "--preflight", str(report))

    assert found.readiness is Readiness.AMBER


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("text", ["", "[]", '{"readiness": {"level": "blue"}}'])
def test_what_is_no_report_is_told(
    file: pathlib.Path,
    tmp_path: pathlib.Path,
    capsys: pytest.CaptureFixture[str],
    text: str,
) -> None:
    report = tmp_path / "preflight.json"
    report.write_text(text)

    code = main(
        [
            *("snapshot", "--stack-name", "app", "--output", str(file)),
            *("--no-templates", "--preflight", str(report)),
        ]
    )

    assert code == 2
    assert "is no report of a preflight" in capsys.readouterr().err
    assert not file.exists()


@pytest.mark.usefixtures("account")
def test_a_fault_of_the_sdk_is_no_snapshot(
    file: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What broke is told as FlowGuard's own, and is not "not known"."""

    def broken(*_given: object, **_named: object) -> object:
        raise KeyError("documentation")

    monkeypatch.setattr("botocore.client.BaseClient._convert_to_request_dict", broken)
    monkeypatch.setattr("flowguard.aws.sign_in.account_id", lambda *_: "000000000000")

    code = main(
        ["snapshot", "--stack-name", "app", "--output", str(file), "--no-templates"]
    )

    assert code == 2
    assert "internal error: KeyError: 'documentation'" in capsys.readouterr().err
    assert not file.exists()
