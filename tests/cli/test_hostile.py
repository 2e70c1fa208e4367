"""Hostile and malformed input, through the command line as a user gives it."""

from __future__ import annotations

import contextlib
import io
import pathlib
import re
import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowguard.cli import main

EVIL = "x%0A::error::owned ##[error]owned \x1b[31mred\x07 <b>@octocat</b> | `"
TEMPLATE = """\
Parameters:
  "P{EVIL}": {Type: String}
Resources:
  Users:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: {NAME}
  People:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: {NAME}
"""
FORMATS = ("plain", "json", "github", "markdown", "sarif", "junit")
FILES = {
    "template.yaml": TEMPLATE.replace("{EVIL}", "").replace("{NAME}", "users"),
    "serverless.yml": (
        "service: app\nprovider: {name: aws, stage: '${opt:stage, \"dev\"}'}\n"
        "custom: {t: 'users-${sls:stage}'}\n"
        "functions: {api: {handler: a.b, events: [{http: {path: x, method: get}}]}}\n"
        "resources:\n  Resources:\n    T:\n      Type: AWS::DynamoDB::Table\n"
        "      Properties: {TableName: '${self:custom.t}'}\n"
    ),
    "flowguard.yml": (
        "stages:\n  prod: {aliases: [production], region: eu-central-1}\n"
        "naming: {stack: '{service}-{stage}'}\nrules: {naming-drift: warning}\n"
    ),
}
PIECES = st.sampled_from(
    ["{", "}", "[", "]", ":", "\n", "  ", "- ", "&a ", "*a", "<<: *a", "!Ref ", "!!python/", "${self:", "${file(", "${", "'", '"', "\x00", "\t", "é", "😀", "|", "? "]
)  # fmt: skip


def run(folder: pathlib.Path, *options: str) -> tuple[int, str]:
    """The exit code and all that was printed."""
    printed = io.StringIO()
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
    ):
        code = main(["preflight", "--offline", "--region", "eu-central-1", *options])
    return code, printed.getvalue()


@pytest.mark.parametrize("style", FORMATS)
def test_template_text_gives_no_orders_to_terminals_or_runners(
    style: str, tmp_path: pathlib.Path
) -> None:
    name = '"' + EVIL.replace("\x1b", "\\e").replace("\x07", "\\a") + '\\n::warning::x"'
    text = TEMPLATE.replace("{EVIL}", "").replace("{NAME}", name)
    (tmp_path / "template.yaml").write_text(text)

    code, printed = run(tmp_path, "--stack-name", "app", "--format", style)

    assert code == 1
    assert "owned" in printed
    assert "\x1b" not in printed
    assert "\x07" not in printed
    assert "##[" not in printed
    commands = re.findall(r"^\s*::(\w+)", printed, re.MULTILINE)
    ours = {"error", "warning", "notice"} if style == "github" else set()
    assert set(commands) <= ours
    assert not any(
        line.lstrip().startswith("::error::") for line in printed.split("\n")
    )


@pytest.mark.parametrize(
    "name", ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "INPUT_GITHUB-TOKEN"]
)
def test_a_template_cannot_have_the_jobs_credentials_printed(
    name: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "ghs_hidden")
    (tmp_path / "serverless.yml").write_text(
        "service: app\nprovider: {name: aws}\nresources:\n  Resources:\n"
        + "".join(
            f"    {topic}: {{Type: 'AWS::SNS::Topic', "
            f"Properties: {{TopicName: 'x-${{env:{name}}}'}}}}\n"
            for topic in ("A", "B")
        )
    )

    code, printed = run(tmp_path, "--output", "json=r.json")

    assert code == 0
    assert f"x-${{env:{name}}}: the variable holds the job's own credentials" in printed
    assert "hidden" not in printed
    report = (tmp_path / "r.json").read_text()
    assert "ghs" not in report
    assert '"not-looked-into"' in report


def test_an_error_message_gives_none_either(tmp_path: pathlib.Path) -> None:
    (tmp_path / "template.yaml").write_text(
        'Resources: {"A\\n::error::owned\\e[31m": {Type: 5}}'
    )

    code, printed = run(tmp_path, "--stack-name", "app")

    assert code == 2
    assert "\x1b" not in printed
    assert not re.search(r"^\s*::", printed, re.MULTILINE)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["template.yaml", "serverless.yml", "flowguard.yml"]), st.data())
def test_broken_input_ends_with_a_place_and_never_a_traceback(
    broken: str, data: st.DataObject
) -> None:
    text = FILES[broken]
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 30)))
        text = text[:start] + data.draw(PIECES) + text[end:]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        base = "serverless.yml" if broken == "serverless.yml" else "template.yaml"
        (folder / base).write_text(FILES[base])
        (folder / broken).write_text(text)

        code, printed = run(folder, "--template", base, "--stack-name", "app")

    assert code in {0, 1, 2}
    assert "Traceback" not in printed
    assert "internal error" not in printed
    if code == 2:
        assert re.search(r"\.ya?ml:\d+:\d+: ", printed), printed
