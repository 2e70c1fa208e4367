"""Whatever happens to a stack, what a rollback promises holds.

Random deploys of ours and of others, failures, lost answers, kills, and runs again
and again, with or without an approval. The account watches each call as it comes.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import hypothesis.strategies as st
import pytest
from cloudformation import Fake, Refused, broken, cut, throttled
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from rollback.stage import NAME, READS, Stage, template

from flowguard.errors import FlowGuardError
from flowguard.model.readiness import Readiness
from flowguard.model.rollback import RollbackReport
from flowguard.rollback.exit_codes import exit_code
from flowguard.rollback.facts import Front
from flowguard.rollback.health import Diagnosis, Health
from flowguard.rollback.look import Wish
from flowguard.rollback.ownership import Deploy
from flowguard.rollback.row import GOOD, MOVING, TAKEN_BACK

EXAMPLES, STEPS = 220, 50
"""More than 20,000 steps, with both parts."""

TABLE = "AWS::DynamoDB::Table"
BEGINS = {"cancel_update_stack", "rollback_stack", "execute_change_set", "delete_stack"}
"""Calls that begin a rollback, or are one."""
ON_THE_STACK = BEGINS | {"continue_update_rollback", "create_change_set"}
NAMES = ("Api", "Topic", "Orders")
PHASES = ("create", "update", "rollback", "continue", "delete")
REASONS = (
    "Invalid parameter",
    "Rate exceeded",
    "S3 Error Code: NoSuchKey",
    "Topic does not exist",
    "Existing schema attributes cannot be modified or deleted.",
    "User is not authorized to perform: sns:SetTopicAttributes",
)
ACTING = sorted(ON_THE_STACK | {"describe_stacks", "describe_change_set"})


RUN = st.fixed_dictionaries(
    {
        "health": st.sampled_from([Health.BAD, Health.BAD, *Health]),
        "dry_run": st.sampled_from([False, False, False, True]),
        "kill_after": st.sampled_from([0, 0, 0, *range(1, 40, 3)]),
        "named": st.booleans(),
        "front": st.sampled_from([None] * 9 + [Front("shop", "old", broken=True)]),
        "timeout": st.sampled_from([30.0, 3600.0, 100_000.0, 100_000.0]),
        "approve": st.sampled_from(["", "the last plan", "the last plan", "0123"]),
    }
)
"""How somebody has it rolled back."""
RUNS = st.lists(RUN, max_size=2)
Run = dict[str, Any]


class Killed(BaseException):
    """SIGKILL."""


class Watched:
    """Stands before the account, and sees to what may be called when."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._handle: Callable[..., Any] = stage.fake.handle
        stage.fake.handle = self  # type: ignore[method-assign]
        self.kill_after = 0
        self.approved = ""
        self.named = ""
        self.begun: list[str] = []
        self.plans: set[str] = set()
        self.broken: list[str] = []
        """What must not have been called. Told afterwards: what is raised amid a call
        is taken for AWS's answer."""

    def run_begins(self, approved: str, named: str, kill_after: int) -> None:
        """Another run, which ends after so many calls, if any."""
        self.kill_after, self.approved, self.named = kill_after, approved, named
        self.begun, self.plans = [], set()

    def __call__(self, service: str, name: str, asked: dict[str, Any]) -> Any:
        """One call."""
        operation = "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
        operation = operation.lstrip("_")
        if not operation.startswith(READS):
            try:
                self._see(operation, asked)
            except AssertionError as error:
                self.broken.append(f"{operation}: {error}")
        answer = self._handle(service, name, asked)
        if not operation.startswith(READS) and operation in ON_THE_STACK:
            self.begun.append(operation)
        self.kill_after -= 1
        if self.kill_after == 0:
            raise Killed
        return answer

    def _see(self, operation: str, asked: dict[str, Any]) -> None:
        stack = self.stage.fake.stack(NAME)
        token = asked.get("ClientRequestToken") or asked.get("ClientToken", "")
        if operation in ON_THE_STACK:
            assert asked["StackName"] == stack.id, "it acts by the stack's id"
            assert token.startswith("flowguard-rollback-")
            self.plans.add(token.split("-")[3])
        if operation in ON_THE_STACK - {"cancel_update_stack"}:
            assert stack.status not in MOVING or self._lost(token), stack.status
        if operation == "cancel_update_stack" and stack.status in MOVING:
            in_window = stack.rollback.get("MonitoringTimeInMinutes")
            assert in_window or self._lost(token), "it cancels in the window alone"
        if operation in BEGINS and not self._lost(token):
            ours = {stack.release.body == self.stage.mine, stack.token == self.named}
            approved = self.approved and self.approved in token
            assert approved or True in ours, "it acts on what is not proven ours"
        destroys = (
            operation == "delete_stack"
            or bool(asked.get("ResourcesToSkip"))
            or asked.get("DisableRollback")
            or (operation == "rollback_stack" and stack.status == "CREATE_FAILED")
        )
        if destroys:
            assert self.approved, f"{operation} without an approval"
            assert self.approved in token, "another plan than the approved one"
        assert "ForceRollback" not in asked
        assert asked.get("DeletionMode", "STANDARD") == "STANDARD"

    def _lost(self, token: str) -> bool:
        """Whether the call is made again, since its answer was lost."""
        return token in self.stage.fake.stacks._begun  # noqa: SLF001


