"""The rule `stateful-resource-lost`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.lookups import Contents, ContentsOf, RecoveryOf
from flowguard.model.changes import ChangeAction, Replacement, ResourceChange
from flowguard.model.places import Severity
from flowguard.model.questions import (
    Absent,
    AccountState,
    Observed,
    Present,
    find_unresolved,
)
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.plan.changes import replacing
from flowguard.plan.emptied import cleaner_of
from flowguard.rules._rule import Rule
from flowguard.template import resource_types
from flowguard.template.stateful import Holds

KEEPING = frozenset({"Retain", "RetainExceptOnCreate", "Snapshot"})
SNAPSHOT_LEFT = frozenset({"AWS::RDS::DBCluster", "AWS::RDS::DBInstance"})
"""Types of which a deletion leaves a snapshot without being told."""
TABLES = frozenset({"AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table"})


class StatefulResourceLost(Rule[Plan]):
    """A resource that holds data is replaced, or leaves the stack.

    ## Why it fails a deploy
    It succeeds, and cannot be taken back. A replacement is a new, empty resource, and
    the old one is deleted at the end of the deploy; so is one that leaves the
    template. Only `UpdateReplacePolicy` keeps what is replaced (`DeletionPolicy` does
    not), and only the `DeletionPolicy` that is deployed keeps what leaves. AWS deletes
    no bucket and no repository that holds something, but a custom resource that empties
    it (`Custom::S3AutoDeleteObjects` and its like) deletes the content, whatever the
    policy says, and when it leaves the stack alone, too; so does `EmptyOnDelete`.

    ## How to fix
    Take the change back, or keep the old resource by its policy and move the data
    before the next deploy. Deploy a new `DeletionPolicy` by itself, first: on the same
    deploy that removes the resource it comes too late. If losing the data is meant,
    `--accept stateful-resource-lost`.
    """

    id = "stateful-resource-lost"
    severity = Severity.ERROR
    asks = (ContentsOf, RecoveryOf)

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        for change in plan.changes:
            kind = change.resource_type
            if not resource_types.is_stateful(kind) or not change.physical_id:
                continue
            because, policy = _fate(plan, change)
            emptied = _emptied(plan, change, policy)
            because = because or (emptied and "stays without it")
            if not because:
                continue
            contents = account.get(ContentsOf(plan.place, kind, change.physical_id))
            if contents == Absent() or _is_empty(contents):
                continue
            evidence = [("physical id", change.physical_id), *_held(contents)]
            if kind in TABLES:
                recovery = account.get(RecoveryOf(plan.place, change.physical_id))
                evidence += _recovery(recovery)
            yield self.finding(
                f"{change.logical_id} ({kind}) {because}; "
                f"{emptied or _outcome(change, policy)}",
                change.at("Properties", *change.changed[:1]),
                severity=Severity.ERROR if emptied else _severity(change, policy),
                help=_keeping(change) if emptied else _help(change, policy),
                logical_id=change.logical_id,
                evidence=evidence,
            )


def _fate(plan: Plan, change: ResourceChange) -> tuple[str, str]:
    """What happens to it, in words, and the policy that governs that."""
    if change.action is ChangeAction.REMOVE:
        if not change.before_known or _is_renamed(plan, change):
            return "", ""
        default = "Snapshot" if change.resource_type in SNAPSHOT_LEFT else "Delete"
        policy = str(change.attributes_before.get("DeletionPolicy", default))
        return "leaves the stack", policy
    if change.replacement is Replacement.FALSE or _keeps_name(change):
        return "", ""
    names = replacing(
        change.resource_type, change.before, change.properties, change.changed
    )
    may = "may be" if change.replacement is Replacement.CONDITIONAL else "is"
    policy = str(change.attributes.get("UpdateReplacePolicy", "Delete"))
    return f"{may} replaced by a change of {' and '.join(names)}", policy


def _emptied(plan: Plan, change: ResourceChange, policy: str) -> str:
    """Who deletes its content, in words; "" where nobody does."""
    stays = change.action is not ChangeAction.REMOVE and not policy
    if not policy and not (stays and change.replacement is Replacement.FALSE):
        return ""  # CloudFormation refuses it, before anything is deleted
    cleaner = cleaner_of(plan.changes, change)
    lost = ", and no rollback brings that back"
    if cleaner:
        by = f"{cleaner.logical_id} ({cleaner.resource_type})"
        return f"all that it holds is deleted by {by}{lost}"
    empties = change.before.get("EmptyOnDelete") in {True, "true"}
    if policy and policy not in KEEPING and empties:
        return f"all that it holds is deleted by EmptyOnDelete{lost}"
    return ""


def _keeping(change: ResourceChange) -> str:
    return (
        f"take the change back, or copy what {change.physical_id} holds first; with the "
        "CDK deploy autoDeleteObjects: false (or emptyOnDelete: false) by itself before; "
        "if that is meant: --accept stateful-resource-lost"
    )


def _keeps_name(change: ResourceChange) -> bool:
    """Whether it has a name of its own that stays: CloudFormation then refuses."""
    key = resource_types.identity(change.resource_type, change.properties)
    before = resource_types.identity(change.resource_type, change.before)
    return bool(key) and key == before and not any(find_unresolved(key))


def _is_renamed(plan: Plan, change: ResourceChange) -> bool:
    """Whether a new logical id takes its name, which fails before anything is lost."""
    key = resource_types.identity(change.resource_type, change.before)
    return bool(key) and any(key == taken for _, taken in plan.naming)


def _is_empty(contents: Observed[Contents]) -> bool:
    if not isinstance(contents, Present):
        return False
    return contents.value.count == 0 and not contents.value.at_least


def _held(contents: Observed[Contents]) -> list[tuple[str, str]]:
    if not isinstance(contents, Present) or not contents.value.count:
        return []
    more = "at least " if contents.value.at_least else ""
    return [("holds", f"{more}{contents.value.count} {contents.value.unit}")]


def _recovery(recovery: Observed[bool]) -> list[tuple[str, str]]:
    if not isinstance(recovery, Present):
        return []
    return [("point-in-time recovery", "on" if recovery.value else "off")]


def _severity(change: ResourceChange, policy: str) -> Severity:
    removed = change.action is ChangeAction.REMOVE
    if policy in KEEPING:
        return Severity.INFO if removed else Severity.WARNING
    guarded = resource_types.holds(change.resource_type) is Holds.GUARDED
    unsure = change.replacement is Replacement.CONDITIONAL
    return Severity.WARNING if guarded or unsure else Severity.ERROR


def _outcome(change: ResourceChange, policy: str) -> str:
    """What becomes of the data."""
    if policy == "Snapshot":
        return "its data stays in a snapshot alone"
    if policy in KEEPING:
        stays = f"{change.physical_id} stays, with its data, outside of the stack"
        removed = change.action is ChangeAction.REMOVE
        return stays if removed else f"the new one begins empty, and {stays}"
    if resource_types.holds(change.resource_type) is Holds.GUARDED:
        return "AWS refuses to delete it while it holds something, so it stays behind"
    return "its data is deleted, and no rollback brings it back"


def _help(change: ResourceChange, policy: str) -> str:
    accept = "if that is meant: --accept stateful-resource-lost"
    if policy in KEEPING:
        return f"import {change.physical_id} again to have it back; {accept}"
    if change.action is ChangeAction.REMOVE:
        return (
            "keep it in the template; to let it go without its data, deploy "
            f"DeletionPolicy: Retain on it first, then remove it; {accept}"
        )
    return (
        "take the change back, or add UpdateReplacePolicy: Retain and move the data to "
        f"the new one; {accept}"
    )
