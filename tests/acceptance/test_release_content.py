"""What osls really deploys is known again by its content, and no other release is."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from flowguard.aws.operations import Operations
from flowguard.aws.session import connect
from flowguard.demo.server import EmbeddedAccount
from flowguard.model.questions import Present
from flowguard.release import Likeness, Live, Match, compare, find

STACK = "shop-prod"
PROJECT = """\
service: shop
provider:
  name: aws
  runtime: nodejs20.x
  region: eu-central-1
  versionFunctions: {versions}
  environment: {{GREETING: "hello ${{sls:stage}}"}}
functions:
  api:
    handler: src/main.handler
    events:
      - http: GET /health
  worker:
    handler: src/main.handler
    memorySize: 256
    layers: [{{Ref: ToolsLambdaLayer}}]
layers:
  tools: {{path: layer}}
resources:
  Resources:
    Inline:
      Type: AWS::Lambda::Function
      Properties:
        Runtime: python3.11
        Handler: index.handler
        Role: !GetAtt IamRoleLambdaExecution.Arn
        Code: {{ZipFile: "def handler(e, c): return 1"}}
  Outputs:
    Exported: {{Value: !Ref Inline, Export: {{Name: shop-inline}}}}
"""
MAIN = "exports.handler = async () => ({statusCode: 200});\n"


@pytest.fixture
def account() -> Iterator[EmbeddedAccount]:
    """An empty account, which this process's AWS clients talk to."""
    with EmbeddedAccount() as account, account.applied():
        yield account


def project(folder: Path, *, versions: bool) -> Path:
    """The service, as it lies in a job's workspace."""
    for name, text in (
        ("serverless.yml", PROJECT.format(versions=str(versions).lower())),
        ("src/main.js", MAIN),
        ("layer/tool.js", "exports.tool = 1;\n"),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def workspace(source: Path, name: str) -> Path:
    """A workspace of another job, without what was packaged."""
    ignored = shutil.ignore_patterns(".serverless")
    return shutil.copytree(source, source.parent / name, ignore=ignored)


def osls(account: EmbeddedAccount, folder: Path, command: str) -> None:
    """Run it for real."""
    program = shutil.which("osls")
    assert program is not None
    done = subprocess.run(
        [program, command, "--stage", "prod"],
        cwd=folder,
        env=account.environment(),
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def match(folder: Path) -> Match:
    """The package in a folder against what the account says is live."""
    operations = Operations(connect())
    stack = operations.stack(STACK)
    assert isinstance(stack, Present)
    stack_id = stack.value.stack_id
    original, processed = operations.original(stack_id), operations.template(stack_id)
    state = operations.snapshot(stack_id)
    assert isinstance(original, Present)
    assert isinstance(processed, Present)
    assert isinstance(state, Present)
    live = Live(original.value, processed.value, state.value)
    [mine] = [r for r in find(folder, STACK) if "update-stack" in r.source]
    return compare(mine, live)


@pytest.mark.parametrize("versions", [True, False])
def test_ours_is_equal_and_a_colleagues_is_not(
    account: EmbeddedAccount, tmp_path: Path, *, versions: bool
) -> None:
    ours = project(tmp_path / "ours", versions=versions)
    osls(account, ours, "deploy")
    found = match(ours)
    assert found.likeness is Likeness.EQUAL
    assert found.compared == (
        "template",
        "Content of ToolsLambdaLayer",
        "code of ApiLambdaFunction",
        "code of WorkerLambdaFunction",
    )

    # Another job packages the same commit anew: under another time.
    job = workspace(ours, "job")
    osls(account, job, "package")
    assert match(job).likeness is Likeness.EQUAL

    # A colleague's release changes nothing but code.
    theirs = workspace(ours, "theirs")
    (theirs / "src/main.js").write_text(MAIN.replace("200", "500"))
    osls(account, theirs, "deploy")
    assert match(theirs).likeness is Likeness.EQUAL
    told = match(ours)
    assert told.likeness is Likeness.DIFFERENT
    if not versions:
        assert told.differences == (
            "code of ApiLambdaFunction: Lambda runs other code",
            "code of WorkerLambdaFunction: Lambda runs other code",
        )

    # And one that changes a property alone.
    text = (theirs / "serverless.yml").read_text()
    (theirs / "serverless.yml").write_text(text.replace("256", "512"))
    osls(account, theirs, "deploy")
    assert match(theirs).likeness is Likeness.EQUAL
    assert match(ours).likeness is Likeness.DIFFERENT

    # Ours again, from a workspace that deployed before: it is ours.
    osls(account, ours, "deploy")
    assert match(ours).likeness is Likeness.EQUAL
    assert match(job).likeness is Likeness.EQUAL
    assert match(theirs).likeness is Likeness.DIFFERENT
