"""The rule `key-misspelt`."""

from __future__ import annotations

import pathlib

import pytest
from kit import check, no_stack, project

from flowguard.rules.key_misspelt import KeyMisspelt

HEAD = "service: app\nprovider: {name: aws, runtime: nodejs22.x}\n"


@pytest.mark.parametrize(
    ("line", "near"),
    [
        ("fuctions: {f: {handler: h.f}}", "functions"),
        ("resource: {}", "resources"),
        ("plugin: []", "plugins"),
        ("functions: {}", None),
        ("stepFunctions: {}", None),
        ("constructs: {}", None),
    ],
)
def test_a_slip_in_a_key(tmp_path: pathlib.Path, line: str, near: str | None) -> None:
    plans = project(tmp_path, {"serverless.yml": f"{HEAD}{line}\n"})

    findings = check(KeyMisspelt(), plans, no_stack("app-dev")).findings

    assert [f"did you mean {near!r}?" in f.message for f in findings] == (
        [True] if near else []
    )
    assert all((f.location.line, f.location.column) == (3, 1) for f in findings)
