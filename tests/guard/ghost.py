"""What is true of a stack, whatever FlowGuard believes: who deployed what, and when.

It stands before the fake of CloudFormation, sees each operation begin and each call
that FlowGuard makes, and refuses what must never be done.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cloudformation import Fake
from cloudformation.stacks import Release, Stack, Steps
from rollback.stage import NAME

from flowguard.model.rollback import TOKEN_PREFIX
from flowguard.rollback.journal import STAYED

OURS, THEIRS, FLOWGUARD = "ours", "theirs", "flowguard"
DEPLOYS = {"CREATE", "UPDATE", "IMPORT"}
BAD_CODE, BAD_IMAGE = 2, "broken"

State = tuple[int, str]
"""What serves: the number of the code, and the value of the parameter."""


def is_bad(state: State | None) -> bool:
    """Whether a release does not work."""
    return state is None or state[0] == BAD_CODE or state[1] == BAD_IMAGE


def body_of(code: int, *, note: str = "") -> str:
    """A template whose function's code and whose parameter tell releases apart."""
    function = {
        "FunctionName": "orders-api",
        "Code": {"S3Bucket": "artifacts", "S3Key": f"orders/{code}.zip"},
    }
    document: dict[str, Any] = {
        "Description": note or "orders",
        "Parameters": {"Image": {"Type": "String", "Default": "v0"}},
        "Resources": {
            "Api": {"Type": "AWS::Lambda::Function", "Properties": function},
            "Topic": {
                "Type": "AWS::SNS::Topic",
                "Properties": {"DisplayName": {"Ref": "Image"}},
            },
        },
    }
    return json.dumps(document)


def state_of(release: Release) -> State:
    """What a release brings about."""
    function = release.template["Resources"]["Api"]["Properties"]
    return _number(function), release.parameters["Image"]


def _number(function: Mapping[str, Any]) -> int:
    return int(function["Code"]["S3Key"].split("/")[1].removesuffix(".zip"))


@dataclass
class Operation:
    """One on the stack."""

    owner: str
    kind: str
    token: str
    before: State | None
    """What served when it began."""
    at: int
    """How many events the stack had."""
    stack_id: str
    made: State = (0, "")
    """What it was to bring about."""


@dataclass
class Run:
    """What is known to a run of FlowGuard, and what it may do."""

    ours: Callable[[Operation], bool] = lambda _deploy: False
    """Whether a deploy is the pipeline's, by what the run can know."""
    foreign: Callable[[Operation], bool] = lambda _deploy: False
    """Whether it is provably not."""
    approve: str = ""
    unproven_acts: bool = False
    kill_after: int = 0
    """After how many calls it is killed; 0: never."""


class Killed(BaseException):
    """SIGKILL."""


