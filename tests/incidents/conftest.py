"""The world that each incident happens in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from incidents.world import World, small_world


@pytest.fixture
def site() -> Iterator[World]:
    """A service whose every release works, but for what the test says."""
    with small_world() as site:
        site.broken = set()
        yield site
