"""More histories of deploys and rollbacks, for which the tests have no time."""

from __future__ import annotations

import pytest
from guard import test_properties as guard
from rollback import test_properties as rollback


@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(4))
def test_a_guarded_deploy_keeps_its_promises(part: int) -> None:  # noqa: ARG001
    guard.assert_promises_are_kept()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(4))
def test_a_rollback_keeps_its_promises(part: int) -> None:  # noqa: ARG001
    rollback.assert_promises_are_kept()