class Ghost:
    """Knows the truth; each call of FlowGuard's goes through it."""

    def __init__(self, fake: Fake) -> None:
        self.fake = fake
        self.history: list[Operation] = []
        self.actor = OURS
        self.run = Run()
        self.plans: dict[str, int] = {}
        """The hash of each plan that was printed, and how much had happened by then."""
        self.begun: list[Operation] = []
        """What the run has begun."""
        self.acted: list[Operation] = []
        """The deploys that it acted on."""
        self.broken: list[str] = []
        """What it must not have done. Told afterwards: what is raised amid a call is
        taken for AWS's answer."""
        self._handle = fake.handle
        fake.handle = self  # type: ignore[method-assign]
        self._begin = fake.lifecycle.begin
        fake.lifecycle.begin = self._began  # type: ignore[method-assign]

    # --- the truth ----------------------------------------------------------------

    @property
    def stack(self) -> Stack:
        """As CloudFormation has it."""
        return self.fake.stack(NAME)

    def live(self) -> State | None:
        """What serves now."""
        stack = self.fake.lifecycle.stacks.get(NAME)
        if stack is None or not {"Api", "Topic"} <= stack.resources.keys():
            return None
        label = str(stack.resources["Topic"].properties["DisplayName"])
        return _number(stack.resources["Api"].properties), label

    def deploys(self, begin: int = 0) -> list[Operation]:
        """Those to the stack as it is now, from the nth operation on."""
        return [
            o
            for o in self.history[begin:]
            if o.kind in DEPLOYS
            and o.owner != FLOWGUARD
            and o.stack_id == self.stack.id
        ]

    def stayed(self, deploy: Operation) -> bool:
        """Whether its release was live once it was over."""
        after = [o.at for o in self.history if o.at > deploy.at]
        rows = self.stack.events[deploy.at : min(after, default=None)]
        own = [r["ResourceStatus"] for r in rows if r["LogicalResourceId"] == NAME]
        return bool(own) and own[-1] in STAYED

    def _began(self, stack: Stack, kind: str, steps: Steps, token: str = "") -> None:
        if stack.name != NAME:
            self._begin(stack, kind, steps, token)
            return
        owner = FLOWGUARD if token.startswith(TOKEN_PREFIX) else self.actor
        status, had, last = stack.status, len(self.history), self.deploys()[-1:]
        known = Operation(owner, kind, token, self.live(), len(stack.events), stack.id)
        self.history.append(known)
        self._begin(stack, kind, steps, token)
        if kind in DEPLOYS:
            known.made = state_of(stack.release)
        if owner == FLOWGUARD and kind != "CONTINUE_ROLLBACK":
            self.begun.append(known)
            self.broken += self._wrong(known, last, status, had)

    def _wrong(
        self, act: Operation, last: list[Operation], status: str, had: int
    ) -> Iterator[str]:
        """What is wrong with an act of FlowGuard's, which has just begun."""
        run = self.run
        row, plan = act.token.removeprefix(TOKEN_PREFIX).split("-")[:2]
        approved = run.approve == plan
        if not last:
            yield "it acts where nothing was deployed"
            return
        deploy = last[0]
        self.acted.append(deploy)
        if approved and self.plans.get(plan) != had:
            yield "it acts on an approval of another state"
        if not approved and run.unproven_acts and run.foreign(deploy):
            yield "it acts on what is known to be somebody else's"
        if not approved and not run.unproven_acts and not run.ours(deploy):
            yield "it acts on what is not proven ours"
        if not approved and act.kind == "DELETE":
            yield "it deletes unasked"
        aim, code_only = deploy.before, row == "B4"
        same = act.made == aim or (code_only and aim and act.made[0] == aim[0])
        if act.kind == "UPDATE" and not same:
            yield f"it restores {act.made}, and {deploy.before} was live before"
        if not status.endswith("_FAILED") and not is_bad(deploy.made):
            yield f"it takes a good release back: {deploy.made}"

    # --- what FlowGuard calls -------------------------------------------------------

    def begins(self, run: Run) -> None:
        """Another run of FlowGuard's begins."""
        self.run, self.begun, self.acted, self.broken = run, [], [], []

    def __call__(self, service: str, name: str, asked: dict[str, Any]) -> Any:
        """One call."""
        join()
        answer = self._handle(service, name, asked)
        self.run.kill_after -= 1
        if self.run.kill_after == 0:
            raise Killed
        return answer


def join() -> None:
    """Wait for the guarded command, so that each test goes the same way each time."""
    for thread in threading.enumerate():
        if (
            thread.name == "guarded command"
            and thread is not threading.current_thread()
        ):
            thread.join()


class Clock:
    """The account's; whoever looks at it waits for the guarded command first."""

    def __init__(self, fake: Fake) -> None:
        self._clock = fake.clock

    def now(self) -> float:
        """Seconds since the test began."""
        join()
        return self._clock.now()

    def wait(self, seconds: float) -> bool:
        """Let time pass, at once."""
        return self._clock.wait(seconds)
