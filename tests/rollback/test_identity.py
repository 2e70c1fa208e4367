"""Two snapshots, held against each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import pytest
from rollback import history
from rollback.history import SNAPSHOT, of

from flowguard.model.questions import Unknown, UnknownKind
from flowguard.model.rollback import Identity, IdentityOutcome
from flowguard.model.snapshot import (
    ApiStage,
    DomainMapping,
    FunctionAlias,
    FunctionState,
    FunctionVersion,
    Kept,
    StackOutput,
    StackParameter,
    StatefulResource,
)
from flowguard.rollback.identity import compare, proven
from flowguard.rollback.row import CODE, EVERYTHING
from flowguard.rollback.sides import Sides

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


def test_a_deployment_that_the_release_from_before_has_anew_is_as_good() -> None:
    """CloudFormation may make it again, under the name that the template has for it."""
    deployment = ("Deploy", "AWS::ApiGateway::Deployment", "d-1")
    before = replace(BEFORE, resources=(deployment,))
    stages = (replace(STAGE, deployment_id="Deploy-1"),)
    after = replace(before, api_stages=stages)
    own = (history.resource("Deploy", "AWS::ApiGateway::Deployment"),)

    native = compare(Sides(before, after, own, native=True), EVERYTHING)

    assert {i.name: i.outcome for i in native}["API stage Rest/prod"] is SAME


@pytest.mark.parametrize(
    ("routes", "outcome"),
    [
        (("GET /orders 1f",), SAME),
        (("GET /orders 2e",), DIFFERENT),
        (("GET /orders 1f", "POST /orders 3d"), DIFFERENT),
        ((), DIFFERENT),
    ],
)
def test_another_deployment_is_the_same_where_it_serves_the_same(
    routes: tuple[str, ...], outcome: IdentityOutcome
) -> None:
    old = replace(STAGE, serves=("GET /orders 1f",))
    new = replace(STAGE, deployment_id="d-2", serves=routes)
    sides = Sides(
        replace(BEFORE, api_stages=(old,)),
        replace(BEFORE, api_stages=(new,)),
        native=True,
    )

    identities = {i.name: i.outcome for i in compare(sides, EVERYTHING)}

    assert identities["API stage Rest/prod"] is outcome


def test_an_api_with_another_address_is_another() -> None:
    identities = found(
        native=False, api_stages=(replace(STAGE, api_id="xyz", deployment_id="d-2"),)
    )

    assert identities["API stage Rest/prod"].outcome is DIFFERENT


def test_a_domain_leads_to_the_api_of_the_template_whatever_its_id() -> None:
    identities = found(
        api_stages=(replace(STAGE, api_id="xyz"),),
        domains=(DomainMapping("api.example.com", "", "xyz", "prod"),),
    )

    assert identities["domain api.example.com/"].outcome is SAME


def test_a_resource_that_is_lost_is_seen() -> None:
    rows = (
        ("Topic", "AWS::SNS::Topic", "t-1"),
        ("ApiVersionAAA", "AWS::Lambda::Version", "v-1"),
    )
    before = replace(BEFORE, resources=rows)

    identities = compare(Sides(before, replace(before, resources=())), EVERYTHING)

    assert [i.name for i in identities if i.outcome is DIFFERENT] == ["resource Topic"]


# --- versions -------------------------------------------------------------------------

SETTINGS = (("MemorySize", "128"), ("Role", "arn:aws:iam::1:role/app-Role-1"))
ARN = "arn:aws:lambda:eu-central-1:111122223333:function:orders-api"


def function(latest: str, **published: tuple[str, Any, int]) -> FunctionState:
    """A function and its versions: code, settings and the environment's number."""
    return FunctionState(
        "Api",
        "orders-api",
        latest,
        aliases=(FunctionAlias("live", max(published).lstrip("v")),),
        configuration=SETTINGS,
        environment=1,
        published=tuple(
            FunctionVersion(number.lstrip("v"), *row)
            for number, row in published.items()
        ),
    )


def between(before: FunctionState, after: FunctionState, **known: Any) -> Any:
    """The outcome of each thing that has to do with the function."""
    versions = [max(v.version for v in f.published) for f in (before, after)]
    old, new = (
        replace(
            BEFORE,
            functions=(f,),
            outputs=(StackOutput("Arn", f"{ARN}:{version}", "api-arn"),),
        )
        for f, version in zip((before, after), versions, strict=True)
    )
    old = replace(old, resources=known.pop("resources", ()))
    new = replace(new, resources=known.pop("resources_after", old.resources))
    identities = compare(Sides(old, new, **known), EVERYTHING)
    return {i.name: i.outcome for i in identities}


