"""The rule `artifact-gone`."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterator

from flowguard.lookups import ArtifactAt, StoredArtifact
from flowguard.model.changes import ChangeAction, ResourceChange
from flowguard.model.places import Severity
from flowguard.model.questions import Absent, AccountState, Observed, Present
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.plan.artifacts import artifacts
from flowguard.rules._rule import Rule


class ArtifactGone(Rule[Plan]):
    """What the running release is made from is no longer stored.

    ## Why it fails a deploy
    It does not, until something else does: then CloudFormation reads the old code
    again to take the update back, and does not find it. The stack ends in
    UPDATE_ROLLBACK_FAILED. Tools that clean up old artifacts, lifecycle rules and the
    removal of another stage of the same bucket do that.

    ## How to fix
    Put the very file back where it was: an older version of the object, the build of
    that release. Let clean-ups keep what is deployed. If the running release is not
    worth going back to, `--accept artifact-gone`.
    """

    id = "artifact-gone"
    severity = Severity.ERROR
    asks = (ArtifactAt,)

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        for artifact, changes in _needed(plan).items():
            answer = account.get(artifact)
            if not _is_gone(answer):
                continue
            first, *others = changes
            names = ", ".join(change.logical_id for change in changes)
            yield self.finding(
                f"{artifact.location}, from which {names} was deployed, is gone; a "
                "rollback of this deploy reads it again and fails",
                first.at("Properties", "Code"),
                help=_help(artifact, answer),
                logical_id=first.logical_id,
                related=[(other.logical_id, other.at()) for other in others],
            )


def _needed(plan: Plan) -> dict[ArtifactAt, list[ResourceChange]]:
    """What a rollback reads again, and for which of the resources that change."""
    ids = {row.logical_id: row.physical_id for row in plan.deployed}
    needed: dict[ArtifactAt, list[ResourceChange]] = defaultdict(list)
    for change in plan.changes:
        if change.changed or change.action is ChangeAction.REMOVE:
            for artifact in artifacts(plan.place, change.before, ids):
                needed[artifact].append(change)
    return needed


def _is_gone(answer: Observed[StoredArtifact]) -> bool:
    if isinstance(answer, Present):
        return not answer.value.there
    return answer == Absent()


def _help(artifact: ArtifactAt, answer: Observed[StoredArtifact]) -> str:
    old = answer.value.version_id if isinstance(answer, Present) else ""
    bucket, _, key = artifact.location.removeprefix("s3://").partition("/")
    if not old or artifact.version_id:
        return (
            "put the same file back there, from the build of the release that runs, or "
            "--accept artifact-gone"
        )
    source = f"{bucket}/{key}?versionId={old}"
    command = ("aws", "s3api", "copy-object", "--copy-source", source)
    where = ("--bucket", bucket, "--key", key)
    return (
        f"an old version of it is left; restore it:\n  {shlex.join((*command, *where))}"
    )
