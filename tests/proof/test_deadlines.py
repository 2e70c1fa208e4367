"""A server that drips holds no command for longer than a call may take."""

from __future__ import annotations

from pathlib import Path

import pytest
from calls.test_deadlines import SLOW, assert_it_ends, project

__all__ = ["project"]


@pytest.mark.parametrize(("command", "identity"), SLOW)
def test_a_command_ends_in_its_time(
    command: str,
    identity: bool,
    project: Path,
) -> None:
    assert_it_ends(command, project, identity=identity)
