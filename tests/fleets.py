"""Targets of a fleet, made for a test."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from flowguard.fleet import Member
from flowguard.fleet.together import FleetReport
from flowguard.merge import merge
from flowguard.model.places import Location, Severity
from flowguard.model.results import (
    Claims,
    Coverage,
    Finding,
    Outcome,
    Report,
    RuleResult,
    Target,
    Verdict,
)
from flowguard.prediction import Gate
from flowguard.rules import Rule

ACCOUNT = "123456789012"
OTHER = "210987654321"
TABLE = "AWS::DynamoDB::Table"
ROLE = "AWS::IAM::Role"
BUCKET = "AWS::S3::Bucket"
NOW = datetime(2026, 1, 18, 12, tzinfo=UTC)


def member(
    name: str,
    *,
    stack: str = "",
    region: str = "eu-central-1",
    account: str | None = ACCOUNT,
    home: str | None = None,
    verdict: Verdict = Verdict.PASS,
    results: Sequence[RuleResult] = (),
    **claims: Any,
) -> Member:
    """A target that has reported; each claim is written in the target's own file."""
    written = {
        ("names", of): Location(f"{name}.yaml", 5, 7)
        for _, _, of in claims.get("names", ())
    }
    for claim in ("exports_added", "exports_removed", "imports"):
        for of in claims.get(claim, ()):
            written[claim, of] = Location(f"{name}.yaml", 9, 3)
    report = Report(
        command="preflight",
        target=Target(stack or name, "staging", region, account),
        results=tuple(results),
        coverage=Coverage(3, 2, 1, 0),
        started_at=NOW,
        duration=1.5,
        flowguard_version="1.2.3",
        verdict=verdict,
        claims=Claims(**claims, locations=written),
    )
    return Member(name, report, Location("flowguard.yml", 3, 5), home)


def failed(rule_id: str = "name-taken", message: str = "it is taken") -> RuleResult:
    """A rule that has found an error."""
    place = Location("template.yaml", 4, 2)
    finding = Finding(rule_id, Severity.ERROR, message, place, help="rename it")
    return RuleResult(rule_id, Outcome.FAILED, (finding,))


def found(rule: Rule[Any], *members: Member) -> list[Finding]:
    """What a rule says of the targets."""
    (result,) = compared(rule, *members).between.results
    assert not result.error, result.error
    return list(result.findings)


def compared(rule: Rule[Any], *members: Member, missing: str = "") -> FleetReport:
    """The targets merged under one rule."""
    expected = [missing] if missing else []
    return merge(members, expected, gate=Gate(), rules=[rule])
