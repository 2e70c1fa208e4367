"""The words FlowGuard speaks: plain values, no input or output.

A word is imported from its own module when it is first asked for: a data class costs
a millisecond to make, and no command speaks of everything.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flowguard.model.changes import (
        ChangeAction,
        Export,
        Ignore,
        Located,
        Reference,
        Replacement,
        ResourceChange,
    )
    from flowguard.model.exchange import (
        Certificate,
        Fault,
        FaultKind,
        Headers,
        Request,
        Response,
        Timings,
        Tls,
    )
    from flowguard.model.places import (
        UNWRITTEN,
        Location,
        Path,
        Place,
        Severity,
    )
    from flowguard.model.questions import (
        Absent,
        AccountState,
        Lookup,
        Observed,
        Pending,
        Present,
        T,
        Unknown,
        UnknownKind,
        Unresolved,
        find_unresolved,
    )
    from flowguard.model.readiness import Readiness
    from flowguard.model.results import (
        Claims,
        Coverage,
        Finding,
        NotLookedInto,
        Outcome,
        Report,
        RuleResult,
        Suppressed,
        Target,
        Unanswered,
        Verdict,
    )
    from flowguard.model.rollback import (
        Accepted,
        ChangeSetReview,
        Decision,
        Identity,
        IdentityOutcome,
        ObjectVersions,
        PlannedChange,
        Refused,
        RollbackReport,
        Sealed,
        Step,
        StepOutcome,
        StepResult,
    )
    from flowguard.model.smoke import (
        Blame,
        Exchange,
        Latency,
        Mismatch,
        Part,
        Samples,
        SmokeOutcome,
        SmokePhase,
        SmokeReport,
        SmokeResult,
    )

__all__ = [
    "UNWRITTEN",
    "Absent",
    "Accepted",
    "AccountState",
    "Blame",
    "Certificate",
    "ChangeAction",
    "ChangeSetReview",
    "Claims",
    "Coverage",
    "Decision",
    "Exchange",
    "Export",
    "Fault",
    "FaultKind",
    "Finding",
    "Headers",
    "Identity",
    "IdentityOutcome",
    "Ignore",
    "Latency",
    "Located",
    "Location",
    "Lookup",
    "Mismatch",
    "NotLookedInto",
    "ObjectVersions",
    "Observed",
    "Outcome",
    "Part",
    "Path",
    "Pending",
    "Place",
    "PlannedChange",
    "Present",
    "Readiness",
    "Reference",
    "Refused",
    "Replacement",
    "Report",
    "Request",
    "ResourceChange",
    "Response",
    "RollbackReport",
    "RuleResult",
    "Samples",
    "Sealed",
    "Severity",
    "SmokeOutcome",
    "SmokePhase",
    "SmokeReport",
    "SmokeResult",
    "Step",
    "StepOutcome",
    "StepResult",
    "Suppressed",
    "T",
    "Target",
    "Timings",
    "Tls",
    "Unanswered",
    "Unknown",
    "UnknownKind",
    "Unresolved",
    "Verdict",
    "find_unresolved",
]

_HOMES = {
    "changes": (
        "ChangeAction",
        "Export",
        "Ignore",
        "Located",
        "Reference",
        "Replacement",
        "ResourceChange",
    ),
    "exchange": (
        "Certificate",
        "Fault",
        "FaultKind",
        "Headers",
        "Request",
        "Response",
        "Timings",
        "Tls",
    ),
    "places": ("Location", "Path", "Place", "Severity", "UNWRITTEN"),
    "questions": (
        "Absent",
        "AccountState",
        "Lookup",
        "Observed",
        "Pending",
        "Present",
        "T",
        "Unknown",
        "UnknownKind",
        "Unresolved",
        "find_unresolved",
    ),
    "readiness": ("Readiness",),
    "results": (
        "Claims",
        "Coverage",
        "Finding",
        "NotLookedInto",
        "Outcome",
        "Report",
        "RuleResult",
        "Suppressed",
        "Target",
        "Unanswered",
        "Verdict",
    ),
    "rollback": (
        "Accepted",
        "ChangeSetReview",
        "Decision",
        "Identity",
        "IdentityOutcome",
        "ObjectVersions",
        "PlannedChange",
        "Refused",
        "RollbackReport",
        "Sealed",
        "Step",
        "StepOutcome",
        "StepResult",
    ),
    "smoke": (
        "Blame",
        "Exchange",
        "Latency",
        "Mismatch",
        "Part",
        "Samples",
        "SmokeOutcome",
        "SmokePhase",
        "SmokeReport",
        "SmokeResult",
    ),
}


def __getattr__(name: str) -> object:
    """Import a word from its home."""
    from importlib import import_module

    for module, names in _HOMES.items():
        if name in names:
            found: object = getattr(import_module(f"{__name__}.{module}"), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
