"""What a request that fails counts as: which failures a release may still grow out of."""

from __future__ import annotations

from flowguard.model.exchange import Fault, FaultKind
from flowguard.smoke.sampling import Seen

DOWN = frozenset({502, 503, 504})
"""What stands before a service answers so while no instance of it does."""
UNROUTED = frozenset({401, 403, 404})
"""An edge answers so where it does not know the route yet, or who may use it."""
NOBODY = frozenset(
    {
        FaultKind.REFUSED,
        FaultKind.UNREACHABLE,
        FaultKind.PROTOCOL,
    }
)
"""Faults of a connection at whose other end nobody is, or goes or comes just now. One
that times out has taken so long already that few fit into a start."""


def of_status(status: int, *, tells: bool = False) -> Seen:
    """What a status that was not expected counts as.

    A service that `tells` how its dependencies are is up, whatever they are.
    """
    if status in DOWN and not tells:
        return Seen.DOWN
    return Seen.UNROUTED if status in UNROUTED else Seen.FAILED


def of_fault(fault: Fault) -> Seen:
    """What no answer counts as, where this runner is online."""
    if fault.kind.ours:
        return Seen.UNMEASURED
    if fault.kind in NOBODY:
        return Seen.DOWN
    # A certificate that is of another name, as an edge shows it before it has its own.
    return Seen.UNROUTED if fault.kind is FaultKind.TLS else Seen.FAILED
