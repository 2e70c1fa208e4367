"""Attacks on the decision to roll back: a colleague's deploy, clocks that are off,
throttled and denied reads, runs that are killed and run again.

What is right in each is what a user would want of a tool that may change production.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cloudformation import Call, cut, denied, throttled
from guard.service import NAME, Site, code_of, serving_site, template
from rollback.scenarios import WINDOW

from flowguard.errors import FlowGuardError
from flowguard.guard.command import Asked as Guarded
from flowguard.guard.command import guard
from flowguard.guard.deploy import Asked, deploy
from flowguard.guard.release import Release
from flowguard.guard.verify import verify
from flowguard.guard.world import Outcome
from flowguard.model.ownership import Whose
from flowguard.model.readiness import Readiness
from flowguard.model.rollback import Decision, RollbackReport
from flowguard.model.smoke import ANOTHER, SmokeOutcome, SmokePhase, SmokeReport
from flowguard.rollback import snapshot_file
from flowguard.rollback.look import Wish
from flowguard.rollback.ownership import Deploy
from flowguard.smoke.world import CommandResult

BROKEN, GOOD, DAY = 2, 3, 86_400
RESTORED = ["create_change_set", "execute_change_set"]


@pytest.fixture
def site() -> Iterator[Site]:
    with serving_site() as site:
        yield site


def theirs(site: Site, release: int) -> None:
    """A colleague's deploy."""
    site.stage.deploy(template(release))


def ours(site: Site, release: int) -> None:
    """The pipeline's own deploy, whose template lies in its folder."""
    site.mine = template(release)
    site.stage.deploy(template(release))


def assert_left_alone(outcome: Outcome, site: Site) -> None:
    assert code_of(outcome) == 3
    assert site.changed() == []


def owned(outcome: Outcome) -> Whose | None:
    """Whose the report says that the deploy is."""
    ownership = outcome.rollback.ownership
    return ownership.whose if ownership else None


# --- a colleague's deploy -------------------------------------------------------------


@pytest.mark.parametrize("later", [600, 3 * DAY])
@pytest.mark.parametrize("mine", ["", template(GOOD)], ids=["no folder", "another"])
def test_a_colleagues_only_deploy_is_left_alone(
    site: Site, later: int, mine: str
) -> None:
    """Ours never reached CloudFormation."""
    site.up(Readiness.GREEN)
    site.mine = mine
    site.fake.advance(later)
    theirs(site, BROKEN)

    outcome = site.verify()

    assert_left_alone(outcome, site)
    assert owned(outcome) is Whose.UNPROVEN
    assert outcome.rollback.plan_hash
    assert any("flowguard record" in text for text in outcome.rollback.to_do)


def test_a_colleagues_window_is_left_alone(site: Site) -> None:
    site.up(Readiness.GREEN)
    site.mine = template(GOOD)
    site.stage.begin("update_stack", template(BROKEN), RollbackConfiguration=WINDOW)

    assert_left_alone(site.verify(), site)


def test_without_a_snapshot_a_window_is_left_alone(site: Site) -> None:
    site.up()
    site.stage.begin("update_stack", template(BROKEN), RollbackConfiguration=WINDOW)

    assert_left_alone(site.verify(), site)


def test_a_command_that_failed_does_not_own_a_colleagues_deploy(site: Site) -> None:
    site.up()
    site.mine = template(GOOD)

    def run() -> CommandResult:
        theirs(site, BROKEN)
        return CommandResult(1, "npm ERR!")

    site.fake.calls.clear()
    outcome = guard(site.world(), Guarded(NAME, run, lambda: None))

    assert code_of(outcome) == 3
    assert site.changed() == []


def test_a_guarded_command_does_not_cancel_a_colleagues_window(site: Site) -> None:
    site.up()
    site.mine = template(GOOD)
    done = threading.Event()

    def run() -> CommandResult:
        site.stage.begin("update_stack", template(BROKEN), RollbackConfiguration=WINDOW)
        done.wait(20)
        return CommandResult(1, "npm ERR!")

    site.before_measuring = done.set
    site.fake.calls.clear()
    outcome = guard(site.world(), Guarded(NAME, run, lambda: None))

    assert code_of(outcome) == 3
    assert site.changed() == []


