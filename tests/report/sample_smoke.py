"""Reports of smoke tests and of a rollback to render."""

from dataclasses import replace

from report.sample import EMPTY

from flowguard.model.exchange import Timings
from flowguard.model.places import Location
from flowguard.model.readiness import Readiness
from flowguard.model.results import Report, Target, Verdict
from flowguard.model.rollback import (
    Decision,
    FailedResource,
    Identity,
    IdentityOutcome,
    Live,
    RollbackReport,
    StackOperation,
    Step,
    StepOutcome,
    StepResult,
)
from flowguard.model.smoke import (
    Blame,
    Exchange,
    Latency,
    Mismatch,
    Part,
    Samples,
    SmokeOutcome,
    SmokePhase,
    SmokeReport,
    SmokeResult,
)
from flowguard.smoke.findings import results

BASE = "https://api.flowlogic.shop/prod"
USERS = Exchange(
    label="GET /users",
    method="GET",
    url=f"{BASE}/users?limit=5",
    status=500,
    offset=1.25,
    timings=Timings(0.002, 0.011, 0.024, 0.2, 0.25),
    passed=False,
    curl='curl -H "Authorization: Bearer $USER_TOKEN" '
    "'https://api.flowlogic.shop/prod/users?limit=5'",
    request_id="c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
    trace_id="Root=1-67891233-abcdef012345678912345678",
    body='{"message": "Internal server error"}',
)
CHECKS = SmokeReport(
    results=(
        SmokeResult(
            "health",
            SmokeOutcome.PASSED,
            samples=Samples(5, 0, 0, "5 of 5 passed"),
            parts=(
                Part("dynamodb", SmokeOutcome.PASSED),
                Part("s3", SmokeOutcome.PASSED),
            ),
            latency=Latency(20, 0.041, 0.063, 0.04, 0.02, 0.4),
            duration=1.1,
        ),
        SmokeResult(
            "users",
            SmokeOutcome.FAILED,
            message="GET /users answered 500, expected 2xx",
            help="look at the log of UsersFunction, which this deploy changed",
            location=Location("smoke.yml", 7, 3),
            mismatches=(
                Mismatch("status", "2xx", "500"),
                Mismatch("json items[0].id", "exists", "there is no such value"),
            ),
            samples=Samples(
                1, 7, 0, "7 of 8 failed; a healthy service does so once in 250,000,000"
            ),
            exchanges=(USERS,),
            blame=Blame(
                "GET /users",
                ("UsersFunction", "UsersTable"),
                ("UsersFunction",),
                Location("template.yaml", 12, 3),
                "UsersFunction changed, UsersTable did not",
            ),
            logs=("https://console.aws.amazon.com/cloudwatch/home#logs",),
            duration=2.0,
        ),
        SmokeResult(
            "plans",
            SmokeOutcome.SLOW,
            message="median 410 ms, 220 ms before the deploy (+86 %)",
            latency=Latency(20, 0.41, 0.6, 0.22, 0.86, 0.0001),
        ),
        SmokeResult(
            "login",
            SmokeOutcome.PRE_EXISTING,
            message="POST /auth/login answered 502, expected 200, before the deploy, too",
        ),
        SmokeResult(
            "admin",
            SmokeOutcome.ERRORED,
            message="the sign-in `ops` was refused: invalid_client",
            critical=False,
        ),
        SmokeResult(
            "search",
            SmokeOutcome.INCONCLUSIVE,
            message="4 of 15 failed: neither healthy nor broken",
            because="health: dynamodb",
        ),
        SmokeResult(
            "e2e",
            SmokeOutcome.FAILED,
            message="1 of 2 tests failed",
            critical=False,
            parts=(
                Part("signs up", SmokeOutcome.PASSED),
                Part("pays", SmokeOutcome.FAILED, "expected 200, got 402"),
            ),
            kind="command",
        ),
    ),
    phases=(
        SmokePhase("wait", SmokeOutcome.PASSED, "up after 3 tries", 2.5),
        SmokePhase("release", SmokeOutcome.PASSED, "releaseId is 4f2a91c", 0.4),
    ),
    base_url=BASE,
    suite="smoke.yml",
    requests=63,
    duration=12.5,
    baseline="2026-01-18 09:20 UTC",
    coverage="11 of 14 deployed routes are smoke-tested; 2 changed routes are not",
)
SMOKE = replace(
    EMPTY,
    command="smoke",
    target=Target("flowlogic-backend-prod", "prod", "eu-central-1", "123456789012"),
    results=results(CHECKS),
    duration=12.5,
    verdict=Verdict.BLOCK,
    smoke=CHECKS,
    sources={"template.yaml": "Resources:\n" * 11 + "  UsersFunction:\n"},
)
STACK = (
    "arn:aws:cloudformation:eu-central-1:123456789012:stack/flowlogic-backend-prod/1"
)
ROLLED_BACK = replace(
    SMOKE,
    command="verify",
    rollback=RollbackReport(
        decision=Decision.ROLL_BACK,
        row="B1",
        reasons=("users failed, and passed before the deploy",),
        readiness=Readiness.GREEN,
        plan_hash="3f9a2c",
        steps=(
            StepResult(
                Step(
                    "cancel-update",
                    "cloudformation",
                    "cancel_update_stack",
                    {"StackName": STACK, "ClientRequestToken": "flowguard-3f9a2c"},
                    "cancel the update within its monitoring window",
                    settles=True,
                ),
                StepOutcome.DONE,
                duration=1.5,
            ),
        ),
        identities=(
            Identity("template", IdentityOutcome.SAME, "4f2a", "4f2a"),
            Identity("parameter Secret", IdentityOutcome.UNKNOWN, "****", "****"),
        ),
        status_before="UPDATE_IN_PROGRESS",
        status_after="UPDATE_ROLLBACK_COMPLETE",
        events=("UsersFunction UPDATE_COMPLETE",),
        verified=True,
        live="the release of 2026-01-17",
        live_release=Live.BEFORE,
        not_rolled_back=("data in Users: what was written is still there",),
        to_do=("fix what broke users before the next deploy",),
    ),
)


