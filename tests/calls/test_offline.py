"""`--offline` opens no socket, whatever template it is."""

from __future__ import annotations

import pathlib
import shutil
import socket
from typing import Never

import pytest

from flowguard.cli import main

ROOT = pathlib.Path(__file__).parents[2]
FOLDERS = (
    "tests/calls/field",
    "tests/acceptance/projects",
    "flowguard/demo",
    "examples",
)
NAMES = ("template.y*ml", "param-only.yaml", "serverless.y*ml", "*.template*")
TEMPLATES = sorted(
    path.relative_to(ROOT)
    for folder in FOLDERS
    for name in NAMES
    for path in (ROOT / folder).rglob(name)
    if path.is_file() and "node_modules" not in path.parts and path.suffix != ".py"
)


def test_there_are_templates() -> None:
    assert len(TEMPLATES) > 20
    assert pathlib.Path(
        "tests/calls/field/sam-application-real-call/template.yaml"
    ) in (TEMPLATES)


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_nobody_is_asked(
    path: pathlib.Path,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It ends with a verdict or says why it has none, in a project of its own."""
    opened: list[str] = []

    def refuse(name: str) -> object:
        def called(*_given: object, **_named: object) -> Never:
            opened.append(name)
            raise OSError(f"{name} was called")

        return called

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse(name))
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, refuse(name))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    project = tmp_path / "project"
    shutil.copytree((ROOT / path).parent, project)
    (project / ".git").mkdir()
    monkeypatch.chdir(project)

    code = main(
        ["preflight", "--offline", "--template", path.name, "--stack-name", "a"]
    )

    assert opened == []
    assert code in {0, 1, 2}
    assert "Traceback" not in capsys.readouterr().err
