"""The example's smoke tests find each way in which its backend is broken.

What runs, and how real it is, says `flowlogic_backend.trial`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from flowlogic_backend.breaks import Break
from flowlogic_backend.service import PEOPLE
from flowlogic_backend.trial import (
    PATIENCE,
    SPEED,
    SUITE,
    Account,
    an_account,
    deployed,
)

from flowguard.model.results import Verdict
from flowguard.model.smoke import SmokeOutcome, SmokePhase, SmokeReport, SmokeResult
from flowguard.smoke.verdict import verdict

FAILED, INCONCLUSIVE, ERRORED, PRE_EXISTING, SLOW, PASSED = SmokeOutcome
AT_ONCE = 4


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with an_account() as account:
        yield account


def every(report: SmokeReport) -> dict[str, SmokePhase | SmokeResult]:
    """Its phases and checks, by their names."""
    return {
        **{phase.name: phase for phase in report.phases},
        **{result.name: result for result in report.results},
    }


def ends(report: SmokeReport) -> dict[str, SmokeOutcome]:
    """The outcome of each that did not pass."""
    found = {name: one.outcome for name, one in every(report).items()}
    return {name: end for name, end in found.items() if end is not PASSED}


def judged(report: SmokeReport) -> Verdict:
    return verdict(report, SUITE.gate)


# -- a backend that works --------------------------------------------------------


def test_nothing_fails_where_nothing_is_broken(account: Account) -> None:
    """`tests/acceptance` has 200 runs of it."""
    with deployed(account) as service:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            runs = [pool.submit(service.tested, speed=SPEED) for _ in range(8)]
        reports = [run.result() for run in runs]

    # A machine that is busy with other things is slow, and that warns.
    assert {*Counter(e for r in reports for e in ends(r).values())} <= {SLOW}
    assert {judged(report) for report in reports} == {Verdict.PASS}
    assert len(service.backend.users) == PEOPLE
    assert not account.pool.users


def test_each_of_the_four_dependencies_has_a_result(account: Account) -> None:
    with deployed(account) as service:
        report = service.tested()

    health = next(one for one in report.results if one.name == "health")
    assert {part.name: part.outcome for part in health.parts} == dict.fromkeys(
        ("dynamodb", "s3", "cognito", "migrations"), PASSED
    )


# -- a backend that is broken ----------------------------------------------------


@dataclass(frozen=True)
class Found:
    """What must be found: the check or phase that tells, and what it says."""

    by: str
    says: str
    outcome: SmokeOutcome = FAILED
    also: tuple[str, ...] = ()
    """What else fails of it."""
    verdict: Verdict = Verdict.BLOCK


WITH_TOKEN = ("me", "users", "user-lifecycle")
WITHOUT = ("me without sign-in", "users without sign-in")
CHECKS = (
    *("health", "version", "me", "me without sign-in", "login", "users"),
    *("users without sign-in", "user-lifecycle", "plans", "cors"),
)
LATE = "the new code did not answer within 60 s: GET /version: json release is"
FOUND = {
    Break.AUTHORIZER_GONE: Found(
        "users without sign-in",
        "GET /users answers 200 to anybody: its authorizer is gone",
        also=("me without sign-in",),
    ),
    Break.AUTHORIZER_DENIES: Found(
        "users",
        "GET /users answers 403, not 2xx: User is not authorized",
        also=WITH_TOKEN,
    ),
    Break.WRONG_AUDIENCE: Found(
        "me", "GET /auth/me answers 401, not 2xx: Unauthorized", also=WITH_TOKEN
    ),
    Break.SOMEBODY_ELSE: Found(
        "me",
        'json username is "eu-central-1_Users1234", not "flowguard-smoke-',
    ),
    Break.LOGIN_CRASHES: Found(
        "login",
        "answers 500, not 401: User pool eu-central-1_old does not exist.",
    ),
    Break.LOGIN_TAKES_ANYBODY: Found("login", "POST /auth/login answers 200, not 401"),
    Break.TABLE_DOWN: Found(
        "health",
        "GET /health: dependency dynamodb is down (dynamodb:responseTime: "
        "ResourceNotFoundException: flowlogic-staging-users)",
        also=("version",),
    ),
    Break.BUCKET_DOWN: Found(
        "health",
        "GET /health answers 503, not 2xx: dependency s3 is down (s3:responseTime: "
        "AccessDenied: flowlogic-staging-videos)",
        also=("version",),
    ),
    Break.POOL_DOWN: Found(
        "health",
        "dependency cognito is down (cognito:responseTime: User pool eu-central-1_prod",
        also=("version",),
    ),
    Break.MIGRATIONS_PENDING: Found(
        "health",
        "dependency migrations is down (migrations:applied: 3 of 20 migrations are",
        also=("version",),
    ),
    Break.MIGRATIONS_UNREPORTED: Found(
        "health",
        "dependency migrations is not known: the health document does not report it",
        INCONCLUSIVE,
        verdict=Verdict.INCONCLUSIVE,
    ),
    Break.DEGRADED: Found(
        "health",
        "dependency s3 is degraded: s3:responseTime: took 3900 ms",
        SLOW,
        verdict=Verdict.PASS,
    ),
    Break.HEALTH_IS_A_PAGE: Found(
        "health",
        "health document is no JSON with a status: expecting value at line 1, column 1 "
        "(text/html: <!doctype html><title>FlowLogic</title>)",
        also=("version",),
    ),
    Break.OLD_RELEASE: Found(
        "release",
        f'{LATE} "fedcba9876543210", not "0123456789abcdef"',
        ERRORED,
        verdict=Verdict.INCONCLUSIVE,
    ),
    Break.MIXED_RELEASES: Found(
        "version",
        "GET /health: json releaseId is",
        also=("release",),
    ),
    Break.HEALTH_CACHED: Found(
        "version",
        'GET /health: json releaseId is "fedcba9876543210", not "0123456789abcdef"',
    ),
    Break.LIST_CRASHES: Found(
        "users",
        "GET /users answers 500, not 2xx: The table does not have the specified index",
    ),
    Break.LIST_ENDLESS: Found(
        "users", "GET /users: json length(items) is 12, not <= 5"
    ),
    Break.CREATE_CRASHES: Found(
        "user-lifecycle",
        "POST /users answers 500, not 201: User is not authorized to perform: "
        "dynamodb:PutItem",
    ),
    Break.CREATE_ANSWERS_OTHERWISE: Found(
        "user-lifecycle", "POST /users: json id is not there"
    ),
    Break.CREATE_LOSES: Found(
        "user-lifecycle", "GET /users/${id} answers 404, not 2xx: there is no user"
    ),
    Break.DELETE_CRASHES: Found(
        "user-lifecycle",
        "DELETE /users/${id} answers 500, not 204: User is not authorized to perform: "
        "dynamodb:DeleteItem",
        also=("clean-up",),
    ),
    Break.DELETE_KEEPS: Found(
        "user-lifecycle", "GET /users/${id} answers 200, not 404"
    ),
    Break.ROUTE_LOST: Found(
        "users",
        "GET /users answers 404, not 2xx: Not Found",
        also=("users without sign-in", "user-lifecycle", "cors"),
    ),
    Break.REDIRECTS: Found(
        "user-lifecycle",
        "POST /users answers 302 to https://staging.flowlogic.shop/login, not 201",
        also=(*WITH_TOKEN, *WITHOUT),
    ),
    Break.CORS_GONE: Found(
        "cors", "OPTIONS /users answers 403, not 2xx: Missing Authentication Token"
    ),
    Break.HALF_FAIL: Found(
        "plans", "GET /plans answers 502, not 2xx: Internal server error"
    ),
    Break.PLANS_EMPTY: Found("plans", "GET /plans: json length(@) is 0, not >= 3"),
    Break.PRICE_IS_TEXT: Found(
        "plans", 'schema [0].price does not fit type: "number" ("0 €")'
    ),
    Break.CURRENCY_GONE: Found("plans", "schema [0] does not fit required: currency"),
    Break.GARBAGE: Found(
        "plans",
        "GET /plans: body is no JSON: expecting value at line 1, column 2 "
        "(application/json: [object Object])",
    ),
    Break.CUT_SHORT: Found("plans", "the body breaks off, 99 bytes before its end"),
    Break.EMPTY: Found(
        "plans", "body is no JSON: it is empty (application/json, empty)"
    ),
    Break.HTML_TYPE: Found(
        "plans",
        "header content-type is text/html; charset=utf-8, not contains "
        '"application/json"',
    ),
    Break.LATIN_1: Found("plans", '"Pr\N{REPLACEMENT CHARACTER}mium"'),
    Break.HEADERS_GONE: Found(
        "plans", "GET /plans: header strict-transport-security is missing"
    ),
    Break.SLOW: Found("plans", "allowed are 400 ms", SLOW, verdict=Verdict.PASS),
    Break.ALL_SLOW: Found(
        "health",
        "allowed are 400 ms",
        SLOW,
        also=("users", "plans"),
        verdict=Verdict.PASS,
    ),
    Break.HANGS: Found(
        "user-lifecycle",
        "POST /users got no answer: 127.0.0.1:",
        also=("users",),
    ),
    Break.THROTTLED: Found(
        "users",
        "GET /users: throttled: HTTP 429, retry after 1",
        ERRORED,
        also=("wait", "release", *CHECKS),
        verdict=Verdict.INCONCLUSIVE,
    ),
    Break.DOWN: Found(
        "wait",
        "the connection is refused",
        ERRORED,
        # Nobody has seen it work: that takes a run from before the deploy.
        also=tuple(name for name in CHECKS if name not in WITHOUT),
        verdict=Verdict.INCONCLUSIVE,
    ),
}
SPEEDS = {
    # The run ends within its budget.
    Break.ALL_SLOW: SPEED / 3,
    # Nothing but waiting.
    **dict.fromkeys(
        (Break.OLD_RELEASE, Break.MIXED_RELEASES, Break.THROTTLED, Break.DOWN),
        2 * SPEED,
    ),
}
ONLY_BESIDE_A_BASELINE = {Break.SLOWER}


def test_every_break_has_its_test() -> None:
    assert FOUND.keys() | ONLY_BESIDE_A_BASELINE == {*Break}


@pytest.mark.parametrize("broken", FOUND, ids=lambda broken: broken.name.lower())
def test_a_break_is_found_by_the_check_that_is_there_for_it(
    account: Account, broken: Break
) -> None:
    expected = FOUND[broken]
    with deployed(account, broken) as service:
        report = service.tested(
            speed=SPEEDS.get(broken, SPEED),
            patience=PATIENCE if broken is Break.HANGS else None,
        )

    found = ends(report)
    assert found.pop(expected.by) is expected.outcome
    assert expected.says in every(report)[expected.by].message
    assert not {name for name in found if not excused(report, name)} - {*expected.also}
    assert judged(report) is expected.verdict
    # Whatever is broken, nobody is left behind in the pool.
    assert not account.pool.users


def excused(report: SmokeReport, name: str) -> bool:
    """Whether it only warns, or was still asked when another one decided.

    What was never made cannot be cleaned up: that is said, and judges nothing.
    """
    one = every(report)[name]
    if isinstance(one, SmokePhase):
        return "was never saved" in one.message
    unknown = one.outcome is INCONCLUSIVE and not one.samples.failed
    return one.outcome is SLOW or unknown


def test_what_a_dependency_explains_says_so(account: Account) -> None:
    with deployed(account, Break.TABLE_DOWN) as service:
        report = service.tested()

    because = {one.name: one.because for one in report.results if one.because}
    assert because == {"version": "dynamodb"}


def test_a_token_that_is_not_taken_is_described(account: Account) -> None:
    """What was sent, so that nobody has to guess which claim is wrong."""
    with deployed(account, Break.WRONG_AUDIENCE) as service:
        report = service.tested()

    me = next(one for one in report.results if one.name == "me")
    assert "the id token of an ephemeral user" in me.help
    assert "aud web" in me.help


# -- beside a run from before the deploy -----------------------------------------


def test_what_was_broken_before_does_not_take_the_deploy_back(
    account: Account,
) -> None:
    with deployed(account, Break.LIST_CRASHES, Break.TABLE_DOWN) as service:
        baseline = service.before()
        report = service.tested(baseline=baseline)

    found = {name: end for name, end in ends(report).items() if end is not SLOW}
    assert found == dict.fromkeys(("health", "version", "users"), PRE_EXISTING)
    assert judged(report) is Verdict.PASS


def test_what_the_deploy_breaks_beside_is_told_apart(account: Account) -> None:
    with deployed(account, Break.LIST_CRASHES, Break.TABLE_DOWN) as service:
        baseline = service.before()
        service.backend.broken = {
            *service.backend.broken,
            Break.BUCKET_DOWN,
            Break.AUTHORIZER_GONE,
        }
        report = service.tested(baseline=baseline)

    found = ends(report)
    assert found["users"] is PRE_EXISTING
    assert found["health"] is FAILED
    assert found["users without sign-in"] is FAILED
    health = next(one for one in report.results if one.name == "health")
    assert {part.name: part.outcome for part in health.parts} == {
        "dynamodb": PRE_EXISTING,
        "s3": FAILED,
        "cognito": PASSED,
        "migrations": PASSED,
    }
    assert judged(report) is Verdict.BLOCK


def test_what_is_slower_than_before_warns(account: Account) -> None:
    with deployed(account) as service:
        baseline = service.before()
        service.backend.broken = {Break.SLOWER}
        report = service.tested(baseline=baseline)

    assert ends(report)["plans"] is SLOW
    assert "slower than before the deploy" in every(report)["plans"].message
    assert judged(report) is Verdict.PASS


def test_a_service_that_answered_before_and_is_down_now_has_failed(
    account: Account,
) -> None:
    with deployed(account) as service:
        baseline = service.before()
    report = service.tested(baseline=baseline, speed=2 * SPEED)

    assert ends(report)["wait"] is FAILED
    assert "the connection is refused" in every(report)["wait"].message
    assert judged(report) is Verdict.BLOCK