def test_a_hotfix_that_lands_after_the_smoke_tests_stays(site: Site) -> None:
    site.up(Readiness.GREEN)
    ours(site, BROKEN)
    world = site.world()
    landed: list[int] = []

    def measure() -> Any:
        found = world.measure()
        if not landed:
            landed.append(GOOD)
            theirs(site, GOOD)
        return found

    site.fake.calls.clear()
    outcome = verify(replace(world, measure=measure), Wish(NAME, site.stage.before))

    assert code_of(outcome) == 3
    assert site.changed() == []
    assert site.code() == "orders/3.zip"


def test_a_deploy_just_before_the_restore_is_not_erased(site: Site) -> None:
    site.up(Readiness.GREEN)
    ours(site, BROKEN)

    def other(_call: Call) -> None:
        site.fake.advance(5)
        site.fake.do(
            "update_stack",
            StackName=NAME,
            TemplateBody=template(GOOD),
            ClientRequestToken="colleague",
        )
        site.fake.settle()

    site.fake.on("execute_change_set", 1, other)

    outcome = site.verify()

    assert code_of(outcome) == 3
    assert site.code() == "orders/3.zip"


def test_another_change_set_than_the_named_one_is_somebody_elses(site: Site) -> None:
    site.up(Readiness.GREEN)
    theirs(site, BROKEN)
    arn = "arn:aws:cloudformation:eu-central-1:123456789012:changeSet/mine/1"

    outcome = site.verify(deploy=Deploy(change_set_id=arn))

    assert_left_alone(outcome, site)
    assert owned(outcome) is Whose.FOREIGN


def test_a_project_may_let_what_is_unproven_be_rolled_back(site: Site) -> None:
    """One pipeline, one run at a time: flowguard.yml says so. It erases nothing."""
    site.up(Readiness.GREEN)
    theirs(site, BROKEN)

    assert code_of(site.verify(unproven_acts=True)) == 4
    assert site.code() == "orders/1.zip"


def test_also_then_nothing_in_between_is_erased(site: Site) -> None:
    site.up(Readiness.GREEN)
    theirs(site, GOOD)
    theirs(site, BROKEN)

    assert_left_alone(site.verify(unproven_acts=True), site)


# --- clocks ---------------------------------------------------------------------------


def shifted(site: Site, seconds: int) -> None:
    """The snapshot, by a clock that is off."""
    before = site.stage.before
    assert before
    moved = before.taken_at + timedelta(seconds=seconds)
    site.stage.before = replace(before, taken_at=moved)


@pytest.mark.parametrize("seconds", [-DAY, -300, 0, 300, DAY])
def test_a_colleagues_deploy_after_ours_stays_whatever_the_clock_says(
    site: Site, seconds: int
) -> None:
    site.up(Readiness.GREEN)
    shifted(site, seconds)
    ours(site, GOOD)
    site.fake.advance(400)
    theirs(site, BROKEN)

    outcome = site.verify()

    assert_left_alone(outcome, site)
    assert site.code() == "orders/2.zip"


@pytest.mark.parametrize("seconds", [-DAY, -300, 0, 300, DAY])
def test_our_deploy_is_rolled_back_whatever_the_clock_says(
    site: Site, seconds: int
) -> None:
    site.stage.create()
    theirs(site, GOOD)
    site.stage.snapshot(Readiness.GREEN)
    shifted(site, seconds)
    ours(site, BROKEN)

    outcome = site.verify()

    assert code_of(outcome) == 4
    assert site.changed() == RESTORED
    assert site.code() == "orders/3.zip"


# --- runs beside each other, killed, and run again -------------------------------------


def with_image(release: int = 1) -> str:
    """A template with a parameter that a resource shows."""
    body = json.loads(template(release))
    body["Parameters"]["Image"] = {"Type": "String", "Default": "v0"}
    body["Resources"]["Topic"]["Properties"]["DisplayName"] = {"Ref": "Image"}
    return json.dumps(body)


def deploys(site: Site, image: str, run: str) -> Outcome:
    release = Release(
        NAME,
        with_image(),
        declared=frozenset({"Stage", "Image"}),
        parameters={"Image": image},
    )
    return deploy(site.world(), release, Asked(run, "eu-central-1"))


def image_of(site: Site) -> str:
    return site.fake.stack(NAME).release.parameters["Image"]


