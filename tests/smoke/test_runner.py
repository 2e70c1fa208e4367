"""A run as a whole: its phases, its baseline, its end."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from smoke.services import (
    BASE,
    TOKEN,
    Service,
    during,
    nothing,
    only,
    said,
    suite,
)

from flowguard.errors import ConfigError
from flowguard.model.exchange import Fault, Request, Response
from flowguard.model.questions import Absent, Unknown, UnknownKind
from flowguard.model.results import Verdict
from flowguard.model.smoke import Part, SmokeOutcome, SmokePhase, SmokeReport
from flowguard.smoke.baseline import Baseline
from flowguard.smoke.runner import run, take
from flowguard.smoke.suite import Suite
from flowguard.smoke.verdict import verdict
from flowguard.smoke.world import CommandResult

FAILED, INCONCLUSIVE, ERRORED, PRE_EXISTING, SLOW, PASSED = SmokeOutcome
HEALTH = "health: {get: /health}"
WAIT = "{get: /ready, up: 30s, stable: 2}"
RELEASE = "{get: /version, expect: {json: {release: new}}, within: 20s}"


def outcomes(report: SmokeReport) -> dict[str, SmokeOutcome]:
    return {result.name: result.outcome for result in report.results}


def phase(report: SmokeReport, name: str) -> SmokePhase:
    return next(one for one in report.phases if one.name == name)


# -- before the checks -----------------------------------------------------------


def test_a_service_that_comes_up_late_is_waited_for() -> None:
    service = Service(during("/ready", 0, 8, said(503)))
    report = run(suite(HEALTH, wait=WAIT), service.world)

    assert phase(report, "wait").outcome is PASSED
    assert outcomes(report) == {"health": PASSED}
    assert service.asked.count("GET /ready") > 8


def test_nothing_is_asked_of_a_service_that_never_answers() -> None:
    spec = suite(HEALTH, wait=WAIT)
    service = Service(lambda _request, _now: nothing())
    report = run(spec, service.world)

    assert set(service.asked) == {"GET /ready"}
    assert outcomes(report) == {"health": ERRORED}
    assert verdict(report, spec.gate) is Verdict.INCONCLUSIVE


def test_no_answer_is_a_failure_where_there_was_one_before() -> None:
    spec = suite(HEALTH, wait=WAIT)
    _, before = take(spec, Service().world)
    report = run(spec, Service(lambda _r, _n: nothing()).world, baseline=before)

    assert phase(report, "wait").outcome is FAILED
    assert verdict(report, spec.gate) is Verdict.BLOCK


def test_a_service_that_answers_and_is_never_ready_is_tested_all_the_same() -> None:
    report = run(suite(HEALTH, wait=WAIT), Service(only("/ready", said(503))).world)

    assert phase(report, "wait").outcome is FAILED
    assert outcomes(report) == {"health": PASSED}


def test_an_offline_runner_sees_no_service_go_down() -> None:
    spec = suite(HEALTH, wait=WAIT)
    _, before = take(spec, Service().world)
    service = Service(lambda _r, _n: nothing(), online=False)
    report = run(spec, service.world, baseline=before)

    assert phase(report, "wait").outcome is ERRORED
    assert verdict(report, spec.gate) is Verdict.INCONCLUSIVE


def test_the_release_is_proven_before_the_checks() -> None:
    old, new = (said(200, {"release": name}) for name in ("old", "new"))
    service = Service(only("/version", old, old, new))
    report = run(suite(HEALTH, release=RELEASE), service.world)

    assert phase(report, "release").outcome is PASSED
    assert service.asked.index("GET /health") == 5


def test_what_passes_on_the_old_code_is_no_pass() -> None:
    spec = suite(HEALTH, release=RELEASE)
    report = run(spec, Service(only("/version", said(200, {"release": "old"}))).world)

    assert outcomes(report) == {"health": PASSED}
    assert phase(report, "release").outcome is ERRORED
    assert "json release is 'old'" in phase(report, "release").message.replace('"', "'")
    assert "raise its `within`" in phase(report, "release").help
    assert verdict(report, spec.gate) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("code", "outcome"), [("new=", PASSED), ("old=", ERRORED), ("", ERRORED)]
)
def test_a_function_must_run_the_code_that_was_deployed(
    code: str, outcome: SmokeOutcome
) -> None:
    release = "{functions: [UsersFunction], code_sha256: new=}"
    report = run(suite(HEALTH, release=release), Service(code=code).world)

    assert phase(report, "release").outcome is outcome


# -- signing in ------------------------------------------------------------------


class Pool:
    """A Cognito user pool, as far as one user for a run needs it."""

    def __init__(self, *, works: bool = True) -> None:
        self.calls: list[str] = []
        self._works = works

    def __call__(self, _service: str, operation: str, **_given: Any) -> dict[str, Any]:
        """Answer a call."""
        self.calls.append(operation)
        token = TOKEN if self._works else ""
        return {"AuthenticationResult": {"IdToken": token, "AccessToken": token}}

    @property
    def removed(self) -> bool:
        """Whether the user is gone."""
        return "admin_delete_user" in self.calls


COGNITO = "{user: {cognito: {pool: eu-west-1_a, client: c, user: ephemeral}}}"
USERS = "users: {get: /users, as: user}"


def cognito(checks: str = USERS, **rest: str) -> Suite:
    from flowguard.smoke import spec

    text = f"base: {BASE}\nauth: {COGNITO}\nchecks:\n"
    text += "".join(f"  {line}\n" for line in checks.splitlines())
    text += "".join(f"{key}: {value}\n" for key, value in rest.items())
    return spec.parse(text, "smoke.yml")


def test_a_user_of_the_run_is_removed_in_the_end() -> None:
    pool = Pool()
    report = run(cognito(), Service(call=pool).world)

    assert outcomes(report)["users"] is PASSED
    assert pool.calls.count("admin_create_user") == 1
    assert pool.removed


def test_nobody_signs_in_whom_no_check_needs() -> None:
    pool = Pool()
    run(cognito(HEALTH), Service(call=pool).world)

    assert pool.calls == []


def test_checks_without_their_sign_in_were_not_measured() -> None:
    spec = cognito(f"{USERS}\n{HEALTH}")
    report = run(spec, Service(call=Pool(works=False)).world)

    assert phase(report, "sign-in").outcome is ERRORED
    assert outcomes(report) == {
        "users": ERRORED,
        "users without sign-in": PASSED,
        "health": PASSED,
    }
    assert verdict(report, spec.gate) is Verdict.INCONCLUSIVE


def test_a_user_is_removed_when_the_spec_turns_out_to_be_wrong() -> None:
    pool = Pool()
    spec = cognito(f"{USERS}\nbad: {{get: '/${{env.NO}}'}}")
    with pytest.raises(ConfigError):
        run(spec, Service(call=pool).world)

    assert pool.removed


def test_ctrl_c_removes_what_was_made_and_goes_on() -> None:
    pool, service = Pool(), Service()

    def interrupted(request: Request, _now: float) -> Response | None:
        if "/notes" not in request.url:
            return None
        if request.method == "POST":
            return said(201, {"id": 1})
        if request.method == "GET":
            raise KeyboardInterrupt
        return said(204)

    service.answer, service.call = interrupted, pool
    note = (
        "note: {steps: [{post: /notes, json: {}, expect: 201, save: {id: id}}, "
        "{get: '/notes/${id}'}], finally: [{delete: '/notes/${id}', expect: 204}]}"
    )
    with pytest.raises(KeyboardInterrupt):
        run(cognito(f"{USERS}\n{note}"), service.world)

    assert pool.removed
    assert "DELETE /notes/1" in service.asked


def test_what_a_clean_up_step_could_not_know_is_said() -> None:
    note = (
        "note: {steps: [{post: /notes, json: {}, save: {id: id}}], "
        "finally: [{delete: '/notes/${id}', expect: 204}]}"
    )
    service = Service(only("/notes", said(500)))
    report = run(suite(note), service.world)

    assert "DELETE" not in "".join(service.asked)
    assert phase(report, "clean-up").outcome is ERRORED
    assert phase(report, "clean-up").message == (
        "note: `DELETE /notes/${id}` was not sent: ${id} was never saved"
    )


# -- the baseline ----------------------------------------------------------------


def held(checks: str, before: Service, after: Service, **rest: str) -> SmokeReport:
    spec = suite(checks, **rest)
    _, known = take(spec, before.world)
    return run(spec, after.world, baseline=known)


def broken(path: str = "/health", status: int = 500) -> Service:
    return Service(only(path, said(status)))


def test_a_baseline_keeps_times_and_noise() -> None:
    report, known = take(suite(HEALTH), Service().world)
    (entry,) = known.checks

    assert report.is_baseline
    assert (entry.name, entry.outcome, entry.passed) == ("health", PASSED, 20)
    assert entry.times == (0.05,) * 20


def test_what_failed_before_and_fails_still_is_no_fault_of_the_deploy() -> None:
    report = held(HEALTH, broken(), broken())

    assert outcomes(report) == {"health": PRE_EXISTING}
    assert verdict(report, suite(HEALTH).gate) is Verdict.PASS


def test_what_was_broken_and_flickers_now_is_no_news() -> None:
    flickers = Service(only("/health", *[said(), said(500), said(), said()] * 20))

    assert outcomes(held(HEALTH, broken(), flickers)) == {"health": PRE_EXISTING}


def test_what_failed_before_and_works_now_passes() -> None:
    assert outcomes(held(HEALTH, broken(), Service())) == {"health": PASSED}


def test_what_worked_before_and_fails_now_failed() -> None:
    assert outcomes(held(HEALTH, Service(), broken())) == {"health": FAILED}


def answering(answer: Response | Fault) -> Service:
    return Service(only("/health", answer))


@pytest.mark.parametrize(
    ("before", "now", "outcome", "says"),
    [
        (said(404), said(500), FAILED, "before the deploy it was not there"),
        (said(405), said(200, {"status": "down"}), FAILED, "it was not there"),
        (said(422), said(500), FAILED, "before the deploy it answered 422"),
        (said(503), nothing(), FAILED, "an error of the server's"),
        (said(404), said(404), PRE_EXISTING, "GET /health answers 404, not 2xx"),
        (said(500), said(502), PRE_EXISTING, "GET /health answers 502, not 2xx"),
        (nothing(), said(500), INCONCLUSIVE, "nobody knows which is worse"),
    ],
)
def test_another_failure_than_before_is_judged(
    before: Response | Fault, now: Response | Fault, outcome: SmokeOutcome, says: str
) -> None:
    report = held(HEALTH, answering(before), answering(now))

    assert outcomes(report) == {"health": outcome}
    assert says in report.results[0].message


def test_what_answered_before_is_known_to_have() -> None:
    """So that its silence is a failure, although it did not work before either."""
    report = held(HEALTH, answering(said(503)), answering(nothing()))

    assert report.answered_before == {"health"}


def test_one_odd_failure_among_the_old_ones_takes_nothing_back() -> None:
    now = Service(only("/health", said(404), said(500), *[said(404)] * 30))

    assert outcomes(held(HEALTH, answering(said(404)), now)) == {"health": PRE_EXISTING}


def test_what_no_request_ever_reached_is_no_old_failure() -> None:
    report = held(HEALTH, answering(nothing()), answering(nothing()))

    assert outcomes(report) == {"health": ERRORED}
    assert "nobody knows whether it works" in report.results[0].message
    assert verdict(report, suite(HEALTH).gate) is Verdict.INCONCLUSIVE


def test_what_one_check_never_reaches_is_an_old_failure_where_others_do() -> None:
    checks = f"{HEALTH}\nplans: {{get: /plans}}"
    report = held(checks, answering(nothing()), answering(nothing()))

    assert outcomes(report) == {"health": PRE_EXISTING, "plans": PASSED}


@pytest.mark.parametrize(
    ("failing", "outcome"),
    [
        (("a",), PRE_EXISTING),
        (("a", "b"), FAILED),
        ((), PRE_EXISTING),  # it tells of no test
    ],
)
def test_a_test_of_a_suite_that_fails_anew_is_no_old_failure(
    failing: tuple[str, ...], outcome: SmokeOutcome
) -> None:
    def ran(*failing: str) -> Service:
        parts = tuple(Part(name, FAILED) for name in failing)
        return Service(ran=CommandResult(1, "", parts))

    report = held("e2e: {command: run}", ran("a"), ran(*failing))

    assert outcomes(report) == {"e2e": outcome}


def test_a_dependency_that_fails_anew_is_no_old_failure() -> None:
    check = "health: {get: /health, deps: [dynamodb, s3]}"

    def health(**states: str) -> Service:
        return Service(only("/health", said(503, {"status": "down", "checks": states})))

    before = health(dynamodb="down", s3="up")
    same = held(check, before, health(dynamodb="down", s3="up"))
    worse = held(check, before, health(dynamodb="down", s3="down"))

    assert outcomes(same) == {"health": PRE_EXISTING}
    assert outcomes(worse) == {"health": FAILED}


def test_a_slower_service_is_slow_and_stays() -> None:
    quick, slow = (only("/health", said(seconds=s)) for s in (0.05, 0.2))
    report = held(HEALTH, Service(quick), Service(slow))

    assert outcomes(report) == {"health": SLOW}
    assert report.results[0].message == (
        "300 % slower than before the deploy: 200 ms, was 50 ms"
    )
    assert verdict(report, suite(HEALTH).gate) is Verdict.PASS


def test_a_baseline_of_another_place_is_not_used() -> None:
    spec = suite(HEALTH)
    _, known = take(spec, broken().world)
    elsewhere = Baseline(
        known.taken_at, known.suite, "https://old.example.org", known.checks
    )
    report = run(spec, broken().world, baseline=elsewhere)

    assert outcomes(report) == {"health": FAILED}
    assert report.baseline == ""
    assert "is of https://old.example.org" in phase(report, "baseline").message
    assert (
        verdict(run(spec, Service().world, baseline=elsewhere), spec.gate)
        is Verdict.PASS
    )


def test_a_check_that_was_changed_has_no_baseline() -> None:
    _, known = take(suite(HEALTH), broken().world)
    changed = suite("health: {get: /health, expect: 200}")
    report = run(changed, broken().world, baseline=known)

    assert outcomes(report) == {"health": FAILED}
    assert "knows 0 of 1 checks" in phase(report, "baseline").message


# -- the end ---------------------------------------------------------------------


def test_what_is_proven_broken_is_not_kept_waiting_by_what_flickers() -> None:
    """A flickering check alone takes more than a minute."""
    flicker = [said(), said(500), said(), said()] * 30

    def answer(request: Request, _now: float) -> Response | None:
        if request.url.endswith("/users"):
            return said(500)
        return flicker.pop() if request.url.endswith("/plans") else None

    service = Service(answer)
    checks = "users: {post: /users, expect: 2xx}\nplans: {get: /plans}"
    report = run(suite(checks), service.world)

    assert outcomes(report) == {"users": FAILED, "plans": INCONCLUSIVE}
    assert service.clock.now() < 30
    assert [one.name for one in report.phases] == []


def test_a_run_ends_with_its_budget_and_cleans_up() -> None:
    answers = [said(), said(500), said(), said()] * 30
    service = Service(only("/health", *answers))
    report = run(suite(HEALTH, budget="15s"), service.world)

    assert service.clock.now() <= 15
    assert outcomes(report) == {"health": INCONCLUSIVE}


def test_a_request_that_the_budget_cuts_short_is_no_evidence() -> None:
    service = Service()

    def slow(request: Request, _now: float) -> Fault:
        service.clock.wait(request.timeout)
        return Fault(kind=nothing().kind.TIMEOUT, message="timed out")

    service.answer = slow
    report = run(suite(HEALTH, budget="5s"), service.world)

    assert outcomes(report) == {"health": ERRORED}
    assert report.results[0].samples.failed == 0
    assert phase(report, "checks").outcome is ERRORED


def test_no_more_requests_are_in_flight_than_the_spec_allows() -> None:
    lock, gate = threading.Lock(), threading.Barrier(3)
    flying, most = 0, 0

    def counted(_request: Request, _now: float) -> None:
        nonlocal flying, most
        with lock:
            flying += 1
            most = max(most, flying)
        gate.wait(10)
        with lock:
            flying -= 1

    checks = "\n".join(f"c{i}: {{get: /{i}}}" for i in range(9))
    spec = suite(checks, concurrency="3", gate="{samples: {pass: 1}}")
    run(spec, Service(counted).world)

    assert most == 3


def test_a_run_of_no_check_proves_nothing() -> None:
    spec = Suite(())

    assert verdict(run(spec, Service().world), spec.gate) is Verdict.INCONCLUSIVE


def test_a_base_that_cannot_be_asked_leaves_all_unmeasured() -> None:
    from flowguard.smoke import spec

    text = "base: '${stack.ApiUrl}'\nchecks:\n  health: {get: /health}\n"
    parsed = spec.parse(text, "smoke.yml")
    service = Service(environment={"ApiUrl": Unknown(UnknownKind.DENIED, "denied")})
    report = run(parsed, service.world)

    assert outcomes(report) == {"health": ERRORED}
    assert service.asked == []


# -- soak ------------------------------------------------------------------------

BEGAN = datetime(2026, 1, 18, 12, tzinfo=UTC)


def ringing(
    since: datetime | None, began: datetime | Unknown | None = BEGAN
) -> Service:
    alarm = {"state": "ALARM", "reason": "", "since": since and since.isoformat()}
    return Service(aws={"bell": alarm}, began=began)


BELLS = {
    "soak": (HEALTH, {"soak": "{for: 60s, alarms: [bell]}"}),
    "check": ("bell: {alarm: bell}", {}),
}


@pytest.mark.parametrize("how", BELLS)
@pytest.mark.parametrize(
    ("since", "began", "outcome"),
    [
        (BEGAN - timedelta(minutes=5), BEGAN, PRE_EXISTING),
        (BEGAN + timedelta(minutes=5), BEGAN, FAILED),
        (BEGAN, BEGAN, FAILED),
        (None, BEGAN, FAILED),
        (BEGAN, None, FAILED),
    ],
)
def test_an_alarm_counts_by_its_change_since_the_deploy(
    how: str, since: datetime | None, began: datetime | None, outcome: SmokeOutcome
) -> None:
    checks, rest = BELLS[how]
    report = run(suite(checks, **rest), ringing(since, began).world)

    assert outcomes(report)["bell"] is outcome
    assert ("from before the deploy" in report.results[-1].message) is (
        outcome is PRE_EXISTING
    )


@pytest.mark.parametrize("how", BELLS)
def test_an_alarm_that_rang_in_the_baseline_is_no_news_when_it_flaps(how: str) -> None:
    """It has no data for a moment while the new release comes up."""
    checks, rest = BELLS[how]
    spec = suite(checks, **rest)
    _, known = take(spec, ringing(BEGAN - timedelta(hours=1)).world)
    anew = ringing(BEGAN + timedelta(minutes=1))
    report = run(spec, anew.world, baseline=known)

    assert outcomes(report)["bell"] is PRE_EXISTING


@pytest.mark.parametrize("how", BELLS)
def test_whether_an_alarm_is_news_is_not_known_where_nobody_may_ask(how: str) -> None:
    checks, rest = BELLS[how]
    spec = suite(checks, **rest)
    service = ringing(BEGAN, Unknown(UnknownKind.DENIED, "denied"))
    report = run(spec, service.world)

    assert outcomes(report)["bell"] is ERRORED
    assert "since the deploy could not be asked: denied" in report.results[-1].message
    assert verdict(report, spec.gate) is Verdict.INCONCLUSIVE


def test_a_baseline_says_which_alarms_ring_already() -> None:
    checks, rest = BELLS["soak"]
    spec = suite(checks, **rest)
    report, _ = take(spec, ringing(BEGAN).world)

    assert phase(report, "soak").outcome is PRE_EXISTING
    assert "ring before the deploy, and are held against none: bell" in (
        phase(report, "soak").message
    )
    assert verdict(report, spec.gate) is Verdict.PASS


SOAK = "{for: 60s, alarms: [api-5xx], errors: 0, functions: [users]}"


@pytest.mark.parametrize(
    ("alarm", "metrics", "outcome"),
    [
        ({"state": "OK"}, {"errors": 0}, PASSED),
        ({"state": "OK"}, {"errors": None}, PASSED),
        ({"state": "INSUFFICIENT_DATA"}, {"errors": 0}, PASSED),
        ({"state": "INSUFFICIENT_DATA"}, {"errors": None}, ERRORED),
        (Unknown(UnknownKind.DENIED, "denied"), {"errors": None}, ERRORED),
        (Unknown(UnknownKind.DENIED, "denied"), {"errors": 3}, FAILED),
        (Absent(), {"errors": 0}, ERRORED),
        ({"state": "OK"}, Unknown(UnknownKind.DENIED, "denied"), ERRORED),
        ({"state": "ALARM", "reason": "12 errors"}, {"errors": 0}, FAILED),
        ({"state": "OK"}, {"errors": 3}, FAILED),
        (Unknown(UnknownKind.DENIED, "denied"), {"errors": 0}, ERRORED),
    ],
)
def test_alarms_and_metrics_are_watched_and_silence_is_no_evidence(
    alarm: object, metrics: object, outcome: SmokeOutcome
) -> None:
    service = Service(aws={"api-5xx": alarm, "users": metrics})
    spec = suite(HEALTH, soak=SOAK)
    report = run(spec, service.world)

    assert phase(report, "soak").outcome is outcome
    assert (
        verdict(report, spec.gate)
        is {
            PASSED: Verdict.PASS,
            ERRORED: Verdict.INCONCLUSIVE,
            FAILED: Verdict.BLOCK,
        }[outcome]
    )


@pytest.mark.parametrize(
    ("soak", "aws", "says"),
    [
        (
            "{for: 60s, alarms: [a, b]}",
            {"a": Unknown(UnknownKind.DENIED, "denied"), "b": Absent()},
            (
                "nothing could be watched: a: it could not be asked: denied; "
                "b: there is no such alarm"
            ),
        ),
        (
            "{for: 60s, alarms: [a, b]}",
            {"a": {"state": "OK"}, "b": Absent()},
            "not all could be watched: b: there is no such alarm",
        ),
        (
            "60s",
            {"users": {"errors": None}},
            "nothing could be watched: no metric has data",
        ),
    ],
)
def test_a_watch_that_sees_nothing_says_why(
    soak: str, aws: dict[str, object], says: str
) -> None:
    service = Service(aws=aws, changed=frozenset({"users"}))
    report = run(suite(HEALTH, soak=soak), service.world)

    assert phase(report, "soak").outcome is ERRORED
    assert phase(report, "soak").message == says


def test_a_watch_of_nothing_is_no_pass_and_takes_no_time() -> None:
    service, spec = Service(), suite(HEALTH, soak="10m")
    report = run(spec, service.world)

    assert phase(report, "soak").message == (
        "nothing could be watched: "
        "no alarm is named, and no function known that changed"
    )
    assert service.clock.now() < 60
    assert verdict(report, spec.gate) is Verdict.INCONCLUSIVE


def test_an_alarm_that_rang_before_is_no_fault_of_the_deploy() -> None:
    spec = suite(HEALTH, soak=SOAK)
    service = Service(aws={"api-5xx": {"state": "ALARM"}, "users": {"errors": 0}})
    _, known = take(spec, service.world)
    report = run(spec, service.world, baseline=known)

    assert outcomes(report) == {
        "health": PASSED,
        "api-5xx": PRE_EXISTING,
        "users": PASSED,
    }
    assert phase(report, "soak").outcome is PASSED


def test_before_a_deploy_nothing_starts_up_and_no_new_code_answers() -> None:
    service = Service()
    take(suite(HEALTH, wait=WAIT, release=RELEASE), service.world)

    assert set(service.asked) == {"GET /health"}


def test_nothing_is_watched_after_a_failure() -> None:
    service = broken()
    report = run(suite(HEALTH, soak=SOAK), service.world)

    assert "soak" not in [one.name for one in report.phases]


# -- a check that failed at times before -------------------------------------------


def at_times(status: int) -> Service:
    """Every third answer fails: proven broken, and it passes in between."""
    return Service(only("/health", *[said(200), said(200), said(status)] * 20))


def test_what_failed_at_times_before_passes_by_as_many_answers_as_any_other() -> None:
    report = held(HEALTH, at_times(500), Service())

    assert outcomes(report) == {"health": PASSED}
    assert report.results[0].samples.passed == 5


def test_one_good_answer_is_no_pass_of_what_failed_at_times_before() -> None:
    """It fails four times in five now, and began with an answer that passed."""
    now = [said(200), *[said(500)] * 4] * 12
    report = held(HEALTH, at_times(500), Service(only("/health", *now)))

    assert outcomes(report) == {"health": INCONCLUSIVE}
    assert "fails more often than before the deploy (" in report.results[0].message


def test_what_fails_as_often_as_before_is_no_news() -> None:
    report = held(HEALTH, at_times(500), at_times(500))

    assert outcomes(report) == {"health": PRE_EXISTING}


def test_what_never_works_now_and_failed_otherwise_at_times_before_failed() -> None:
    """So often that it could as well be as bad as before, were it the same failure."""
    often = Service(only("/health", *[said(422), said(200)] * 20))
    report = held(HEALTH, often, answering(said(500)))

    assert outcomes(report) == {"health": FAILED}
    assert "before the deploy it answered 422" in report.results[0].message


def test_how_an_api_says_that_nothing_is_there_is_no_other_failure() -> None:
    no_route = said(403, {"message": "Missing Authentication Token"})
    report = held(HEALTH, answering(said(404)), answering(no_route))

    assert outcomes(report) == {"health": PRE_EXISTING}
