"""What a command and SAM's configuration give a deploy."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from release.recorded import write

from flowguard.release.given import by_command, by_samconfig

CLI = ["aws", "cloudformation", "deploy", "--stack-name", "app"]


@pytest.mark.parametrize(
    ("argv", "known"),
    [
        ([*CLI, "--parameter-overrides", "A=1", "B=x=y"], {"A": "1", "B": "x=y"}),
        ([*CLI, "--parameter-overrides=A=1"], {"A": "1"}),
        ([*CLI, "--parameter-overrides", "A=1", "--capabilities", "B=2"], {"A": "1"}),
        ([*CLI, "--parameter-overrides", "Query=a b=c"], {"Query": "a b=c"}),
        ([*CLI, "--parameter-overrides", "A="], {"A": ""}),
        (
            [
                "aws",
                "cloudformation",
                "update-stack",
                "--parameters",
                "ParameterKey=A,ParameterValue=x\\,y",
                "ParameterKey=B,ParameterValue=",
            ],
            {"A": "x,y", "B": ""},
        ),
        (
            [
                "aws",
                "cloudformation",
                "update-stack",
                "--parameters",
                "ParameterKey=A,UsePreviousValue=true",
            ],
            {},
        ),
        (
            ["sam", "deploy", "--parameter-overrides", "A=1 B='x y'"],
            {"A": "1", "B": "x y"},
        ),
        (
            ["sam", "deploy", "--parameter-overrides", 'A="1"', "B=2"],
            {"A": "1", "B": "2"},
        ),
        (["sam", "deploy", "--parameter-overrides", "'unclosed=1 B=2"], {}),
        (
            ["npx", "cdk", "deploy", "--parameters", "A=1", "--parameters", "app:B=2"],
            {"A": "1", "B": "2"},
        ),
        (["cdk", "deploy", "--all", "--parameters", "other:A=1"], {}),
        (["make", "deploy"], {}),
        ([], {}),
    ],
)
def test_parameters_of_a_command(
    tmp_path: Path, argv: Sequence[str], known: dict[str, str]
) -> None:
    assert by_command(argv, tmp_path, "app").parameters == known


@pytest.mark.parametrize(
    ("content", "known"),
    [
        ([{"ParameterKey": "A", "ParameterValue": "1"}], {"A": "1"}),
        ([{"ParameterKey": "A", "UsePreviousValue": True}], {}),
        (["A=1", "B=2"], {"A": "1", "B": "2"}),
        ({"A": "1"}, {"A": "1"}),
        ({"Parameters": {"A": "1"}}, {"A": "1"}),
        (7, {}),
    ],
)
def test_parameters_in_a_file(
    tmp_path: Path, content: object, known: dict[str, str]
) -> None:
    write(tmp_path, {"parameters.json": json.dumps(content)})
    argv = [*CLI, "--parameter-overrides", "file://parameters.json"]

    assert by_command(argv, tmp_path, "app").parameters == known


@pytest.mark.parametrize("name", ["../outside.json", "gone.json", "link.json"])
def test_no_file_out_of_the_folder_is_read(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"outside.json": '{"A": "1"}'})
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "link.json").symlink_to(tmp_path / "outside.json")
    argv = [*CLI, "--parameter-overrides", f"file://{name}"]

    assert by_command(argv, folder, "app").parameters == {}


def test_templates_and_folders_of_a_command(tmp_path: Path) -> None:
    argv = [
        "--template-file",
        "a.yaml",
        "--template-body",
        "file://b.yaml",
        "-o",
        "out",
    ]

    found = by_command(argv, tmp_path, "app")

    assert (found.templates, found.folders) == (("a.yaml", "b.yaml"), ("out",))


CONFIG = """\
version = 0.1
[default.global.parameters]
stack_name = "app"
[default.deploy.parameters]
parameter_overrides = "Stage=\\"dev\\" Name='a b'"
[prod.deploy.parameters]
stack_name = "app-prod"
parameter_overrides = ["Stage=prod", "Name=c"]
template_file = "out/template.yaml"
"""


@pytest.mark.parametrize(
    ("argv", "stack", "known"),
    [
        ((), "app", {"Stage": "dev", "Name": "a b"}),
        ((), "app-prod", {"Stage": "prod", "Name": "c"}),
        ((), "other", {}),
        (
            ("sam", "deploy", "--config-env", "prod"),
            "app-prod",
            {"Stage": "prod", "Name": "c"},
        ),
        (("sam", "deploy", "--config-env", "prod"), "app", {}),
        (("sam", "deploy", "--config-env", "gone"), "app", {}),
        (("./deploy.sh",), "app", {"Stage": "dev", "Name": "a b"}),
        (("cdk", "deploy"), "app", {}),
    ],
)
def test_samconfig(
    tmp_path: Path, argv: Sequence[str], stack: str, known: dict[str, str]
) -> None:
    write(tmp_path, {"samconfig.toml": CONFIG})

    assert by_samconfig(tmp_path, argv, stack).parameters == known


@pytest.mark.parametrize(
    "text", ["= broken", "default = 1", "[default]\ndeploy = 1", "\xff"]
)
def test_a_configuration_that_cannot_be_read_gives_nothing(
    tmp_path: Path, text: str
) -> None:
    write(tmp_path, {"samconfig.toml": text.encode("latin-1")})

    assert by_samconfig(tmp_path, (), "app").parameters == {}


def test_values_are_not_shown(tmp_path: Path) -> None:
    found = by_command(["--parameters", "Password=hunter2"], tmp_path, "app")

    assert "hunter2" not in repr(found)
