"""What is done about a bad deploy, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flowguard.model.ownership import Ownership
    from flowguard.model.readiness import Readiness

TOKEN_PREFIX = "flowguard-rollback-"
"""How the client request token of each call of a rollback begins."""


class Decision(StrEnum):
    """What follows from the smoke tests, the alarms and the state of the stack."""

    KEEP = "keep"
    ROLL_BACK = "roll-back"
    STOP = "stop"
    """Nobody can tell, or nothing can be done without a person."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A value of a call that may be secret: it is sent, and never shown."""

    text: str = field(repr=False)
    label: str = "****"
    """What stands in its place."""

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True, slots=True)
class Step:
    """One action on AWS, as a value: what `--dry-run` prints and what is executed."""

    id: str
    """Stable within a plan: `cancel-update`, `wait`, `execute-change-set`."""
    service: str
    """As boto3 calls it; empty for waiting, which calls only what reads."""
    operation: str
    """As boto3 calls it: `cancel_update_stack`."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """The exact call; a value, at any depth, may be `Sealed`."""
    why: str = ""
    destroys: bool = False
    """Whether it removes or overwrites something; needs an approval."""
    settles: bool = False
    """Whether the stack moves afterwards and is waited for."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """AWS took a call: what it answered."""

    answer: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """AWS took no notice of a call, and said why: nothing was done."""

    code: str
    message: str
    signed_out: bool = False
    """Whether it is the credentials that AWS does not take."""


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """What a change set will do to one resource, in CloudFormation's words."""

    action: str
    """`Add`, `Modify`, `Remove`, `Import`, `Dynamic`."""
    logical_id: str
    resource_type: str
    physical_id: str = ""
    replacement: str = ""
    """`True`, `False`, `Conditional`; empty where nothing is modified."""
    policy_action: str = ""
    """`Delete`, `Retain`, `Snapshot`, `ReplaceAndDelete`, …"""


@dataclass(frozen=True, slots=True)
class ChangeSetReview:
    """A change set as it is read before it is executed."""

    change_set_id: str
    status: str
    """`CREATE_PENDING`, `CREATE_IN_PROGRESS`, `CREATE_COMPLETE`, `FAILED`, …"""
    reason: str = ""
    execution_status: str = ""
    changes: tuple[PlannedChange, ...] = ()


@dataclass(frozen=True, slots=True)
class ObjectVersions:
    """What S3 still has under a key, the newest first."""

    marker: str = ""
    """The version id of the delete marker, where one hides the object."""
    versions: tuple[str, ...] = ()
    """The ids of the versions that hold bytes; `null` where it has no versions."""
    etags: tuple[str, ...] = ()
    """The digest that S3 gives each of them; empty where nobody told."""

    @property
    def there(self) -> bool:
        """Whether a read without a version finds it."""
        return bool(self.versions) and not self.marker


class StepOutcome(StrEnum):
    """What became of a step."""

    DONE = "done"
    ALREADY = "already"
    """It was done before: a run that was killed, or somebody else."""
    FAILED = "failed"
    NOT_REACHED = "not-reached"


@dataclass(frozen=True, slots=True)
class StepResult:
    """A step and what became of it."""

    step: Step
    outcome: StepOutcome
    message: str = ""
    duration: float = 0.0


class IdentityOutcome(StrEnum):
    """Whether something is again as the snapshot has it."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Identity:
    """One thing that was compared with the snapshot afterwards."""

    name: str
    """`template`, `parameter Stage`, `function ApiFunction`."""
    outcome: IdentityOutcome
    expected: str = ""
    actual: str = ""


class Live(StrEnum):
    """Which release serves now, as far as that is known."""

    BEFORE = "before"
    """That of the snapshot, or the one from before the last deploy."""
    DEPLOYED = "deployed"
    """The one that was deployed last."""
    OTHER = "other"
    """An earlier one that is neither."""
    PARTS = "parts"
    """Parts of the one from before, and parts of the one that was deployed last."""
    NONE = "none"
    UNKNOWN = "unknown"


class Wants(StrEnum):
    """What a run that stops lacks: it could not tell, and says neither yes nor no."""

    PROOF = "proof"
    """That the deploy is of this pipeline."""
    APPROVAL = "approval"
    ANSWER = "answer"
    """Of AWS, or the end of what is under way."""


class StackOperation(StrEnum):
    """What CloudFormation was doing to a stack."""

    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    DELETION = "deletion"


@dataclass(frozen=True, slots=True)
class FailedResource:
    """A resource that an operation of CloudFormation's failed at, and why."""

    name: str
    """Its logical id; one of a nested stack has that stack's name before it."""
    resource_type: str
    during: StackOperation
    words: str
    """AWS's own, or those of a custom resource."""
    cause: str
    """The row of the table of causes."""
    says: str
    """The cause in a sentence without a full stop."""
    helps: tuple[str, ...] = ()
    """What to do, in this order."""
    retry: str = ""
    """When another attempt can work."""


@dataclass(frozen=True, slots=True)
class RollbackReport:
    """What was decided, done and proven."""

    decision: Decision
    row: str
    """The row of the decision table."""
    reasons: tuple[str, ...] = ()
    readiness: Readiness | None = None
    plan_hash: str = ""
    needs_approval: bool = False
    steps: tuple[StepResult, ...] = ()
    identities: tuple[Identity, ...] = ()
    status_before: str = ""
    status_after: str = ""
    events: tuple[str, ...] = ()
    """What the stack said on the way, a line each."""
    verified: bool | None = None
    """Whether it is proven; None where nothing was to be."""
    live: str = ""
    """What is live now."""
    live_release: Live = Live.UNKNOWN
    """The same in a word, for what follows from it."""
    not_rolled_back: tuple[str, ...] = ()
    """What stays as the release that was taken back has left it."""
    to_do: tuple[str, ...] = ()
    """What a person must still do."""
    ownership: Ownership | None = None
    """Whose deploy it is; None where nobody looked."""
    wants: Wants | None = None
    """Why it stopped short of an end, if it did."""
    failures: tuple[FailedResource, ...] = ()
    """What failed, and is to be explained."""
