"""Which files are not read into values, and which are read and hidden."""

from __future__ import annotations

from pathlib import Path

import pytest
from template.serverless.project import HEAD, resolve

from flowguard.model import hidden
from flowguard.model.questions import UnknownKind, Unresolved


def queue(folder: Path, name: str, files: dict[str, str]) -> object:
    """The name of a queue that is called `name` in the configuration."""
    text = (
        f"{HEAD}resources:\n  Resources:\n    Q: {{Type: 'AWS::SQS::Queue', "
        f"Properties: {{QueueName: '{name}'}}}}\n"
    )
    template = resolve(folder, {"serverless.yml": text, **files})
    return template.resources["Q"].properties["QueueName"]


@pytest.mark.parametrize(
    "path",
    [
        ".git/config",
        ".git/refs/heads/main",
        "sub/.ssh/config",
        ".env",
        ".env.prod",
        "prod.env",
        "cert.pem",
        "CERT.PEM",
        "server.key",
        "id_rsa",
        "keys/id_ed25519",
        ".npmrc",
        ".netrc",
        ".aws/credentials",
        "credentials.json",
        "store.p12",
    ],
)
def test_a_file_for_secrets_is_not_read(path: str, tmp_path: Path) -> None:
    name = queue(tmp_path, f"q-${{file({path})}}", {path: "s3cret"})

    assert isinstance(name, Unresolved)
    assert getattr(name.cause, "kind", None) is UnknownKind.NOT_LOOKED_INTO
    assert name.expression == f"q-${{file({path})}}"


def test_a_link_to_one_is_not_read_either(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("s3cret")
    (tmp_path / "notes.txt").symlink_to(".git/config")

    assert isinstance(queue(tmp_path, "q-${file(notes.txt)}", {}), Unresolved)


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("version.txt", ""),
        ("VERSION", ""),
        ("secrets.yml", ":a.b"),
        ("my-secret.json", ":a.b"),
        ("terraform.tfstate", ":a.b"),
        ("passwords.yaml", ":a.b"),
    ],
)
def test_what_other_files_hold_is_hidden(
    path: str, address: str, tmp_path: Path
) -> None:
    text = '{"a": {"b": "s3cret"}}' if address else "s3cret"

    name = queue(tmp_path, f"q-${{file({path}){address}}}", {path: text})

    assert isinstance(name, str)
    assert hidden.real(name) == "q-s3cret"
    assert hidden.shown(name) == f"q-${{file({path}){address}}}"


def test_data_of_the_project_is_shown(tmp_path: Path) -> None:
    files = {"config.yml": "a: {b: c}"}

    assert queue(tmp_path, "q-${file(config.yml):a.b}", files) == "q-c"


def test_resources_are_no_secrets_whatever_their_file_is_called(
    tmp_path: Path,
) -> None:
    secrets = "Resources:\n  S:\n    Type: AWS::SecretsManager::Secret\n"
    text = f"{HEAD}resources:\n  - ${{file(secrets.yml)}}\n"

    template = resolve(tmp_path, {"serverless.yml": text, "secrets.yml": secrets})

    assert template.resources["S"].resource_type == "AWS::SecretsManager::Secret"


def test_the_text_of_hidden_files_is_not_kept_for_reports(tmp_path: Path) -> None:
    files = {
        "token.txt": "s3cret",
        "secrets.yml": "{a: s3cret}",
        "config.yml": "{a: b}",
    }
    text = f"{HEAD}custom:\n" + "".join(
        f"  v{i}: ${{file({path})}}\n" for i, path in enumerate(files)
    )

    template = resolve(tmp_path, {"serverless.yml": text, **files})

    assert sorted(template.sources) == ["config.yml", "serverless.yml"]
