"""Stack names, taken apart."""

from __future__ import annotations

import pytest

from flowguard.naming import (
    Convention,
    conventional,
    faults,
    learn_spelling,
    matches,
    split,
)


@pytest.mark.parametrize(
    ("text", "base", "stages", "temporary", "stage"),
    [
        ("orders-api-dev", "orders-api", "dev", "", "development"),
        ("dev-orders", "orders", "dev", "", "development"),
        (
            "flowlogic-backend-staging-v2-staging",
            "flowlogic-backend",
            "staging staging",
            "v2",
            "staging",
        ),
        (
            "flowlogic-backend-staging-clean-staging-test",
            "flowlogic-backend",
            "staging staging",
            "clean test",
            "staging",
        ),
        ("flowlogic-backend-staging-v2-prod", "flowlogic-backend", "staging prod", "v2", "production"),
        ("orders-test", "orders", "test", "", "test"),
        ("api-v2-orders", "api-v2-orders", "", "", None),
        ("orders-v2", "orders", "", "v2", None),
        ("new-orders", "new-orders", "", "", None),
        ("prod", "", "prod", "", "production"),
        ("order-stage-processor-dev", "order-stage-processor", "dev", "", "development"),
        ("order-stage-processor", "order-stage-processor", "", "", None),
        ("load-test-prod", "load-test", "prod", "", "production"),
        ("load-test-test", "load-test", "test", "", "test"),
        ("db-backup-prod", "db-backup", "prod", "", "production"),
        ("int-gateway-prod", "int-gateway", "prod", "", "production"),
        ("live-events", "live-events", "", "", None),
        ("qa-shop", "shop", "qa", "", "qa"),
        ("shop-qa-v2", "shop", "qa", "v2", "qa"),
        ("shop-stage-v2-stage", "shop", "stage stage", "v2", "staging"),
        ("shop-stage-test", "shop", "stage", "test", "staging"),
        ("shop-dev-api-prod", "shop-api", "dev prod", "", "production"),
        ("test", "", "test", "", "test"),
        ("v2", "v2", "", "", None),
        ("", "", "", "", None),
    ],
)  # fmt: skip
def test_split(
    text: str, base: str, stages: str, temporary: str, stage: str | None
) -> None:
    name = split(text)

    assert "-".join(name.base) == base
    assert " ".join(name.stages) == stages
    assert " ".join(name.temporary) == temporary
    assert name.stage == stage


def test_two_spellings_are_one_environment() -> None:
    assert split("app-prod").environment == split("app-production").environment
    assert split("app-prod").environment != split("app-staging").environment
    assert split("app").environment is None


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("flowlogic-backend-staging", ()),
        (
            "flowlogic-backend-staging-v2-staging",
            (
                "'v2' is a temporary suffix",
                "the stage 'staging' stands inside the service name, and so twice",
            ),
        ),
        (
            "flowlogic-backend-staging-v2-prod",
            (
                "'v2' is a temporary suffix",
                "the stage 'staging' stands inside the service name",
            ),
        ),
    ],
)
def test_faults(text: str, wrong: tuple[str, ...]) -> None:
    assert faults(split(text), Convention()) == wrong


def test_an_alias_is_told_from_the_stage_it_stands_for() -> None:
    convention = Convention(stages=(("production", ("prod", "live")),))

    name = split("app-live", convention)

    assert name.stage == "production"
    assert faults(name, convention) == ("'live' is an alias of the stage 'production'",)


def test_a_pattern_of_the_project_is_held() -> None:
    convention = Convention(stack="{stage}--{service}", service="orders")

    assert faults(split("dev--orders", convention), convention) == ()
    assert faults(split("orders-dev", convention), convention) == (
        "the project's pattern is '{stage}--{service}'",
    )
    assert conventional(split("orders-dev"), "dev", convention) == "dev--orders"


def test_a_habit_is_learnt_only_where_the_names_agree() -> None:
    three = [split(f"{name}-production") for name in ("a1", "b1", "c1")]

    assert learn_spelling(three, "production") == "production"
    assert learn_spelling(three[:2], "production") is None
    assert learn_spelling([*three, split("d1-prod")], "production") is None


def test_resources_follow_their_own_pattern() -> None:
    convention = Convention(resources="acme-{stage}-{name}")

    assert matches("acme-dev-users", "dev", convention)
    assert not matches("acme-prod-users", "dev", convention)
