"""The acceptance tests run the tools that their lock names, and no others."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

LOCKED = json.loads((Path(__file__).parent / "package.json").read_text())


@pytest.mark.parametrize("name", sorted(LOCKED["devDependencies"]))
def test_each_is_the_pinned_one(name: str) -> None:
    program = shutil.which(name)

    assert program is not None
    version = subprocess.run(
        [program, "--version"], check=True, capture_output=True, text=True
    ).stdout
    assert LOCKED["devDependencies"][name] in version
