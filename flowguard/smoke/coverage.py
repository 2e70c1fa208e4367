"""Which of the deployed routes the smoke tests send anything to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from flowguard.smoke.suite import Http, Suite

_VARIABLE = re.compile(r"\$\{[^{}]*\}")
_ANY_VALUE = "flowguard"
"""Stands for a variable in a path: any one part of it."""


def requests_of(suite: Suite) -> tuple[tuple[str, str], ...]:
    """The method and the path of each request of the suite's checks."""
    return tuple(dict.fromkeys(_requests(suite)))


def _requests(suite: Suite) -> Iterator[tuple[str, str]]:
    for check in suite.checks:
        if isinstance(check.what, Http):
            for step in (*check.what.steps, *check.what.cleanup):
                request = step.request
                path = urlsplit(_VARIABLE.sub(_ANY_VALUE, request.path)).path
                yield request.method, path or "/"
