"""Makes the calls of `named_call`, and reads their answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import jmespath

from flowguard.aws.answers import UnreadableError, observed
from flowguard.aws.named_call import (
    Call,
    Native,
    describe,
    is_about,
    own_name,
    parameters,
    region,
    row_name,
    rows,
)
from flowguard.aws.session import Aws
from flowguard.lookups import NamedResource, ResourceNamed
from flowguard.model.questions import Absent, Observed, Present, Unknown, UnknownKind

Found = dict[ResourceNamed, Observed[NamedResource]]
"""What is known of some names; one that is missing must be asked otherwise."""
Rest = Callable[[Aws, ResourceNamed], Observed[NamedResource]]
"""How such a one is asked for."""

NO_ACCOUNT = Unknown(
    UnknownKind.UNSUPPORTED, "its ARN needs the account's id, which is not known"
)


NOT_TOLD = Unknown(UnknownKind.UNREACHABLE, "AWS gave no answer about it")


def no_rest(_aws: Aws, _lookup: ResourceNamed) -> Observed[NamedResource]:
    """The `Rest` of a call that answers for all it is asked for."""
    return NOT_TOLD


def ask_one(aws: Aws, call: Call, lookup: ResourceNamed) -> Observed[NamedResource]:
    """One name, by the call that is made for one."""
    try:
        asked = parameters(call, [lookup])
    except KeyError:
        return NO_ACCOUNT
    where = region(call, lookup)

    def ask() -> NamedResource | None:
        answer = aws.call(call.service, call.method, region=where, **asked)
        for row in rows(answer, call):
            if not isinstance(row, Mapping):
                raise UnreadableError(f"{row!r} is no row")
            if is_about(row, call, lookup):
                return describe(row, call, lookup)
        return None

    return observed(ask, absent=call.absent, permission=call.action)


def ask_many(aws: Aws, native: Native, lookups: Sequence[ResourceNamed]) -> Found:
    """Names with one parent, by a call that takes them all or by a list.

    A list is left once it has found all of them, or has cost as many pages as
    there are names. What is then left over, or may not be listed, is missing from
    the answer if it can be asked one by one.
    """
    call = native.many
    if call is None:
        return {}
    found: Found = {}
    complete = observed(
        lambda: _read(aws, native, lookups, found),
        absent=call.absent,
        permission=call.action,
    )
    if isinstance(complete, Unknown):
        alone = bool(native.one) or (call.at_most and len(lookups) > 1)
        other_way = alone and complete.kind in _ANOTHER_WAY
        return found if other_way else dict.fromkeys(lookups, complete) | found
    if isinstance(complete, Present) and not complete.value:
        return found
    return dict.fromkeys(lookups, Absent()) | found


def _read(
    aws: Aws, native: Native, lookups: Sequence[ResourceNamed], found: Found
) -> bool:
    """Put what the pages tell into `found`; False if there are more of them."""
    call = native.many
    if call is None:
        return True
    wanted: dict[str, list[ResourceNamed]] = defaultdict(list)
    for lookup in lookups:
        wanted[own_name(lookup)].append(lookup)
    bound = len(lookups) if native.one and not call.at_most else 0
    for number, page in enumerate(_pages(aws, call, lookups), 1):
        for row in rows(page, call):
            for lookup in wanted.get(row_name(row, call), ()):
                if is_about(row, call, lookup):
                    found[lookup] = Present(describe(row, call, lookup))
        if len(found) == len(lookups):
            return True
        if number == bound:
            return False
    return True


_ANOTHER_WAY = frozenset({UnknownKind.DENIED, UnknownKind.UNSUPPORTED})
"""What many may be refused for while one is allowed."""


def _pages(
    aws: Aws, call: Call, lookups: Sequence[ResourceNamed]
) -> Iterator[Mapping[str, Any]]:
    """Every page of an answer, each asked for when it is needed."""
    asked = parameters(call, lookups)
    where = region(call, lookups[0])
    known_to_botocore = aws.client(call.service, where).can_paginate(call.method)
    if known_to_botocore and not call.next_page:
        yield from aws.each_page(call.service, call.method, region=where, **asked)
        return
    parameter, _, following = call.next_page.partition("=")
    while True:
        page = aws.call(call.service, call.method, region=where, **asked)
        yield page
        token = parameter and jmespath.search(following or parameter, page)
        if not token or token == asked.get(parameter):
            return
        asked[parameter] = token
