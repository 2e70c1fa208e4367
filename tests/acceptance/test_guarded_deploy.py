"""A sample of `make proof`: the commonest deploy tool, with default settings."""

from __future__ import annotations

from pathlib import Path

import pytest
from proof.deployers import OSLS, live

from flowguard.demo.server import EmbeddedAccount


@pytest.mark.timeout(600)
def test_good_release_stays_and_a_bad_one_is_taken_back(tmp_path: Path) -> None:
    with EmbeddedAccount() as account, account.applied():
        project = live(OSLS, account, tmp_path)

        assert project.guarded(2, works=True) == 0
        assert project.is_live(2)

        assert project.guarded(3, works=False) == 4
        assert project.is_live(2)
