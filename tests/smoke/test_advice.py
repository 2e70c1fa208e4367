"""What a spec lacks is told where its absence decided."""

from __future__ import annotations

import pytest
from smoke.services import Service, nothing, only, said, suite

from flowguard.model.exchange import Fault, Response
from flowguard.model.smoke import SmokeOutcome
from flowguard.smoke.runner import run, take
from flowguard.smoke.suite import Suite

HEALTH = "health: {get: /health}"
LINES = "add to smoke.yml: wait: {get: /health, up: 3m, stable: 3}"


def helped(spec: Suite, answer: Response | Fault) -> str:
    return run(spec, Service(only("/health", answer)).world).results[0].help


@pytest.mark.parametrize("answer", [said(s) for s in (502, 503, 504, 403, 404)])
def test_what_may_only_not_be_up_yet_is_told_how_to_wait(answer: Response) -> None:
    assert LINES in helped(suite(HEALTH), answer)


def test_no_answer_is_told_how_to_wait() -> None:
    assert LINES in helped(suite(HEALTH), nothing())


def test_who_waits_already_and_what_is_broken_is_told_nothing() -> None:
    waits = suite(HEALTH, wait="{get: /, up: 9s}")

    assert "wait:" not in helped(waits, said(503))
    assert "wait:" not in helped(suite(HEALTH), said(500))


def test_what_passed_before_it_failed_did_not_come_too_early() -> None:
    service = Service(only("/health", said(), *[said(503)] * 40))
    (result,) = run(suite(HEALTH), service.world).results

    assert result.outcome is not SmokeOutcome.PASSED
    assert "wait:" not in result.help


@pytest.mark.parametrize(
    ("checks", "path"),
    [
        ("users: {get: /users, as: user}\nplans: {get: /plans}", "/plans"),
        ("plans: {get: /plans}\nhealth: {get: /healthz}", "/healthz"),
        ("note: {post: /notes}", "/"),
    ],
)
def test_the_path_to_wait_for_is_one_that_anybody_may_ask(
    checks: str, path: str
) -> None:
    service = Service(lambda _request, _now: said(503))
    results = run(suite(checks), service.world).results

    assert f"wait: {{get: {path}, up: 3m" in results[0].help


def test_a_pass_says_that_the_release_was_not_asked() -> None:
    report = run(suite(HEALTH), Service().world)

    assert 'release: {get: /health, expect: {json: {release: "${git.sha}"}}}' in (
        report.coverage
    )


def test_what_asks_for_the_release_or_passes_nothing_is_told_nothing() -> None:
    asks = suite(HEALTH, release="{get: /, within: 2s}")
    baseline, _ = take(suite(HEALTH), Service().world)
    broken = Service(only("/health", said(500)))

    assert run(asks, Service().world).coverage == ""
    assert run(suite(HEALTH), broken.world).coverage == ""
    assert baseline.coverage == ""
