"""The user's own deploy command, the stack guarded beside it."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from guard.service import NAME, Site, code_of, serving_site, template
from rollback.scenarios import WINDOW
from rollback.stage import WHATEVER

from flowguard.errors import FlowGuardError
from flowguard.guard.command import NO_WINDOW, Asked, guard
from flowguard.guard.world import Outcome
from flowguard.model.readiness import Readiness
from flowguard.process import Processes
from flowguard.smoke.suite import Command
from flowguard.smoke.world import CommandResult


@pytest.fixture
def site() -> Iterator[Site]:
    with serving_site() as site:
        site.mine = WHATEVER
        yield site


class Patient:
    """The account's clock, for those who wait for something real beside it."""

    def __init__(self, site: Site) -> None:
        self._clock = site.fake.clock
        self.ended = False

    def now(self) -> float:
        """Seconds since the test began."""
        return self._clock.now()

    def wait(self, seconds: float) -> bool:
        """Let time pass, and a moment of the real one."""
        time.sleep(0.005)
        return self._clock.wait(seconds) and not self.ended


class Deployer:
    """What `serverless deploy` does: begins, waits, and fails where the stack does."""

    def __init__(self, site: Site, body: str, **asked: Any) -> None:
        self._site = site
        self._body = body
        self._asked = asked
        self._stop = threading.Event()

    def __call__(self) -> CommandResult:
        """Deploy."""
        stage = self._site.stage
        new = NAME not in self._site.fake.lifecycle.stacks
        stage.begin(
            "create_stack" if new else "update_stack", self._body, **self._asked
        )
        while self._site.fake.stack(NAME).steps and not self._stop.wait(0.005):
            pass
        if self._stop.is_set():
            return CommandResult(None, "", error="the run was cancelled")
        good = self._site.status in {"UPDATE_COMPLETE", "CREATE_COMPLETE"}
        return CommandResult(0 if good else 1, "")

    def cancel(self) -> None:
        """End it early."""
        self._stop.set()


def guarded(site: Site, run: Any, **asked: Any) -> Outcome:
    """`flowguard guard`; the record of calls begins with it."""
    site.fake.calls.clear()
    world = site.world()
    world = replace(world, rollback=replace(world.rollback, clock=Patient(site)))
    wanted = Asked(NAME, run, getattr(run, "cancel", lambda: None), **asked)
    return guard(world, wanted)


def test_a_bad_release_is_cancelled_in_its_window(site: Site) -> None:
    site.up()

    run = Deployer(site, template(2), RollbackConfiguration=WINDOW)
    outcome = guarded(site, run)

    assert code_of(outcome) == 4
    assert site.changed() == ["cancel_update_stack"]
    assert site.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "the command ended with exit code 1" in outcome.rollback.reasons
    assert any("UPDATE_COMPLETE Api" in line for line in outcome.rollback.events)


def test_a_good_release_is_let_be(site: Site) -> None:
    site.up()
    states: list[str] = []
    site.before_measuring = lambda: states.append(site.status)

    run = Deployer(site, template(3), RollbackConfiguration=WINDOW)
    outcome = guarded(site, run)

    assert code_of(outcome) == 0
    assert states == ["UPDATE_IN_PROGRESS"]
    assert site.changed() == []
    assert site.status == "UPDATE_COMPLETE"


def test_a_deploy_that_never_ends_names_the_next_step(site: Site) -> None:
    site.up()
    site.fake.lifecycle.seconds = 1e6
    site.fake.tick = 60

    def run() -> CommandResult:
        site.stage.begin("update_stack", template(3))
        return CommandResult(0, "")

    outcome = guarded(site, run)

    assert code_of(outcome) == 3
    assert "the time is over" in str(outcome.rollback.reasons)
    (then,) = outcome.rollback.to_do
    assert then.endswith(f"run: flowguard verify --stack-name {NAME}")


