"""What every format says of a rollback, in the same words."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from flowguard.model.rollback import (
    Decision,
    FailedResource,
    IdentityOutcome,
    Live,
    RollbackReport,
    Step,
    StepOutcome,
)
from flowguard.report import escape
from flowguard.rollback.table import row_of

DECISIONS = {
    Decision.KEEP: "keep the deploy",
    Decision.ROLL_BACK: "roll back",
    Decision.STOP: "stop: a person must look",
}
OUTCOMES = {
    StepOutcome.DONE: "done",
    StepOutcome.ALREADY: "done before",
    StepOutcome.FAILED: "failed",
    StepOutcome.NOT_REACHED: "not reached",
}


SMOKE_TESTS = "smoke tests"
"""What their second run is called among the things compared."""
ACT_NOW = "a person must act now"


def decision(rollback: RollbackReport) -> str:
    """What was decided, where there was something to decide on."""
    if said := row_of(rollback.row).headline:
        return said
    if rollback.decision is Decision.KEEP and not rollback.row:
        return "nothing was deployed"  # no row was read, for there was no deploy
    return DECISIONS[rollback.decision]


def headline(rollback: RollbackReport) -> str:
    """What became of the deploy, in a few words."""
    if rollback.decision is not Decision.ROLL_BACK:
        differs = rollback.decision is Decision.KEEP and rollback.verified is False
        more = f", and not all is as before: {ACT_NOW}" if differs else ""
        return decision(rollback) + more
    if rollback.needs_approval:
        return "a rollback is planned and waits for an approval"
    ended = {result.outcome for result in rollback.steps}
    if rollback.verified and rollback.live_release is Live.NONE:
        return "the stack is deleted"
    if rollback.verified:
        return "rolled back and verified"
    if ended and ended <= {StepOutcome.NOT_REACHED}:
        return "a rollback is planned"
    if StepOutcome.FAILED in ended:
        return f"the rollback failed: {ACT_NOW}"
    if rollback.verified is None:
        return "rolled back, and not compared with what was before"
    return f"rolled back, but it could not be verified: {ACT_NOW}"


def status(rollback: RollbackReport) -> str:
    """How the stack moved: `UPDATE_IN_PROGRESS → UPDATE_ROLLBACK_COMPLETE`."""
    moved = (rollback.status_before, rollback.status_after)
    return " → ".join(dict.fromkeys(word for word in moved if word))


def call(step: Step) -> str:
    """The exact call, as the AWS CLI spells it; empty for waiting."""
    if not step.service:
        return ""
    given = json.dumps(dict(step.parameters), default=str, sort_keys=True)
    return f"{step.service} {step.operation.replace('_', '-')} {given}"


def identities(rollback: RollbackReport) -> str:
    """The comparison with the snapshot in numbers, and what the smoke tests said."""
    tested = [i for i in rollback.identities if i.name == SMOKE_TESTS]
    compared = [i for i in rollback.identities if i.name != SMOKE_TESTS]
    said = [f"the {SMOKE_TESTS} again: {one.actual}" for one in tested]
    if not compared:
        alone = "by the smoke tests alone: there is no snapshot to compare with"
        return "; ".join([alone, *said]) if tested else ""
    ended = Counter(identity.outcome for identity in compared)
    words = {
        IdentityOutcome.SAME: "as before",
        IdentityOutcome.DIFFERENT: "different",
        IdentityOutcome.UNKNOWN: "not known",
    }
    how = ", ".join(f"{ended[o]:,} {word}" for o, word in words.items() if ended[o])
    number = f"{len(compared):,} thing{'' if len(compared) == 1 else 's'}"
    return "; ".join([f"compared {number} with the snapshot: {how}", *said])


_LONGEST = 1_500
"""Characters of somebody's words; a custom resource may answer with a whole page."""


def failed(failure: FailedResource) -> str:
    """Which resource failed, and in what."""
    kind = f" ({failure.resource_type})" if failure.resource_type else ""
    return f"{failure.name}{kind} failed in the {failure.during}"


def explained(failure: FailedResource) -> Iterator[tuple[str, str]]:
    """The words of AWS, the cause, and what helps: a label and a text each."""
    own = failure.cause == "custom-failed"
    yield "its own words" if own else "AWS says", escape.clip(failure.words, _LONGEST)
    yield "cause", failure.says
    for number, text in enumerate(failure.helps, 1):
        yield f"what helps, {number}", text
    yield "another attempt can work", failure.retry


def in_short(failure: FailedResource) -> str:
    """All of it in a few lines."""
    told = (f"{label}: {text}" for label, text in explained(failure) if text)
    return "\n".join([failed(failure), *told])


def whose(rollback: RollbackReport) -> str:
    """Whose deploy it is, with each piece of evidence and what nobody compared."""
    owned = rollback.ownership
    if owned is None:
        return ""
    parts = [owned.whose.value, *(e.text for e in owned.evidence)]
    left = ", ".join(owned.not_compared)
    return "; ".join([*parts, *([f"not compared: {left}"] if left else [])])


def told(rollback: RollbackReport) -> Iterator[str]:
    """All of it in lines, for a format that has no more to show than text."""
    yield from (f"{label}: {text}" for label, text in facts(rollback))
    for result in rollback.steps:
        what = result.step.why or result.step.id
        why = f" ({result.message})" if result.message else ""
        yield f"step {OUTCOMES[result.outcome]}: {what}{why}"
    for one in rollback.identities:
        if one.outcome is not IdentityOutcome.SAME:
            seen = f"{one.expected} → {one.actual}".strip(" →")
            yield f"{one.outcome}: {one.name} {seen}".rstrip()
    yield from (f"not rolled back: {text}" for text in rollback.not_rolled_back)
    yield from (f"to do: {text}" for text in rollback.to_do)


def facts(rollback: RollbackReport) -> Iterator[tuple[str, str]]:
    """What matters beside the steps: a label and a text each."""
    row = f" (row {rollback.row})" if rollback.row else ""
    for label, text in (
        ("decision", decision(rollback) + row),
        ("because", "; ".join(rollback.reasons)),
        ("whose deploy", whose(rollback)),
        ("stack", status(rollback)),
        ("could be taken back", rollback.readiness.value if rollback.readiness else ""),
        ("plan", rollback.plan_hash),
        ("proof", identities(rollback)),
        ("live now", rollback.live),
    ):
        if text:
            yield label, text
