"""What a rollback leaves behind, outside of the stack, and whether that does harm.

It does none where nothing uses it and it holds nothing: an old version of a function, a
retained topic that the release added. What works by itself (a rule, a subscription, a
record in DNS) or may hold data is for a person to see to, now.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from flowguard.lookups import StackEvent
from flowguard.model.snapshot import Snapshot
from flowguard.template.stateful import STATEFUL

LEFT = frozenset({"DELETE_SKIPPED", "DELETE_FAILED"})
INERT = frozenset(
    {
        "AWS::ApiGateway::Deployment",
        "AWS::ApiGatewayV2::Deployment",
        "AWS::CloudWatch::Dashboard",
        "AWS::EC2::NetworkInterface",
        "AWS::EC2::SecurityGroup",
        "AWS::IAM::InstanceProfile",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::Lambda::LayerVersion",
        "AWS::Lambda::Version",
        "AWS::Logs::LogGroup",
        "AWS::SNS::Topic",
        "AWS::SSM::Parameter",
    }
)
"""Types that do nothing by themselves, and hold nothing that anybody would miss."""
OLD = frozenset(
    {
        "AWS::ApiGateway::Deployment",
        "AWS::ApiGatewayV2::Deployment",
        "AWS::Lambda::LayerVersion",
        "AWS::Lambda::Version",
    }
)
"""Types whose old ones take no name that a deploy needs."""

SHOWN = 5
"""How many of one kind a line names."""

_REPLICA = re.compile(r"replicated function|Lambda@Edge Functions and Replicas")
"""Lambda's words for a function whose copies at the edge still are there; they go some
hours after the last distribution has let go of it. Source: the guide to Lambda@Edge."""


@dataclass(frozen=True, slots=True)
class Left:
    """A resource that was to be deleted and was not."""

    resource_type: str
    physical_id: str
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.resource_type} {self.physical_id}"


def left(events: Iterable[StackEvent], stack_id: str) -> tuple[Left, ...]:
    """What the events (oldest first) say was left, in their order."""
    last: dict[tuple[str, str], StackEvent] = {}
    for event in events:
        if event.physical_id and event.physical_id != stack_id:
            last[event.logical_id, event.physical_id] = event
    return tuple(
        Left(event.resource_type, event.physical_id, event.reason)
        for event in last.values()
        if event.status in LEFT
    )


def may_hold(left: Left) -> bool:
    """Whether it must be asked what it holds."""
    return left.resource_type in STATEFUL and left.resource_type not in INERT


def task(left: Left, before: Snapshot, empty: Mapping[Left, bool]) -> str:
    """What a person does some time about what does no harm; empty where it may do some.

    `empty` says of what may hold something whether it is known to hold nothing. What
    was there before the deploy has left the stack: that is never without harm.
    """
    if any(left.physical_id == physical_id for _, _, physical_id in before.resources):
        return ""
    if _REPLICA.search(left.reason):
        return "delete in some hours, once the replicas at the edge are gone"
    if left.resource_type in OLD:
        return "delete or let be what stays behind, since the stack does not use it"
    if left.resource_type in INERT or empty.get(left, False):
        return (
            "delete or take into the stack what stays behind, since the next deploy can "
            "make no other of its name"
        )
    return ""


def to_do(
    found: Iterable[Left], before: Snapshot, empty: Mapping[Left, bool]
) -> Iterator[str]:
    """The tasks about what does no harm, a line each with what it is about."""
    tasks: dict[str, list[str]] = {}
    for one in found:
        if what := task(one, before, empty):
            tasks.setdefault(what, []).append(str(one))
    for what, names in tasks.items():
        more = f", and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        yield f"{what}: {', '.join(names[:SHOWN])}{more}"
