"""A rollback for programs, as `report.schema.json` says."""

from __future__ import annotations

import json
from typing import Any

from flowguard.model.ownership import Ownership
from flowguard.model.rollback import RollbackReport, StepResult

Json = dict[str, Any]


def as_json(rollback: RollbackReport) -> Json:
    """The section as values that JSON knows, in the order of the schema."""
    return {
        "decision": rollback.decision.value,
        "row": rollback.row,
        "reasons": list(rollback.reasons),
        "readiness": rollback.readiness.value if rollback.readiness else None,
        "plan_hash": rollback.plan_hash or None,
        "needs_approval": rollback.needs_approval,
        "wants": rollback.wants.value if rollback.wants else None,
        "ownership": _ownership(rollback.ownership) if rollback.ownership else None,
        "steps": [_step(result) for result in rollback.steps],
        "identities": [
            {
                "name": identity.name,
                "outcome": identity.outcome.value,
                "expected": identity.expected,
                "actual": identity.actual,
            }
            for identity in rollback.identities
        ],
        "status_before": rollback.status_before or None,
        "status_after": rollback.status_after or None,
        "events": list(rollback.events),
        "verified": rollback.verified,
        "live": rollback.live,
        "live_release": rollback.live_release.value,
        "not_rolled_back": list(rollback.not_rolled_back),
        "to_do": list(rollback.to_do),
        "failures": [
            {
                "name": failure.name,
                "resource_type": failure.resource_type,
                "during": failure.during,
                "words": failure.words,
                "cause": failure.cause,
                "says": failure.says,
                "helps": list(failure.helps),
                "retry": failure.retry,
            }
            for failure in rollback.failures
        ],
    }


def _ownership(owned: Ownership) -> Json:
    return {
        "whose": owned.whose.value,
        "text": owned.text,
        "deploys": owned.deploys,
        "evidence": [
            {"source": e.source.value, "says": e.says.value, "text": e.text}
            for e in owned.evidence
        ],
        "not_compared": list(owned.not_compared),
    }


def _step(result: StepResult) -> Json:
    step = result.step
    return {
        "id": step.id,
        "service": step.service or None,
        "operation": step.operation or None,
        "parameters": json.loads(json.dumps(dict(step.parameters), default=str)),
        "why": step.why,
        "destroys": step.destroys,
        "outcome": result.outcome.value,
        "message": result.message,
        "duration_seconds": round(result.duration, 3),
    }