def test_other_values_are_another_release(site: Site) -> None:
    """A deploy of v2 that comes while v1 is in its window waits, and then deploys."""
    site.stage.create(with_image())
    came: list[Outcome] = []
    began: list[bool] = []

    def meanwhile() -> None:
        if not began:
            began.append(True)
            came.append(deploys(site, "v2", "run2"))

    site.before_measuring = meanwhile

    deploys(site, "v1", "run1")

    assert code_of(came[0]) == 0
    assert image_of(site) == "v2"


class Killed(BaseException):
    """A SIGKILL."""


def test_the_next_commit_is_not_the_run_that_was_killed(site: Site) -> None:
    site.stage.create(with_image())

    def kill() -> None:
        raise Killed

    site.before_measuring = kill
    with pytest.raises(Killed):
        deploys(site, "v1", "run1")
    site.before_measuring = lambda: None

    outcome = deploys(site, "v2", "run2")

    assert code_of(outcome) == 0
    assert image_of(site) == "v2"


@pytest.mark.parametrize("hidden", [frozenset[str](), frozenset({"Image"})])
def test_a_killed_run_of_the_same_release_is_gone_on_with(
    site: Site, hidden: frozenset[str]
) -> None:
    """Not where a value is hidden: nobody knows whether it is the same."""
    site.stage.create(with_image())
    release = Release(
        NAME,
        with_image(),
        declared=frozenset({"Stage", "Image"}),
        parameters={"Image": "v1"},
        hidden=hidden,
    )

    def kill() -> None:
        raise Killed

    site.before_measuring = kill
    with pytest.raises(Killed):
        deploy(site.world(), release, Asked("run1", "eu-central-1"))
    site.before_measuring = lambda: None
    site.fake.calls.clear()

    outcome = deploy(site.world(), release, Asked("run2", "eu-central-1"))

    assert code_of(outcome) == 0
    assert ("execute_change_set" in site.changed()) is False
    goes_on = any("goes on with the deploy" in line for line in site.lines)
    assert goes_on is not bool(hidden)


def test_two_runs_of_one_release_say_no_more_than_is_known(site: Site) -> None:
    site.stage.create()
    came: list[Outcome] = []
    began: list[bool] = []

    def meanwhile() -> None:
        if not began:
            began.append(True)
            came.append(site.deploy(template(BROKEN), run="run2"))

    site.before_measuring = meanwhile

    came.append(site.deploy(template(BROKEN), run="run1"))

    assert site.code() == "orders/1.zip"
    for outcome in came:
        by_hand = any("by hand" in text for text in outcome.rollback.to_do)
        assert not (outcome.rollback.verified and by_hand)


def test_the_day_after_a_rollback_is_a_day_like_any_other(site: Site) -> None:
    """Nothing is deployed and all is healthy; then it breaks for another reason."""
    site.stage.create()
    site.take_baseline()
    site.stage.snapshot(Readiness.GREEN)
    ours(site, BROKEN)
    assert code_of(site.verify()) == 4
    site.fake.advance(DAY)
    site.take_baseline()
    site.stage.snapshot(Readiness.GREEN)
    site.mine = template(1)

    healthy = site.verify()

    assert code_of(healthy) == 0
    assert owned(healthy) is Whose.NONE
    assert site.changed() == []

    site.broken |= {"orders/1.zip"}
    outage = site.verify()

    assert code_of(outage) == 1
    assert site.changed() == []
    assert "nothing was deployed" in " ".join(outage.rollback.reasons)


def test_a_release_that_is_not_live_is_no_success(site: Site) -> None:
    """The deploy step reached nothing; the service works as before."""
    site.up(Readiness.GREEN)
    site.mine = template(GOOD)

    outcome = site.verify()

    assert_left_alone(outcome, site)
    assert "your release is not live" in " ".join(outcome.rollback.reasons)


def test_a_stack_that_was_deleted_and_made_again_is_another(site: Site) -> None:
    site.up(Readiness.GREEN)
    site.fake.do("delete_stack", StackName=NAME)
    site.fake.settle()
    site.mine = template(BROKEN)
    site.stage.create(template(BROKEN))

    outcome = site.verify()

    assert_left_alone(outcome, site)
    assert "another stack" in " ".join(outcome.rollback.reasons)


