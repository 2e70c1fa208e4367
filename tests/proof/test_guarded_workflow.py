"""A good release under guard in a real workflow: it stays, and is known as good."""

from __future__ import annotations

import pathlib

import pytest
from acceptance.test_guarded_workflow import (
    ONE_SNAPSHOT,
    Project,
    account,
    kept,
    outputs,
)

from flowguard.demo.server import EmbeddedAccount

pytestmark = pytest.mark.timeout(600)
__all__ = ["account"]


def test_a_good_release_stays(
    account: EmbeddedAccount,
    tmp_path: pathlib.Path,
) -> None:
    project = Project(account, tmp_path)

    ran = project.release("1.5.0")

    assert ran.code == 0, ran.log
    assert outputs(ran, "verify")["exit-code"] == "0"
    assert outputs(ran, "verify")["deploy-allowed"] == "true"
    assert '"release": "1.5.0"' in project.backend.get("/health")
    assert kept(account) == sorted([*ONE_SNAPSHOT, "verified"])
