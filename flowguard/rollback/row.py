"""What a row of the decision table is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flowguard.model.rollback import Decision, Wants
from flowguard.rollback.facts import NO_STACK
from flowguard.rollback.health import Health
from flowguard.stack_states import STATES, Ready


class How(StrEnum):
    """What is done; `steps.BUILDERS` makes the calls of it."""

    NOTHING = "nothing"
    WAIT = "wait"
    """Until the stack has settled; then the table is read again."""
    CANCEL = "cancel"
    STOP_SHIFT = "stop-shift"
    ROLL_BACK_STACK = "roll-back-stack"
    CONTINUE = "continue"
    CONTINUE_RESTORING = "continue-restoring"
    CONTINUE_LATER = "continue-later"
    CONTINUE_SKIPPING = "continue-skipping"
    REPLAY = "replay"
    RESTORE = "restore"
    RESTORE_CODE = "restore-code"
    DELETE = "delete"
    DELETE_RETAINING = "delete-retaining"
    FRONT = "front"


class Approval(StrEnum):
    """Who lets it happen."""

    AUTOMATIC = "automatic"
    OURS = "ours"
    """Automatic where the deploy is proven ours; else as `ASK`."""
    ASK = "ask"
    """Somebody, by the hash of the plan."""
    NONE = "none"
    """There is nothing to let happen."""


class Check(StrEnum):
    """What is compared with the snapshot afterwards, or looked at."""

    STATUS = "V1"
    TEMPLATE = "V2"
    PARAMETERS = "V3"
    FUNCTIONS = "V4"
    CONFIGURATION = "V4c"
    APIS = "V5"
    DATA = "V6"
    EXPORTS = "V7"
    SMOKE = "V8"
    ORPHANS = "V9"
    GONE = "gone"
    """The stack is deleted, or on its way to be deletable."""


EVERYTHING = tuple(check for check in Check if check is not Check.GONE)
CODE = (
    Check.STATUS,
    Check.PARAMETERS,
    Check.FUNCTIONS,
    Check.APIS,
    Check.DATA,
    Check.SMOKE,
    Check.ORPHANS,
)
"""Where the rest of the release stays, so that the template is not what it was."""

Conditions = Mapping[str, frozenset[Any]]
"""Names of `Facts`, each with the values of it that are meant."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    id: str
    says: str
    """What was found and what follows, in a sentence without a full stop."""
    when: Conditions
    decision: Decision
    how: How = How.NOTHING
    approval: Approval = Approval.NONE
    verifies: tuple[Check, ...] = ()
    advice: tuple[str, ...] = field(default=())
    """What a person must do."""
    ends: frozenset[str] = frozenset()
    """The statuses, one of which the stack has once it is done."""
    wants: Wants | None = None
    """What it stops for the lack of."""


def when(**conditions: Any) -> Conditions:
    """Conditions from single values and sets of them."""
    return {
        name: value if isinstance(value, frozenset) else frozenset({value})
        for name, value in conditions.items()
    }


MOVING = frozenset(s for s, state in STATES.items() if state.ready is Ready.WAIT)
"""Statuses of a stack that nobody may act on."""
GOOD = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})
"""Statuses in which the release that was deployed last is live."""
TAKEN_BACK = frozenset({"UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"})
"""Statuses in which the release before it is live."""
RESTORED = frozenset({"UPDATE_COMPLETE"})
"""The status in which the restored snapshot is live."""
DELETED = frozenset({NO_STACK, "DELETE_COMPLETE"})
WANTED = frozenset({Health.BAD, Health.ASKED})
"""A rollback is called for."""
