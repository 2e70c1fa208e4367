"""action.yml and the README say what the code says."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from action.jobs import Job

from flowguard.action import inputs, metadata
from flowguard.action.input import INPUTS
from flowguard.action.outputs import DESCRIPTIONS, Output
from flowguard.cli.commands import COMMANDS, Preflight

ROOT = pathlib.Path(__file__).parents[2]


def action() -> dict[str, Any]:
    """What GitHub reads of the Action."""
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    metadata: dict[str, Any] = yaml.safe_load(text)
    return metadata


def test_action_yml_is_made_from_the_code() -> None:
    assert (ROOT / "action.yml").read_text(encoding="utf-8") == metadata.document()


def test_action_yml_lists_the_inputs() -> None:
    """A default is text there: GitHub's schema takes no boolean."""
    wanted = {
        entry.name: {"description": entry.told, "required": False}
        | ({"default": entry.default} if entry.default else {})
        for entry in INPUTS
    }

    assert action()["inputs"] == wanted
    assert list(action()["inputs"]) == list(wanted)


def test_action_yml_lists_the_outputs() -> None:
    wanted = {name.value: {"description": text} for name, text in DESCRIPTIONS.items()}

    assert action()["outputs"] == wanted
    assert list(action()["outputs"]) == [name.value for name in Output]


def test_the_readme_has_a_row_for_each() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    for block, names in {
        "inputs": [entry.name for entry in INPUTS],
        "outputs": [name.value for name in Output],
    }.items():
        table = readme.partition(f"<!-- made: {block} -->\n")[2]
        rows = table.partition("<!-- /made -->")[0].splitlines()[2:]
        assert [row.split("`")[1] for row in rows] == names


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "docs/action.md",
        "examples/flowlogic/.github/workflows/backend-deploy.yml",
    ],
)
def test_what_is_shown_to_users_has_inputs_that_there_are(page: str) -> None:
    """A misspelt one would fail their step."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) or [text]
    uses = [step for block in blocks for step in steps(yaml.safe_load(block))]

    assert uses
    for step in uses:
        assert set(step.get("with", {})) <= {entry.name for entry in INPUTS}


def steps(node: object) -> Iterator[dict[str, Any]]:
    """The steps that use the Action, wherever they are in a document."""
    if isinstance(node, dict):
        if str(node.get("uses", "")).startswith("org/flowguard@"):
            yield node
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from steps(item)


def test_a_choice_is_named_in_the_description_or_is_a_plain_switch() -> None:
    for entry in INPUTS:
        if set(entry.choices) - {"true", "false"} and entry.takes == "one":
            assert all(f'"{choice}"' in entry.told for choice in entry.choices)


def test_every_input_does_something(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an option of the command line, or the step reads it."""
    read: set[str] = set()

    class Recorder(dict[str, str]):
        def __getitem__(self, name: str) -> str:
            read.add(name)
            return super().__getitem__(name)

    real = inputs.read
    told = Preflight(stack_name="app", offline=True)
    monkeypatch.setattr(inputs, "read", lambda environment: Recorder(real(environment)))
    monkeypatch.setattr(inputs, "settings", lambda _, **_switches: told)
    job.is_about(7)
    job.run(pr_comment="always", report_file="r.json", sarif_file="s.sarif")

    options = {o.input for kind in COMMANDS.values() for o in kind.options.values()}
    of_tests = {"run-commands"}  # read where the command runs smoke tests
    assert {entry.name for entry in INPUTS} - read - options == of_tests


def test_the_marketplace_takes_its_looks() -> None:
    """It shows 125 characters of the description, and has icons of its own."""
    metadata = action()

    assert len(metadata["description"]) <= 125
    assert metadata["branding"] == {"icon": "shield", "color": "orange"}
    assert metadata["runs"] == {"using": "docker", "image": "Dockerfile"}
