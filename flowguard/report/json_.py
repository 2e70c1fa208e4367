"""The report for programs, as `report.schema.json` says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from flowguard.model.results import Claims, Finding, Report, RuleResult
from flowguard.report import escape
from flowguard.report.rollback import json_ as rollback_json
from flowguard.report.schema import SCHEMA_ID
from flowguard.report.smoke import json_ as smoke_json
from flowguard.report.smoke.json_ import location as _location

Json = dict[str, Any]


def render(report: Report) -> str:
    """The report as a JSON document."""
    document = json.dumps(as_json(report), ensure_ascii=False, indent=2)
    return escape.json_document(document) + "\n"


def as_json(report: Report) -> Json:
    """The report as values that JSON knows, in the order of the schema."""
    return {
        "schema": SCHEMA_ID,
        "flowguard_version": report.flowguard_version,
        "command": report.command,
        "verdict": report.verdict.value,
        "fail_on": report.fail_on.label if report.fail_on else None,
        "accepted": list(report.accepted),
        "target": {
            "stack_name": report.target.stack_name,
            "stage": report.target.stage,
            "region": report.target.region,
            "account_id": report.target.account_id,
        },
        "coverage": {
            "asked": report.coverage.asked,
            "answered": report.coverage.answered,
            "unknown": report.coverage.unknown,
            "not_knowable": report.coverage.not_knowable,
            "not_looked_into": [
                {"what": it.what, "why": it.why, "location": _location(it.location)}
                for it in report.coverage.not_looked_into
            ],
        },
        "results": [_result(result) for result in report.results],
        "claims": _claims(report.claims),
        **({"readiness": _readiness(report)} if report.readiness else {}),
        **({"smoke": smoke_json.as_json(report.smoke)} if report.smoke else {}),
        **(
            {"rollback": rollback_json.as_json(report.rollback)}
            if report.rollback
            else {}
        ),
        "started_at": utc(report.started_at),
        "duration_seconds": round(report.duration, 3),
    }


def _readiness(report: Report) -> Json:
    return {"level": report.readiness, "reasons": list(report.readiness_reasons)}


def utc(moment: datetime) -> str:
    """A moment in UTC as ISO 8601 writes it, to the second."""
    whole = moment.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    return f"{whole.isoformat()}Z"


def _result(result: RuleResult) -> Json:
    return {
        "rule_id": result.rule_id,
        "outcome": result.outcome.value,
        "findings": [_finding(finding) for finding in result.findings],
        "unknowns": [
            {
                "lookup": unknown.lookup,
                "kind": unknown.kind.value,
                "reason": unknown.reason,
                "permission": unknown.permission or None,
            }
            for unknown in result.unknowns
        ],
        "suppressed": [
            {"finding": _finding(item.finding), "reason": item.reason}
            for item in result.suppressed
        ],
        "error": result.error or None,
    }


def _finding(finding: Finding) -> Json:
    return {
        "rule_id": finding.rule_id,
        "severity": finding.severity.label,
        "message": finding.message,
        "help": finding.help,
        "logical_id": finding.logical_id or None,
        "location": _location(finding.location),
        "related_locations": [
            {"message": words, "location": _location(location)}
            for words, location in finding.related_locations
        ],
        "evidence": [
            {"name": name, "value": value} for name, value in finding.evidence
        ],
    }


def _claims(claims: Claims) -> Json:
    return {
        "names": [
            {"resource_type": resource_type, "name": name, "logical_id": logical_id}
            for resource_type, name, logical_id in claims.names
        ],
        "exports_added": list(claims.exports_added),
        "exports_removed": list(claims.exports_removed),
        "imports": list(claims.imports),
        "hidden": sorted(claims.hidden),
        "locations": [
            {"claim": claim, "of": of, "location": _location(location)}
            for (claim, of), location in claims.locations.items()
        ],
    }