def smoke_with(text: str) -> Report:
    """Make a report of smoke tests and a rollback that say `text` everywhere."""
    at = Location(text, 1, 2)
    exchange = replace(
        USERS,
        label=text,
        method=text,
        url=text,
        fault=text,
        curl=text,
        request_id=text,
        trace_id=text,
        body=text,
    )
    check = SmokeResult(
        text,
        SmokeOutcome.FAILED,
        message=text,
        help=text,
        location=at,
        mismatches=(Mismatch(text, text, text),),
        samples=Samples(0, 3, 0, text),
        exchanges=(exchange,),
        parts=(Part(text, SmokeOutcome.FAILED, text),),
        because=text,
        blame=Blame(text, (text,), (text,), at, text),
        logs=(text,),
        kind="command",
    )
    checks = SmokeReport(
        (check,),
        (SmokePhase(text, SmokeOutcome.FAILED, text),),
        base_url=text,
        suite=text,
        baseline=text,
        coverage=text,
    )
    step = Step(text, text, text, {"StackName": text}, text, destroys=True)
    rollback = RollbackReport(
        Decision.STOP,
        text,
        (text,),
        Readiness.RED,
        text,
        steps=(StepResult(step, StepOutcome.FAILED, text),),
        identities=(Identity(text, IdentityOutcome.DIFFERENT, text, text),),
        status_before=text,
        status_after=text,
        events=(text,),
        live=text,
        not_rolled_back=(text,),
        to_do=(text,),
        failures=(
            FailedResource(
                text, text, StackOperation.ROLLBACK, text, text, text, (text,), text
            ),
        ),
    )
    return replace(
        EMPTY,
        command="verify",
        results=results(checks),
        smoke=checks,
        rollback=rollback,
        sources={text: text},
    )
