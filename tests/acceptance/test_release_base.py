"""A release stands on the base image that its record names."""

from __future__ import annotations

import io
import os
import pathlib
import subprocess
import tarfile
from typing import Any

import pytest
import yaml
from container import CHECKOUT
from registry import registry

pytestmark = pytest.mark.timeout(120)

RELEASE = CHECKOUT / ".github" / "workflows" / "release.yml"


def step(job: str, name: str) -> Any:
    """A step of the release."""
    steps = yaml.safe_load(RELEASE.read_text())["jobs"][job]["steps"]
    (found,) = [entry for entry in steps if entry["name"] == name]
    return found


def docker(*arguments: str, given: bytes = b"") -> str:
    """What Docker prints."""
    done = subprocess.run(
        ["docker", *arguments], check=True, input=given, stdout=subprocess.PIPE
    )
    return done.stdout.decode().strip()


def small_image(said: str) -> bytes:
    """An archive of one file, which is all that the image holds."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo("said")
        entry.size = len(said)
        tar.addfile(entry, io.BytesIO(said.encode()))
    return archive.getvalue()


def outputs(folder: pathlib.Path) -> dict[str, str]:
    """What the step that finds the base says of the Dockerfile in the folder."""
    path = folder / "output"
    script = step("image", "Find the base image")["run"]
    subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "GITHUB_OUTPUT": str(path)},
        check=True,
    )
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


def test_it_is_the_one_that_the_tag_names_when_it_is_released(
    tmp_path: pathlib.Path,
) -> None:
    """Also once the tag has moved."""
    with registry() as server:
        tag = f"{server}/python:slim"
        (tmp_path / "Dockerfile").write_text(
            f"ARG PYTHON_IMAGE={tag}\nFROM ${{PYTHON_IMAGE}}\nLABEL is=ours\n"
        )
        for said in ("today", "tomorrow"):
            docker("import", "-", tag, given=small_image(said))
            docker("push", "--quiet", tag)
            if said == "today":
                found = outputs(tmp_path)
                today = docker("image", "inspect", "--format={{.RootFS.Layers}}", tag)
        pinned = f"PYTHON_IMAGE={found['name']}@{found['digest']}"
        options = ("--quiet", "--build-arg", pinned, str(tmp_path))
        built = docker("build", *options)
        below = docker("image", "inspect", "--format={{.RootFS.Layers}}", built)
        docker("image", "rm", "--force", built, tag, pinned.partition("=")[2])

    assert found["name"] == tag
    assert found["digest"].startswith("sha256:")
    assert below == today


def test_it_is_built_on_and_recorded() -> None:
    """In the image's label, and in the notes of the release."""
    built = step("image", "Build and push")["with"]
    name, digest = (f"${{{{ steps.base.outputs.{o} }}}}" for o in ("name", "digest"))
    notes = step("tag", "Publish the release")["run"]

    assert built["build-args"] == f"PYTHON_IMAGE={name}@{digest}"
    assert f"org.opencontainers.image.base.digest={digest}" in built["labels"]
    assert '"$BASE" >>notes.md' in notes
