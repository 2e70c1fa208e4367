"""A rollback is proven by what the service does, not by how AWS counts.

Most are incidents that people wrote about in public, in small.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from guard.service import NAME, Site, code_of, serving_site, template
from rollback.scenarios import WINDOW

from flowguard.guard.world import Outcome
from flowguard.model.readiness import Readiness
from flowguard.model.rollback import IdentityOutcome
from flowguard.report.rollback import words

REPLICA = (
    "Lambda was unable to delete arn:aws:lambda:us-east-1:1:function:orders-api:2 "
    "because it is a replicated function. Please see our documentation for Deleting "
    "Lambda@Edge Functions and Replicas."
)
STAMPS = {1: "AAAAAA", 2: "BBBBBB", 3: "CCCCCC"}
WAYS = ("cancel", "restore")


@pytest.fixture
def site() -> Iterator[Site]:
    with serving_site() as site:
        yield site


def versioned(release: int, **attributes: str) -> str:
    """A release as the Serverless Framework has it: a version for each content."""
    properties = {"FunctionName": {"Ref": "Api"}}
    version = {"Type": "AWS::Lambda::Version", "Properties": properties}
    named = {f"ApiLambdaVersion{STAMPS[release]}": version | attributes}
    return template(release, **named)


def taken_back(site: Site, way: str, before: str, after: str) -> Outcome:
    """A bad release, taken back within its window or by the snapshot."""
    site.mine = after
    site.stage.create(before)
    site.stage.snapshot(Readiness.GREEN)
    if way == "restore":
        site.stage.deploy(after)
    else:
        site.stage.begin("update_stack", after, RollbackConfiguration=WINDOW)
        site.fake.advance(60)
    return site.verify()


def different(outcome: Outcome) -> list[str]:
    """The names of what is not as it was, or not known to be."""
    identities = outcome.rollback.identities
    return [i.name for i in identities if i.outcome is not IdentityOutcome.SAME]


@pytest.mark.parametrize("way", WAYS)
def test_retained_versions_of_the_serverless_framework_are_a_task_for_later(
    site: Site, way: str
) -> None:
    kept = {"DeletionPolicy": "Retain"}

    outcome = taken_back(site, way, versioned(1, **kept), versioned(2, **kept))

    assert code_of(outcome) == 4
    assert outcome.rollback.verified
    assert not different(outcome)
    (to_do,) = outcome.rollback.to_do
    assert to_do.startswith("delete or let be what stays behind")
    assert "AWS::Lambda::Version" in to_do


@pytest.mark.parametrize("way", WAYS)
def test_a_replica_at_the_edge_goes_by_itself(site: Site, way: str) -> None:
    site.fake.script("ApiLambdaVersionBBBBBB", "delete", REPLICA)

    outcome = taken_back(site, way, versioned(1), versioned(2))

    assert code_of(outcome) == 4
    (to_do,) = outcome.rollback.to_do
    assert "in some hours" in to_do


def inline(release: int, **parameters: Any) -> str:
    """A release whose code stands in the template."""
    document = json.loads(template(release))
    source = f"def handler(event, context):\n    return {release}\n"
    document["Resources"]["Inline"] = {
        "Type": "AWS::Lambda::Function",
        "Properties": {"FunctionName": "inline", "Code": {"ZipFile": source}},
    }
    document["Parameters"] |= parameters
    return json.dumps(document)


@pytest.mark.parametrize("way", WAYS)
def test_inline_code_is_the_same_by_its_source(site: Site, way: str) -> None:
    """Each upload makes a file of its own, with the time in it."""
    outcome = taken_back(site, way, inline(1), inline(2))

    assert code_of(outcome) == 4
    assert not different(outcome)
    assert not outcome.rollback.to_do


@pytest.mark.parametrize("way", WAYS)
def test_a_function_that_is_set_up_otherwise_is_not_as_before(
    site: Site, way: str
) -> None:
    before, after = (with_memory(template(release), 128) for release in (1, 2))
    assert code_of(taken_back(site, way, before, after)) == 4

    site.fake.world.live["AWS::Lambda::Function", "orders-api"]["MemorySize"] = 3008
    again = site.stage.roll_back()

    assert again.verified is False
    assert "configuration Api" in {
        i.name for i in again.identities if i.outcome is IdentityOutcome.DIFFERENT
    }
    assert any(
        "MemorySize 128" in text and "MemorySize 3008" in text for text in again.to_do
    )


def with_memory(body: str, size: int) -> str:
    """The template with a function of that size."""
    document = json.loads(body)
    document["Resources"]["Api"]["Properties"]["MemorySize"] = size
    return json.dumps(document)


def test_a_table_that_stays_behind_is_for_a_person_to_see_to(site: Site) -> None:
    """It may hold what the bad release has written: nobody can tell for hours."""
    table = {
        "Type": "AWS::DynamoDB::Table",
        "DeletionPolicy": "Retain",
        "Properties": {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]},
    }

    outcome = taken_back(site, "cancel", template(1), template(2, Carts=table))

    assert code_of(outcome) == 5
    assert different(outcome) == ["orphans"]
    assert any(
        text.startswith("adopt or delete AWS::DynamoDB::Table")
        for text in outcome.rollback.to_do
    )


# --- a run without a snapshot ---------------------------------------------------------


def two_runs(site: Site) -> tuple[Outcome, Outcome]:
    """The same deploy once more, while the first still tests; the second goes on."""
    site.up()
    found: list[Outcome] = []

    def meanwhile() -> None:
        site.before_measuring = lambda: None
        found.append(site.deploy(template(2), run="run2"))

    site.before_measuring = meanwhile
    first = site.deploy(template(2), run="run1")
    return first, found[0]


def test_a_resumed_run_without_a_snapshot_says_what_its_proof_is(site: Site) -> None:
    _, resumed = two_runs(site)

    done = resumed.rollback
    assert code_of(resumed) == 4
    assert done.verified
    assert not any("by hand" in text for text in done.to_do)
    assert any("no snapshot to compare it with" in r for r in done.reasons)
    assert "no snapshot" in dict(words.facts(done))["proof"]


def test_a_resumed_run_without_a_snapshot_leaves_the_comparison_to_people(
    site: Site,
) -> None:
    """Where the smoke tests are no proof, either."""
    site.broken |= {"orders/1.zip"}

    _, resumed = two_runs(site)

    assert code_of(resumed) == 5
    assert any("by hand" in text for text in resumed.rollback.to_do)


def test_what_another_run_took_back_is_not_called_cloudformations_doing(
    site: Site,
) -> None:
    first, _ = two_runs(site)

    assert site.status == "UPDATE_ROLLBACK_COMPLETE"
    said = " ".join(first.rollback.reasons)
    assert "an earlier run took the deploy back" in said
    assert "the deploy failed" not in said
    assert site.fake.stack(NAME).status == first.rollback.status_after
