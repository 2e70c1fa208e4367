"""Whose deploy came after the snapshot: facts → the answer, with its evidence.

The order of AWS's own events says what came after the snapshot; no clock does. What
names one operation (a token, a change set, a record) decides alone. Else all that was
compared must agree: what contradicts itself proves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flowguard.lookups import Stack
from flowguard.model.ownership import (
    Evidence,
    Ownership,
    Source,
    Whose,
    of_release,
)
from flowguard.rollback import journal
from flowguard.rollback.journal import STAYED, Recorded
from flowguard.stack_states import ROLLED_BACK


@dataclass(frozen=True, slots=True)
class Deploy:
    """The deploy that is meant, as far as the one who made it knows it."""

    token: str = ""
    change_set_id: str = ""
    operation_id: str = ""
    """AWS's id of the operation."""
    record: str = ""
    """The id of the stack's newest event right after the deploy, as `flowguard record`
    wrote it down."""
    logical_ids: frozenset[str] = frozenset()
    """What its change set changes; they tell when its monitoring window is open."""

    @property
    def named(self) -> bool:
        """Whether it names an operation of AWS's."""
        return bool(
            self.token or self.change_set_id or self.record or self.operation_id
        )


@dataclass(frozen=True, slots=True)
class Since:
    """What the stack did since the snapshot."""

    deploys: tuple[Recorded, ...]
    """Oldest first, without our own rollbacks; without a snapshot the last one."""
    known: bool
    """Whether that is all: the snapshot says what came before it."""
    change_set_before: str = ""
    """The id of the change set that the stack had by the snapshot."""
    failed: frozenset[str] = frozenset()
    """The ids of those that are known to be ours and to have failed."""
    restored: bool = False
    """Whether the snapshot was restored after the last of them."""

    @property
    def last(self) -> Recorded | None:
        """The deploy that the question is about."""
        return self.deploys[-1] if self.deploys else None

    @property
    def stayed(self) -> tuple[Recorded, ...]:
        """Earlier ones whose release was live, and is no failed one of ours."""
        earlier = (d for d in self.deploys[:-1] if d.id not in self.failed)
        return tuple(d for d in earlier if d.status in STAYED)

    @property
    def overtaken(self) -> bool:
        """Whether an earlier one lives on, of a stack whose last one was taken back."""
        return bool(self.stayed)


def since(
    operations: Sequence[Recorded],
    *,
    known: bool,
    change_set_before: str = "",
    failed: frozenset[str] = frozenset(),
) -> Since:
    """The deploys among the operations since the snapshot; `failed` are the ids of
    those that are known to be ours and to have failed."""
    deploys = journal.deploys(operations)
    if not known:
        deploys = deploys[-1:]
    restored = bool(operations) and journal.restored(operations[-1])
    return Since(journal.joined(deploys), known, change_set_before, failed, restored)


def ownership(
    found: Since, stack: Stack, deploy: Deploy | None, evidence: Sequence[Evidence]
) -> Ownership:
    """Whose the last deploy since the snapshot is."""
    count = len(found.deploys)
    if found.last is None:
        live = of_release(evidence)
        return Ownership(Whose.NONE, live, "nothing was deployed since the snapshot")
    named = _named(found, stack, deploy) if deploy else None
    if named:
        evidence = (named, *evidence)
    whose = named.says if named else _agreed(evidence)
    if not named and (found.restored or stack.status in ROLLED_BACK):
        # What is live says nothing of a deploy that was taken back.
        whose = Whose.UNPROVEN
        text = "the last deploy was rolled back: none of it is live"
    else:
        text = _text(whose, evidence, found.last)
    return Ownership(whose, tuple(evidence), text, count, found.last.id)


def _named(found: Since, stack: Stack, deploy: Deploy) -> Evidence | None:
    """What AWS says of the operation that is named; None where it says nothing."""
    last = found.last
    assert last  # noqa: S101 — the caller has seen it
    if deploy.operation_id and last.operation_id:
        ours, known = last.operation_id == deploy.operation_id, last.operation_id
        source = Source.OPERATION
    elif deploy.token:
        ours, known = last.token == deploy.token, last.token
        source = Source.TOKEN
    elif deploy.record:
        ours, known = any(e.id == deploy.record for e in last.events), "another"
        source = Source.RECORD
    elif deploy.change_set_id:
        return _by_change_set(found, stack, deploy.change_set_id)
    else:
        return None
    if ours:
        return Evidence(source, Whose.OURS, f"its {source} is the one that is named")
    text = f"its {source} is {known or 'none'}, not the one that is named"
    return Evidence(source, Whose.FOREIGN, text)


def _by_change_set(found: Since, stack: Stack, named: str) -> Evidence:
    """What the stack's change set says, which a later deploy without one leaves as it
    is: it proves the only deploy since a snapshot that had another."""
    source = Source.CHANGE_SET
    if stack.change_set_id != named:
        known = stack.change_set_id or "none"
        text = f"its {source} is {known}, not the one that is named"
        return Evidence(source, Whose.FOREIGN, text)
    if found.known and found.change_set_before == named:
        text = f"the {source} that is named was deployed before the snapshot"
        return Evidence(source, Whose.FOREIGN, text)
    if found.known and len(found.deploys) == 1:
        text = f"its {source} is the one that is named"
        return Evidence(source, Whose.OURS, text)
    text = (
        f"the {source} that is named was deployed, and it is not known whether "
        "another deploy came after it"
    )
    return Evidence(source, Whose.UNPROVEN, text)


def _agreed(evidence: Sequence[Evidence]) -> Whose:
    """What all evidence says that says anything; unproven where it disagrees."""
    said = {e.says for e in evidence} & {Whose.OURS, Whose.FOREIGN}
    if len(said) != 1:
        return Whose.UNPROVEN
    (only,) = said
    refuted = any(e.refutes or e.silences for e in evidence)
    return Whose.UNPROVEN if only is Whose.OURS and refuted else only


def _text(whose: Whose, evidence: Sequence[Evidence], last: Recorded) -> str:
    at = f", begun at {last.began:%Y-%m-%d %H:%M:%S} UTC," if last.began else ""
    deploy = f"the last deploy{at}"
    if whose is Whose.UNPROVEN:
        return f"{deploy} is not proven to be of this pipeline"
    proof = next(e for e in evidence if e.says is whose)
    owner = "of this pipeline" if whose is Whose.OURS else "somebody else's"
    return f"{deploy} is {owner}: {proof.text}"


_RECORD = (
    "next time, prove whose deploy it is: run `flowguard record` right after the "
    "deploy, and verify with --record FILE"
)
_OR = (
    "or run verify in the folder that was deployed from, or name the change set: "
    "--deployed-change-set ARN"
)
TO_PROVE = (_RECORD, _OR)
"""How the next run gets a proof."""