def test_a_snapshot_that_names_another_stacks_id_is_refused(site: Site) -> None:
    """A poisoned file: the right name, the id of the neighbour."""
    site.up(Readiness.GREEN)
    ours(site, BROKEN)
    assert site.stage.before
    neighbour = site.stage.before.stack_id.replace(NAME, "billing")
    site.stage.before = replace(site.stage.before, stack_id=neighbour)

    assert_left_alone(site.verify(), site)


def test_an_answer_that_is_lost_is_found_again(site: Site) -> None:
    site.up(Readiness.GREEN)
    ours(site, BROKEN)
    site.fake.on("execute_change_set", 1, cut, answered=True)

    outcome = site.verify()

    assert code_of(outcome) == 4
    assert site.code() == "orders/1.zip"


# --- the yardstick --------------------------------------------------------------------


def test_worse_than_before_is_broken(site: Site) -> None:
    """Half of the requests failed before the deploy, all do after it."""
    site.stage.create()
    site.take_baseline()
    assert site.baseline
    half = replace(
        site.baseline.checks[0],
        outcome=SmokeOutcome.INCONCLUSIVE,
        passed=10,
        failed=10,
    )
    site.baseline = replace(site.baseline, checks=(half,))
    site.stage.snapshot(Readiness.GREEN)
    ours(site, BROKEN)

    outcome = site.verify()

    assert code_of(outcome) in {4, 5}
    assert site.changed() == RESTORED


def test_an_old_baseline_excuses_nothing(site: Site) -> None:
    """The check was broken then, and was mended long since."""
    site.broken = {"orders/1.zip"}
    site.stage.create()
    site.take_baseline()
    assert site.baseline
    old = site.baseline.taken_at - timedelta(days=400)
    site.baseline = replace(site.baseline, taken_at=old)
    site.broken = {"orders/2.zip"}
    site.stage.snapshot(Readiness.GREEN)
    ours(site, BROKEN)

    outcome = site.verify()

    assert code_of(outcome) == 4
    assert outcome.smoke
    assert any("400 days old" in phase.message for phase in outcome.smoke.phases)


def test_without_a_baseline_it_says_how_to_get_one(site: Site) -> None:
    """The check was broken before, too, and nobody had looked."""
    site.broken = {"orders/1.zip", "orders/3.zip"}
    site.up(Readiness.GREEN)
    ours(site, GOOD)

    outcome = site.verify()

    assert code_of(outcome) == 5
    assert any("smoke --baseline" in text for text in outcome.rollback.to_do)


# --- throttled and denied reads -----------------------------------------------------------


@pytest.mark.parametrize(
    "operation",
    [
        "list_stack_resources",
        "describe_stack_events",
        "describe_stacks",
        "get_template",
    ],
)
def test_a_throttled_read_does_not_let_the_window_pass(
    site: Site, operation: str
) -> None:
    site.up()
    left = [8]

    def busy(call: Call) -> Any:
        if not began or not left[0]:
            return None
        left[0] -= 1
        return throttled(call)

    began: list[bool] = []
    site.before_measuring = lambda: began.append(True)
    site.fake.on(operation, 0, busy)

    outcome = site.deploy(template(BROKEN))

    assert code_of(outcome) == 4
    assert site.changed()[-1] == "cancel_update_stack"
    assert site.code() == "orders/1.zip"


def test_a_throttled_cancellation_is_made_until_the_window_closes(site: Site) -> None:
    site.up()
    left = [9]

    def busy(call: Call) -> Any:
        left[0] -= 1
        return throttled(call) if left[0] >= 0 else None

    site.fake.on("cancel_update_stack", 0, busy)

    outcome = site.deploy(template(BROKEN))

    assert code_of(outcome) == 4
    assert site.code() == "orders/1.zip"


@pytest.mark.parametrize(
    "operations",
    [
        ("list_stack_resources",),
        ("get_template", "list_stack_resources", "get_function"),
    ],
)
def test_what_cancelling_does_not_need_may_be_denied(
    site: Site, operations: tuple[str, ...]
) -> None:
    site.up()
    for operation in operations:
        site.fake.on(operation, 0, denied)

    outcome = site.deploy(template(BROKEN))

    assert "cancel_update_stack" in site.changed()
    assert site.code() == "orders/1.zip"
    assert code_of(outcome) in {4, 5}, "5 where nobody can prove it"


