"""What is checked out, as git has it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping

ASKED = {
    "sha": ("rev-parse", "HEAD"),
    "short": ("rev-parse", "--short=7", "HEAD"),
    "branch": ("rev-parse", "--abbrev-ref", "HEAD"),
}
PATIENCE = 10.0
SHORT = 7


def checked_out(what: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """The `sha`, `short` or `branch` of the commit; None where nobody knows.

    In a workflow of GitHub's it is that of the run, whatever is checked out.
    """
    if commit := environment.get("GITHUB_SHA"):
        if what == "branch":
            head = environment.get("GITHUB_HEAD_REF")
            return head or environment.get("GITHUB_REF_NAME") or None
        return commit[:SHORT] if what == "short" else commit
    command = ("git", *ASKED[what])
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            check=False,
            timeout=PATIENCE,
            stdin=subprocess.DEVNULL,
            text=True,
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return None
    found = done.stdout.strip()
    # A commit by itself has no branch.
    return found if done.returncode == 0 and found not in {"", "HEAD"} else None
