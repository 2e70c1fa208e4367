"""FlowGuard's reading of `serverless.yml` is what the real compiler makes of it.

Each project is packaged by osls for two stages, its `${ssm:}` and `${cf:}` answered
by the embedded account. `FLOWGUARD_GOLDEN=write` keeps the results as the golden
files that `make test` compares with.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from serverless_projects import (
    ACCOUNT_ID,
    OUTPUTS,
    PARAMETERS,
    REGIONS,
    Account,
    Project,
    dump,
    inputs,
    projects,
    steady,
    summary,
)

from flowguard.demo.server import EmbeddedAccount
from flowguard.model import hidden
from flowguard.model.places import Place
from flowguard.model.questions import Unresolved
from flowguard.template import Inputs, cloudformation, open_template
from flowguard.template.serverless import ServerlessSource, read
from flowguard.template.serverless.configuration import configure
from flowguard.template.serverless.expand import expand
from flowguard.template.serverless.resources import whole_template

TEMPLATE = "cloudformation-template-update-stack.json"


@pytest.fixture(scope="module")
def embedded() -> Iterator[EmbeddedAccount]:
    """An account that holds what the projects' variables ask for."""
    with EmbeddedAccount(account_id=ACCOUNT_ID) as embedded, embedded.applied():
        for region in REGIONS:
            ssm = boto3.client("ssm", region_name=region)
            for name, parameter in PARAMETERS.items():
                ssm.put_parameter(
                    Name=name,
                    Type=parameter.type,
                    Value=parameter.value or "never read",
                )
            cloudformation_client = boto3.client("cloudformation", region_name=region)
            for name, outputs in OUTPUTS.items():
                body = {
                    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
                    "Outputs": {
                        key: {"Value": value} for key, value in outputs.items()
                    },
                }
                cloudformation_client.create_stack(
                    StackName=name, TemplateBody=json.dumps(body)
                )
        yield embedded


def compiled(project: Project, folder: Path, embedded: EmbeddedAccount) -> Path:
    """The folder with what osls makes of a copy of the project."""
    shutil.copytree(project.folder, folder / "project")
    output = folder / "package"
    osls = shutil.which("osls")
    assert osls is not None
    subprocess.run(
        [osls, "package", "--stage", project.stage, "--package", output],
        cwd=folder / "project" / project.service,
        env={**embedded.environment(), "HOME": str(folder), "SLS_TELEMETRY": "off"},
        check=True,
        capture_output=True,
        text=True,
        timeout=100,
    )
    return output


def stack_name(output: Path) -> str:
    """The name of the stack that was packaged, as the framework's state tells it."""
    state = json.loads((output / "serverless-state.json").read_text())
    own: str | None = state["service"]["provider"].get("stackName")
    service, stage = state["service"]["service"], state["service"]["provider"]["stage"]
    # `--stage` stands before the provider's own.
    folder = state["package"]["artifactDirectoryName"].split("/")
    assert folder[1] == service
    return own or f"{service}-{folder[2] or stage}"


@pytest.mark.parametrize("project", projects(), ids=str)
def test_expansion_is_the_compilers(
    project: Project, tmp_path: Path, embedded: EmbeddedAccount
) -> None:
    output = compiled(project, tmp_path, embedded)
    folder = tmp_path / "project"
    source = read(folder / project.service / "serverless.yml", folder)

    ours = hidden.every(hidden.real, source.resolve(inputs(project), Account()))
    region = ours.region or ""
    theirs = cloudformation.read(output / TEMPLATE, tmp_path).resolve(
        Inputs(Place(ACCOUNT_ID, region), stack_name=stack_name(output)), Account()
    )

    assert summary(ours) == summary(theirs)
    if os.environ.get("FLOWGUARD_GOLDEN") == "write":
        project.golden.parent.mkdir(exist_ok=True)
        project.golden.write_text(dump(summary(theirs)))
    assert json.loads(project.golden.read_text()) == summary(theirs)
    assert differences(source, project, output) == []


def differences(source: ServerlessSource, project: Project, output: Path) -> list[str]:
    """Where the whole templates differ, but for what is not known beforehand."""
    service, _ = configure(source.files, source.document, inputs(project), Account())
    ours = hidden.every(hidden.real, whole_template(expand(service)).plain())
    text = (output / TEMPLATE).read_text()
    for logical_id, resource in json.loads(text)["Resources"].items():
        kept = steady(logical_id, resource["Type"])
        text = text.replace(f'"{logical_id}"', f'"{kept}"')
    theirs = json.loads(text)
    return [
        difference
        for section in {**ours, **theirs}.keys() - {"AWSTemplateFormatVersion"}
        if section != "Description"
        for difference in compared(section, ours.get(section), theirs.get(section))
    ]


def compared(path: str, ours: Any, theirs: Any) -> Iterator[str]:
    """The paths at which two values differ; what is unresolved differs nowhere."""
    if isinstance(ours, Unresolved):
        return
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in {**ours, **theirs}:
            yield from compared(f"{path}/{key}", ours.get(key), theirs.get(key))
    elif isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            yield f"{path}: {len(ours)} entries here, {len(theirs)} there"
        for index, (one, other) in enumerate(zip(ours, theirs, strict=False)):
            yield from compared(f"{path}/{index}", one, other)
    elif ours != theirs:
        yield f"{path}: {ours!r} here, {theirs!r} there"


def test_a_fresh_package_is_used(tmp_path: Path, embedded: EmbeddedAccount) -> None:
    """What only the compiler knows, such as a version's hash, comes from its result."""
    project = next(p for p in projects() if p.name == "http-api")
    output = compiled(project, tmp_path, embedded)
    folder = tmp_path / "project"
    shutil.copytree(output, folder / ".serverless")

    template = open_template(folder / "serverless.yml", folder).resolve(
        inputs(project), Account()
    )

    versions = [
        resource
        for resource in template.resources.values()
        if resource.resource_type == "AWS::Lambda::Version"
    ]
    assert versions
    assert all(v.logical_id.partition("LambdaVersion")[2] for v in versions)
    assert {v.locations[()].path for v in versions} == {"serverless.yml"}