def test_a_trigger_that_the_stack_keeps_and_that_sounds_is_told(site: Site) -> None:
    """The command may give the stack other triggers, so that it is run."""
    site.up()
    site.fake.world.alarms["errors"] = "OK"
    arn = "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:errors"
    kept = {"Arn": arn, "Type": "AWS::CloudWatch::Alarm"}
    site.stage.begin(
        "update_stack", template(3), RollbackConfiguration={"RollbackTriggers": [kept]}
    )
    site.fake.settle()
    site.fake.world.alarms["errors"] = "ALARM"

    given = {**WINDOW, "RollbackTriggers": []}
    run = Deployer(site, template(1), RollbackConfiguration=given)
    outcome = guarded(site, run)

    assert code_of(outcome) == 0
    assert any(
        "'errors' sounds already" in line and "take the deploy back" in line
        for line in site.lines
    )


def test_without_a_window_the_snapshot_is_restored(site: Site) -> None:
    site.up(Readiness.GREEN)

    outcome = guarded(site, Deployer(site, template(2)), before=site.stage.before)

    assert code_of(outcome) == 4
    assert outcome.rollback.row == "B3"
    assert site.code() == "orders/1.zip"
    assert NO_WINDOW in outcome.rollback.to_do


def test_without_a_window_and_a_snapshot_file_nothing_can_be_restored(
    site: Site,
) -> None:
    site.up()

    outcome = guarded(site, Deployer(site, template(2)))

    assert code_of(outcome) == 1
    assert site.changed() == []
    assert NO_WINDOW in outcome.rollback.to_do


def test_without_a_window_guard_remembers_the_template_of_a_safe_deploy(
    site: Site,
) -> None:
    site.up()

    outcome = guarded(site, Deployer(site, template(2)), safe=lambda: True)

    assert code_of(outcome) == 4
    assert outcome.rollback.row == "B3"
    assert site.changed() == ["create_change_set", "execute_change_set"]
    assert site.answer() == 200


def test_a_template_too_long_for_a_call_is_not_remembered_in_vain(site: Site) -> None:
    """CloudFormation reads it from a bucket alone, and guard has none."""
    long = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "x" * 52_000}}
    site.stage.seed("UPDATE_COMPLETE", template(1, Long=long))

    outcome = guarded(site, Deployer(site, template(2)), safe=lambda: True)

    assert code_of(outcome) == 1
    assert site.changed() == []
    assert any("--help" in text for text in outcome.rollback.to_do)


def test_whether_it_is_safe_is_not_asked_where_a_snapshot_says_it(site: Site) -> None:
    asked: list[str] = []
    site.up(Readiness.GREEN)
    before = site.stage.before

    def safe() -> bool:
        asked.append("safe")
        return True

    outcome = guarded(site, Deployer(site, template(2)), before=before, safe=safe)

    assert code_of(outcome) == 4
    assert not asked


def test_a_deploy_that_aws_takes_back_is_a_failure(site: Site) -> None:
    site.up()
    site.fake.script("Api", "update", "The function's role is gone")

    outcome = guarded(site, Deployer(site, template(2)))

    assert code_of(outcome) == 1
    assert outcome.rollback.row == "A2"
    assert "The function's role is gone" in str(outcome.rollback.reasons)
    assert site.changed() == []


def test_a_first_release_is_tested_once_it_is_there(site: Site) -> None:
    outcome = guarded(site, Deployer(site, template(2)))

    assert code_of(outcome) == 1
    assert outcome.rollback.row == "B7"
    assert site.changed() == []


def test_a_command_that_fails_before_it_deploys_is_told(site: Site) -> None:
    site.up()

    outcome = guarded(site, lambda: CommandResult(3, ""))

    assert code_of(outcome) == 1
    assert "the command ended with exit code 3" in outcome.rollback.reasons
    assert site.runs == 0


@pytest.mark.parametrize(("release", "code"), [(1, 0), (2, 1)])
def test_a_command_that_deploys_nothing_takes_nothing_back(
    site: Site, release: int, code: int
) -> None:
    site.stage.create(template(release))

    outcome = guarded(site, lambda: CommandResult(0, ""))

    assert code_of(outcome) == code
    assert site.runs == 1
    assert site.changed() == []


def test_a_command_that_fails_after_a_good_deploy_is_a_failure(site: Site) -> None:
    site.up()
    deploys = Deployer(site, template(3))

    def run() -> CommandResult:
        deploys()
        return CommandResult(7, "")

    outcome = guarded(site, run)

    assert code_of(outcome) == 1
    assert outcome.rollback.row == "B0"
    assert site.code() == "orders/3.zip"


