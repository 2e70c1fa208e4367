"""The table of causes: what AWS says where a stack is stuck, and what helps.

Data; `causes` reads it. The rows are in order, those of one service before those
that many services have in common.
"""

from __future__ import annotations

from flowguard.rollback.reason import Reason
from flowguard.rollback.reasons.between import BETWEEN_STACKS, DELETIONS
from flowguard.rollback.reasons.common import (
    CUSTOM_SAYS,
    CUSTOM_TYPES,
    DATA_GONE,
    EVERYWHERE,
    GONE,
    LOST,
    NEEDED,
    NO_ANSWER,
    UNKNOWN,
)
from flowguard.rollback.reasons.functions import CONTAINERS, LAMBDA
from flowguard.rollback.reasons.stored import DATABASES, SECRETS

__all__ = [
    "CUSTOM_SAYS",
    "CUSTOM_TYPES",
    "DATA_GONE",
    "EVERY",
    "GONE",
    "LOST",
    "NEEDED",
    "NO_ANSWER",
    "REASONS",
    "UNKNOWN",
]

REASONS: tuple[Reason, ...] = (
    *LAMBDA,
    *DATABASES,
    *CONTAINERS,
    *BETWEEN_STACKS,
    *DELETIONS,
    *SECRETS,
    *EVERYWHERE,
    GONE,
)
"""Every row that AWS's own words choose; the first that is found is the one."""
EVERY = (*REASONS, NEEDED, LOST, DATA_GONE, CUSTOM_SAYS, NO_ANSWER)
"""Every row, for the page that is made of it."""
