"""The rollback point: what a stack was before a deploy.

There is no call that tells what a stack looked like one deploy ago, so all that is
needed to undo a deploy that succeeded is written down before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from msgspec import Meta

from flowguard.model.questions import Unknown
from flowguard.model.readiness import Readiness

Moment = Annotated[datetime, Meta(tz=True)]
"""A time with its zone."""

WITHHELD = "****"
"""Stands for a value that is not written down in the open."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A text that is kept outside of the snapshot, or nowhere, and its digest."""

    sha256: str
    """Of the text in UTF-8."""
    size: int = 0
    """In bytes."""
    location: str = ""
    """`s3://bucket/key`, or the name of an encrypted file beside the snapshot; empty
    where it was not kept, so that it can be told from another, and not restored."""
    version_id: str = ""
    """Of the object in S3."""


@dataclass(frozen=True, slots=True)
class StackParameter:
    """A parameter as it was deployed."""

    key: str
    value: str
    """As given, so that a parameter of the Parameter Store has its name here;
    `WITHHELD` where it is hidden or looks secret."""
    type: str = "String"
    no_echo: bool = False
    """Nobody can read it: a deploy can only use the value that is there then."""
    withheld: bool = False
    """The value was readable and looks secret: it is among the kept `values`."""
    resolved_sha256: str = ""
    """The digest of what the deploy read for it in the Parameter Store."""
    resolved_version: int = 0
    """The version it read, where that is still the newest one; else 0."""


@dataclass(frozen=True, slots=True)
class StackOutput:
    """An output of the stack."""

    key: str
    value: str
    """`WITHHELD` where it looks secret."""
    export: str = ""
    importers: tuple[str, ...] = ()
    """The stacks that import it."""
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class RollbackTrigger:
    """An alarm that makes CloudFormation take a deploy back."""

    arn: str
    type: str = "AWS::CloudWatch::Alarm"


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file or an image that the running release is made from."""

    logical_id: str
    """One of a nested stack has its path before it: `Jobs.Api`."""
    location: str
    """`s3://bucket/key`, or the image's URI."""
    version_id: str = ""
    """Of the object: the one that the template names, else the newest then."""
    digest: str = ""
    """The image's digest, or the object's ETag."""
    there: bool | None = None
    """Whether it is still there; None where nobody could tell."""
    versioned: bool | None = None
    """Whether the bucket keeps what is deleted from it."""


@dataclass(frozen=True, slots=True)
class FunctionAlias:
    """Where an alias of a function points."""

    name: str
    version: str
    revision_id: str = ""
    weights: tuple[tuple[str, float], ...] = ()
    """Other versions, with their share of the calls."""
    code_sha256: str = ""
    """Of the version, which a restored release has under another number."""


@dataclass(frozen=True, slots=True)
class FunctionVersion:
    """A published version of a function, which never changes."""

    version: str
    code_sha256: str = ""
    configuration: tuple[tuple[str, str], ...] = ()
    """Its settings, by their names in Lambda's API; of the environment the names of the
    variables alone. Empty where nobody told."""
    environment: int = 0
    """Versions whose environment has the same values have the same number, within one
    snapshot: no value and no digest of one is written down. 0 where nobody told."""


@dataclass(frozen=True, slots=True)
class FunctionState:
    """A Lambda function as it runs."""

    logical_id: str
    name: str
    code_sha256: str
    revision_id: str = ""
    versions: tuple[str, ...] = ()
    """The published ones."""
    aliases: tuple[FunctionAlias, ...] = ()
    configuration: tuple[tuple[str, str], ...] = ()
    """As that of a version."""
    environment: int = 0
    """As that of a version."""
    inline: bool = False
    """Whether its code stands in the template: its digest is another after each upload,
    though the source is the same."""
    published: tuple[FunctionVersion, ...] = ()
    """The versions that something points at: aliases, outputs, the stack itself."""


@dataclass(frozen=True, slots=True)
class ApiStage:
    """Which deployment a stage of an API serves."""

    logical_id: str
    """Of the API."""
    api_id: str
    stage: str
    deployment_id: str
    http: bool = False
    """An HTTP or WebSocket API (`apigatewayv2`) rather than a REST API."""
    auto_deploy: bool = False
    serves: tuple[str, ...] = ()
    """The routes of the deployment, each with a digest of what is done with it:
    `GET /orders 1f0a…`; none where nobody told."""


