"""A release under guard in a real workflow, which act runs from the image."""

from __future__ import annotations

import pathlib
import re
import shutil
from collections.abc import Iterator

import pytest
import workflow

from flowguard.demo.backend import FILES, SNAPSHOTS, Backend
from flowguard.demo.server import EmbeddedAccount

pytestmark = pytest.mark.timeout(600)

WORKFLOW = pathlib.Path(__file__).parent / "workflows" / "guarded.yml"
HASTY = (
    (r"(?m)^gate: .*", "gate: {spread: 300ms, samples: {pass: 1}}"),
    (r"(?m)^ *latency: .*\n", ""),
)

# What `aws cloudformation deploy` does.
DEPLOY = """
import os, time
import boto3

client, stack = boto3.client("cloudformation"), os.environ["STACK"]
client.update_stack(
    StackName=stack,
    TemplateBody=open("backend/template.yaml").read(),
    Parameters=[{"ParameterKey": "Release", "ParameterValue": os.environ["RELEASE"]}],
    Capabilities=["CAPABILITY_IAM"],
)
while True:
    status = client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    print(status, flush=True)
    if not status.endswith("_IN_PROGRESS"):
        break
    time.sleep(0.2)
raise SystemExit(status != "UPDATE_COMPLETE")
"""


@pytest.fixture
def account() -> Iterator[EmbeddedAccount]:
    """An account of this test's own."""
    with EmbeddedAccount() as account:
        yield account


def outputs(ran: workflow.Run, step: str) -> dict[str, str]:
    """The outputs that a step has set."""
    return {entry["name"]: entry["arg"] for entry in ran.commands(step, "set-output")}


def kept(account: EmbeddedAccount) -> list[str]:
    """The names of what the bucket holds."""
    import boto3

    with account.applied():
        listed = boto3.client("s3").list_objects_v2(Bucket=SNAPSHOTS)
    return [entry["Key"].split("/")[-1] for entry in listed.get("Contents", ())]


def test_a_good_release_stays_and_a_bad_one_is_taken_back(
    account: EmbeddedAccount, tmp_path: pathlib.Path
) -> None:
    folder = workflow.repository(tmp_path)
    backend_folder = shutil.copytree(FILES, folder / "backend")
    spec = backend_folder / "smoke.yml"
    for pattern, text in HASTY:
        spec.write_text(re.sub(pattern, text, spec.read_text()))
    (backend_folder / "deploy.py").write_text(DEPLOY)
    release = folder / ".github/workflows/guarded.yml"
    release.write_text(WORKFLOW.read_text())
    workflow.commit(folder)
    backend = Backend(account, backend_folder)
    backend.create("1.4.0")

    good = workflow.run(folder, release.name, environment=account.variables())

    assert good.code == 0, good.log
    assert outputs(good, "verify")["exit-code"] == "0"
    assert outputs(good, "verify")["deploy-allowed"] == "true"
    assert '"release": "1.5.0"' in backend.get("/health")
    assert sorted(kept(account)) == ["original", "processed"]

    backend.write_bad_release()
    release.write_text(WORKFLOW.read_text().replace("1.5.0", "1.6.0"))
    workflow.commit(folder)

    bad = workflow.run(folder, release.name, environment=account.variables())

    told = outputs(bad, "verify")
    assert bad.code == 1, bad.log
    assert (told["exit-code"], told["rolled-back"]) == ("4", "true")
    assert told["verdict"] == "block"
    assert outputs(bad, "deploy") == {}
    assert '"release": "1.5.0"' in backend.get("/health")
    assert "users" in bad.commands("verify", "error")[0]["msg"]
    assert sorted(kept(account)) == ["original", "original", "processed", "processed"]
