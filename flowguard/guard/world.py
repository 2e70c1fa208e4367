"""What a guarded deploy needs of the world, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flowguard.model.results import Verdict
from flowguard.model.rollback import RollbackReport
from flowguard.model.smoke import SmokeReport
from flowguard.rollback.world import World as Account
from flowguard.smoke.suite import Gate


@dataclass(frozen=True, slots=True)
class World:
    """All of it."""

    rollback: Account
    """The account that the stack is in, and what a rollback does there."""
    measure: Callable[[], SmokeReport]
    """Runs the smoke tests, from their beginning each time; raises `FlowGuardError`
    where they cannot be run."""
    gate: Gate
    """What follows from how they end."""
    measure_again: Callable[[], SmokeReport] | None = None
    """The same after a rollback, when the release from before is to answer again, and
    no longer the one that was deployed; as `measure` where None."""
    forget: Callable[[], None] = lambda: None
    """Lets nothing be held any longer against what the service did when this run
    began: it was the release already that is judged."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    verdict: Verdict
    rollback: RollbackReport
    """What was decided and done; what the second run of the smoke tests says of a
    rollback is part of its proof."""
    smoke: SmokeReport | None = None
    """The first run; None where there was nothing to test."""
