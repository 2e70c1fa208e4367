"""Health documents of six shapes, understood without configuration."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowguard.model.exchange import Request, Response
from flowguard.model.smoke import Mismatch, Part, SmokeOutcome
from flowguard.smoke import health, own_parts
from flowguard.smoke.evaluate import Context, Evaluation, evaluate
from flowguard.smoke.expectation import Dependency, Expect
from flowguard.smoke.health import State

PASSED, SLOW = SmokeOutcome.PASSED, SmokeOutcome.SLOW
FAILED, UNKNOWN = SmokeOutcome.FAILED, SmokeOutcome.INCONCLUSIVE

HEALTH_JSON = {
    "status": "fail",
    "releaseId": "1.2",
    "checks": {
        "dynamoDB:responseTime": [
            {"status": "pass", "observedValue": 3},
            {"status": "warn", "output": "slow shard"},
        ],
        "s3:reachable": [{"status": "fail", "output": "no such bucket"}],
    },
}
SPRING = {
    "status": "DOWN",
    "components": {
        "db": {
            "status": "DOWN",
            "components": {
                "primary": {"status": "UP"},
                "replica": {"status": "DOWN", "details": {"error": "refused"}},
            },
        },
        "disk": {"status": "UP", "details": {"free": 5}},
        "lag": {"status": "OUT_OF_SERVICE"},
        "odd": {"status": "UNKNOWN"},
    },
}
MICROPROFILE = {
    "status": "DOWN",
    "checks": [
        {"name": "db", "status": "DOWN", "data": {"error": "timeout"}},
        {"name": "queue", "status": "UP", "data": {}},
    ],
}
ASP_NET = {
    "status": "Unhealthy",
    "totalDuration": "00:00:00.05",
    "entries": {
        "sql": {"status": "Unhealthy", "exception": "login failed", "tags": []},
        "cache": {"status": "Degraded", "description": "slow"},
        "mail": {"status": "Healthy"},
    },
}
NEST = {
    "status": "error",
    "info": {"redis": {"status": "up"}},
    "error": {"db": {"status": "down", "message": "no route"}},
    "details": {
        "redis": {"status": "up"},
        "db": {"status": "down", "message": "no route"},
    },
}
GENERIC = {
    "healthy": False,
    "services": {"db": False, "cache": "ok", "mail": {"state": "degraded"}},
    "dependencies": {"s3": {"ok": True}, "odd": "purple"},
}
FLAT = {"status": "ok", "version": "1.2", "database": "down", "cache": {"ok": True}}

SHAPES: list[tuple[Any, State, dict[str, SmokeOutcome]]] = [
    (
        HEALTH_JSON,
        State.FAIL,
        {"dynamoDB:responseTime": SLOW, "s3:reachable": FAILED},
    ),
    (
        SPRING,
        State.FAIL,
        {
            "db": FAILED,
            "db.primary": PASSED,
            "db.replica": FAILED,
            "disk": PASSED,
            "lag": SLOW,
            "odd": UNKNOWN,
        },
    ),
    (MICROPROFILE, State.FAIL, {"db": FAILED, "queue": PASSED}),
    (ASP_NET, State.FAIL, {"sql": FAILED, "cache": SLOW, "mail": PASSED}),
    (NEST, State.FAIL, {"redis": PASSED, "db": FAILED}),
    (
        GENERIC,
        State.FAIL,
        {"db": FAILED, "cache": PASSED, "mail": SLOW, "s3": PASSED, "odd": UNKNOWN},
    ),
    (FLAT, State.PASS, {"database": FAILED, "cache": PASSED}),
]
IDS = ["health+json", "spring", "microprofile", "asp.net", "nest", "generic", "flat"]


def answer(document: Any, status: int = 200) -> Response:
    text = document if isinstance(document, str) else json.dumps(document)
    return Response(status, body=text.encode())


def judge(
    document: Any,
    *deps: str,
    status: int = 200,
    allowed: tuple[tuple[int, int], ...] = ((200, 299),),
) -> Evaluation:
    """A name that ends in `?` is optional."""
    wanted = tuple(
        Dependency(name.removesuffix("?"), required=not name.endswith("?"))
        for name in deps
    )
    context = Context(Request("GET", "https://api.example.com/health"))
    expected = Expect(allowed, dependencies=wanted)
    return evaluate(expected, answer(document, status), context)


@pytest.mark.parametrize(("document", "state", "outcomes"), SHAPES, ids=IDS)
@pytest.mark.parametrize("status", [200, 503])
def test_every_shape_is_understood_on_any_status(
    document: Any, state: State, outcomes: dict[str, SmokeOutcome], status: int
) -> None:
    found = health.read(answer(document, status))
    parts = judge(document, status=status).parts

    assert found is not None
    assert found.state is state
    assert {part.name: part.outcome for part in parts} == outcomes


@pytest.mark.parametrize(
    ("document", "name", "why"),
    [
        (HEALTH_JSON, "s3", "s3:reachable: no such bucket"),
        (SPRING, "db", "db.replica: refused"),
        (MICROPROFILE, "db", "timeout"),
        (ASP_NET, "sql", "login failed"),
        (NEST, "db", "no route"),
        (GENERIC, "db", "fail"),
        (FLAT, "database", "down"),
    ],
    ids=IDS,
)
def test_200_with_a_dependency_down_fails_and_names_it(
    document: Any, name: str, why: str
) -> None:
    judged = judge(document, name)

    assert judged.failed
    assert Mismatch(f"dependency {name}", "up", why) in judged.mismatches


def test_names_match_by_substring_but_exactly_where_they_can() -> None:
    document = {
        "status": "ok",
        "checks": {"s3": True, "css3-cache": False, "MyDynamoDB-table:latency": "ok"},
    }
    judged = judge(document, "s3", "dynamodb")

    assert judged.parts == (
        Part("s3", PASSED),
        Part("dynamodb", PASSED),
        Part("css3-cache", FAILED),
    )


def test_a_required_dependency_that_is_not_reported_is_never_a_pass() -> None:
    judged = judge({"status": "UP"}, "dynamodb")

    assert not judged.passed
    assert not judged.failed
    assert judged.unmeasured == (
        "dependency dynamodb is not known: the health document does not report it",
    )


def test_an_optional_dependency_warns() -> None:
    down = {"status": "DOWN", "components": {"mail": {"status": "DOWN"}}}
    judged = judge(down, "mail?", "log?")

    assert judged.passed
    assert judged.slow == (
        "dependency mail is degraded: DOWN",
        "dependency log is not known: the health document does not report it",
    )


@pytest.mark.parametrize("expected", [("mail?",), ()])
def test_what_is_optional_or_anothers_neither_fails_nor_excuses_a_503(
    expected: tuple[str, ...],
) -> None:
    down = {
        "status": "DOWN",
        "components": {"db": {"status": "UP"}, "mail": {"status": "DOWN"}},
    }
    judged = judge(down, *expected, status=503)

    assert not judged.failed
    assert not judged.passed
    assert "over mail alone" in judged.unmeasured[0]


def test_a_part_of_the_service_that_is_down_beside_anothers_fails() -> None:
    down = {"status": "DOWN", "checks": {"db": "down", "okta": "down"}}
    judged = judge(down, status=503)

    assert [wrong.what for wrong in judged.mismatches] == ["status", "dependency db"]


def test_anothers_that_is_down_is_told_where_the_service_works() -> None:
    judged = judge({"status": "ok", "checks": {"db": "up", "okta": "timeout, down"}})
    down = judge({"status": "ok", "checks": {"db": "up", "okta": {"ok": False}}})

    assert judged.passed
    assert down.passed
    assert down.slow == (
        "dependency okta is down, and is not known to be a part of the stack: False",
    )


def test_anothers_that_the_spec_requires_fails() -> None:
    down = {"status": "DOWN", "components": {"okta": {"status": "DOWN"}}}

    assert judge(down, "okta", status=503).failed
    assert judge(down, "okta").failed


def test_a_service_that_is_down_and_names_nobody_fails() -> None:
    named = {"status": "DOWN", "components": {"okta": {"status": "UP"}}}

    assert judge(named, status=503).failed
    assert judge(named).failed


def test_the_document_itself_may_say_whose_a_part_is() -> None:
    down = [{"componentType": "datastore", "status": "fail"}]

    assert judge({"status": "fail", "checks": {"ledger": down}}).failed
    assert not judge({"status": "fail", "checks": {"ledger": [{"ok": False}]}}).failed


@pytest.mark.parametrize(
    "name",
    [
        "db",
        "db.primary",
        "mainDb",
        "PostgreSQL",
        "orders-database",
        "redis",
        "dynamoDB:responseTime",
        "s3:reachable",
        "MyDynamoDB-table",
        "message_queue",
        "diskSpace",
        "memory_heap",
        "livenessState",
        "self",
        "ping",
    ],
)
def test_what_a_service_stands_on_is_its_own(name: str) -> None:
    assert own_parts.is_own(name)


@pytest.mark.parametrize(
    "name",
    [
        "stripe",
        "stripe-api",
        "sentry",
        "okta",
        "payments-service",
        "mail",
        "stable",
        "",
    ],
)
def test_what_nobody_knows_is_anothers(name: str) -> None:
    assert not own_parts.is_own(name)


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("uploads", True),
        ("Uploads", True),
        ("UploadsBucket", True),
        ("flowlogic-uploads", True),
        ("ledger", True),
        ("stripe", False),
        ("flowlogic", False),
        ("", False),
        ("bucket", True),
    ],
)
def test_what_the_stack_holds_is_the_services_own(name: str, own: bool) -> None:
    resources = (
        ("AWS::S3::Bucket", "UploadsBucket", "flowlogic-uploads"),
        ("AWS::DynamoDB::Table", "LedgerTable", "app-LedgerTable-1AB2"),
        ("AWS::Lambda::Function", "Stripe", "flowlogic-stripe"),
    )

    assert own_parts.is_of_stack(name, resources) is own


def test_a_body_that_fails_beats_200() -> None:
    assert judge({"status": "fail"}).mismatches == (Mismatch("health", "pass", "fail"),)


def test_5xx_beats_a_body_that_passes() -> None:
    judged = judge({"status": "pass", "checks": {"db": "up"}}, "db", status=503)

    assert judged.mismatches == (Mismatch("status", "2xx", "503"),)


def test_who_expects_503_is_not_told_that_it_fails() -> None:
    judged = judge(NEST, "db", status=503, allowed=((503, 503),))

    assert judged.passed
    assert judged.parts[0].outcome is FAILED


@pytest.mark.parametrize("word", ["purple", "", 5, None, {}])
def test_an_unknown_word_is_unknown_never_a_pass(word: Any) -> None:
    judged = judge({"status": word, "checks": {"db": {"status": word}}}, "db")

    assert not judged.passed
    assert not judged.failed


def test_a_dependency_that_nobody_named_and_nobody_understands_warns() -> None:
    judged = judge({"status": "ok", "checks": {"db": "purple", "tables": 4}})

    assert judged.passed
    assert judged.slow == ("dependency db is not known: purple",)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Healthy", State.PASS),
        ("Degraded\n", State.WARN),
        ("Unhealthy", State.FAIL),
        ('"ok"', State.PASS),
        ("true", State.PASS),
        ("false", State.FAIL),
    ],
)
def test_a_plain_word_is_a_document(text: str, state: State) -> None:
    found = health.read(answer(text))

    assert found is not None
    assert found.state is state


@pytest.mark.parametrize("text", ["", "<html>", "[1]", "5", "null", '{"a": 1}', "Hi"])
def test_anything_else_is_none_and_fails_only_who_expects_one(text: str) -> None:
    assert health.read(answer(text)) is None
    assert judge(text).passed
    assert judge(text, "db").mismatches[0].what == "health document"


def test_an_order_that_failed_is_no_health_document() -> None:
    context = Context(Request("GET", "https://api.example.com/orders/health-plan"))

    assert evaluate(Expect(), answer({"status": "failed"}), context).passed


def test_a_huge_document_is_bounded_and_says_so() -> None:
    many = {"status": "ok", "checks": {f"d{n}": "ok" for n in range(50_000)}}
    judged = judge(many)

    assert len(judged.parts) == health.MAX_PARTS
    assert judged.unmeasured == (
        "the health document reports more than 200 dependencies",
    )


def test_a_deep_document_is_bounded() -> None:
    level = '{"status": "UP", "components": {"y": {"status": "UP"}, "x": '
    judged = judge(level * 200 + '{"status": "DOWN"}' + "}}" * 200)

    assert len(judged.parts) < 2 * health.MAX_DEPTH + 5
    assert judged.parts[0] == Part("y", PASSED)
    assert judged.parts[1].outcome is UNKNOWN


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.sampled_from(["UP", "down", "?"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["status", "checks", "components", "name", "db", "details", "ok"]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=20,
    )
)
def test_no_document_is_a_pass_that_does_not_report_what_is_required(
    document: Any,
) -> None:
    assert not judge(document, "dynamodb").passed


@pytest.mark.parametrize(
    ("status", "document", "said"),
    [
        (200, {"status": "fail"}, "with `deps: {stripe: optional}` it is only told"),
        (503, {"healthy": False}, "with `expect: [2xx, 503]` it is only told"),
    ],
)
def test_over_another_s_fault_it_is_said_what_to_write(
    status: int, document: dict[str, Any], said: str
) -> None:
    judged = judge(document | {"checks": {"stripe": "down"}}, status=status)

    (why,) = judged.unmeasured
    assert "`deps: {stripe: required}` makes it count" in why
    assert said in why
    assert "False" not in why
