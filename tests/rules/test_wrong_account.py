"""The rule `wrong-account`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from kit import check, no_stack, planner

from flowguard.model.places import Place
from flowguard.rules.wrong_account import WrongAccount

TEMPLATE = "Resources: {Topic: {Type: 'AWS::SNS::Topic'}}"


@pytest.mark.parametrize(
    ("home", "wrong"),
    [
        (Place(None, ""), []),
        (Place("123456789012", "eu-central-1"), []),
        (Place("999999999999", "eu-central-1"), ["account 999999999999"]),
        (Place("123456789012", "us-east-1"), ["region us-east-1"]),
    ],
)
def test_where_the_stage_is_against_where_the_deploy_goes(
    home: Place, wrong: list[str]
) -> None:
    plans = replace(planner(TEMPLATE, stage="prod"), home=home)

    findings = check(WrongAccount(), plans, no_stack()).findings

    assert [part in f.message for f, part in zip(findings, wrong, strict=True)] == (
        [True] * len(wrong)
    )
