"""The acceptance tests run the tools that their lock names, and no others."""

import json
import shutil
import subprocess
from pathlib import Path

LOCKED = json.loads((Path(__file__).parent / "package.json").read_text())


def test_osls_is_the_pinned_one() -> None:
    osls = shutil.which("osls")

    assert osls is not None
    version = subprocess.run(
        [osls, "--version"], check=True, capture_output=True, text=True
    ).stdout
    assert LOCKED["devDependencies"]["osls"] in version
