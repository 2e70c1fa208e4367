"""`flowguard smoke` as a process, and a service for it to test."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import textwrap
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from smoke_servers.serving import Answer, Asked

ENVIRONMENT = {
    **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
    "PYTHONPATH": str(pathlib.Path(__file__).resolve().parents[2]),
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_REGION": "eu-central-1",
}
"""Nothing of who runs the tests: no credentials, no colours, no proxy."""

COMMAND = (sys.executable, "-m", "flowguard", "smoke")
QUICK = "gate: {samples: {pass: 1}, spread: 50ms, flake: 0.01%}\n"
"""As quick as a verdict can be."""
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Ended:
    """What came of a run."""

    code: int
    out: str
    err: str
    seconds: float = 0.0
    files: Mapping[str, str] = field(default_factory=dict)
    """What it wrote, by file name."""

    @property
    def said(self) -> str:
        """All that it printed."""
        return self.out + self.err

    @property
    def everything(self) -> str:
        """All that it printed or wrote."""
        return "\n".join((self.said, *self.files.values()))


def write(folder: pathlib.Path, spec: str, name: str = "smoke.yml") -> None:
    """Write the spec of a suite."""
    (folder / name).write_text(textwrap.dedent(spec))


def smoke(folder: pathlib.Path, *options: str, **environment: str) -> Ended:
    """Run the command in a folder, to its end."""
    before = set(folder.iterdir())
    began = time.monotonic()
    done = subprocess.run(
        [*COMMAND, *options],
        cwd=folder,
        env={**ENVIRONMENT, **environment},
        capture_output=True,
        check=False,
        timeout=60,
    )
    took = time.monotonic() - began
    made = (path for path in folder.iterdir() if path not in before)
    files = {path.name: path.read_text() for path in made if path.is_file()}
    out, err = done.stdout.decode(), done.stderr.decode()
    return Ended(done.returncode, out, err, took, files)


class Service:
    """Answers as its paths say."""

    def __init__(self) -> None:
        self.broken: set[str] = set()
        """Paths that answer 500."""
        self.gone: set[str] = set()
        """Paths that answer 404, which two tries prove."""
        self.asked: list[Asked] = []

    def __call__(self, asked: Asked) -> Answer:
        """The answer to a request."""
        self.asked.append(asked)
        path = asked.target.partition("?")[0]
        if path in self.broken:
            return Answer(500, b'{"message": "the table is gone"}', JSON)
        if path == "/missing" or path in self.gone:
            return Answer(404, b'{"message": "no such route"}', JSON)
        if path == "/secret" and "authorization" not in asked.headers:
            return Answer(401, b'{"message": "Unauthorized"}', JSON)
        if path == "/denied":
            return Answer(401, b'{"message": "Unauthorized"}', JSON)
        if path == "/slow":
            time.sleep(0.1)
        return Answer(200, b'{"ok": true, "id": 7}', JSON)

    def counted(self, method: str, path: str) -> int:
        """How often that was asked."""
        return sum(a.method == method and a.target == path for a in list(self.asked))
