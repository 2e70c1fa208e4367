"""Can the deploy be taken back? Asked of a whole preflight."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import pytest
from kit import PLACE, Answers, deployed, no_stack, planner, stack

from flowguard.engine import Policy
from flowguard.lookups import (
    AlarmState,
    Contents,
    ContentsOf,
    RecoveryOf,
    StackPolicyOf,
    StackResource,
)
from flowguard.model.places import Place
from flowguard.model.questions import (
    Absent,
    Lookup,
    Observed,
    Present,
    Unknown,
    UnknownKind,
)
from flowguard.model.readiness import Readiness
from flowguard.model.results import Report, Verdict
from flowguard.prediction import Gate, offline, predict
from flowguard.rollback.readiness import judged, readiness
from flowguard.rules import BUILTIN, READINESS

TABLE = """\
    Resources:
      Notes:
        Type: AWS::DynamoDB::Table
        DeletionPolicy: Retain
        UpdateReplacePolicy: {policy}
        Properties:
          KeySchema: [{{AttributeName: {key}, KeyType: HASH}}]
    """
BEFORE = TABLE.format(policy="Delete", key="id")
KIND, ID = "AWS::DynamoDB::Table", "app-Notes-1A2B"
ROWS = [StackResource("Notes", ID, KIND, "CREATE_COMPLETE")]
GATE = Gate()
DENIED: Observed[Any] = Unknown(UnknownKind.DENIED, "No.", "some:Action")


def report(
    after: str, answers: Answers, gate: Gate = GATE, **policies: Policy
) -> Report:
    """A preflight in which what the test does not answer is not there."""

    def observe(lookups: Collection[Lookup[Any]]) -> Mapping[Lookup[Any], Any]:
        return {lookup: answers.get(lookup, Absent()) for lookup in lookups}

    rules = [rule for rule in BUILTIN if rule.id in READINESS]
    named = {name.replace("_", "-"): policy for name, policy in policies.items()}
    return predict(planner(after), observe, rules, named, gate)


def update(**answers: Any) -> Answers:
    return {
        **deployed(stack(), BEFORE, ROWS),
        ContentsOf(PLACE, KIND, ID): Present(Contents(25, "items")),
        RecoveryOf(PLACE, ID): Present(value=True),
        StackPolicyOf(PLACE, "app"): answers.get("policy", Absent()),
    }


@pytest.mark.parametrize(
    ("after", "verdict"),
    [
        (BEFORE, Readiness.GREEN),
        (TABLE.format(policy="Retain", key="postedAt"), Readiness.AMBER),
        (TABLE.format(policy="Delete", key="postedAt"), Readiness.RED),
    ],
)
def test_the_worst_finding_decides(after: str, verdict: Readiness) -> None:
    found, reasons = readiness(report(after, update()))

    assert found is verdict
    assert bool(reasons) is (verdict is not Readiness.GREEN)
    assert all("Notes" in reason for reason in reasons)


def test_the_first_deploy_has_nothing_to_go_back_to() -> None:
    found, reasons = readiness(report(BEFORE, no_stack()))

    assert found is Readiness.AMBER
    assert any("no release to go back to" in reason for reason in reasons)


def test_what_nobody_told_is_not_taken_for_harmless() -> None:
    found, reasons = readiness(report(BEFORE, update(policy=DENIED)))

    assert found is Readiness.AMBER
    assert reasons == ("nobody could tell: some:Action (stack-policy-denies)",)


def test_red_blocks_unless_it_is_accepted_and_stays_red() -> None:
    lost = TABLE.format(policy="Delete", key="postedAt")

    blocked = report(lost, update())
    accepted = report(lost, update(), Gate(accepted=("stateful-resource-lost",)))

    assert (blocked.verdict, accepted.verdict) == (Verdict.BLOCK, Verdict.PASS)
    assert readiness(accepted)[0] is Readiness.RED


def test_what_the_user_ignores_counts_for_nothing() -> None:
    lost = TABLE.format(policy="Delete", key="postedAt")
    ignored = Policy(ignore=("Notes",), reason="it is a cache")

    found = report(lost, update(), stateful_resource_lost=ignored, backup_off=ignored)

    assert readiness(found) == (Readiness.GREEN, ())


def test_an_alarm_that_is_gone_makes_it_red() -> None:
    arn = f"arn:aws:cloudwatch:{PLACE.region}:123456789012:alarm:errors"
    now = stack(triggers=((arn, "AWS::CloudWatch::Alarm"),))
    answers = {**update(), **deployed(now, BEFORE, ROWS)}
    answers[AlarmState(PLACE, "errors")] = Absent()

    assert readiness(report(BEFORE, answers))[0] is Readiness.RED


def test_it_is_part_of_the_report() -> None:
    found = judged(report(BEFORE, update()))

    assert (found.readiness, found.readiness_reasons) == (Readiness.GREEN, ())


def test_offline_nothing_is_said_of_it() -> None:
    plans = planner(BEFORE)
    inputs = replace(plans.inputs, place=Place(None, PLACE.region))

    found = judged(predict(replace(plans, inputs=inputs), offline))

    assert found.readiness is None
