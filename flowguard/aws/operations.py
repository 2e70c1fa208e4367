"""A stack that something is done to: read anew each time, acted on by its id.

`Operations` is the account as a rollback, a guarded deploy and their tests see it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
)

from flowguard.aws import contents, in_between, snapshot, snapshot_keep
from flowguard.aws.allowed import opened, permit
from flowguard.aws.answers import (
    NO_CREDENTIALS,
    THROTTLED,
    broken,
    error_code,
    error_message,
    one_line,
    unanswered,
)
from flowguard.aws.artifacts import artifact_at
from flowguard.aws.events import since as since_moment
from flowguard.aws.exports import importers_of
from flowguard.aws.fence import UndeclaredCallError
from flowguard.aws.recovery import fetch_alarms
from flowguard.aws.session import Aws
from flowguard.aws.stacks import (
    change_sets_of,
    deployed_template,
    stack_named,
    stack_resources,
    template_at,
)
from flowguard.errors import FlowGuardError
from flowguard.lookups import (
    AlarmState,
    ArtifactAt,
    ChangeSet,
    ChangeSetsOf,
    Contents,
    ContentsOf,
    DeployedTemplate,
    ImportersOf,
    Stack,
    StackEvent,
    StackNamed,
    StackResource,
    StackResources,
    StoredArtifact,
)
from flowguard.model.questions import Absent, Observed, Present, Unknown, UnknownKind
from flowguard.model.rollback import (
    Accepted,
    ChangeSetReview,
    ObjectVersions,
    Refused,
    Step,
)
from flowguard.model.snapshot import Kept, Snapshot
from flowguard.rollback.left_behind import INERT

log = logging.getLogger(__name__)

SERVER_ERROR = 500
READS = frozenset(
    {
        "cloudformation:DescribeChangeSet",
        "cloudformation:DescribeStackEvents",
        "cloudformation:DescribeStacks",
        "cloudformation:GetTemplate",
        "cloudformation:ListStackResources",
        "cloudformation:ListChangeSets",
        "cloudformation:ListImports",
        "codedeploy:GetDeployment",
        "codedeploy:ListDeployments",
        "ecr:DescribeImages",
        "kms:Decrypt",
        "lambda:GetLayerVersion",
        "s3:GetObjectVersion",
        "s3:ListBucketVersions",
        *(how.permission for kind, how in contents.COUNTS.items() if kind not in INERT),
        *snapshot.PERMISSIONS,
    }
)
"""What reading needs of IAM; what acting needs is in `allowed.ALLOWED`."""
NOT_SENT = (
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
    UndeclaredCallError,
)

_ONCE = {"mode": "standard", "total_max_attempts": 1}


P = ParamSpec("P")
T = TypeVar("T")


def _whatever_happens(read: Callable[P, Observed[T]]) -> Callable[P, Observed[T]]:
    """Let a fault of ours end no rollback that is under way: nothing is known then."""

    @wraps(read)
    def asked(*given: P.args, **named: P.kwargs) -> Observed[T]:
        try:
            return read(*given, **named)
        except Exception as error:
            log.debug("%s broke", read.__name__, exc_info=True)
            return broken(error)

    return asked


class Operations:
    """One account and region. Every read asks AWS anew, and raises nothing.

    `before` is the snapshot whose texts can be read, its file in `folder`.
    """

    def __init__(
        self,
        aws: Aws,
        *,
        before: Snapshot | None = None,
        folder: Path = Path(),
    ) -> None:
        self._aws = aws
        self._before = before
        self._folder = folder
        self._memory = snapshot_keep.Memory()

    # --- reading ------------------------------------------------------------------

    @_whatever_happens
    def stack(self, name: str) -> Observed[Stack]:
        """The stack with a name or an id; a deleted one answers to its id alone."""
        return stack_named(self._aws, StackNamed(self._aws.place, name))

    @_whatever_happens
    def resources(self, stack_id: str) -> Observed[tuple[StackResource, ...]]:
        """All resources that it lists, the deleted ones too while AWS has them."""
        return stack_resources(self._aws, StackResources(self._aws.place, stack_id))

    @_whatever_happens
    def events(
        self, stack_id: str, since: datetime | None = None, after: str = ""
    ) -> Observed[tuple[StackEvent, ...]]:
        """Its events after a time of AWS's, or after the one with an id, oldest first;
        all of them without either."""
        return since_moment(self._aws, stack_id, since, after=after)

    @_whatever_happens
    def template(self, stack_id: str) -> Observed[str]:
        """The template that it runs now, after its transforms."""
        asked = DeployedTemplate(self._aws.place, stack_id)
        return deployed_template(self._aws, asked)

    @_whatever_happens
    def original(self, stack_id: str) -> Observed[str]:
        """The template that it runs now, as it was given, before its transforms."""
        return template_at(self._aws, stack_id, "Original")

    @_whatever_happens
    def change_set(self, stack_id: str, name: str) -> Observed[ChangeSetReview]:
        """The change set with a name or an id, all its pages."""
        return in_between.change_set(self._aws, stack_id, name)

    @_whatever_happens
    def change_sets(self, stack_id: str) -> Observed[tuple[ChangeSet, ...]]:
        """The change sets that wait on the stack."""
        return change_sets_of(self._aws, ChangeSetsOf(self._aws.place, stack_id))

    @_whatever_happens
    def text(self, kept: Kept) -> Observed[str]:
        """A text that the snapshot keeps elsewhere; absent where it is another now,
        by its digest."""
        if kept.location == snapshot_keep.MEMORY:
            held = self._memory.texts.get(kept.sha256)
            return Absent() if held is None else Present(held)
        before = self._before
        texts = ("original", "processed", "values")
        name = next((n for n in texts if getattr(before, n, None) == kept), "")
        if before is None or not name:
            return Absent()
        try:
            text = snapshot_keep.read(self._aws, before, name, self._folder)
        except snapshot_keep.NotAsKeptError:
            return Absent()
        except FlowGuardError as error:
            why = one_line(f"{error.message}; {error.help}")
            return Unknown(UnknownKind.UNREACHABLE, why)
        return Present(text)

    @_whatever_happens
    def versions(self, location: str) -> Observed[ObjectVersions]:
        """What there is of `s3://bucket/key`; absent where there never was any."""
        return in_between.versions(self._aws, location)

    @_whatever_happens
    def artifact(self, location: str) -> Observed[StoredArtifact]:
        """What there is of an image, by its address; absent where there is none."""
        return artifact_at(self._aws, ArtifactAt(self._aws.place, location))

    @_whatever_happens
    def importers(self, export: str) -> Observed[tuple[str, ...]]:
        """The stacks that import an export; absent where none does."""
        return importers_of(self._aws, ImportersOf(self._aws.place, export))

    @_whatever_happens
    def layer(self, arn: str) -> Observed[str]:
        """The ARN of a version of a layer; absent where it is deleted."""
        return in_between.layer(self._aws, arn)

    @_whatever_happens
    def shifting(self, said: Iterable[StackEvent]) -> Observed[str]:
        """The CodeDeploy deployment that these events tell of and that is shifting
        traffic now; absent where none is."""
        return in_between.shifting(self._aws, tuple(said))

    @_whatever_happens
    def snapshot(
        self, stack_id: str, *, moving: bool = False, held: bool = False
    ) -> Observed[Snapshot]:
        """The stack as it is now, to be held against the snapshot from before, or
        against what was deployed; one that is `moving` only where that is asked.
        Where it is `held`, this process can deploy its template again."""
        try:
            keeper = self._memory if held else snapshot_keep.Nowhere()
            taken = snapshot.take(
                self._aws, stack_id, keeper, self._before, moving=moving
            )
        except FlowGuardError as error:
            return Unknown(UnknownKind.UNREACHABLE, one_line(error.message))
        return Present(taken) if taken.stack_id else Absent()

    @_whatever_happens
    def alarm(self, arn: str) -> Observed[str]:
        """The state of an alarm: OK, ALARM or INSUFFICIENT_DATA."""
        *_, region, _, _, name = ["", "", *arn.split(":", 6)]
        asked = AlarmState(replace(self._aws.place, region=region), name)
        return fetch_alarms(self._aws, [asked])[asked]

    def contents(self, resource_type: str, physical_id: str) -> Observed[Contents]:
        """How much a resource holds; absent where it is gone."""
        place = self._aws.place
        return contents.contents_of(
            self._aws, ContentsOf(place, resource_type, physical_id)
        )

    # --- acting, and waiting ------------------------------------------------------

    def perform(self, step: Step, token: str = "") -> Accepted | Refused | Unknown:
        """Make the call of a step, what is sealed in it opened; never twice.

        `Refused` is one that was not taken: it may be made again. `Unknown` is one
        that may have been: its answer was lost. `token` is the client request token,
        where the step has none. Raises `FlowGuardError` for a step that FlowGuard may
        not carry out, whoever asks for it.
        """
        known = permit(step)
        given = opened(step.parameters)
        if known.token and token:
            given.setdefault(known.token, token)
        if step.operation == "delete_object" and (refusal := self._no_marker(given)):
            return refusal
        return self._send(step, given, known.permission)

    def _send(
        self, step: Step, given: dict[str, Any], permission: str
    ) -> Accepted | Refused | Unknown:
        # The SDK tries a lost call again, and AWS might take it twice.
        client = self._aws.client(step.service, retries=_ONCE)
        try:
            answer = getattr(client, step.operation)(**given)
        except ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            if error_code(error) not in THROTTLED and status >= SERVER_ERROR:
                return unanswered(error, permission)
            why = unanswered(error, permission)
            if why.kind is UnknownKind.SIGNED_OUT:
                return Refused(error_code(error), why.reason, signed_out=True)
            return Refused(error_code(error), one_line(error_message(error)))
        except NO_CREDENTIALS as error:
            reason = unanswered(error, permission).reason
            return Refused(type(error).__name__, reason, signed_out=True)
        except NOT_SENT as error:
            return Refused(type(error).__name__, one_line(str(error)))
        except Exception as error:  # noqa: BLE001 - it may have been taken
            return unanswered(error, permission)
        return Accepted(answer)

    def _no_marker(self, given: dict[str, Any]) -> Refused | Unknown | None:
        """Why what is to be deleted is not known to be a delete marker."""
        found = self.versions(f"s3://{given['Bucket']}/{given['Key']}")
        if isinstance(found, Present) and found.value.marker == given["VersionId"]:
            return None
        if isinstance(found, Unknown):
            return Refused("NotAsked", f"cannot tell what it deletes: {found.reason}")
        return Refused("NotAMarker", "it is no delete marker, or no longer the newest")
