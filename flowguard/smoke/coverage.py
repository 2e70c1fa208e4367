"""Which of the deployed routes the smoke tests send anything to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from flowguard.smoke.suite import Http, Suite
from flowguard.template.routes import Route, untested

_VARIABLE = re.compile(r"\$\{[^{}]*\}")
_ANY_VALUE = "flowguard"
"""Stands for a variable in a path: any one part of it."""


def requests_of(suite: Suite) -> tuple[tuple[str, str], ...]:
    """The method and the path of each request of the suite's checks."""
    return tuple(dict.fromkeys(_requests(suite)))


def in_words(
    suite: Suite, routes: Sequence[Route], changed: frozenset[str] | None
) -> str:
    """How much of the template's routes is tested; empty where it has none."""
    if not routes:
        return ""
    missed = untested(routes, requests_of(suite))
    tested = len(routes) - len(missed)
    text = f"{tested} of {len(routes)} deployed routes are smoke-tested"
    behind = [
        r for r in missed if (changed or frozenset()) & {r.logical_id, *r.functions}
    ]
    if behind:
        text += f"; {len(behind)} changed of the others: {', '.join(map(str, behind))}"
    return text


def _requests(suite: Suite) -> Iterator[tuple[str, str]]:
    for check in suite.checks:
        if isinstance(check.what, Http):
            for step in (*check.what.steps, *check.what.cleanup):
                request = step.request
                path = urlsplit(_VARIABLE.sub(_ANY_VALUE, request.path)).path
                yield request.method, path or "/"
