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
    """What the bucket holds: the names, and of an outcome what became of the deploy."""
    import boto3

    with account.applied():
        listed = boto3.client("s3").list_objects_v2(Bucket=SNAPSHOTS)
    names = (entry["Key"].split("/")[-1] for entry in listed.get("Contents", ()))
    return sorted(
        re.sub(r"^\d\S*?-([a-z][a-z-]*)\.json$", r"\1", name) for name in names
    )


ONE_SNAPSHOT = ["original", "processed", "snapshot.json"]


class Project:
    """A repository with a backend and its workflow, the first release up."""

    def __init__(self, account: EmbeddedAccount, folder: pathlib.Path) -> None:
        self.account = account
        self.folder = workflow.repository(folder)
        place = shutil.copytree(FILES, self.folder / "backend")
        spec = place / "smoke.yml"
        for pattern, text in HASTY:
            spec.write_text(re.sub(pattern, text, spec.read_text()))
        (place / "deploy.py").write_text(DEPLOY)
        self.backend = Backend(account, place)
        self.backend.create("1.4.0")

    def release(self, version: str) -> workflow.Run:
        """A run of the workflow."""
        path = self.folder / ".github/workflows/guarded.yml"
        path.write_text(WORKFLOW.read_text().replace("1.5.0", version))
        workflow.commit(self.folder)
        return workflow.run(
            self.folder, path.name, environment=self.account.variables()
        )


def test_a_bad_release_is_rolled_back(
    account: EmbeddedAccount, tmp_path: pathlib.Path
) -> None:
    project = Project(account, tmp_path)
    project.backend.write_bad_release()

    ran = project.release("1.6.0")

    told = outputs(ran, "verify")
    assert ran.code == 1, ran.log
    assert (told["exit-code"], told["rolled-back"]) == ("4", "true")
    assert (told["verdict"], told["deployed"]) == ("block", "true")
    assert outputs(ran, "deploy") == {}
    assert '"release": "1.4.0"' in project.backend.get("/health")
    assert "users" in ran.commands("verify", "error")[0]["msg"]
    assert kept(account) == sorted([*ONE_SNAPSHOT, "rolled-back"])
