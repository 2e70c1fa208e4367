"""A run's checks: what is sent, how often, and how each of them ends."""

from __future__ import annotations

import pytest
from smoke.services import (
    BASE,
    TOKEN,
    Answer,
    Service,
    during,
    nothing,
    only,
    said,
    suite,
)
from template.templates import resolve
from template.test_routes import REST

from flowguard.errors import ConfigError
from flowguard.model.exchange import Fault, FaultKind, Request, Response
from flowguard.model.questions import Absent, Unknown, UnknownKind
from flowguard.model.results import Verdict
from flowguard.model.smoke import Part, SmokeOutcome, SmokeResult
from flowguard.smoke.blame import Suspects
from flowguard.smoke.runner import run
from flowguard.smoke.secrets import Secrets
from flowguard.smoke.suite import Suite
from flowguard.smoke.verdict import verdict
from flowguard.smoke.world import CommandResult

FAILED, INCONCLUSIVE, ERRORED, PRE_EXISTING, SLOW, PASSED = SmokeOutcome
HEALTH = "health: {get: /health}"


def results(checks: str | Suite, service: Service) -> dict[str, SmokeResult]:
    whole = suite(checks) if isinstance(checks, str) else checks
    return {result.name: result for result in run(whole, service.world).results}


def one(checks: str, answer: Answer | None = None, **rest: str) -> SmokeResult:
    service = Service(answer) if answer else Service()
    return next(iter(results(suite(checks, **rest), service).values()))


# -- samples ---------------------------------------------------------------------


def test_a_healthy_check_passes_with_its_evidence() -> None:
    service = Service()
    result = results(HEALTH, service)["health"]

    assert result.outcome is PASSED
    assert service.asked == ["GET /health"] * 5
    assert result.samples.verdict == (
        "5 of 5 passed; one that fails 50 % of its requests does so once in 32"
    )


def test_one_answer_is_enough_where_the_spec_says_so() -> None:
    service = Service()
    results(suite(HEALTH, gate="{samples: {pass: 1}}"), service)

    assert service.asked == ["GET /health"]


def test_a_broken_check_fails_and_says_how_it_is_known() -> None:
    result = one(HEALTH, only("/health", said(500)))

    assert result.outcome is FAILED
    assert result.message == "GET /health answers 500, not 2xx"
    assert result.samples.failed >= 5
    assert result.samples.verdict.startswith(f"{result.samples.failed} of ")


def test_a_burst_of_failures_takes_nothing_back() -> None:
    result = one(HEALTH, during("/health", 0, 4, said(503)))

    assert result.outcome is PASSED
    assert result.samples.failed > 1


@pytest.mark.parametrize("status", [401, 403, 404])
def test_an_answer_as_of_a_new_route_is_decided_after_a_start(status: int) -> None:
    service = Service(only("/health", said(status)))

    assert results(HEALTH, service)["health"].outcome is FAILED
    assert 30 <= service.clock.now() < 42


def test_an_answer_of_the_service_itself_is_decided_after_a_burst() -> None:
    service = Service(only("/health", said(422)))

    assert results(HEALTH, service)["health"].outcome is FAILED
    assert 10 <= service.clock.now() < 15


def test_a_refused_connection_is_a_failure_of_the_service() -> None:
    result = one(HEALTH, only("/health", nothing()))

    assert result.outcome is FAILED
    assert result.message == "GET /health got no answer: no answer: refused"


def test_no_answer_says_nothing_where_the_runner_is_offline() -> None:
    service = Service(only("/health", nothing()), online=False)

    assert results(HEALTH, service)["health"].outcome is ERRORED


@pytest.mark.parametrize(
    "answer", [nothing(FaultKind.DNS), nothing(FaultKind.PROXY), said(429)]
)
def test_what_is_ours_is_never_a_failure(answer: Response | Fault) -> None:
    result = one(HEALTH, only("/health", answer))

    assert result.outcome is ERRORED
    assert result.samples.failed == 0


def test_a_service_that_flickers_on_and_on_is_inconclusive() -> None:
    answers = [said(), said(500), said(), said()] * 20
    result = one(HEALTH, only("/health", *answers))

    assert result.outcome is INCONCLUSIVE
    assert "neither broken nor healthy" in result.message


def test_a_check_that_is_not_critical_is_told_and_stops_nobody() -> None:
    spec = suite("health: {get: /health}\nnews: {get: /news, critical: false}")
    report = run(spec, Service(only("/news", said(500))).world)

    assert report.results[1].outcome is FAILED
    assert verdict(report, spec.gate) is Verdict.PASS


def test_a_single_slow_answer_is_no_habit() -> None:
    check = "health: {get: /health, expect: {max_time: 1s}}"
    slow = said(seconds=2.0)

    assert one(check, only("/health", slow, said())).outcome is PASSED
    assert one(check, only("/health", slow)).outcome is SLOW


# -- chains that write -----------------------------------------------------------