class TestAPublishedVersion:
    """A number says nothing; code and configuration do."""

    BEFORE: ClassVar = function("sha-1", v7=("sha-1", SETTINGS, 1))

    def test_is_the_same_where_code_and_configuration_are(self) -> None:
        after = function("sha-1", v9=("sha-1", SETTINGS, 1))

        outcomes = between(self.BEFORE, after)

        assert outcomes["alias Api:live"] is SAME
        assert outcomes["export api-arn"] is SAME

    @pytest.mark.parametrize(
        "row",
        [
            ("sha-2", SETTINGS, 1),
            ("sha-1", (("MemorySize", "1024"), SETTINGS[1]), 1),
        ],
        ids=["code", "configuration"],
    )
    def test_is_another_with_other(self, row: Any) -> None:
        outcomes = between(self.BEFORE, function("sha-1", v9=row))

        assert outcomes["alias Api:live"] is DIFFERENT
        assert outcomes["export api-arn"] is DIFFERENT

    def test_is_another_with_another_environment_than_the_old_one_has(self) -> None:
        rows = {"v7": ("sha-1", SETTINGS, 1), "v9": ("sha-1", SETTINGS, 2)}

        outcomes = between(self.BEFORE, function("sha-1", **rows))

        assert outcomes["alias Api:live"] is DIFFERENT

    def test_that_nobody_knows_is_not_the_same(self) -> None:
        after = function("sha-1", v9=("sha-1", SETTINGS, 1))
        unknown = replace(self.BEFORE, published=self.BEFORE.published[:0])
        old = replace(BEFORE, outputs=(StackOutput("Arn", f"{ARN}:7", "api-arn"),))
        new = replace(old, outputs=(StackOutput("Arn", f"{ARN}:9", "api-arn"),))
        sides = Sides(
            replace(old, functions=(unknown,)), replace(new, functions=(after,))
        )

        outcomes = {i.name: i.outcome for i in compare(sides, EVERYTHING)}

        assert outcomes["export api-arn"] is DIFFERENT

    def test_in_a_share_of_the_calls_counts_by_what_it_is(self) -> None:
        rows = {"v7": ("sha-1", SETTINGS, 1), "v6": ("sha-0", SETTINGS, 1)}
        before = function("sha-1", **rows)
        shifted = replace(before.aliases[0], weights=(("6", 0.1),))
        again = replace(before.aliases[0], version="9", weights=(("8", 0.1),))
        more = {"v8": ("sha-0", SETTINGS, 1), "v9": ("sha-1", SETTINGS, 1)}
        after = function("sha-1", **rows, **more)

        outcomes = between(
            replace(before, aliases=(shifted,)), replace(after, aliases=(again,))
        )

        assert outcomes["alias Api:live"] is SAME


class TestConfiguration:
    """What a function is set to, beside its code."""

    BEFORE: ClassVar = function("sha-1", v7=("sha-1", SETTINGS, 1))

    def test_that_differs_is_named_with_both_values(self) -> None:
        settings = (("MemorySize", "1024"), SETTINGS[1])
        after = replace(self.BEFORE, configuration=settings)
        sides = Sides(
            replace(BEFORE, functions=(self.BEFORE,)),
            replace(BEFORE, functions=(after,)),
        )

        identities = {i.name: i for i in compare(sides, EVERYTHING)}

        said = identities["configuration Api"]
        assert said.outcome is DIFFERENT
        assert (said.expected, said.actual) == ("MemorySize 128", "MemorySize 1024")
        # Where the code alone is brought back, the rest is the new release's.
        assert "configuration Api" not in {i.name for i in compare(sides, CODE)}

    def test_names_what_the_stack_made_as_the_template_does(self) -> None:
        """A role that was replaced and made anew is the role from before."""
        settings = (SETTINGS[0], ("Role", "arn:aws:iam::1:role/app-Role-3"))
        after = replace(self.BEFORE, configuration=settings)

        outcomes = between(
            self.BEFORE,
            after,
            resources=(("Role", "AWS::IAM::Role", "app-Role-1"),),
            resources_after=(("Role", "AWS::IAM::Role", "app-Role-3"),),
        )

        assert outcomes["configuration Api"] is SAME

    def test_with_other_values_in_the_environment_is_another(self) -> None:
        """Told by a version from before, that had the values of the function then."""
        after = replace(self.BEFORE, environment=2)

        outcomes = between(self.BEFORE, after)

        assert outcomes["environment Api"] is DIFFERENT

    def test_is_not_asked_of_a_snapshot_that_has_none(self) -> None:
        outcomes = between(
            replace(self.BEFORE, configuration=()),
            replace(self.BEFORE, configuration=SETTINGS),
        )

        assert "configuration Api" not in outcomes


