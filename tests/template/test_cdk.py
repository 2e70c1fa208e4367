"""CDK: a cloud assembly says which stack a template is for."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest
from template.templates import inputs

from flowguard.errors import TemplateError
from flowguard.model.questions import AccountState
from flowguard.template import Template, find, open_template

TEMPLATE = {
    "Resources": {
        "Table0A1B": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {"TableName": {"Fn::Sub": "${AWS::StackName}-users"}},
            "Metadata": {"aws:cdk:path": "Shop/Table/Resource"},
        },
        "CDKMetadata": {"Type": "AWS::CDK::Metadata", "Properties": {}},
    }
}


def assembly(folder: pathlib.Path, **stacks: dict[str, Any]) -> pathlib.Path:
    """A project whose `cdk.out` has these stacks."""
    out = folder / "cdk.out"
    out.mkdir()
    artifacts: dict[str, Any] = {"Tree": {"type": "cdk:tree"}}
    for name, more in stacks.items():
        (out / f"{name}.template.json").write_text(json.dumps(TEMPLATE))
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "environment": more.pop("environment", "aws://123456789012/eu-west-1"),
            "properties": {"templateFile": f"{name}.template.json", **more},
        }
    manifest = {"version": "55.0.0", "artifacts": artifacts}
    (out / "manifest.json").write_text(json.dumps(manifest))
    return folder


def resolved(folder: pathlib.Path, **more: Any) -> Template:
    """The template that is found in `folder`."""
    source = open_template(find(folder), folder)
    return source.resolve(inputs(**{"stack_name": None, **more}), AccountState({}))


def test_the_only_stack(tmp_path: pathlib.Path) -> None:
    """The only stack of an assembly is found; it has the name of its artifact."""
    found = resolved(assembly(tmp_path, Shop={}))
    table = found.resources["Table0A1B"]

    assert (found.dialect, found.stack_name, found.region) == (
        "cdk",
        "Shop",
        "eu-west-1",
    )
    assert table.properties["TableName"] == "Shop-users"
    assert table.at().path == "cdk.out/Shop.template.json"
    assert table.attributes["Metadata"]["aws:cdk:path"] == "Shop/Table/Resource"


def test_names_given(tmp_path: pathlib.Path) -> None:
    """A stack name in the assembly stands before the artifact's, the user's first."""
    folder = assembly(tmp_path, Shop={"stackName": "shop-dev"})

    assert resolved(folder).stack_name == "shop-dev"
    assert resolved(folder, stack_name="mine").stack_name == "mine"


def test_environment_left_open(tmp_path: pathlib.Path) -> None:
    """A stack for any region has none."""
    open_ended = {"environment": "aws://unknown-account/unknown-region"}

    assert resolved(assembly(tmp_path, Shop=open_ended)).region is None


def test_several_stacks(tmp_path: pathlib.Path) -> None:
    """Several stacks are listed, for the user to choose."""
    folder = assembly(tmp_path, Shop={}, Network={})

    with pytest.raises(TemplateError) as caught:
        find(folder)

    assert "cdk.out/Network.template.json, cdk.out/Shop.template.json" in str(
        caught.value
    )
    assert "--template cdk.out/" in caught.value.help


@pytest.mark.parametrize("name", ["shop-dev", "Shop"])
def test_the_stack_that_is_named(tmp_path: pathlib.Path, name: str) -> None:
    """Of several stacks one is chosen by its name, as deployed or as CDK calls it."""
    folder = assembly(tmp_path, Shop={"stackName": "shop-dev"}, Network={})

    assert find(folder, name).name == "Shop.template.json"


def test_nobody_else_s_stack_is_chosen(tmp_path: pathlib.Path) -> None:
    """A name that no stack has, or that two have, chooses none."""
    folder = assembly(tmp_path, East={"stackName": "shop"}, West={"stackName": "shop"})

    for name in ("shop", "other"):
        with pytest.raises(TemplateError, match="has 2 stacks"):
            find(folder, name)


def test_an_assembly_is_opened_as_a_folder(tmp_path: pathlib.Path) -> None:
    """A project's folder and its `cdk.out` lead to the template in it."""
    folder = assembly(tmp_path, Shop={})

    for path in (folder, folder / "cdk.out"):
        source = open_template(path, folder)
        template = source.resolve(inputs(stack_name=None), AccountState({}))
        assert template.stack_name == "Shop"


def test_a_broken_manifest(tmp_path: pathlib.Path) -> None:
    """A manifest that cannot be read is an error with its place."""
    folder = assembly(tmp_path, Shop={})
    (folder / "cdk.out" / "manifest.json").write_text('{"artifacts": [}')

    with pytest.raises(TemplateError) as caught:
        find(folder)

    assert str(caught.value.location) == "cdk.out/manifest.json:1:16"


def test_nothing_to_find(tmp_path: pathlib.Path) -> None:
    """Without any template the error says how to name one."""
    with pytest.raises(TemplateError, match="no template in") as caught:
        find(tmp_path)

    assert "--template" in caught.value.help
