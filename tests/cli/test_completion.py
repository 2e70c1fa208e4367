"""What shells complete a command line with, in real ones as far as they are here."""

from __future__ import annotations

import pathlib
import shlex
import subprocess

import pytest

from flowguard.cli import main
from flowguard.cli.commands import COMMANDS

ASK = """
{script}
COMP_WORDS=({words})
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_flowguard
echo "${{COMPREPLY[@]}}"
"""


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What the command prints."""
    assert main(["completion", shell]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("flowguard pre", "preflight"),
        ("flowguard preflight --ac", "--accept"),
        ("flowguard preflight --fail-on ''", "error warning info never"),
        ("flowguard smoke i", "init import"),
        ("flowguard verify --no-r", "--no-rollback"),
        ("flowguard preflight --no-r", ""),
        ("flowguard preflight --stage ''", ""),
        ("flowguard snapshot --output com", "command.yaml"),
    ],
)
def test_bash_completes(
    words: str,
    completed: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: pathlib.Path,
) -> None:
    (tmp_path / "command.yaml").touch()
    asked = ASK.format(script=script("bash", capsys), words=words)

    done = subprocess.run(
        ["bash", "-c", asked],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert not done.stderr
    assert done.stdout.strip() == completed


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_told_every_command_and_option(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = shlex.split(script(shell, capsys), comments=False)

    text = "\n".join(words)
    for command, kind in COMMANDS.items():
        assert command in text
        assert kind.summary in text
        for option in kind.options.values():
            key = f"-l\n{option.key}\n" if shell == "fish" else f"--{option.key}["
            assert option.is_argument or key in text
            assert all(choice in text for choice in option.choices)


def test_another_shell_is_told_what_there_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["completion", "fsh"]) == 2
    assert "did you mean 'fish'?" in capsys.readouterr().err
