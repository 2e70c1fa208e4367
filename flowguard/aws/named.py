"""Source: the resource of a type that has a name, whoever made it.

Types with a row in `named_calls` are asked by their own service, with one call
for many names where there is one: a call that takes many, or a list. A few are
odd and have a function each, in `named_odd`. Cloud Control answers for the rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flowguard.aws import named_cloudcontrol, named_odd
from flowguard.aws.named_ask import Found, Rest, ask_many, ask_one, no_rest
from flowguard.aws.named_call import Call, Native, parent
from flowguard.aws.named_calls import CALLS
from flowguard.aws.session import Aws
from flowguard.aws.source import Answers, Source
from flowguard.lookups import NamedResource, ResourceNamed
from flowguard.model.questions import Lookup, Observed, Unknown, UnknownKind

LIST_FROM = 4
"""As many names of a type are worth a list."""


@dataclass(frozen=True, slots=True)
class Task:
    """Some names of one type, asked for in one go."""

    lookups: Sequence[ResourceNamed]
    ask: Callable[[Aws, Sequence[ResourceNamed]], tuple[Found, Rest]]
    """What it finds out, and how to ask about those that are missing from it."""
    listed: bool = False


def fetch(aws: Aws, lookups: Sequence[ResourceNamed]) -> Answers:
    """Each lookup's answer, in up to three rounds.

    First by as few calls as there are; then, one by one, what no list answered;
    then, by a list, what was denied one by one.
    """
    first = list(_first(lookups))
    answers: Found = {}
    rest = _run(aws, first, answers)
    _run(aws, [_single(lookup, ask) for lookup, ask in rest.items()], answers)
    denied = [lookup for lookup in lookups if _is_denied(answers.get(lookup))]
    listed = {lookup for task in first if task.listed for lookup in task.lookups}
    again = [lookup for lookup in denied if lookup not in listed]
    _run(aws, list(_by_list(again)), answers)
    return {lookup: answers[lookup] for lookup in lookups}


def _run(aws: Aws, tasks: Sequence[Task], answers: Found) -> dict[ResourceNamed, Rest]:
    """Run tasks in parallel; returns those left over, and how to ask for them.

    An answer takes the place of an unknown one, never the other way.
    """
    left: dict[ResourceNamed, Rest] = {}
    results = aws.map(lambda task: task.ask(aws, task.lookups), tasks)
    for task, (found, rest) in zip(tasks, results, strict=True):
        left |= {lookup: rest for lookup in task.lookups if lookup not in found}
        for lookup, answer in found.items():
            if lookup not in answers or not isinstance(answer, Unknown):
                answers[lookup] = answer
    return left


def _first(lookups: Sequence[ResourceNamed]) -> Iterator[Task]:
    """The first round: as few calls as will do."""
    by_type: dict[str, list[ResourceNamed]] = defaultdict(list)
    for lookup in lookups:
        by_type[lookup.resource_type].append(lookup)
    for resource_type, group in by_type.items():
        if odd := named_odd.ASKS.get(resource_type):
            yield Task(group, odd.ask)
        elif native := CALLS.get(resource_type):
            yield from _native(native, group)
        else:
            yield from (_single(lookup, named_cloudcontrol.ask) for lookup in group)


def _native(native: Native, group: Sequence[ResourceNamed]) -> Iterator[Task]:
    one = _one(native)
    if native.many is None:
        yield from (_single(lookup, one) for lookup in group)
        return
    size = native.many.at_most
    for siblings in _siblings(native.many, group):
        enough = 1 if native.one is None else 2 if size else LIST_FROM
        if len(siblings) < enough:
            yield from (_single(lookup, one) for lookup in siblings)
            continue
        for start in range(0, len(siblings), size or len(siblings)):
            yield _together(native, siblings[start : start + (size or len(siblings))])


def _siblings(
    call: Call, group: Iterable[ResourceNamed]
) -> Iterable[Sequence[ResourceNamed]]:
    """The names that one call can be asked for: those that have one parent."""
    families: dict[str, list[ResourceNamed]] = defaultdict(list)
    for lookup in group:
        families[parent(call, lookup)].append(lookup)
    return families.values()


def _by_list(denied: Sequence[ResourceNamed]) -> Iterator[Task]:
    """A list for what may not be asked one by one."""
    by_type: dict[str, list[ResourceNamed]] = defaultdict(list)
    for lookup in denied:
        by_type[lookup.resource_type].append(lookup)
    for resource_type, group in by_type.items():
        native = CALLS.get(resource_type)
        if native and native.one and native.many:
            for siblings in _siblings(native.many, group):
                yield _together(native, siblings)


def _together(native: Native, lookups: Sequence[ResourceNamed]) -> Task:
    rest = _one(native)
    return Task(
        lookups, lambda aws, group: (ask_many(aws, native, group), rest), listed=True
    )


def _single(lookup: ResourceNamed, ask: Rest) -> Task:
    return Task([lookup], lambda aws, _: ({lookup: ask(aws, lookup)}, no_rest))


def _one(native: Native) -> Rest:
    call = native.one
    if call is None:
        return lambda aws, lookup: ask_many(aws, native, [lookup])[lookup]
    return lambda aws, lookup: ask_one(aws, call, lookup)


def _is_denied(answer: Observed[NamedResource] | None) -> bool:
    return isinstance(answer, Unknown) and answer.kind is UnknownKind.DENIED


def permissions(lookups: Iterable[Lookup[Any]] | None) -> set[str]:
    """The IAM actions for these questions.

    For None, all that a question to a service itself may need, and Cloud Control's
    own: what that needs besides depends on the type.
    """
    if lookups is None:
        native = {call.action for each in CALLS.values() for call in each.calls}
        odd = {action for each in named_odd.ASKS.values() for action in each.actions}
        return native | odd | {named_cloudcontrol.GET, named_cloudcontrol.LIST}
    return {
        action
        for lookup in lookups
        if isinstance(lookup, ResourceNamed)
        for action in _actions(lookup)
    }


def _actions(lookup: ResourceNamed) -> Iterable[str]:
    if odd := named_odd.ASKS.get(lookup.resource_type):
        return odd.actions
    if native := CALLS.get(lookup.resource_type):
        return [call.action for call in native.calls]
    return named_cloudcontrol.permissions(lookup)


SOURCE = Source(fetch, permissions)
