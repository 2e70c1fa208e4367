"""An embedded account for the tests of this folder; it starts once a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flowguard.demo.server import EmbeddedAccount


@pytest.fixture(scope="session")
def running() -> Iterator[EmbeddedAccount]:
    """A running account, as the tests before left it."""
    with EmbeddedAccount() as account:
        yield account


@pytest.fixture
def account(running: EmbeddedAccount) -> Iterator[EmbeddedAccount]:
    """An empty account, which this process's AWS clients talk to."""
    running.reset()
    with running.applied():
        yield running