def test_over_http_a_throttled_read_does_not_let_the_window_pass() -> None:
    with serving_site(over_http=True) as site:
        site.up()
        left = [12]

        def busy(call: Call) -> Any:
            if not began or not left[0]:
                return None
            left[0] -= 1
            return throttled(call)

        began: list[bool] = []
        site.before_measuring = lambda: began.append(True)
        site.fake.on("describe_stack_events", 0, busy)

        outcome = site.deploy(template(BROKEN))

        assert code_of(outcome) == 4
        assert site.code() == "orders/1.zip"


def test_a_stack_that_is_never_described_is_left_alone(site: Site) -> None:
    site.up(Readiness.GREEN)
    ours(site, BROKEN)
    site.fake.on("describe_stacks", 0, throttled)

    assert_left_alone(site.verify(), site)


def test_a_stack_that_is_deleted_while_it_is_tested(site: Site) -> None:
    site.up(Readiness.GREEN)
    ours(site, BROKEN)
    gone: list[bool] = []

    def delete() -> None:
        if not gone:
            gone.append(True)
            site.fake.do("delete_stack", StackName=NAME)
            site.fake.settle()

    site.before_measuring = delete

    outcome = site.verify()

    assert code_of(outcome) in {1, 3}
    assert site.changed() == []


def test_a_bad_release_that_outlived_its_window_is_no_success(site: Site) -> None:
    """The smoke tests took longer than the window was open."""
    site.up()
    site.before_measuring = lambda: site.fake.advance(600)

    outcome = site.deploy(template(BROKEN))

    assert code_of(outcome) not in {0, 4}


def test_events_that_are_not_there_are_no_proof_that_nothing_came(site: Site) -> None:
    """AWS keeps them for a while only."""
    site.up(Readiness.GREEN)
    theirs(site, GOOD)
    site.fake.stack(NAME).events.clear()

    outcome = site.verify()

    assert_left_alone(outcome, site)
    assert "not all there" in " ".join(outcome.rollback.reasons)


# --- files ------------------------------------------------------------------------------------


BAD_FILES = {
    "utf16": '{"schema":1}'.encode("utf-16"),
    "nul": b"\0" * 10,
    "list": b"[]",
    "deep": b"[" * 100_000,
    "nan": b'{"schema":"flowguard.snapshot/1","x":NaN}',
    "empty": b"",
    "hugeint": b'{"schema":"flowguard.snapshot/1","a":' + b"9" * 10_000 + b"}",
    "surrogate": b'{"schema":"flowguard.snapshot/1","stack_id":"\\ud800"}',
}


@pytest.mark.parametrize("digest", ["", "sha256:00", "\u00e9", "sha256:\u00e9"])
@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_snapshot_is_refused(tmp_path: Path, name: str, digest: str) -> None:
    path = tmp_path / "before.json"
    path.write_bytes(BAD_FILES[name])

    with pytest.raises(FlowGuardError):
        snapshot_file.load(path, digest)


def test_what_was_decided_is_told_with_its_evidence(site: Site) -> None:
    site.up(Readiness.GREEN)
    ours(site, BROKEN)

    done: RollbackReport = site.verify().rollback

    assert done.decision is Decision.ROLL_BACK
    assert done.ownership
    assert [e.text for e in done.ownership.evidence] == ["the templates are equal"]


# --- what a random history found ----------------------------------------------------------


def test_another_release_than_that_at_hand_is_no_success_of_an_old_failure(
    site: Site,
) -> None:
    """The check was broken before; a colleague's release is live, and ours is not."""
    site.broken = {"orders/1.zip", "orders/2.zip"}
    site.stage.create()
    site.take_baseline()
    site.stage.snapshot(Readiness.GREEN)
    theirs(site, BROKEN)
    site.mine = template(GOOD)

    assert_left_alone(site.verify(), site)


def test_a_deploy_that_was_rolled_back_is_not_owned_by_what_is_live(
    site: Site,
) -> None:
    """Ours stayed; a colleague's came after it, failed, and was rolled back."""
    site.up(Readiness.GREEN)
    ours(site, GOOD)
    site.fake.script("Topic", "update", "Invalid parameter")
    site.stage.deploy(with_image(BROKEN))

    outcome = site.verify()

    assert_left_alone(outcome, site)
    assert owned(outcome) is Whose.UNPROVEN


