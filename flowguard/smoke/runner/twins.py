"""Each signed-in check has a twin without the token, which must be refused.

A dropped authorizer is the worst that a deploy can do, and every test that signs in
passes on it. Only safe requests are sent unasked: one that writes and is not refused
would have written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from flowguard.smoke.expectation import Expect
from flowguard.smoke.request import Step
from flowguard.smoke.suite import Check, Http, LatencyRule
from flowguard.smoke.variables import names_in

REFUSED = ((401, 401), (403, 403))
SUFFIX = " without sign-in"


def twins_of(checks: Iterable[Check]) -> Iterator[tuple[Check, Check]]:
    """The twins, each with the check that it is of; one for each request."""
    seen: set[tuple[str, str]] = set()
    for check in checks:
        step = _signed_in(check)
        if step is None:
            continue
        request = step.request
        key = (request.method, request.path.partition("?")[0])
        if key in seen:
            continue
        seen.add(key)
        bare = Step(request, Expect(status=REFUSED), location=step.location)
        what = Http((bare,), refusal=False)
        yield (
            replace(
                check,
                name=f"{check.name}{SUFFIX}",
                what=what,
                latency=LatencyRule(),
                location=check.location,
            ),
            check,
        )


def _signed_in(check: Check) -> Step | None:
    """The first safe request with a token that can be sent without the others."""
    what = check.what
    if not isinstance(what, Http) or not what.refusal:
        return None
    for step in what.steps:
        if not step.request.sign_in or not step.request.safe:
            continue
        if all("." in name for name in names_in(step.request)):
            return step
    return None
