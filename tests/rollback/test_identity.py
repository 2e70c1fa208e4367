"""Two snapshots, held against each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from rollback import history
from rollback.history import SNAPSHOT, of

from flowguard.model import Identity, IdentityOutcome, Unknown, UnknownKind
from flowguard.model.snapshot import (
    ApiStage,
    DomainMapping,
    FunctionAlias,
    FunctionState,
    Kept,
    StackOutput,
    StackParameter,
    StatefulResource,
)
from flowguard.rollback.identity import Sides, compare, proven
from flowguard.rollback.row import EVERYTHING

SAME, DIFFERENT = IdentityOutcome.SAME, IdentityOutcome.DIFFERENT
UNKNOWN = IdentityOutcome.UNKNOWN

FUNCTION = FunctionState(
    "Api", "orders-api", "sha-1", aliases=(FunctionAlias("live", "5", "", (), "sha-1"),)
)
STAGE = ApiStage("Rest", "abc", "prod", "d-1")
TABLE = StatefulResource("Orders", history.TABLE, "orders-1", True, True)
BEFORE = replace(
    SNAPSHOT,
    parameters=(
        StackParameter("Stage", "prod"),
        StackParameter("Key", "****", no_echo=True),
    ),
    tags=(("team", "shop"),),
    functions=(FUNCTION,),
    api_stages=(STAGE,),
    domains=(DomainMapping("api.example.com", "", "abc", "prod"),),
    stateful=(TABLE,),
    outputs=(StackOutput("Url", "https://x", "orders-url", ("web",)),),
)


def found(native: bool = True, **changed: Any) -> dict[str, Identity]:
    sides = Sides(BEFORE, replace(BEFORE, **changed), native=native)
    return {identity.name: identity for identity in compare(sides, EVERYTHING)}


def test_a_stack_that_is_the_same_is_proven() -> None:
    identities = found()

    assert {i.outcome for i in identities.values()} == {SAME, UNKNOWN}
    assert proven(identities.values())


def moved(version: str, code: str) -> tuple[FunctionState, ...]:
    alias = FunctionAlias("live", version, "", (), code)
    return (replace(FUNCTION, aliases=(alias,)),)


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("stack", {"stack_id": "arn:other"}),
        ("status", {"status": "UPDATE_FAILED"}),
        ("template", {"processed": Kept("b" * 64)}),
        ("parameter Stage", {"parameters": (StackParameter("Stage", "x"),)}),
        ("parameter Key", {"parameters": (StackParameter("Stage", "prod"),)}),
        (
            "parameter New",
            {"parameters": (*BEFORE.parameters, StackParameter("New", "x"))},
        ),
        ("tags", {"tags": ()}),
        ("function Api", {"functions": (replace(FUNCTION, code_sha256="sha-2"),)}),
        ("function Api", {"functions": ()}),
        ("alias Api:live", {"functions": moved("6", "sha-2")}),
        ("alias Api:live", {"functions": (replace(FUNCTION, aliases=()),)}),
        ("API stage Rest/prod", {"api_stages": (replace(STAGE, deployment_id="d"),)}),
        ("API stage Rest/prod", {"api_stages": ()}),
        ("domain api.example.com/", {"domains": ()}),
        ("data Orders", {"stateful": (replace(TABLE, physical_id="orders-2"),)}),
        ("data Orders", {"stateful": ()}),
        (
            "backups Orders",
            {"stateful": (replace(TABLE, point_in_time_recovery=False),)},
        ),
        (
            "protection Orders",
            {"stateful": (replace(TABLE, deletion_protection=False),)},
        ),
        ("export orders-url", {"outputs": ()}),
        (
            "importers of orders-url",
            {"outputs": (replace(BEFORE.outputs[0], importers=()),)},
        ),
    ],
)
def test_what_differs_is_seen(name: str, changed: dict[str, Any]) -> None:
    identities = found(**changed)

    assert identities[name].outcome is DIFFERENT
    assert not proven(identities.values())


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("template", {"processed": None}),
        (
            "functions",
            {"unknown": {"functions:Api": Unknown(UnknownKind.DENIED, "no")}},
        ),
        ("exports", {"unknown": {"outputs": Unknown(UnknownKind.DENIED, "no")}}),
    ],
)
def test_what_nobody_could_tell_proves_nothing(
    name: str, changed: dict[str, Any]
) -> None:
    identities = found(**changed)

    assert identities[name].outcome is UNKNOWN
    assert not proven(identities.values())


def test_a_hidden_value_is_unknown_and_clouds_only_what_we_restored() -> None:
    native, ours = found(native=True), found(native=False)

    assert native["parameter Key"].outcome is UNKNOWN
    assert ours["parameter Key"].outcome is UNKNOWN
    assert proven(native.values())
    assert not proven(ours.values())


def test_a_restored_version_is_known_by_its_code() -> None:
    identities = found(functions=moved("7", "sha-1"))

    assert identities["alias Api:live"].outcome is SAME


def test_a_deployment_that_the_restored_stack_made_is_as_good() -> None:
    after = replace(BEFORE, api_stages=(replace(STAGE, deployment_id="Deploy-1"),))
    own = (history.resource("Deploy", "AWS::ApiGateway::Deployment"),)

    restored = compare(Sides(BEFORE, after, own), EVERYTHING)
    native = compare(Sides(BEFORE, after, own, native=True), EVERYTHING)

    stage = "API stage Rest/prod"
    assert {i.name: i.outcome for i in restored}[stage] is SAME
    assert {i.name: i.outcome for i in native}[stage] is DIFFERENT


def test_what_was_left_behind_is_named() -> None:
    events = (
        of("New", 1, "DELETE_IN_PROGRESS", kind="AWS::SNS::Topic"),
        of("New", 2, "DELETE_FAILED", kind="AWS::SNS::Topic"),
        of("Old", 2, "DELETE_FAILED"),
        of("Old", 3, "DELETE_COMPLETE"),
        of("Kept", 3, "DELETE_SKIPPED", kind=history.TABLE),
    )
    sides = Sides(BEFORE, BEFORE, events=events, native=True)

    left = {i.name: i for i in compare(sides, EVERYTHING)}["orphans"]

    assert left.outcome is DIFFERENT
    assert left.actual == "AWS::SNS::Topic New-1, AWS::DynamoDB::Table Kept-1"
