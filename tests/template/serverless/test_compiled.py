"""A compiled template is used where it is fresh, and no secret in it gets out."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from template.serverless.project import HEAD, PLACE, Answers, resolve, write

from flowguard.lookups import Parameter, ParameterNamed
from flowguard.model.questions import AccountState, Present, Unresolved
from flowguard.template import Inputs, Template
from flowguard.template.serverless import read

FILES = {
    "serverless.yml": HEAD
    + "plugins: [serverless-makes-more]\n"
    + "functions:\n"
    + "  list:\n"
    + "    handler: src/list.main\n"
    + "    environment: {TOKEN: '${ssm:/token}'}\n"
}
TOKEN = "correct horse battery"


def packaged(folder: Path, *, age: int = -60, stage: str = "dev") -> None:
    """Write what packaging would have written, `age` seconds after the source."""
    write(folder, FILES)
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": "shop-dev-list",
            "Handler": "src/list.main",
            "Environment": {"Variables": {"TOKEN": TOKEN}},
        },
    }
    template = {
        "Resources": {
            "ListLambdaFunction": function,
            "ListLambdaVersionAbc123": {
                "Type": "AWS::Lambda::Version",
                "Properties": {"FunctionName": {"Ref": "ListLambdaFunction"}},
            },
            "MadeByPlugin": {
                "Type": "AWS::SQS::Queue",
                "Properties": {"QueueName": "more", "Note": f"Bearer {TOKEN}"},
            },
        },
        "Outputs": {},
    }
    state = {
        "service": {"service": "shop", "provider": {"region": "eu-west-1"}},
        "package": {"artifactDirectoryName": f"serverless/shop/{stage}/1-now"},
    }
    write(
        folder / ".serverless",
        {
            "cloudformation-template-update-stack.json": json.dumps(template),
            "serverless-state.json": json.dumps(state),
        },
    )
    made = (folder / "serverless.yml").stat().st_mtime_ns + age * 10**9
    for path in (folder / ".serverless").iterdir():
        os.utime(path, ns=(made, made))


def opened(folder: Path, account: AccountState | None = None) -> Template:
    """The template of the project in `folder`."""
    source = read(folder / "serverless.yml", folder)
    return source.resolve(Inputs(PLACE), account or AccountState({}))


def test_what_a_plugin_adds_is_seen(tmp_path: Path) -> None:
    packaged(tmp_path, age=60)

    template = opened(tmp_path)

    queue = template.resources["MadeByPlugin"]
    assert queue.properties["QueueName"] == "more"
    assert queue.at("Properties", "QueueName").line == 1
    assert template.resources["ListLambdaFunction"].at().line == 5
    assert template.resources["ListLambdaVersionAbc123"].at().line == 5
    assert list(template.sources) == ["serverless.yml"]


@pytest.mark.parametrize(
    "changed",
    [{"age": -60}, {"age": 0}, {"age": 60, "stage": "prod"}],
    ids=["older", "as old", "of another stage"],
)
def test_what_is_not_fresh_is_not_used(tmp_path: Path, changed: dict[str, Any]) -> None:
    packaged(tmp_path, **changed)

    template = opened(tmp_path)

    assert "MadeByPlugin" not in template.resources
    assert "ListLambdaVersion" in template.resources


@pytest.mark.parametrize("text", ["{", "[]", '{"Resources": 1}', ""])
def test_a_broken_package_is_not_used(tmp_path: Path, text: str) -> None:
    packaged(tmp_path, age=60)
    path = tmp_path / ".serverless" / "cloudformation-template-update-stack.json"
    path.write_text(text)
    later = path.stat().st_mtime + 60
    os.utime(path, (later, later))

    assert "ListLambdaVersion" in opened(tmp_path).resources


@pytest.mark.parametrize(
    "account",
    [
        AccountState({}),
        Answers({(ParameterNamed, "/token"): Present(Parameter("SecureString", None))}),
    ],
    ids=["not asked yet", "a SecureString"],
)
def test_a_secret_that_was_compiled_in_stays_unresolved(
    tmp_path: Path, account: AccountState
) -> None:
    packaged(tmp_path, age=60)

    template = opened(tmp_path, account)

    function = template.resources["ListLambdaFunction"].properties
    assert isinstance(function["Environment"]["Variables"]["TOKEN"], Unresolved)
    assert isinstance(template.resources["MadeByPlugin"].properties["Note"], Unresolved)
    assert TOKEN not in repr(template)


def test_a_parameter_that_is_no_secret_is_shown(tmp_path: Path) -> None:
    packaged(tmp_path, age=60)
    answer = Present(Parameter("String", TOKEN))

    template = opened(tmp_path, Answers({(ParameterNamed, "/token"): answer}))

    function = template.resources["ListLambdaFunction"].properties
    assert function["Environment"]["Variables"] == {"TOKEN": TOKEN}


def test_without_a_package_the_configuration_is_expanded(tmp_path: Path) -> None:
    assert "ListLambdaVersion" in resolve(tmp_path, FILES).resources