def of_template(source: str) -> dict[str, Any]:
    return {"Resources": {"Api": {"Properties": {"Code": {"ZipFile": source}}}}}


class TestInlineCode:
    """Its digest is another after each upload: the source is compared."""

    BEFORE: ClassVar = function("sha-1", v7=("sha-1", SETTINGS, 1))
    AFTER: ClassVar = replace(function("sha-2", v9=("sha-2", SETTINGS, 1)), inline=True)

    def test_is_the_same_with_the_same_template(self) -> None:
        outcomes = between(self.BEFORE, self.AFTER)

        assert outcomes["function Api"] is SAME
        assert outcomes["alias Api:live"] is SAME
        assert outcomes["export api-arn"] is SAME

    @pytest.mark.parametrize(
        ("after", "code", "template"),
        [("a", SAME, SAME), ("b", UNKNOWN, DIFFERENT), ("", UNKNOWN, None)],
    )
    def test_of_a_nested_stack_is_compared_by_that_stacks_template(
        self, after: str, code: IdentityOutcome, template: IdentityOutcome | None
    ) -> None:
        old, new = (
            replace(
                BEFORE,
                functions=(replace(function, logical_id="Jobs.Api"),),
                nested=(("Jobs", digest),) if digest else (),
            )
            for function, digest in ((self.BEFORE, "a"), (self.AFTER, after))
        )

        outcomes = {i.name: i.outcome for i in compare(Sides(old, new), EVERYTHING)}

        assert outcomes["function Jobs.Api"] is code
        assert outcomes.get("template of Jobs") is template

    def test_of_a_file_is_compared_by_its_digest(self) -> None:
        after = replace(self.AFTER, inline=False)

        assert between(self.BEFORE, after)["function Api"] is DIFFERENT

    @pytest.mark.parametrize(
        ("sources", "outcome"), [(("a", "a"), SAME), (("a", "b"), DIFFERENT)]
    )
    def test_is_compared_where_the_rest_of_the_template_stays(
        self, sources: tuple[str, str], outcome: IdentityOutcome
    ) -> None:
        templates = tuple(map(of_template, sources))

        outcomes = between(self.BEFORE, self.AFTER, templates=templates)

        assert outcomes["function Api"] is outcome

    def test_without_a_template_to_compare_with_is_not_known(self) -> None:
        old = replace(BEFORE, functions=(self.BEFORE,))
        new = replace(BEFORE, functions=(self.AFTER,), processed=Kept("b" * 64))

        identities = {i.name: i.outcome for i in compare(Sides(old, new), EVERYTHING)}

        assert identities["function Api"] is UNKNOWN


def test_an_export_of_the_stacks_own_layer_is_the_same_by_its_template() -> None:
    layer = "arn:aws:lambda:eu-central-1:111122223333:layer:deps"
    kind = "AWS::Lambda::LayerVersion"
    before, after = (
        replace(
            BEFORE,
            outputs=(StackOutput("Deps", f"{layer}:{n}", "deps"),),
            resources=(("Deps", kind, f"{layer}:{n}"),),
        )
        for n in (7, 9)
    )

    same = {i.name: i.outcome for i in compare(Sides(before, after), EVERYTHING)}
    other = replace(after, resources=())
    foreign = {i.name: i.outcome for i in compare(Sides(before, other), EVERYTHING)}

    assert same["export deps"] is SAME
    assert foreign["export deps"] is DIFFERENT


def test_hidden_exports_are_not_taken_for_equal() -> None:
    """Two values that are withheld look the same, and need not be."""
    output = StackOutput("Url", "****", "orders-url", ("web",), withheld=True)
    before = replace(BEFORE, outputs=(output,), values=Kept("a" * 64))
    after = replace(before, values=Kept("b" * 64))

    identities = {i.name: i.outcome for i in compare(Sides(before, after), EVERYTHING)}

    assert identities["export orders-url"] is UNKNOWN


# --- what stays behind ----------------------------------------------------------------


def test_what_was_left_behind_is_named() -> None:
    events = (
        of("New", 1, "DELETE_IN_PROGRESS", kind="AWS::Events::Rule"),
        of("New", 2, "DELETE_FAILED", kind="AWS::Events::Rule"),
        of("Old", 2, "DELETE_FAILED"),
        of("Old", 3, "DELETE_COMPLETE"),
        of("Kept", 3, "DELETE_SKIPPED", kind=history.TABLE),
    )
    sides = Sides(BEFORE, BEFORE, events=events, native=True)

    left = {i.name: i for i in compare(sides, EVERYTHING)}["orphans"]

    assert left.outcome is DIFFERENT
    assert left.actual == "AWS::Events::Rule New-1, AWS::DynamoDB::Table Kept-1"
