"""The image: its size and its start.

What FlowGuard adds to its base image is to be at most 25 MB, as a registry stores and
sends it. A container that runs a preflight of a template alone is to take at most 1.5
times as long, from `docker run` to its end, as one that runs the bare interpreter of
the same image. The seconds are the shortest of 15 runs of each, taken in turn: what
else the machine does only adds to them.

`python benchmarks/image.py --json FILE` builds the image in the Docker engine at hand,
measures, and writes the rows.
"""

from __future__ import annotations

import gzip
import json
import pathlib
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from typing import Any

from rows import ROOT, Row, machine, main, setting

TAG = "flowguard:benchmark"
INTERPRETER = "/opt/flowguard/bin/python"
ROUNDS = 15
COMPRESSION = 6
"""The level of gzip at which Docker sends a layer to a registry."""

TEMPLATE = """\
Resources:
  Uploads:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
  Orders:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      TableName: orders-dev
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
"""


def measured() -> Iterator[Row]:
    """The size of what is added, and the seconds of a start."""
    yield from machine()
    yield setting("docker", docker("version", "--format={{.Server.Version}}"))
    docker("build", "--quiet", "--tag", TAG, str(ROOT))
    base = base_image()
    yield setting(
        "base image", base + ", made of Debian's packages" * is_stand_in(base)
    )
    yield setting(
        "python", in_image("import platform; print(platform.python_version())")
    )
    yield setting(
        "flowguard", in_image("import flowguard; print(flowguard.__version__)")
    )
    of_base, ours = layers(base), layers(TAG)
    added = sum(size for digest, size in ours.items() if digest not in of_base)
    yield Row("base image", "compressed", _rounded(sum(of_base.values()) / 1e6), "MB")
    yield Row("flowguard", "added, compressed", _rounded(added / 1e6), "MB")
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "template.yaml").write_text(TEMPLATE, encoding="utf-8")
        bare, step = starts(folder)
    yield Row("python", "docker run of the bare interpreter", _rounded(bare), "s")
    yield Row("flowguard", "docker run of a preflight", _rounded(step), "s")
    yield Row("flowguard", "preflight / bare interpreter", _rounded(step / bare), "×")


def is_stand_in(image: str) -> bool:
    """Whether tests/acceptance/docker/with-engine made it, and no registry gave it."""
    return "recipe" in docker("inspect", "--format={{json .Config.Labels}}", image)


def in_image(program: str) -> str:
    """What a program prints that the image's interpreter runs."""
    return docker("run", "--rm", "--entrypoint", INTERPRETER, TAG, "-Ic", program)


def base_image() -> str:
    """The base image that the Dockerfile names."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    return text.partition("ARG PYTHON_IMAGE=")[2].split()[0]


def layers(image: str) -> dict[str, int]:
    """The size of each layer, as a registry stores and sends it, by its digest."""
    with tempfile.TemporaryFile() as file:
        subprocess.run(["docker", "save", image], check=True, stdout=file)
        file.seek(0)
        with tarfile.open(fileobj=file) as archive:
            manifest = _json(archive, "manifest.json")[0]
            digests = _json(archive, manifest["Config"])["rootfs"]["diff_ids"]
            return {
                digest: _compressed(archive, name)
                for digest, name in zip(digests, manifest["Layers"], strict=True)
            }


def starts(folder: str) -> tuple[float, float]:
    """The seconds of a bare start and of a preflight: the shortest of each."""
    run = [
        *("docker", "run", "--rm"),
        *("--volume", f"{folder}:/github/workspace", "--workdir", "/github/workspace"),
        *("--env", "GITHUB_WORKSPACE=/github/workspace"),
        *("--env", "INPUT_OFFLINE=true", "--env", "INPUT_STACK-NAME=orders"),
    ]
    bare = [*run, "--entrypoint", INTERPRETER, TAG, "-IuB", "-c", "pass"]
    step = [*run, TAG]
    times = [(_seconds(bare), _seconds(step)) for _ in range(ROUNDS)]
    bare_times, step_times = zip(*times, strict=True)
    return min(bare_times), min(step_times)


def docker(*arguments: str) -> str:
    """What a command of Docker's prints."""
    done = subprocess.run(
        ["docker", *arguments], check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.strip()


def _json(archive: tarfile.TarFile, name: str) -> Any:
    return json.loads(_contents(archive, name))


def _compressed(archive: tarfile.TarFile, name: str) -> int:
    return len(gzip.compress(_contents(archive, name), COMPRESSION))


def _contents(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    if file is None:
        raise FileNotFoundError(name)
    return file.read()


def _seconds(command: Sequence[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def _rounded(value: float) -> float:
    return round(value, 2)


if __name__ == "__main__":
    main(__doc__, measured())