@dataclass(frozen=True, slots=True)
class DomainMapping:
    """A path of a custom domain, and the stage of an API that it leads to."""

    domain: str
    base_path: str
    api_id: str
    stage: str


@dataclass(frozen=True, slots=True)
class StatefulResource:
    """A resource that holds data, and how it is guarded."""

    logical_id: str
    resource_type: str
    physical_id: str
    deletion_protection: bool | None = None
    """None where the type has none, or nobody could tell."""
    point_in_time_recovery: bool | None = None
    """Continuous backups of a table, versioning of a bucket; None as above."""
    deletion_policy: str = ""
    update_replace_policy: str = ""


@dataclass(frozen=True, slots=True)
class FailedDeploy:
    """A deploy that came after the release that a snapshot goes back to, and failed."""

    event: str
    """The id of its first event."""
    ours: bool = False
    """Whether it was proven to be of this pipeline, so that a restore may undo it."""
    at: Moment | None = None
    """When it began, by AWS's clock."""
    release: str = ""
    """The commit that was deployed, where the run that judged it had one."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that is needed to undo a deploy, as it was before it."""

    stack_id: str
    stack_name: str
    region: str
    account_id: str
    taken_at: Moment
    """By the clock of the machine, for people to read; nothing is decided by it."""
    status: str
    last_updated: Moment | None = None
    change_set_id: str = ""
    """Of the last deploy."""
    last_event: str = ""
    """The id of the stack's newest event. What came after it is since the snapshot,
    whatever a clock says; empty where AWS did not tell."""
    original: Kept | None = None
    """The template as it was given; None where nobody could read it."""
    processed: Kept | None = None
    """The template after its transforms; None as above."""
    nested: tuple[tuple[str, str], ...] = ()
    """Of each nested stack its path (`Jobs`, `Jobs.Mail`) and the digest of its template
    after its transforms, where it could be read. The text is not kept."""
    nested_exports: tuple[tuple[str, str], ...] | None = None
    """Of each export of a nested stack its name and its value, which is `WITHHELD` where
    it looks secret; None where nobody told."""
    values: Kept | None = None
    """JSON of the values that are withheld: `{"parameters": {}, "outputs": {}}`."""
    parameters: tuple[StackParameter, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    capabilities: tuple[str, ...] = ()
    role_arn: str = ""
    notification_arns: tuple[str, ...] = ()
    stack_policy: str = ""
    """JSON; empty where the stack has none."""
    monitoring_minutes: int = 0
    rollback_triggers: tuple[RollbackTrigger, ...] = ()
    disable_rollback: bool = False
    termination_protection: bool = False
    outputs: tuple[StackOutput, ...] = ()
    resources: tuple[tuple[str, str, str], ...] = ()
    """Logical id, type and physical id of each."""
    artifacts: tuple[Artifact, ...] = ()
    functions: tuple[FunctionState, ...] = ()
    api_stages: tuple[ApiStage, ...] = ()
    domains: tuple[DomainMapping, ...] = ()
    stateful: tuple[StatefulResource, ...] = ()
    unknown: Mapping[str, Unknown] = field(default_factory=dict)
    """What nobody could tell, and why: by the name of the field above, or by
    `field:what` for one of several, such as `functions:ApiFunction`."""
    readiness: Readiness | None = None
    """Whether the deploy that it is for can be taken back, where that was judged."""
    kept_in: str = ""
    """`s3://bucket/folder` where the snapshot itself is kept; what became of the deploy
    is written down beside it. Empty where it is kept in no bucket."""
    failed: tuple[FailedDeploy, ...] = ()
    """Deploys that are known to have failed, oldest first; the last one was live when
    the snapshot was taken. All else is of the last good release before them, or is not
    `restorable` where nobody knows that one."""
    judged: Kept | None = None
    """What the run wrote down that found the live release to have failed; the yardstick
    from before is in it."""

    @property
    def exists(self) -> bool:
        """Whether there was a stack; else there is nothing to go back to."""
        return bool(self.stack_id)

    @property
    def restorable(self) -> bool:
        """Whether a template was kept, so that it can be deployed again."""
        return any(kept and kept.location for kept in (self.original, self.processed))

    def knows(self, part: str) -> bool:
        """Whether all of a field was answered, so that a lack in it is a fact."""
        return not any(
            name == part or name.startswith(f"{part}:") for name in self.unknown
        )
