"""What came of one step of a check."""

from __future__ import annotations

from dataclasses import dataclass

from flowguard.model.exchange import Fault, Request, Response
from flowguard.model.smoke import Exchange, Mismatch, Part
from flowguard.smoke.fronts import Refusal
from flowguard.smoke.sampling import Seen


@dataclass(frozen=True, slots=True)
class Judged:
    """One step: what was sent, what came, and what is wrong with it."""

    seen: Seen
    exchange: Exchange
    request: Request
    answer: Response | Fault
    mismatches: tuple[Mismatch, ...] = ()
    slow: tuple[str, ...] = ()
    """Why it passes with a warning."""
    unknown: tuple[str, ...] = ()
    """What of it nobody can tell, though it passes otherwise."""
    parts: tuple[Part, ...] = ()
    message: str = ""
    help: str = ""
    notes: tuple[str, ...] = ()
    """What it does not prove, though it passes."""
    refusal: Refusal | None = None
    """Whether the front of the service refused."""
    expired: bool = False
    """Whether what was given to sign in is over, and was refused for it."""