def test_our_deploy_that_we_rolled_back_is_not_somebody_elses(site: Site) -> None:
    """Run again, the service answers with the code from before: as it should."""
    site.up(Readiness.GREEN)
    ours(site, BROKEN)
    assert code_of(site.verify()) == 4
    world = site.world()
    phase = SmokePhase("release", SmokeOutcome.ERRORED, "other", answered=ANOTHER)

    def measure() -> SmokeReport:
        return replace(world.measure(), phases=(phase,))

    outcome = verify(replace(world, measure=measure), Wish(NAME, site.stage.before))

    assert owned(outcome) is Whose.UNPROVEN
    assert "somebody else" not in " ".join(outcome.rollback.reasons)


def test_a_cancelled_deploy_of_a_colleague_is_no_rollback_of_ours(site: Site) -> None:
    """What is live is our good release, which no snapshot has."""
    site.up(Readiness.GREEN)
    ours(site, GOOD)
    site.stage.begin("update_stack", template(BROKEN), RollbackConfiguration=WINDOW)
    site.fake.advance(60)
    site.fake.do("cancel_update_stack", StackName=NAME)
    site.fake.settle()

    assert_left_alone(site.verify(), site)
    assert site.code() == "orders/3.zip"


@pytest.mark.parametrize(
    "named",
    [
        Deploy(token="deploy-never"),
        Deploy(record="00000999-orders-staging"),
        Deploy(change_set_id="arn:aws:cloudformation:eu-central-1:1:changeSet/mine/1"),
    ],
    ids=["token", "record", "change set"],
)
def test_a_named_deploy_that_never_came_is_no_success(
    site: Site, named: Deploy
) -> None:
    site.up(Readiness.GREEN)

    outcome = site.verify(deploy=named)

    assert_left_alone(outcome, site)
    assert owned(outcome) is Whose.NONE
    assert "your release is not live" in " ".join(outcome.rollback.reasons)


def by_change_set(site: Site, release: int) -> Deploy:
    """Our deploy by a change set, which the pipeline names afterwards."""
    site.fake.advance(60)
    made = site.fake.do(
        "create_change_set",
        StackName=NAME,
        TemplateBody=template(release),
        ChangeSetName=f"ours-{release}",
    )
    site.fake.do("execute_change_set", StackName=NAME, ChangeSetName=made["Id"])
    site.fake.settle()
    return Deploy(change_set_id=made["Id"])


def test_the_only_deploy_is_proven_by_its_change_set(site: Site) -> None:
    site.up(Readiness.GREEN)
    named = by_change_set(site, BROKEN)

    assert code_of(site.verify(deploy=named)) == 4
    assert site.code() == "orders/1.zip"


@pytest.mark.parametrize("when", ["before the snapshot", "after it"])
def test_a_change_set_proves_no_later_deploy_without_one(site: Site, when: str) -> None:
    """The stack keeps the id of its last change set, whoever updates it after that."""
    site.up(Readiness.GREEN)
    named = by_change_set(site, GOOD)
    if when == "before the snapshot":
        site.stage.snapshot(Readiness.GREEN)
    theirs(site, BROKEN)

    assert_left_alone(site.verify(deploy=named), site)
    assert site.code() == "orders/2.zip"


def test_a_change_set_of_ours_makes_no_pass_of_a_later_release(site: Site) -> None:
    """A colleague's release is live, and works; ours is what the folder holds."""
    site.up(Readiness.GREEN)
    site.mine = template(BROKEN)
    named = by_change_set(site, BROKEN)
    theirs(site, GOOD)

    outcome = site.verify(deploy=named)

    assert code_of(outcome) == 3
    assert site.changed() == []


def test_without_a_snapshot_a_change_set_cancels_no_window(site: Site) -> None:
    site.up()
    named = by_change_set(site, GOOD)
    site.stage.begin("update_stack", template(BROKEN), RollbackConfiguration=WINDOW)

    assert_left_alone(site.verify(deploy=named), site)


def test_no_changes_is_no_success_where_somebody_deploys_meanwhile(site: Site) -> None:
    """The stack was as the template says; what is tested is a colleague's release."""
    site.up()
    landed: list[int] = []

    def colleague() -> None:
        if not landed:
            landed.append(GOOD)
            theirs(site, GOOD)

    site.before_measuring = colleague

    outcome = site.deploy(template(1))

    assert code_of(outcome) == 3
    assert site.code() == "orders/3.zip"