NOTE = """
note:
  steps:
    - {post: /notes, json: {text: "smoke ${run.id}"}, expect: 201, save: {id: id}}
    - {get: "/notes/${id}"}
  finally:
    - {delete: "/notes/${id}", expect: [204, 404]}
"""


def notes(*made: int, deleted: int = 204, read: int = 200) -> Service:
    """A service that makes notes with these statuses in turn."""
    left = [*made]

    def answer(request: Request, _now: float) -> Response:
        if request.method == "POST":
            return said(left.pop(0) if len(left) > 1 else left[0], {"id": "n 1"})
        return said(deleted if request.method == "DELETE" else read)

    return Service(answer)


def test_a_chain_that_writes_runs_once() -> None:
    service = notes(201)

    assert results(NOTE, service)["note"].outcome is PASSED
    assert service.asked == ["POST /notes", "GET /notes/n%201", "DELETE /notes/n%201"]


def test_a_failing_write_is_confirmed_by_fresh_chains() -> None:
    service = notes(500)
    result = results(NOTE, service)["note"]

    assert result.outcome is FAILED
    assert service.asked == ["POST /notes"] * 3
    assert [r.body for r in service.requests] == [
        b'{"text": "smoke r1"}',
        b'{"text": "smoke r1-2"}',
        b'{"text": "smoke r1-3"}',
    ]
    assert service.clock.now() >= 10


def test_a_write_that_fails_once_is_neither_broken_nor_healthy() -> None:
    result = results(NOTE, notes(500, 201))["note"]

    assert result.outcome is INCONCLUSIVE
    assert result.message.startswith("1 of 2 tries failed")


def test_what_was_made_is_removed_whatever_came_after() -> None:
    service = notes(201, read=500)

    assert results(NOTE, service)["note"].outcome is FAILED
    assert service.asked.count("DELETE /notes/n%201") == 3


def test_what_could_not_be_removed_is_told_and_fails_nothing() -> None:
    report = run(suite(NOTE), notes(201, deleted=500).world)

    assert report.results[0].outcome is PASSED
    assert [phase.name for phase in report.phases] == ["clean-up"]
    assert "answers 500" in report.phases[0].message
    assert verdict(report, suite(NOTE).gate) is Verdict.PASS


def test_an_answer_without_the_value_to_save_fails() -> None:
    check = "one: {get: /one, save: {id: token}}"
    result = one(f"{check}\ntwo: {{get: '/two/${{checks.one.id}}'}}")

    assert result.outcome is FAILED


def test_a_check_waits_for_what_another_one_saves() -> None:
    service = Service()
    found = results(
        "two: {get: '/two/${checks.one.id}'}\none: {get: /one, save: {id: id}}", service
    )

    assert {r.outcome for r in found.values()} == {PASSED}
    assert "GET /two/u-1" in service.asked
    assert list(found) == ["two", "one"]


def test_a_check_whose_value_is_not_there_was_not_measured() -> None:
    found = results(
        "two: {get: '/two/${checks.one.id}'}\none: {get: /one, save: {id: id}}",
        Service(only("/one", said(500))),
    )

    assert found["one"].outcome is FAILED
    assert found["two"].outcome is ERRORED
    assert found["two"].because == "one"


def test_a_step_polls_first_and_is_judged_once() -> None:
    check = "job: {get: /job, until: 20s, expect: {json: {status: ok}}}"
    busy = said(200, {"status": "busy"})
    service = Service(only("/job", busy, busy, busy, said(200, {"status": "ok"})))
    result = results(suite(check, gate="{samples: {pass: 1}}"), service)["job"]

    assert result.outcome is PASSED
    assert result.samples.failed == 0


def test_a_job_that_never_ends_fails() -> None:
    check = "job: {get: /job, until: 5s, expect: {json: {status: done}}}"

    assert one(check).outcome is FAILED


# -- twins -----------------------------------------------------------------------

USERS = "users: {get: /users, as: user}"


def test_each_signed_in_check_has_a_twin_that_must_be_refused() -> None:
    found = results(USERS, Service())

    assert found["users"].outcome is PASSED
    assert found["users without sign-in"].outcome is PASSED
    assert found["users without sign-in"].kind == "refusal"


def test_a_dropped_authorizer_is_found() -> None:
    found = results(USERS, Service(only("/users", said())))

    assert found["users"].outcome is PASSED
    twin = found["users without sign-in"]
    assert twin.outcome is FAILED
    assert twin.message == "GET /users answers 200 to anybody: its authorizer is gone"


def test_a_twin_sends_no_token() -> None:
    service = Service()
    results(USERS, service)
    sent = {
        any(TOKEN in value for _, value in request.headers)
        for request in service.requests
    }

    assert sent == {True, False}


def test_nothing_is_written_without_a_token() -> None:
    service = Service(lambda request, _: said(201 if request.method == "POST" else 200))
    check = "make: {post: /users, as: user, json: {}, expect: 201}"
    found = results(check, service)

    assert list(found) == ["make"]
    assert service.asked == ["POST /users"]


