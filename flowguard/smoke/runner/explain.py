"""Why a check failed: what stands behind it, and which other failure explains it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from flowguard.model.exchange import Response
from flowguard.model.smoke import Blame, SmokeOutcome, SmokeResult
from flowguard.smoke.failures import Failure, all_not_there
from flowguard.smoke.runner.step import Judged
from flowguard.smoke.suite import Check

_SERVER_ERROR = 500
BROKEN = frozenset({SmokeOutcome.FAILED, SmokeOutcome.PRE_EXISTING})


class Suspects(Protocol):
    """Knows what of the template stands behind a request."""

    def of_request(self, method: str, path: str) -> Blame | None:
        """What is behind a request; None where no route answers it."""
        ...

    def of_resources(self, logical_ids: Iterable[str]) -> Blame | None:
        """What is behind a check that names its resources."""
        ...


def blamed(
    result: SmokeResult, check: Check, failing: Judged | None, suspects: Suspects
) -> SmokeResult:
    """The result of a check that did not pass, with what stands behind it."""
    blame = suspects.of_resources(check.touches) if check.touches else None
    if blame is None and failing is not None:
        blame = suspects.of_request(failing.request.method, failing.request.url)
    return replace(result, blame=blame)


def unrouted(result: SmokeResult, found: Iterable[Failure]) -> SmokeResult:
    """What was not there before the deploy either: that is no news, unless this deploy
    adds that very route."""
    blame = result.blame
    if result.outcome is not SmokeOutcome.PRE_EXISTING or not blame:
        return result
    if not blame.route_added or not all_not_there(found):
        return result
    return replace(
        result,
        outcome=SmokeOutcome.FAILED,
        message=f"{result.message}: this deploy adds {blame.route}, and it is not there",
        help="see whether the API's new deployment was made, and its stage moved to it",
    )


def refused(result: SmokeResult, failing: Judged | None) -> SmokeResult:
    """What a twin says that was not refused."""
    if result.outcome not in BROKEN or failing is None:
        return result
    label, answer = failing.exchange.label, failing.answer
    if not isinstance(answer, Response):
        return result
    if answer.status // 100 == 2:  # noqa: PLR2004 — 2xx, a success
        message = f"{label} answers {answer.status} to anybody: its authorizer is gone"
        help_ = "give the route its authorizer back, or write refusal: false"
    else:
        said = f"{label} answers {answer.status} to somebody who is not signed in"
        message = f"{said}, not 401 or 403"
        help_ = "refuse those who are not signed in, or write refusal: false"
    return replace(result, message=message, help=help_)


def connected(results: Iterable[SmokeResult]) -> tuple[SmokeResult, ...]:
    """The results, those told of that a failing dependency explains.

    A service without its dependency answers 5xx, or nothing, or says so; what it answers
    otherwise stands for itself.
    """
    results = tuple(results)
    reason = _reason(results)
    if reason is None:
        return results
    source, because = reason
    return tuple(
        replace(result, because=because)
        if result.name != source
        and _suffers(result)
        and not result.because
        and _may_stem_from_it(result)
        else result
        for result in results
    )


def _may_stem_from_it(result: SmokeResult) -> bool:
    if result.kind == "command" or any(part.outcome in BROKEN for part in result.parts):
        return True
    failing = [exchange for exchange in result.exchanges if not exchange.passed]
    return result.kind == "http" and any(
        exchange.status is None or exchange.status >= _SERVER_ERROR
        for exchange in failing
    )


def _suffers(result: SmokeResult) -> bool:
    """Whether it fails, be it that the run was over before that was proven."""
    tries = result.samples
    unproven = result.outcome is SmokeOutcome.INCONCLUSIVE
    only_failed = tries.failed > 0 and tries.passed == 0
    return result.outcome in BROKEN or (unproven and only_failed)


def _reason(results: tuple[SmokeResult, ...]) -> tuple[str, str] | None:
    """The check that found the dependency that fails, and the dependency."""
    for result in results:
        for part in result.parts if result.kind == "http" else ():
            if part.required and part.outcome in BROKEN:
                return result.name, part.name
    for result in results:
        if result.kind == "aws" and result.outcome in BROKEN:
            return result.name, result.name
    return None
