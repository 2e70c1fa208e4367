"""What shows whose the live release is: the release at hand, held against AWS."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cloudformation import Fake, cut, denied, throttled
from rollback.scenarios import WINDOW
from rollback.stage import NAME, Stage, template

from flowguard.guard.evidence import AtHand, Holding
from flowguard.lookups import Stack
from flowguard.model.ownership import Evidence, Source, Whose
from flowguard.release import Artifact, LocalRelease
from flowguard.rollback import record
from flowguard.rollback.look import CouldNotTell, ask

COMMIT, OTHER = "0a1b2c3d4e5f", "ffff0000aaaa"
READS = ("get_template", "describe_stacks", "list_stack_resources", "get_function")


@pytest.fixture
def stage() -> Stage:
    fake = Fake()
    stage = Stage(fake, fake.direct())
    stage.create(template(1))
    return stage


def here(release: int, source: str = "packaged.yaml", *, zipped: bool = True) -> Any:
    """The release as it lies in the pipeline's folder, with its zip or without it."""
    digest = hashlib.sha256(f"release {release}".encode()).digest()
    code = base64.b64encode(digest).decode() if zipped else ""
    return LocalRelease(
        source,
        json.loads(template(release)),
        (Artifact("Api", code_sha256=code),) if zipped else (),
        {"Stage": "staging"},
    )


def stamped(commit: str) -> str:
    """A template with a stamp at its top."""
    document = json.loads(template(2))
    document["Metadata"] = {"flowguard": {"release": commit}}
    return json.dumps(document)


def held(stage: Stage, *releases: LocalRelease, **known: Any) -> tuple[Evidence, ...]:
    """What is at hand, held against the stack as it is."""
    return holding(stage, *releases, **known)(described(stage))


def holding(stage: Stage, *releases: LocalRelease, **known: Any) -> Holding:
    return Holding(stage.world(), AtHand(lambda: releases, **known))


def described(stage: Stage) -> Stack:
    world = stage.world()
    found = ask(world, lambda: world.account.stack(NAME))
    assert found
    return found


# --- the stamp ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("commit", "says"), [(COMMIT, Whose.OURS), (OTHER, Whose.FOREIGN)]
)
def test_a_stamp_proves_the_one_or_the_other(
    stage: Stage, commit: str, says: Whose
) -> None:
    stage.deploy(stamped(commit))

    (found,) = held(stage, commit=COMMIT)

    assert (found.source, found.says) == (Source.STAMP, says)


@pytest.mark.parametrize(
    ("there", "says"),
    [
        (COMMIT[:7], {Whose.OURS}),
        (OTHER[:7], {Whose.FOREIGN}),
        ("20261201", set()),
    ],
    ids=["shortened", "another, shortened", "the number of a build"],
)
def test_a_stamp_may_be_a_shortened_commit_or_none(
    stage: Stage, there: str, says: set[Whose]
) -> None:
    stage.deploy(stamped(there))

    assert {each.says for each in held(stage, commit=COMMIT)} == says


def test_without_a_stamp_the_commit_says_nothing(stage: Stage) -> None:
    assert held(stage, commit=COMMIT) == ()


# --- the content ----------------------------------------------------------------------


def test_equal_content_is_ours(stage: Stage) -> None:
    (found,) = held(stage, here(1))

    assert (found.says, found.refutes) == (Whose.OURS, False)
    assert found.text == "the live release is that of packaged.yaml"


def test_other_content_refutes_and_proves_nothing(stage: Stage) -> None:
    (found,) = held(stage, here(2))

    assert (found.says, found.refutes) == (Whose.UNPROVEN, True)


def test_code_that_nobody_could_compare_says_nothing(stage: Stage) -> None:
    (found,) = held(stage, here(1, zipped=False))

    assert (found.says, found.refutes) == (Whose.UNPROVEN, False)


def test_any_place_may_hold_what_was_deployed(stage: Stage) -> None:
    (found,) = held(stage, here(2, "a.yaml"), here(1, "b.yaml"))

    assert found.says is Whose.OURS
    assert "b.yaml" in found.text


