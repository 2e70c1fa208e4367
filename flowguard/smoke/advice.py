"""What a spec lacks, told where its absence decided: `wait` and `release`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

from flowguard.model.smoke import SmokeOutcome, SmokeReport, SmokeResult
from flowguard.smoke import health
from flowguard.smoke.request import Step
from flowguard.smoke.suite import Http, Suite
from flowguard.smoke.variables import names_in

_UNDECIDED = frozenset(
    {SmokeOutcome.FAILED, SmokeOutcome.INCONCLUSIVE, SmokeOutcome.ERRORED}
)
_STARTS = frozenset({None, 502, 503, 504})
"""What comes, or does not, while no instance of a service is up."""
_SPREADS = frozenset({403, 404})
"""What an edge answers that does not know a release yet."""
_WELL = frozenset({SmokeOutcome.PASSED, SmokeOutcome.SLOW})
_SENDS = frozenset({"http", "refusal"})


def with_wait(results: Iterable[SmokeResult], suite: Suite) -> tuple[SmokeResult, ...]:
    """The results; those told how to wait that may only have come too early."""
    return tuple(
        replace(result, help=_joined(result.help, _wait(suite)))
        if suite.wait is None and _came_early(result)
        else result
        for result in results
    )


def without_release(report: SmokeReport, suite: Suite) -> str:
    """What a run that passed does not say, where nothing asks for the release; empty
    where it is asked, or nothing passed."""
    passed = any(r.outcome in _WELL for r in report.results if r.kind in _SENDS)
    if suite.release is not None or report.is_baseline or not passed:
        return ""
    return (
        "which release answered was not asked; to have it asked, let the service name "
        f"its commit, and add to {_file(suite)}: release: {{get: {_path(suite)}, "
        'expect: {json: {release: "${git.sha}"}}}'
    )


def _came_early(result: SmokeResult) -> bool:
    """Whether it never held, and all that came is what comes before a service is up."""
    seen = {exchange.status for exchange in result.exchanges if not exchange.passed}
    return (
        result.outcome in _UNDECIDED
        and result.kind in _SENDS
        and result.samples.failed > 0
        and result.samples.passed == 0
        and seen <= _STARTS | _SPREADS
    )


def _wait(suite: Suite) -> str:
    return (
        "where it is only not up yet, or not everywhere, let the tests wait; add to "
        f"{_file(suite)}: wait: {{get: {_path(suite)}, up: 3m, stable: 3}}"
    )


def _joined(first: str, second: str) -> str:
    return f"{first}; {second}" if first else second


def _file(suite: Suite) -> str:
    return suite.path or "smoke.yml"


def _path(suite: Suite) -> str:
    """The path that tells best whether the service is up: the health document's, or
    that of the first check that anybody may send."""
    paths = [*_open_paths(suite)]
    found = next((p for p in paths if health.is_path(p)), paths[0] if paths else "/")
    plain = (
        found.isascii() and found.isprintable() and not set(found) & set("{}[],:#&*")
    )
    return found if plain else json.dumps(found)


def _open_paths(suite: Suite) -> Iterator[str]:
    for check in suite.checks:
        if isinstance(check.what, Http):
            first: Step = check.what.steps[0]
            request = first.request
            if request.method == "GET" and not (request.sign_in or names_in(request)):
                yield request.path.partition("?")[0]