def test_a_route_has_one_twin() -> None:
    found = results(
        "a: {get: /users?page=1, as: user}\nb: {get: /users, as: user}", Service()
    )

    assert [r.name for r in found.values() if r.kind == "refusal"] == [
        "a without sign-in"
    ]


def test_a_spec_may_do_without_twins() -> None:
    check = "users: {get: /users, as: user, refusal: false}"

    assert list(results(check, Service())) == ["users"]


def test_the_changed_resource_behind_a_failure_is_named() -> None:
    changed = frozenset({"GetUser", "Other"})
    report = run(
        suite("user: {get: /users/7, as: user}"),
        Service(only("/users/7", said())).world,
        suspects=lambda base: Suspects(resolve(REST), changed, base),
    )
    user, twin = report.results

    assert user.blame is None
    assert twin.message == "GET /users/7 answers 200 to anybody: its authorizer is gone"
    assert twin.blame
    assert twin.blame.route == "GET /users/{id}"
    assert twin.blame.changed == ("GetUser",)


# -- dependencies ----------------------------------------------------------------

DEPENDENCIES = "health: {get: /health, deps: [dynamodb, s3]}"


def health(**states: str) -> Answer:
    document = {"status": "ok", "dependencies": states}
    bad = "down" in states.values()
    return only("/health", said(503 if bad else 200, document))


def test_dependencies_are_parts_of_the_check() -> None:
    result = one(DEPENDENCIES, health(dynamodb="up", s3="up"))

    assert result.outcome is PASSED
    assert {part.name for part in result.parts} == {"dynamodb", "s3"}


def test_a_dependency_that_is_down_fails_and_explains_others() -> None:
    def answer(request: Request, now: float) -> Response | Fault | None:
        broken = said(500) if request.url == f"{BASE}/items" else None
        return broken or health(dynamodb="down", s3="up")(request, now)

    found = results(f"{DEPENDENCIES}\nitems: {{get: /items}}", Service(answer))

    assert found["health"].outcome is FAILED
    assert "dynamodb" in found["health"].message
    assert found["items"].because == "dynamodb"
    assert found["health"].because == ""


def test_a_dependency_that_nobody_reports_is_inconclusive() -> None:
    result = one(DEPENDENCIES, health(dynamodb="up"))

    assert result.outcome is INCONCLUSIVE
    assert "s3" in result.message


# -- AWS and commands ------------------------------------------------------------

TABLE = "orders: {table: orders}"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"status": "ACTIVE"}, PASSED),
        ({"status": "DELETING"}, FAILED),
        (Absent(), FAILED),
        (Unknown(UnknownKind.DENIED, "denied"), ERRORED),
    ],
)
def test_a_table_is_asked_about(answer: object, outcome: SmokeOutcome) -> None:
    result = results(TABLE, Service(aws={"orders": answer}))["orders"]

    assert result.outcome is outcome
    assert result.kind == "aws"


@pytest.mark.parametrize(
    ("ran", "outcome", "message"),
    [
        (CommandResult(0, ""), PASSED, ""),
        (CommandResult(2, "boom"), FAILED, "it ended with exit code 2"),
        (
            CommandResult(0, "", (Part("pays", FAILED, "no money"),)),
            FAILED,
            "1 of 1 tests failed: pays: no money",
        ),
        (
            CommandResult(None, "", timed_out=True),
            ERRORED,
            "it did not end in its time, and was stopped",
        ),
        (CommandResult(None, "", error="no npm"), ERRORED, "no npm"),
        (CommandResult(0, "", error="no JUnit"), ERRORED, "no JUnit"),
    ],
)
def test_a_command_is_judged_by_its_end_and_its_tests(
    ran: CommandResult, outcome: SmokeOutcome, message: str
) -> None:
    result = results("e2e: {command: npm test}", Service(ran=ran))["e2e"]

    assert (result.outcome, result.message) == (outcome, message)


# -- secrets and mistakes --------------------------------------------------------


def test_a_token_is_nowhere_in_a_report() -> None:
    echo = said(500, {"you sent": TOKEN})
    secrets = Secrets()
    spec = suite(
        "users: {get: '/users?again=${vars.t}', as: user}", vars=f"{{t: {TOKEN}}}"
    )
    service = Service(only("/users", echo))
    report = run(spec, service.world, secrets=secrets)

    assert report.results[0].outcome is FAILED
    assert TOKEN not in repr(report)
    assert TOKEN not in repr(service.progress)


def test_a_variable_that_is_not_there_ends_the_run() -> None:
    with pytest.raises(ConfigError, match="there is no env 'USER'"):
        run(suite("users: {get: '/${env.USER}'}"), Service().world)


def test_a_variable_that_cannot_be_asked_leaves_the_check_unmeasured() -> None:
    service = Service(environment={"/id": Unknown(UnknownKind.DENIED, "denied")})
    found = results("users: {get: '/${ssm./id}'}\nhealth: {get: /health}", service)

    assert found["users"].outcome is ERRORED
    assert "denied" in found["users"].message
    assert found["health"].outcome is PASSED
