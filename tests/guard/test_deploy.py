"""A deploy with a window, from the change set to the proof."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from cloudformation import Call, cut, denied, throttled
from guard.service import NAME, Site, code_of, serving_site, template

from flowguard.errors import FlowGuardError, UsageError
from flowguard.model.readiness import Readiness
from flowguard.model.results import Verdict
from flowguard.model.rollback import Decision, IdentityOutcome

ALARM = "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:errors"


@pytest.fixture
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    with serving_site(over_http=getattr(request, "param", False)) as site:
        yield site


over_http = pytest.mark.parametrize("site", [True], indirect=True, ids=["http"])
"""Through boto3 and a socket, as AWS is asked."""


def deployed(*more: str) -> list[str]:
    """The calls of a deploy, and what came after."""
    return ["create_change_set", "execute_change_set", *more]


# --- good and bad releases --------------------------------------------------------------


@over_http
def test_a_good_release_is_tested_in_the_window_and_let_be(site: Site) -> None:
    site.up()
    states: list[str] = []
    site.before_measuring = lambda: states.append(site.status)

    outcome = site.deploy(template(3))

    assert code_of(outcome) == 0
    assert states == ["UPDATE_IN_PROGRESS"]
    assert site.asked, "nothing was tested"
    assert set(site.asked) == {"orders/3.zip"}
    assert site.status == "UPDATE_COMPLETE"
    assert site.changed() == deployed()


@over_http
def test_a_bad_release_is_cancelled_in_the_window_and_the_old_one_proven(
    site: Site,
) -> None:
    site.up()

    outcome = site.deploy(template(2))

    assert code_of(outcome) == 4
    assert outcome.rollback.row == "B1"
    assert site.changed() == deployed("cancel_update_stack")
    assert site.status == "UPDATE_ROLLBACK_COMPLETE"
    assert site.asked[-1] == "orders/1.zip"
    assert site.runs == 2
    proofs = {i.name: i.outcome for i in outcome.rollback.identities}
    assert proofs["smoke tests"] is IdentityOutcome.SAME
    assert set(proofs.values()) == {IdentityOutcome.SAME}
    assert outcome.smoke
    assert [r.outcome.value for r in outcome.smoke.results] == ["failed"]


def test_a_cancelled_deploy_leaves_nothing_behind_that_it_made(site: Site) -> None:
    """Also what is to be retained: its name could not be taken again."""
    site.up()
    version = {"FunctionName": {"Ref": "Api"}}
    kind = {"Type": "AWS::Lambda::Version", "Properties": version}

    outcome = site.deploy(template(2, ApiV2=kind | {"DeletionPolicy": "Retain"}))

    assert code_of(outcome) == 4
    said = [e["ResourceStatus"] for e in site.fake.stack(NAME).events]
    assert "DELETE_SKIPPED" not in said


def test_the_change_set_asks_for_a_window_and_for_rollback(site: Site) -> None:
    site.up()
    site.fake.world.alarms["errors"] = "OK"

    site.deploy(template(3), window=7, triggers=(ALARM,))

    given = site.given("create_change_set")
    assert given["RollbackConfiguration"] == {
        "MonitoringTimeInMinutes": 7,
        "RollbackTriggers": [{"Arn": ALARM, "Type": "AWS::CloudWatch::Alarm"}],
    }
    assert given["StackName"] == site.stage.id
    executed = site.given("execute_change_set")
    assert executed["DisableRollback"] is False
    assert executed["ClientRequestToken"].startswith("flowguard-deploy-")


def test_parameters_that_are_not_given_stay_as_they_are(site: Site) -> None:
    body = json.loads(template(1))
    body["Parameters"]["Key"] = {"Type": "String", "NoEcho": True}
    given = [{"ParameterKey": "Key", "ParameterValue": "canary-secret-7f"}]
    site.stage.create(json.dumps(body), Parameters=given)
    body["Resources"]["Topic"]["Properties"]["DisplayName"] = "other"

    outcome = site.deploy(json.dumps(body), declared=frozenset({"Stage", "Key"}))

    assert code_of(outcome) == 0
    parameters = site.given("create_change_set")["Parameters"]
    assert {"ParameterKey": "Key", "UsePreviousValue": True} in parameters
    assert "canary-secret-7f" not in f"{outcome}{site.lines}"


def test_what_is_told_shows_the_changes_before_they_are_made(site: Site) -> None:
    site.up()

    site.deploy(template(3))

    assert f"{NAME}: 1 changes" in site.lines
    assert "  Modify Api (AWS::Lambda::Function)" in site.lines


def test_what_is_removed_does_not_keep_the_window_shut(site: Site) -> None:
    site.up()
    body = json.loads(template(2))
    del body["Resources"]["Topic"]

    outcome = site.deploy(json.dumps(body))

    assert code_of(outcome) == 4
    assert site.status == "UPDATE_ROLLBACK_COMPLETE"


def test_what_was_broken_before_is_kept(site: Site) -> None:
    site.broken = {"orders/1.zip", "orders/3.zip"}
    site.up()
    site.take_baseline()

    outcome = site.deploy(template(3))

    assert outcome.rollback.row == "B9"
    assert site.changed() == deployed()
    assert site.status == "UPDATE_COMPLETE"
    # The suite's own policy for what was broken before is to warn.
    assert code_of(outcome) == 0


def test_what_nobody_can_tell_is_kept_and_is_no_success(site: Site) -> None:
    site.up()
    site.gone = True

    outcome = site.deploy(template(3))

    assert code_of(outcome) == 3
    assert outcome.rollback.decision is Decision.STOP
    assert site.changed() == deployed()
    assert site.status == "UPDATE_COMPLETE"


def test_smoke_tests_that_cannot_run_are_no_success(site: Site) -> None:
    site.up()
    site.spec = "checks: {health: {get: '/${stack.NoSuchOutput}'}}"

    outcome = site.deploy(template(3))

    assert code_of(outcome) == 3
    assert site.changed() == deployed()


def test_a_rollback_that_does_not_help_needs_a_person(site: Site) -> None:
    site.up()
    site.before_measuring = lambda: site.broken.add("orders/1.zip")

    outcome = site.deploy(template(2))

    assert code_of(outcome) == 5
    assert site.changed() == deployed("cancel_update_stack")
    assert any(
        "the release from before fails, too" in t for t in outcome.rollback.to_do
    )


def test_the_policy_to_stop_leaves_the_rollback_to_a_person(site: Site) -> None:
    site.up()
    site.spec = f"{site.spec}\ngate: {{verdict: {{failed: stop}}}}"

    outcome = site.deploy(template(2))

    assert code_of(outcome) == 1
    assert site.changed() == deployed()
    assert site.status == "UPDATE_COMPLETE"


# --- deploys that fail by themselves ----------------------------------------------------


def test_a_deploy_that_aws_takes_back_is_a_failure_with_its_cause(site: Site) -> None:
    site.up()
    site.fake.script("Api", "update", "The function's role is gone")

    outcome = site.deploy(template(2))

    assert code_of(outcome) == 1
    assert outcome.rollback.row == "A2"
    assert site.changed() == deployed()
    assert "Api: The function's role is gone" in str(outcome.rollback.reasons)
    assert set(site.asked) == {"orders/1.zip"}


def test_a_rollback_of_aws_own_that_fails_is_stopped_at(site: Site) -> None:
    site.up()
    site.fake.script("Api", "update", "no")
    site.fake.script("Api", "rollback", "something nobody knows")

    outcome = site.deploy(template(2))

    assert code_of(outcome) == 1
    assert outcome.rollback.row == "A3f"
    assert site.changed() == deployed()
    assert site.status == "UPDATE_ROLLBACK_FAILED"


def test_a_cancellation_that_is_denied_needs_a_person(site: Site) -> None:
    site.up()
    site.fake.on("cancel_update_stack", 0, denied)

    outcome = site.deploy(template(2))

    assert code_of(outcome) == 5
    assert set(site.changed()) == {*deployed("cancel_update_stack")}


# --- windows that close too early ------------------------------------------------------


def test_a_window_that_is_shorter_than_the_smoke_tests_is_too_late_to_cancel(
    site: Site,
) -> None:
    site.up()
    site.before_measuring = lambda: site.fake.advance(600)

    outcome = site.deploy(template(2))

    assert code_of(outcome) == 1
    assert site.changed() == deployed()
    assert site.status == "UPDATE_COMPLETE"


def test_then_a_snapshot_that_was_kept_is_restored(site: Site) -> None:
    site.up(Readiness.GREEN)
    site.before_measuring = lambda: site.fake.advance(600)

    outcome = site.deploy(template(2), before=site.stage.before)

    assert code_of(outcome) == 4
    assert outcome.rollback.row == "B3"
    assert site.changed() == deployed("create_change_set", "execute_change_set")
    assert site.code() == "orders/1.zip"


def test_an_alarm_takes_a_deploy_back_that_passed_its_smoke_tests(site: Site) -> None:
    site.up()
    site.fake.world.alarms["errors"] = "OK"

    def go_off() -> None:
        site.fake.world.alarms["errors"] = "ALARM"

    site.before_measuring = go_off

    outcome = site.deploy(template(3), triggers=(ALARM,))

    assert code_of(outcome) == 1
    assert site.status == "UPDATE_ROLLBACK_COMPLETE"
    assert site.changed() == deployed()


@pytest.mark.parametrize("state", ["ALARM", "none"])
def test_a_trigger_that_would_take_the_deploy_back_is_refused_before_it(
    site: Site, state: str
) -> None:
    site.up()
    if state == "ALARM":
        site.fake.world.alarms["errors"] = "ALARM"

    outcome = site.deploy(template(3), triggers=(ALARM,))

    assert code_of(outcome) == 1
    assert site.changed() == ["create_change_set", "delete_change_set"]
    assert site.code() == "orders/1.zip"
    assert "'errors'" in outcome.rollback.reasons[0]
    assert "nothing was deployed" in outcome.rollback.reasons[-1]


def test_a_trigger_without_data_hinders_no_deploy(site: Site) -> None:
    site.up()
    site.fake.world.alarms["errors"] = "INSUFFICIENT_DATA"

    assert code_of(site.deploy(template(3), triggers=(ALARM,))) == 0


def test_a_trigger_that_sounds_hinders_no_deploy_of_nothing(site: Site) -> None:
    site.up()
    site.deploy(template(3))
    site.fake.world.alarms["errors"] = "ALARM"

    assert code_of(site.deploy(template(3), triggers=(ALARM,))) == 0


def test_where_nobody_may_ask_about_a_trigger_that_is_told(site: Site) -> None:
    site.up()
    site.fake.world.alarms["errors"] = "OK"
    site.fake.on("describe_alarms", 0, denied)

    outcome = site.deploy(template(3), triggers=(ALARM,))

    assert code_of(outcome) == 0
    assert any("nobody can tell whether the rollback" in line for line in site.lines)


# --- new stacks -------------------------------------------------------------------------


def test_a_first_release_that_works_is_let_be(site: Site) -> None:
    outcome = site.deploy(template(1))

    assert code_of(outcome) == 0
    assert site.status == "CREATE_COMPLETE"
    window = site.given("create_change_set")["RollbackConfiguration"]
    assert window["MonitoringTimeInMinutes"] == 0


def test_a_first_release_that_is_bad_is_kept(site: Site) -> None:
    outcome = site.deploy(template(2))

    assert code_of(outcome) == 1
    assert outcome.rollback.row == "B7"
    assert site.changed() == deployed()
    assert site.status == "CREATE_COMPLETE"


def test_a_first_release_that_fails_waits_for_an_approval_to_be_deleted(
    site: Site,
) -> None:
    site.fake.script("Api", "create", "no")

    outcome = site.deploy(template(1))

    assert code_of(outcome) == 1
    assert outcome.rollback.needs_approval
    assert any(
        t.endswith(f"--approve {outcome.rollback.plan_hash}") and "rollback" in t
        for t in outcome.rollback.to_do
    )
    assert site.changed() == deployed()
    assert site.runs == 0


def test_a_first_release_whose_trigger_sounds_makes_nothing(site: Site) -> None:
    site.fake.world.alarms["errors"] = "ALARM"

    outcome = site.deploy(template(1), triggers=(ALARM,))

    assert code_of(outcome) == 1
    assert "'errors' sounds already" in outcome.rollback.reasons[0]
    assert site.changed() == []


UNUSED = ["create_change_set", "delete_change_set", "delete_stack"]
"""What is done of a first deploy that is not carried out."""


def fails(site: Site) -> None:
    for one in site.fake.stack(NAME).change_sets.values():
        one.status, one.reason = "FAILED", "Transform failed with: no such macro"


def is_gone(site: Site) -> bool:
    """Whether no stack keeps the name."""
    site.fake.advance(60)
    return site.status == "DELETE_COMPLETE"


def test_a_first_release_that_cannot_be_worked_out_leaves_no_stack(site: Site) -> None:
    site.fake.on("describe_change_set", 1, lambda _call: fails(site))

    with pytest.raises(FlowGuardError, match="no such macro"):
        site.deploy(template(1))

    assert site.changed() == UNUSED
    assert is_gone(site)
    assert code_of(site.deploy(template(1), run="next")) == 0


@over_http
def test_a_first_release_that_aws_refuses_leaves_no_stack(site: Site) -> None:
    site.fake.on("execute_change_set", 1, denied)

    with pytest.raises(FlowGuardError, match="does not carry the change set out"):
        site.deploy(template(1))

    assert is_gone(site)


@pytest.mark.parametrize("read", ["describe_change_set", "describe_stack_events"])
def test_a_first_release_that_is_interrupted_leaves_no_stack(
    site: Site, read: str
) -> None:
    site.fake.on(read, 1, lambda _call: interrupt())

    outcome = site.deploy(template(1))

    assert code_of(outcome) == 3
    assert site.changed() == UNUSED
    assert is_gone(site)


def review_of_somebody(site: Site) -> None:
    body = {"ChangeSetName": "theirs", "ChangeSetType": "CREATE"}
    site.stage.begin("create_change_set", template(1), **body)


@pytest.mark.parametrize("before", [True, False], ids=["before", "meanwhile"])
def test_an_empty_stack_that_somebody_uses_stays(site: Site, before: bool) -> None:
    """It was there before, or a change set of somebody else waits on it."""
    if before:
        review_of_somebody(site)

    def refuse(call: Call) -> None:
        if not before:
            review_of_somebody(site)
        denied(call)

    site.fake.on("execute_change_set", 1, refuse)

    with pytest.raises(FlowGuardError, match="does not carry the change set out"):
        site.deploy(template(1))

    site.fake.advance(60)
    assert site.status == "REVIEW_IN_PROGRESS"
    assert [*site.fake.stack(NAME).change_sets] == ["theirs"]


def test_an_empty_stack_that_may_not_be_deleted_is_told(site: Site) -> None:
    site.fake.on("execute_change_set", 1, denied)
    site.fake.on("delete_stack", 1, denied)

    with pytest.raises(FlowGuardError, match="does not carry the change set out"):
        site.deploy(template(1))

    (told,) = [line for line in site.lines if "empty stack" in line]
    assert f"delete-stack --stack-name {site.fake.stack(NAME).id}" in told


# --- nothing to deploy, and what must not be deployed ----------------------------------


def test_no_changes_are_a_success_where_the_service_works(site: Site) -> None:
    site.up()

    outcome = site.deploy(template(1))

    assert code_of(outcome) == 0
    assert site.changed() == ["create_change_set", "delete_change_set"]
    assert site.runs == 1


def test_no_changes_take_nothing_back(site: Site) -> None:
    site.broken = {"orders/1.zip"}
    site.up()

    outcome = site.deploy(template(1))

    assert code_of(outcome) == 1
    assert site.changed() == ["create_change_set", "delete_change_set"]


def without_table() -> str:
    body = json.loads(template(3))
    del body["Resources"]["Orders"]
    return json.dumps(body)


def test_what_would_lose_data_waits_for_an_approval(site: Site) -> None:
    site.up()

    held = site.deploy(without_table())

    assert code_of(held) == 3
    assert site.changed() == ["create_change_set", "delete_change_set"]
    assert "orders/3.zip" not in site.asked

    done = site.deploy(without_table(), approve=held.rollback.plan_hash)

    assert code_of(done) == 0
    assert site.changed() == deployed()


def test_an_approval_of_something_else_is_none(site: Site) -> None:
    site.up()
    held = site.deploy(without_table())
    body = json.loads(without_table())
    del body["Resources"]["Topic"]

    outcome = site.deploy(json.dumps(body), approve=held.rollback.plan_hash)

    assert code_of(outcome) == 3
    assert site.status == "CREATE_COMPLETE"


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"])
def test_a_stack_that_cannot_be_deployed_to_is_left_alone(
    site: Site, status: str
) -> None:
    site.stage.seed(status)

    with pytest.raises(FlowGuardError, match="cannot be deployed to"):
        site.deploy(template(2))

    assert site.changed() == []


def test_express_mode_is_refused(site: Site) -> None:
    site.stage.create(DeploymentConfig={"Mode": "EXPRESS"})

    with pytest.raises(FlowGuardError, match="EXPRESS"):
        site.deploy(template(2))

    assert site.changed() == []


def test_a_deploy_waits_for_somebody_elses_operation(site: Site) -> None:
    site.up()
    site.stage.begin("update_stack", template(3))

    outcome = site.deploy(template(2))

    assert code_of(outcome) == 4
    assert site.changed() == [*deployed(), "cancel_update_stack"]
    assert site.code() == "orders/3.zip", "theirs is what it goes back to"
    assert any("another operation is under way" in line for line in site.lines)


def test_a_deploy_does_not_wait_for_ever(site: Site) -> None:
    site.up()
    site.fake.lifecycle.seconds = 1e6
    site.stage.begin("update_stack", template(3))
    site.fake.tick = 60

    outcome = site.deploy(template(2))

    assert code_of(outcome) == 3
    assert site.changed() == []
    assert "still under way" in str(outcome.rollback.reasons)


def test_a_snapshot_of_another_release_is_refused(site: Site) -> None:
    site.up(Readiness.GREEN)
    site.stage.deploy(template(3))

    with pytest.raises(FlowGuardError, match="another release"):
        site.deploy(template(2), before=site.stage.before)

    assert site.changed() == []


def test_a_large_template_needs_a_bucket(site: Site) -> None:
    site.up()

    with pytest.raises(UsageError, match="51,200"):
        site.deploy(large(3))

    assert site.changed() == []


def large(release: int) -> str:
    """A template that is too large for a call."""
    body = json.loads(template(release))
    body["Metadata"] = {"text": "x" * 60_000}
    return json.dumps(body)


def test_a_large_template_goes_through_s3_once(site: Site) -> None:
    site.up()
    site.fake.world.buckets.setdefault("templates", {})

    outcome = site.deploy(large(2), storage="s3://templates/flowguard")
    again = site.deploy(large(2), storage="s3://templates/flowguard")

    assert [code_of(outcome), code_of(again)] == [4, 4]
    assert len(site.fake.world.buckets["templates"]) == 1


# --- AWS that does not answer, and runs that are ended ----------------------------------


@over_http
def test_a_lost_answer_to_the_execution_is_no_second_deploy(site: Site) -> None:
    site.up()
    site.fake.on("execute_change_set", 1, cut, answered=True)

    outcome = site.deploy(template(2))

    assert code_of(outcome) == 4
    assert site.changed() == deployed("cancel_update_stack")


def test_a_throttled_account_is_asked_again(site: Site) -> None:
    site.up()
    site.fake.on("describe_stacks", 3, throttled)
    site.fake.on("describe_stack_events", 4, throttled)

    assert code_of(site.deploy(template(2))) == 4


def test_a_denied_change_set_says_what_to_allow(site: Site) -> None:
    site.up()
    site.fake.on("create_change_set", 0, denied)

    with pytest.raises(FlowGuardError, match="not authorized") as caught:
        site.deploy(template(2))

    assert "cloudformation:CreateChangeSet" in caught.value.help


class Killed(BaseException):
    """The run ends here, with no clean-up."""


def kill() -> None:
    raise Killed


def interrupt() -> None:
    raise KeyboardInterrupt


def test_a_run_that_is_interrupted_says_what_goes_on(site: Site) -> None:
    site.up()
    site.before_measuring = interrupt

    outcome = site.deploy(template(2))

    assert code_of(outcome) == 3
    assert outcome.verdict is Verdict.INCONCLUSIVE
    assert "goes on in AWS" in str(outcome.rollback.reasons)
    assert f"flowguard rollback --stack-name {NAME}" in str(outcome.rollback.to_do)
    assert site.changed() == deployed()


def test_an_interruption_before_the_deploy_leaves_nothing_behind(site: Site) -> None:
    site.up()

    def stop(_call: Call) -> None:
        raise KeyboardInterrupt

    site.fake.on("describe_change_set", 1, stop)

    outcome = site.deploy(template(2))

    assert code_of(outcome) == 3
    assert site.changed() == ["create_change_set", "delete_change_set"]


def test_a_run_that_was_killed_in_the_window_goes_on(site: Site) -> None:
    site.up()
    site.before_measuring = kill
    with pytest.raises(Killed):
        site.deploy(template(2), window=30)
    site.before_measuring = lambda: None

    outcome = site.deploy(template(2), window=30, run="another")

    assert code_of(outcome) == 4
    assert site.changed() == ["cancel_update_stack"]
    assert site.status == "UPDATE_ROLLBACK_COMPLETE"


@pytest.mark.parametrize("answered", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("operation", "n"),
    [
        ("create_change_set", 1),
        ("describe_change_set", 1),
        ("execute_change_set", 1),
        ("cancel_update_stack", 1),
        *(
            (f"describe_{what}", n)
            for what in ("stacks", "stack_events")
            for n in (1, 2, 3, 5, 8)
        ),
    ],
)
def test_a_run_that_was_killed_anywhere_goes_on(
    site: Site, operation: str, n: int, *, answered: bool
) -> None:
    site.up()
    changed: list[str] = []

    def die(_call: Call) -> None:
        changed.extend(site.changed())
        raise Killed

    site.fake.on(operation, n, die, answered=answered)
    with pytest.raises(Killed):
        site.deploy(template(2), window=30, run="first")

    outcome = site.deploy(template(2), window=30, run="second")

    assert code_of(outcome) in {1, 4}
    assert site.code() == "orders/1.zip"
    assert site.status == "UPDATE_ROLLBACK_COMPLETE"
    every = [*changed, *site.changed()]
    for once in ("execute_change_set", "cancel_update_stack"):
        never_reached = operation == once and not answered
        assert every.count(once) == 1 + never_reached
    assert "the release from before" in outcome.rollback.live


def test_a_run_that_was_killed_before_the_deploy_deploys(site: Site) -> None:
    site.up()

    def die(_call: Call) -> None:
        raise Killed

    site.fake.on("execute_change_set", 1, die)
    with pytest.raises(Killed):
        site.deploy(template(2), run="first")

    outcome = site.deploy(template(2), run="second")

    assert code_of(outcome) == 4
    assert site.changed() == deployed("cancel_update_stack")


def test_a_run_that_was_killed_while_its_deploy_went_on_reports(site: Site) -> None:
    site.up(Readiness.GREEN)
    site.before_measuring = kill
    with pytest.raises(Killed):
        site.deploy(template(2), before=site.stage.before)
    site.before_measuring = lambda: None
    site.fake.settle()

    outcome = site.deploy(template(2), before=site.stage.before, run="second")

    assert code_of(outcome) == 4
    assert outcome.rollback.row == "B3"
    assert site.code() == "orders/1.zip"


def test_a_release_is_deployed_again_after_another(site: Site) -> None:
    site.up()

    codes = [code_of(site.deploy(template(n), run=f"n{n}")) for n in (3, 1)]
    codes.append(code_of(site.deploy(template(3), run="again")))

    assert codes == [0, 0, 0]
    assert site.code() == "orders/3.zip"


def test_a_deploy_that_never_ends_is_no_success(site: Site) -> None:
    site.up()
    site.fake.lifecycle.seconds = 1e6
    site.fake.tick = 60

    outcome = site.deploy(template(2))

    assert code_of(outcome) == 3
    assert site.changed() == deployed()
    assert "the time is over" in str(outcome.rollback.reasons)


def test_a_release_shows_none_of_its_parameters() -> None:
    from flowguard.guard.release import Release

    release = Release("app", "", parameters={"Key": "canary-secret-8a"})

    assert "canary-secret-8a" not in repr(release)
    assert replace(release, parameters={"Key": "other"}).content == release.content
