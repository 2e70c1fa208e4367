"""What a row of the decision table is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flowguard.model.ownership import Whose
from flowguard.model.rollback import Decision, Live, Wants
from flowguard.rollback.facts import NO_STACK, Restored
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


class Exit(StrEnum):
    """What the exit code follows from, where no step has failed."""

    BY_DECISION = "by decision"
    """0 or 4 for a rollback, 1 for a deploy that is kept, 3 for a stop."""
    GO = "go"
    """0: what is live is to be live."""
    GO_IF_ASKED = "go if asked"
    """0 where a person asks for the rollback, 1 where smoke tests do."""
    GO_IF_PASSED = "go if passed"
    """0 where the suite's policies let pass what fails, else 1."""
    ACT_NOW = "act now"
    """5: the rollback of an earlier run has failed."""


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


Serves = tuple[Live, str]
"""What is live: in a word, and as it is told."""
NOBODY_KNOWS: Serves = (Live.UNKNOWN, "nobody can tell")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table, with all that follows from it."""

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
    tries: int = 0
    """How often it is done again while what is in the way does not pass."""
    exit: Exit = Exit.BY_DECISION
    headline: str = ""
    """What the report's first line says instead of the decision, where nothing is left
    to keep or to take back."""
    live: Serves | None = None
    """What is live where this was found and nothing was done about it; None where the
    status tells."""
    deployed: str = "the release that was deployed last"
    """What the release that was deployed last is called, where it is live."""
    says_of_ours: str = ""
    """What it says instead where the last operation was a rollback of ours."""
    shows_failure: bool = False
    """Whether it tells what the last operation failed at."""
    works: bool = False
    """Whether it stands for a release that was seen to work."""
    tested_another: bool = False
    """Whether the smoke tests measured a release that is no longer live."""

    @property
    def untouched(self) -> bool:
        """Whether it holds of a stack only that nobody has deployed to."""
        return self._asks("whose") == {Whose.NONE}

    @property
    def restored(self) -> Restored | None:
        """What came of the restoring of an earlier run, where it asks for one."""
        asked = self._asks("restored")
        return next(iter(asked)) if len(asked) == 1 else None

    def _asks(self, name: str) -> frozenset[Any]:
        return self.when.get(name, frozenset())


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