@pytest.mark.parametrize("other_first", [True, False])
def test_else_the_nearest_place_decides(stage: Stage, other_first: bool) -> None:
    """One that nobody could compare does not hide that a nearer one differs."""
    places = [here(2, "a.yaml"), here(1, "b.yaml", zipped=False)]

    (found,) = held(stage, *(places if other_first else reversed(places)))

    assert found.refutes is other_first
    assert ("a.yaml" in found.text) is other_first


def test_differences_are_told_as_they_are(stage: Stage) -> None:
    document = json.loads(template(1))
    document["Resources"]["Topic"]["Properties"]["DisplayName"] = "other"

    (found,) = held(stage, replace(here(1), template=document))

    path = "Resources.Topic.Properties.DisplayName"
    said = f"the live release is not that of packaged.yaml: {path} differs"
    assert found.text == said


def test_of_many_differences_some_are_told(stage: Stage) -> None:
    document = json.loads(template(1))
    for number in range(12):
        document["Resources"][f"Topic{number}"] = {"Type": "AWS::SNS::Topic"}

    (found,) = held(stage, replace(here(1), template=document))

    assert found.text.count("is only in the release at hand") == 5
    assert found.text.endswith("is only in the release at hand; and more")


def test_with_nothing_at_hand_nothing_is_asked(stage: Stage) -> None:
    stack, holds = described(stage), holding(stage)
    stage.fake.calls.clear()

    assert holds(stack) == ()
    assert stage.fake.calls == []


def test_the_same_release_is_read_once(stage: Stage) -> None:
    stack, holds = described(stage), holding(stage, here(1))
    holds(stack)
    stage.fake.calls.clear()

    holds(stack)

    assert stage.fake.calls == []


# --- the record -----------------------------------------------------------------------


@pytest.mark.parametrize(("later", "agrees"), [(None, True), (3, False)])
def test_a_record_agrees_with_what_it_was_written_of(
    stage: Stage, later: int | None, agrees: bool
) -> None:
    stage.deploy(template(2))
    written = record.of(stage.snapshot(), "event")
    if later:
        stage.deploy(template(later))

    (found,) = held(stage, record=written)

    assert (found.says is Whose.OURS) is agrees
    assert found.refutes is not agrees


# --- what AWS does not say ------------------------------------------------------------


@pytest.mark.parametrize("busy", [throttled, cut])
@pytest.mark.parametrize("operation", ["get_template", "list_stack_resources"])
def test_while_the_stack_moves_what_is_throttled_is_asked_again(
    stage: Stage, operation: str, busy: Callable[..., None]
) -> None:
    """The window may be open: an answer that comes later still counts."""
    stage.begin("update_stack", template(2), RollbackConfiguration=WINDOW)
    stage.fake.advance(60)
    stack, holds = described(stage), holding(stage, here(2))
    stage.fake.on(operation, 0, busy)

    with pytest.raises(CouldNotTell) as caught:
        holds(stack)

    assert caught.value.passes
    stage.fake.on(operation, 0, lambda _call: None)
    assert [found.says for found in holds(stack)] == [Whose.OURS]


def test_while_the_stack_moves_what_is_denied_is_no_evidence(stage: Stage) -> None:
    stage.begin("update_stack", template(2), RollbackConfiguration=WINDOW)
    stage.fake.advance(60)
    stack = described(stage)
    stage.fake.on("get_template", 0, denied)

    (found,) = holding(stage, here(2))(stack)

    assert (found.says, found.refutes) == (Whose.UNPROVEN, False)


@pytest.mark.parametrize("wrong", [throttled, denied, cut])
def test_of_a_stack_that_has_settled_no_answer_is_no_evidence(
    stage: Stage, wrong: Callable[..., None]
) -> None:
    stack = described(stage)
    stage.fake.on("get_template", 0, wrong)

    (found,) = holding(stage, here(1))(stack)

    assert (found.says, found.refutes) == (Whose.UNPROVEN, False)
