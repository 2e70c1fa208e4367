"""What a test or the demo may set in a running embedded account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

PATH = "/_flowguard/controls"
"""Where the running account takes them, by PUT, as JSON."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A failure that the account answers an operation on a resource with."""

    operation: str = ""
    """`create`, `update` or `delete`; any, when empty."""
    resource_type: str = ""
    """A CloudFormation type; any, when empty."""
    match: str = ""
    """A regular expression that the name or physical id must hold."""
    message: str = "Resource handler returned message: injected failure"
    after: int = 0
    """How many operations it lets pass before it strikes."""
    times: int | None = None
    """How often it strikes; without end, when `None`."""


@dataclass(frozen=True, slots=True)
class Controls:
    """The knobs of an embedded account; the defaults are AWS's plain course."""

    delay: float = 0.0
    """Seconds that each operation on a resource takes, so that the
    `*_IN_PROGRESS` states can be seen. Setting controls ends those that run."""
    minute: float = 60.0
    """Seconds that a minute of a monitoring window takes. Zero ends those that run."""
    early_validation: bool = False
    """Whether a name conflict already fails the change set or the operation's
    start, as AWS's pre-deployment validation does for the types it covers,
    rather than the resource."""
    faults: tuple[Fault, ...] = ()
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """stack → logical id → the name that CloudFormation will draw for it,
    where the template leaves the name open."""

    def to_json(self) -> dict[str, Any]:
        """As plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote; `TypeError` on a field that there is not."""
        faults = tuple(Fault(**fault) for fault in values.get("faults", ()))
        return cls(**{**values, "faults": faults})