class Rollbacks(RuleBasedStateMachine):
    """One stack, and everybody who does something to it."""

    steps = 0
    acts = 0

    def __init__(self) -> None:
        super().__init__()
        fake = Fake()
        self.stage = Stage(fake, fake.direct())
        self.watched = Watched(self.stage)
        self.release = 1
        self.tables: set[tuple[str, str]] = set()
        self.deleting = False
        self.code_before: str | None = None
        """What ran when the snapshot was taken, whatever the template says."""
        self.plan = ""
        """The hash of the last plan that was printed."""
        self.stage.create()

    @property
    def there(self) -> bool:
        """Whether there is a stack."""
        return self.stage.status not in {"DELETE_COMPLETE", "REVIEW_IN_PROGRESS"}

    # --- what happens to it -----------------------------------------------------------

    @rule(readiness=st.sampled_from([None, *Readiness]))
    def take_a_snapshot(self, readiness: Readiness | None) -> None:
        if self.stage.status in GOOD | TAKEN_BACK:
            with suppress(FlowGuardError):  # where AWS would not answer
                self.stage.snapshot(readiness)
                self.code_before = self._code()

    @rule(
        minutes=st.sampled_from([0, 0, 5, 60]),
        disabled=st.booleans(),
        topic=st.sampled_from(["orders", "other"]),
        seconds=st.sampled_from([0, 1, 20, 10_000]),
        ours=st.booleans(),
    )
    def deploy(
        self, *, minutes: int, disabled: bool, topic: str, seconds: int, ours: bool
    ) -> None:
        """By whom is not known to the stack."""
        self._deploy(minutes, disabled, topic, seconds, ours=ours)

    @rule(
        readiness=st.sampled_from([None, *Readiness, *[Readiness.GREEN] * 4]),
        minutes=st.sampled_from([0, 0, 60]),
        ours=st.sampled_from([True, True, True, False]),
        runs=RUNS,
    )
    def release_what_is_bad(
        self, readiness: Readiness | None, minutes: int, ours: bool, runs: list[Run]
    ) -> None:
        """A deploy as a pipeline does it, its window still open if it has one."""
        self.stage.fake.settle()
        self.take_a_snapshot(readiness)
        seconds = 60 if minutes else 10_000
        self._deploy(minutes, False, "orders", seconds, ours=ours)
        for run in runs:
            self.roll_back(run)

    @rule(
        reason=st.sampled_from(["", *REASONS]),
        times=st.integers(1, 4),
        disabled=st.sampled_from([False, False, True]),
        runs=RUNS,
    )
    def release_what_fails(
        self, reason: str, times: int, disabled: bool, runs: list[Run]
    ) -> None:
        """And, with a reason, cannot be taken back either."""
        self.stage.fake.settle()
        self.take_a_snapshot(None)
        fake = self.stage.fake
        fake.script("Topic", "update", "Invalid parameter")
        if reason:
            fake.script("Api", "rollback", reason)
            fake.script("Api", "continue", reason, times=times)
        self._deploy(0, disabled, f"topic-{self.release}-{times}", 10_000)
        for run in runs:
            self.roll_back(run)

    def _deploy(
        self,
        minutes: int,
        disabled: bool,
        topic: str,
        seconds: int,
        *,
        ours: bool = True,
    ) -> None:
        """Ours lies in the folder of the pipeline."""
        self.release = self.release % 3 + 1
        properties = {"DisplayName": topic}
        changed = {"Topic": {"Type": "AWS::SNS::Topic", "Properties": properties}}
        window = {"MonitoringTimeInMinutes": minutes, "RollbackTriggers": []}
        if not self.there:
            self.stage.before = None
        operation = "update_stack" if self.there else "create_stack"
        body = template(self.release, **changed)
        if ours:
            self.stage.mine = body
        try:
            self.stage.begin(
                operation,
                body,
                RollbackConfiguration=window,
                DisableRollback=disabled,
            )
        except Refused:
            return
        self.stage.fake.advance(seconds)

    @rule(seconds=st.sampled_from([1, 10, 60, 600, 10_000]))
    def let_time_pass(self, seconds: int) -> None:
        self.stage.fake.advance(seconds)

    @rule(
        name=st.sampled_from(NAMES),
        phase=st.sampled_from(PHASES),
        reason=st.sampled_from(REASONS),
        times=st.integers(1, 4),
    )
    def let_it_fail(self, name: str, phase: str, reason: str, times: int) -> None:
        self.stage.fake.script(name, phase, reason, times=times)

    @rule(
        operation=st.sampled_from(ACTING),
        number=st.integers(1, 3),
        what=st.sampled_from([throttled, cut, broken]),
        answered=st.booleans(),
    )
    def let_a_call_go_wrong(
        self, operation: str, number: int, what: Any, answered: bool
    ) -> None:
        answered = answered and what is not throttled
        self.stage.fake.on(operation, number, what, answered=answered)

    @rule(release=st.integers(1, 3))
    def delete_a_file(self, release: int) -> None:
        self.stage.fake.world.store("artifacts", f"orders/{release}.zip", None)

    @precondition(lambda self: self.stage.before is None)
    @rule()
    def delete_the_stack(self) -> None:
        try:
            self.stage.fake.do("delete_stack", StackName=NAME)
        except Refused:
            return
        self.deleting = True

    # --- what is done about it --------------------------------------------------------

    @rule(run=RUN)
    def roll_back(self, run: Run) -> None:
        """One run, to its end or not."""
        deploy = None
        if run["named"] and self.there:
            deploy = Deploy(token=self.stage.fake.stack(NAME).token)
        approve = self.plan if run["approve"] == "the last plan" else run["approve"]
        wish = self.stage.wish(
            diagnosis=Diagnosis(run["health"]),
            deploy=deploy,
            **{name: run[name] for name in ("dry_run", "front", "timeout")},
            approve=approve,
        )
        named = deploy.token if deploy else ""
        self.watched.run_begins(approve, named, run["kill_after"])
        status = self.stage.status
        try:
            report = self.stage.roll_back(wish)
        except Killed:
            return
        finally:
            self.watched.kill_after = 0
            self._at_most_one()
        self.plan = report.plan_hash or self.plan
        self._judge(report, wish, status)
        if wish.dry_run:
            assert not self.stage.changed()

    def _code(self) -> str | None:
        resources = self.stage.fake.stack(NAME).resources
        return self.stage.code() if "Api" in resources else None

    def _at_most_one(self) -> None:
        """A run begins one rollback, or tries one that is busy three times."""
        assert not self.watched.broken
        begun = [operation for operation in self.watched.begun if operation in BEGINS]
        again = self.watched.begun.count("continue_update_rollback")
        plans = self.watched.plans
        type(self).acts += bool(begun)
        assert len(begun) <= 1 or len(plans) == 1, self.watched.begun
        assert again <= 3 or len(plans) <= 3
        assert not (begun and again), self.watched.begun

    def _judge(self, report: RollbackReport, wish: Wish, status: str) -> None:
        """What an exit code of 0 stands for."""
        now = self.stage.status
        if exit_code(report) != 0:
            return
        gone = now == "DELETE_COMPLETE" and bool(wish.approve or status == now)
        assert now in GOOD | TAKEN_BACK or gone or wish.dry_run, (now, report)
        assert report.verified is not False
        bad = wish.diagnosis.health is Health.BAD
        if bad and report.verified and self.stage.before and not gone:
            assert self._code() == self.code_before, report

    @invariant()
    def no_table_is_lost(self) -> None:
        """But by the hand of the one who deletes the stack."""
        type(self).steps += 1
        live = {key for key in self.stage.fake.world.live if key[0] == TABLE}
        approved = bool(self.watched.approved) or self.deleting
        assert self.tables <= live or approved or not self.there
        self.tables = live


@pytest.mark.timeout(900)
def test_a_rollback_keeps_its_promises_whatever_happens() -> None:
    assert_promises_are_kept()


def assert_promises_are_kept() -> None:
    """Try some hundred histories; the proofs try more."""
    Rollbacks.steps = Rollbacks.acts = 0

    run_state_machine_as_test(
        Rollbacks,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

    assert Rollbacks.steps >= 10_000
    assert Rollbacks.acts >= 75, "a rollback that never acts keeps every promise"