def test_of_two_deploys_the_first_is_not_erased(site: Site) -> None:
    site.stage.create(template(3))
    first, second = Deployer(site, template(1)), Deployer(site, template(2))

    def run() -> CommandResult:
        first()
        return second()

    outcome = guarded(site, run)

    assert code_of(outcome) == 3
    assert outcome.rollback.row == "B10e"
    assert set(site.asked) == {"orders/2.zip"}
    assert site.code() == "orders/2.zip"


def test_a_snapshot_of_another_release_is_refused_before_the_command_is_run(
    site: Site,
) -> None:
    site.up(Readiness.GREEN)
    site.stage.deploy(template(3))

    with pytest.raises(FlowGuardError, match="another release"):
        guarded(site, Deployer(site, template(2)), before=site.stage.before)

    assert site.code() == "orders/3.zip"


def test_on_a_moving_stack_the_command_is_not_run(site: Site) -> None:
    site.up()
    site.stage.begin("update_stack", template(3))
    ran: list[bool] = []

    def run() -> CommandResult:
        ran.append(True)
        return CommandResult(0, "")

    outcome = guarded(site, run)

    assert code_of(outcome) == 3
    assert not ran


def test_an_interruption_ends_the_command_and_says_what_goes_on(site: Site) -> None:
    site.up()

    def interrupt() -> None:
        raise KeyboardInterrupt

    site.before_measuring = interrupt
    run = Deployer(site, template(2), RollbackConfiguration=WINDOW)

    outcome = guarded(site, run)

    assert code_of(outcome) == 3
    assert "goes on in AWS" in str(outcome.rollback.reasons)
    assert not [t for t in threading.enumerate() if t.name == "guarded command"]


DEPLOY = """
import sys, time, urllib.request
from botocore.session import Session
session = Session()
session.set_credentials("key", "secret")
aws = session.create_client("cloudformation", "eu-central-1", endpoint_url=sys.argv[1])
body = open(sys.argv[2]).read()
aws.update_stack(StackName=sys.argv[3], TemplateBody=body,
                 RollbackConfiguration={"MonitoringTimeInMinutes": 30})
while True:
    (stack,) = aws.describe_stacks(StackName=sys.argv[3])["Stacks"]
    if not stack["StackStatus"].endswith("IN_PROGRESS"):
        break
    time.sleep(0.2)
print("ended in", stack["StackStatus"])
sys.exit(stack["StackStatus"] != "UPDATE_COMPLETE")
"""


def test_a_real_process_is_guarded(site: Site, tmp_path: Path) -> None:
    site.up()
    (tmp_path / "deploy.py").write_text(DEPLOY)
    (tmp_path / "template.json").write_text(template(2))
    said: list[str] = []
    argv = (sys.executable, "deploy.py", site.fake.url, "template.json", NAME)
    processes = Processes(said.append, folder=tmp_path)

    outcome = guarded(site, lambda: processes(Command(argv, timeout=60)), timeout=1e6)

    assert code_of(outcome) == 4
    assert said == ["ended in UPDATE_ROLLBACK_COMPLETE"]
    assert site.changed() == ["update_stack", "cancel_update_stack"]


def test_what_waits_for_an_approval_names_a_command_that_takes_it(site: Site) -> None:
    """`guard` has no `--approve`, and run again it would deploy again."""
    site.up(Readiness.GREEN)
    before = replace(site.stage.before, readiness=None) if site.stage.before else None
    run = Deployer(site, template(2))

    outcome = guarded(site, run, before=before)

    assert outcome.rollback.needs_approval
    approve = f"flowguard rollback --stack-name {NAME} --approve "
    plan = outcome.rollback.plan_hash
    assert f"read the plan, then run: {approve}{plan}" in outcome.rollback.to_do
    assert not any("run this" in text for text in outcome.rollback.to_do)

    # The plan is the one that the named command makes.
    wish = replace(site.stage.wish(approve=plan), before=before)
    assert site.stage.roll_back(wish).verified
    assert site.code() == "orders/1.zip"
