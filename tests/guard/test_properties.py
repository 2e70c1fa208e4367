"""Whatever colleagues, clocks and AWS do, `verify`, `deploy` and `guard` keep their word.

Random deploys of ours and of others, before, after and amid a run; clocks that are off,
reads that are throttled or denied, kills, runs again, approvals gone stale. The smoke
tests are a function of what is live; the account is the fake, without HTTP.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import hypothesis.strategies as st
import pytest
from cloudformation import Call, Fake, Refused, broken, cut, denied, throttled
from guard.ghost import (
    FLOWGUARD,
    OURS,
    THEIRS,
    Clock,
    Ghost,
    Killed,
    Operation,
    Run,
    State,
    body_of,
    is_bad,
)
from guard.service import code_of
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from rollback.stage import NAME, Stage

from flowguard.aws.operations import Operations
from flowguard.errors import FlowGuardError
from flowguard.guard.command import Asked as Guarded
from flowguard.guard.command import guard
from flowguard.guard.deploy import Asked, deploy
from flowguard.guard.evidence import AtHand, Holding
from flowguard.guard.release import Naming, Release
from flowguard.guard.verify import verify
from flowguard.guard.world import Outcome, World
from flowguard.model import smoke as words
from flowguard.model.ownership import Whose
from flowguard.model.readiness import Readiness
from flowguard.model.smoke import SmokeOutcome, SmokePhase, SmokeReport, SmokeResult
from flowguard.release import Artifact, LocalRelease
from flowguard.rollback.look import Wish
from flowguard.rollback.ownership import Deploy
from flowguard.rollback.row import GOOD, MOVING, TAKEN_BACK
from flowguard.rollback.world import World as Account
from flowguard.smoke.suite import Gate
from flowguard.smoke.world import CommandResult

EXAMPLES, STEPS = 140, 50
"""More than 5,000 steps; `rollback` alone has twice as many, and the proofs more."""

DAY = 86_400
READS = (
    "describe_stacks",
    "describe_stack_events",
    "get_template",
    "list_stack_resources",
    "get_function",
)
CALLS = (
    "create_change_set",
    "describe_change_set",
    "execute_change_set",
    "cancel_update_stack",
    "rollback_stack",
)
GOES_WRONG = {"throttled": throttled, "denied": denied, "cut": cut, "broken": broken}

often = st.sampled_from
Given = dict[str, Any]


def but_for(most: int, usual: Given, **others: list[Any]) -> st.SearchStrategy[Given]:
    """What is usual, but for a few things: one draw for each of them alone."""
    pairs = [(name, value) for name, values in others.items() for value in values]
    few = st.lists(often(pairs), max_size=most)
    return few.map(lambda found: {**usual, **dict(found)})


RELEASE = but_for(
    3,
    {
        "code": 2,
        "image": "v0",
        "minutes": 0,
        "seconds": 10_000,
        "by": "update",
        "fails": "",
        "disabled": False,
    },
    code=[1, 2, 3, 3, 3],
    image=["v1", "broken"],
    minutes=[5, 60, 60],
    seconds=[0, 20, 60],
    by=["change set", "the same tool"],
    fails=["update", "stuck"],
    disabled=[True],
)
BEFALLS = often([*GOES_WRONG, "throttled", "a colleague", "a colleague", "a colleague"])
HOOK = st.tuples(
    often([*READS, *CALLS, "measure", "measure"]),
    st.integers(1, 4),
    BEFALLS,
    st.booleans(),
    RELEASE,
)
RUN = st.builds(
    lambda run, hooks: {**run, "hooks": hooks},
    but_for(
        3,
        {
            "smoke": "steady",
            "baseline": "",
            "commit": "",
            "approve": "",
            "unproven_acts": False,
            "dry_run": False,
            "kill_after": 0,
            "timeout": 100_000.0,
            "before": "kept",
        },
        smoke=["flaky", "unmeasurable", "refused"],
        baseline=["bad", "bad"],
        commit=["whose answers", "whose good code answers"],
        approve=["the last plan", "the last plan", "0123"],
        unproven_acts=[True, True],
        dry_run=[True],
        kill_after=[3, 8, 15, 25, 40],
        timeout=[60.0, 3600.0],
        before=["none"],
    ),
    st.one_of(st.just([]), st.just([]), st.lists(HOOK, min_size=1, max_size=2)),
)
"""How somebody runs it, and what happens meanwhile."""
KNOWN = but_for(
    1,
    {"at_hand": "what was deployed", "named": ""},
    at_hand=["", "without values", "another"],
    named=["token", "record", "change set", "never"],
)
"""What is known to the pipeline of its own deploy."""


@dataclass
class Measured:
    """What the smoke tests met."""

    state: State | None
    outcome: SmokeOutcome | None
    """None where they could not be run."""


class Deploys(RuleBasedStateMachine):
    """One stack, and everybody who deploys to it."""

    steps = 0
    acts = 0

    def __init__(self) -> None:
        super().__init__()
        self.fake = Fake()
        self.stage = Stage(self.fake, self.fake.direct())
        self.ghost = Ghost(self.fake)
        self.at_hand: tuple[State, bool] | None = None
        """What lies in the pipeline's folder, and whether its values are known."""
        self.deploy: Deploy | None = None
        """What the pipeline names."""
        self.named: Operation | None = None
        """Which operation that truly is."""
        self.since = 0
        """How much had happened when the snapshot was taken."""
        self.plan = ""
        self.measured: list[Measured] = []
        self.given: Given = {}
        self.meddled = 0
        """How many deploys of colleagues came amid the run."""
        self.number = 0
        self.stage.create(body_of(1))

    # --- what happens to the stack ------------------------------------------------

    @rule(
        readiness=often([Readiness.GREEN] * 4 + [None, Readiness.RED, Readiness.AMBER]),
        off=often([0, 0, 0, -3 * DAY, -300, 300, 3 * DAY]),
        knows=often([True] * 5 + [False]),
    )
    def take_a_snapshot(
        self, readiness: Readiness | None, off: int, knows: bool
    ) -> None:
        """By a clock that may be off; where events are denied it does not know them."""
        if self.ghost.stack.status not in GOOD | TAKEN_BACK:
            return
        taken = self.stage.snapshot(readiness)
        moved = taken.taken_at + timedelta(seconds=off)
        last = taken.last_event if knows else ""
        self.stage.before = replace(taken, taken_at=moved, last_event=last)
        self.since = len(self.ghost.history)

    @rule(release=RELEASE, known=KNOWN)
    def we_deploy(self, release: Given, known: Given) -> None:
        before = len(self.ghost.history)
        self._deploy(OURS, release)
        found = self.ghost.history[before:]
        self._knows(release, known, found[0] if found else None)

    @rule(release=RELEASE, same=often([False, False, False, True]))
    def a_colleague_deploys(self, release: Given, same: bool) -> None:
        if same and self.at_hand:
            (code, image), _ = self.at_hand
            release = {**release, "code": code, "image": image}
        self._deploy(THEIRS, release)

    @rule()
    def somebody_deploys_elsewhere(self) -> None:
        with suppress(Refused):
            self._elsewhere()

    @rule(seconds=often([1, 60, 600, 10_000, 3 * DAY]))
    def time_passes(self, seconds: int) -> None:
        self.fake.advance(seconds)

    def _mend(self) -> None:
        """Somebody gets the stack going again."""
        mends = {
            "UPDATE_ROLLBACK_FAILED": "continue_update_rollback",
            "UPDATE_FAILED": "rollback_stack",
        }
        self.fake.world._scripts.clear()  # noqa: SLF001
        if does := mends.get(self.ghost.stack.status):
            self.ghost.actor = THEIRS
            self.fake.do(does, StackName=NAME)
            self.fake.settle()
            self.ghost.actor = OURS

    def _elsewhere(self) -> None:
        self.number += 1
        self.fake.do(
            "create_stack",
            StackName=f"another-{self.number}",
            TemplateBody=body_of(2).replace("orders-api", f"other-{self.number}"),
        )
        self.fake.settle()

    def _knows(self, release: Given, known: Given, made: Operation | None) -> None:
        """What the pipeline has in hand after its deploy, which may have been refused."""
        state = (release["code"], release["image"])
        values = known["at_hand"] != "without values"
        if known["at_hand"] == "another":
            state = (state[0] % 3 + 1, state[1])
        self.at_hand = (state, values) if known["at_hand"] else None
        self.deploy, self.named = None, made
        rows = self.ghost.stack.events
        match known["named"]:
            case "token" if made:
                self.deploy = Deploy(token=made.token)
            case "record" if made:
                self.deploy = Deploy(record=rows[-1]["EventId"])
            case "change set" if made and release["by"] != "update":
                self.deploy = Deploy(change_set_id=self.ghost.stack.change_set_id)
            case "never":
                self.deploy, self.named = Deploy(token="deploy-never"), None
            case _:
                self.named = None

    def _deploy(self, actor: str, release: Given, *, settle: bool = True) -> None:
        """A deploy by whatever means; refused where the stack does not take it."""
        self.ghost.actor = actor
        if release["fails"]:
            self.fake.script("Topic", "update", "Invalid parameter")
            again = "Rate exceeded" if release["minutes"] else "Resource is gone"
            if release["fails"] == "stuck":
                self.fake.script("Api", "rollback", again)
        try:
            self._send(release)
        except Refused:
            return
        finally:
            self.ghost.actor = OURS
        if settle:
            self.fake.advance(release["seconds"])

    def _send(self, release: Given) -> None:
        self.number += 1
        window = {"MonitoringTimeInMinutes": release["minutes"], "RollbackTriggers": []}
        body = body_of(release["code"])
        asked = {
            "StackName": NAME,
            "TemplateBody": body,
            "Parameters": [
                {"ParameterKey": "Image", "ParameterValue": release["image"]}
            ],
            "RollbackConfiguration": window,
        }
        token = f"deploy-{self.number}"
        self.fake.advance(60)
        if release["by"] == "update":
            asked |= {"DisableRollback": release["disabled"]}
            self.fake.do("update_stack", **asked, ClientRequestToken=token)
            return
        if release["by"] == "the same tool":
            same = self._release(release["code"], release["image"])
            token = Naming(same.content, f"x{self.number}").token
        name = f"set-{self.number}"
        found = self.fake.do("create_change_set", **asked, ChangeSetName=name)
        self.fake.do(
            "execute_change_set",
            StackName=NAME,
            ChangeSetName=found["Id"],
            ClientRequestToken=token,
            DisableRollback=release["disabled"],
        )

    # --- FlowGuard ------------------------------------------------------------------

    @rule(run=RUN)
    def verify(self, run: Given) -> None:
        """What the pipeline does after its deploy, or does again, or days later."""
        before = self.stage.before if run["before"] == "kept" else None
        wish = Wish(
            NAME,
            before,
            self.deploy,
            unproven_acts=run["unproven_acts"],
            approve=self._approval(run),
            dry_run=run["dry_run"],
            timeout=run["timeout"],
        )
        self._begin(run, self._ours, self._foreign)
        outcome = self._carry_out(lambda: verify(self._world(), wish))
        if outcome is None:
            return
        if run["dry_run"]:
            assert not self.ghost.begun
        self._judge(outcome)
        known = before is not None and bool(before.last_event)
        self._judge_ownership(outcome, self.since if known else None)
        if code_of(outcome) == 0:
            self._is_ours_live(outcome)

    @rule(
        release=RELEASE,
        known=KNOWN,
        run=RUN,
        readiness=often([Readiness.GREEN, Readiness.GREEN, None]),
        off=often([0, 0, -3 * DAY, 300]),
        colleagues=st.tuples(*[st.one_of(st.none(), st.none(), RELEASE)] * 2),
    )
    def a_pipeline(
        self,
        *,
        release: Given,
        known: Given,
        run: Given,
        readiness: Readiness | None,
        off: int,
        colleagues: tuple[Given | None, Given | None],
    ) -> None:
        """Snapshot, deploy, verify, as it should be, colleagues around the deploy."""
        self.fake.settle()
        self._mend()
        self.take_a_snapshot(readiness, off, True)
        if colleagues[0]:
            self._deploy(THEIRS, {**colleagues[0], "seconds": 10_000})
        self.we_deploy(release, known)
        if colleagues[1]:
            self._deploy(THEIRS, colleagues[1])
        self.verify(run)

    @rule(
        release=RELEASE,
        run=RUN,
        does=often(["deploys"] * 4 + ["nothing", "deploys elsewhere"]),
        status=often([0, 0, 1]),
        known=KNOWN,
        colleague=st.one_of(st.none(), st.none(), RELEASE),
    )
    def guard(
        self,
        *,
        release: Given,
        run: Given,
        does: str,
        status: int,
        known: Given,
        colleague: Given | None,
    ) -> None:
        """The user's own command, a colleague's deploy beside it."""
        self._begin(run, self._ours, self._foreign)
        self.deploy = None
        begun = len(self.ghost.history)

        def command() -> CommandResult:
            if colleague:
                self._deploy(THEIRS, colleague)
            if does == "deploys":
                self.we_deploy(release, {**known, "named": ""})
            elif does == "deploys elsewhere":
                with suppress(Refused):
                    self._elsewhere()
            return CommandResult(status, "")

        asked = Guarded(
            NAME,
            command,
            lambda: None,
            timeout=run["timeout"],
            unproven_acts=run["unproven_acts"],
        )
        outcome = self._carry_out(lambda: guard(self._world(), asked))
        if outcome is None:
            return
        self._judge(outcome)
        self._judge_ownership(outcome, begun)
        if code_of(outcome) == 0:
            assert status == 0
            self._is_ours_live(outcome)
            nothing = len(self.ghost.history) == begun
            assert not nothing or self.at_hand, "it deployed elsewhere, if at all"

    @rule(release=RELEASE, run=RUN)
    def flowguard_deploys(self, release: Given, run: Given) -> None:
        """`flowguard deploy`, a colleague's deploy amid it."""
        wanted = (release["code"], release["image"])
        self.number += 1
        asked = Asked(f"r{self.number}", "eu-central-1", timeout=run["timeout"])
        made = replace(self._release(*wanted), window=release["minutes"] or 5)
        self._begin(
            {**run, "unproven_acts": False},
            lambda d: d.made == wanted and d.token.startswith("flowguard-deploy-"),
            lambda d: d.made != wanted,
        )
        outcome = self._carry_out(lambda: deploy(self._world(), made, asked))
        if outcome is None:
            return
        self._judge(outcome)
        owned = outcome.rollback.ownership
        assert owned is None or owned.whose is not Whose.FOREIGN or self.meddled
        if code_of(outcome) == 0:
            assert self.measured[-1].state == wanted, "another release was tested"
            if not self.meddled:
                assert self.ghost.live() == wanted, "it is not deployed"

    def _release(self, code: int, image: str) -> Release:
        return Release(
            NAME,
            body_of(code),
            declared=frozenset({"Image"}),
            parameters={"Image": image},
        )

    # --- a run ----------------------------------------------------------------------

    def _begin(
        self,
        run: Given,
        ours: Callable[[Operation], bool],
        foreign: Callable[[Operation], bool],
    ) -> None:
        known = Run(
            ours, foreign, self._approval(run), run["unproven_acts"], run["kill_after"]
        )
        self.ghost.begins(known)
        self.given, self.measured, self.meddled = run, [], 0
        for operation, n, what, answered, release in run["hooks"]:
            if operation == "measure":
                continue
            if what == "a colleague":
                if operation != "cancel_update_stack":  # AWS takes no condition there
                    self.fake.on(operation, n, partial(self._meddled_with, release))
                continue
            late = answered and what in {"cut", "broken"}
            self.fake.on(operation, n, GOES_WRONG[what], answered=late)

    def _meddled_with(self, release: Given, _call: Call) -> None:
        self._meddle(release)

    def _meddle(self, release: Given) -> None:
        before = len(self.ghost.history)
        with suppress(Refused):
            self._deploy(THEIRS, release)
        self.meddled += len(self.ghost.history) - before

    def _carry_out(self, work: Callable[[], Outcome]) -> Outcome | None:
        """What comes of a run; None where it is killed, or refuses to begin."""
        outcome = None
        with suppress(Killed, FlowGuardError):
            outcome = work()
        self.ghost.run.kill_after = 0
        self.fake._hooks.clear()  # noqa: SLF001
        type(self).acts += len(self.ghost.begun)
        assert not self.ghost.broken, (self.ghost.broken, outcome)
        deploys = {id(d) for d in self.ghost.acted}
        assert len(deploys) <= 1, "one rollback in a run"
        if outcome and outcome.rollback.plan_hash:
            self.plan = outcome.rollback.plan_hash
            self.ghost.plans[self.plan] = len(self.ghost.history)
        return outcome

    def _approval(self, run: Given) -> str:
        given: str = run["approve"]
        return self.plan if given == "the last plan" else given

    def _world(self) -> World:
        account = Operations(self.stage.aws, before=self.stage.before)
        world = Account(account, Clock(self.fake))
        holding = Holding(world, AtHand(self._at_hand))
        return World(replace(world, evidence=holding), self._measure, Gate())

    def _at_hand(self) -> tuple[LocalRelease, ...]:
        if self.at_hand is None:
            return ()
        (code, image), values = self.at_hand
        digest = hashlib.sha256(f"release {code}".encode()).digest()
        zipped = Artifact("Api", code_sha256=base64.b64encode(digest).decode())
        template = json.loads(body_of(code))
        known = {"Image": image} if values else {}
        return (LocalRelease("template.json", template, (zipped,), known),)

    def _measure(self) -> SmokeReport:
        """What the smoke tests say of what is live right now."""
        for operation, _, what, first, release in self.given["hooks"]:
            if operation == "measure" and what == "a colleague" and first:
                self._meddle(release)
        state = self.ghost.live()
        smoke = self.given["smoke"]
        if smoke == "refused":
            self.measured.append(Measured(state, None))
            raise FlowGuardError("the spec cannot be read", help="mend it")
        outcome = self._outcome(state)
        self.measured.append(Measured(state, outcome))
        phases = tuple(self._phase(state))
        result = SmokeResult("health", outcome, "500" if is_bad(state) else "")
        for operation, _, what, first, release in self.given["hooks"]:
            if operation == "measure" and what == "a colleague" and not first:
                self._meddle(release)
        return SmokeReport((result,), phases)

    def _outcome(self, state: State | None) -> SmokeOutcome:
        smoke, before = self.given["smoke"], self.given["baseline"]
        if smoke == "unmeasurable":
            return SmokeOutcome.ERRORED
        if smoke == "flaky" and len(self.measured) % 2 == 0:
            return SmokeOutcome.INCONCLUSIVE
        if not is_bad(state):
            return SmokeOutcome.PASSED
        return SmokeOutcome.PRE_EXISTING if before == "bad" else SmokeOutcome.FAILED

    def _phase(self, state: State | None) -> list[SmokePhase]:
        """Whose code answers, where the spec asks and the answer tells."""
        commit = self.given["commit"]
        if not commit or self.at_hand is None or state is None:
            return []
        if is_bad(state) and commit == "whose good code answers":
            return [SmokePhase("release", SmokeOutcome.ERRORED, "no answer tells")]
        ours = state[0] == self.at_hand[0][0]
        answered = words.OURS if ours else words.ANOTHER
        outcome = SmokeOutcome.PASSED if ours else SmokeOutcome.ERRORED
        return [SmokePhase("release", outcome, "as it answers", answered=answered)]

    # --- what must hold ---------------------------------------------------------------

    def _matches(self, state: State | None) -> bool:
        """Whether a release is the one at hand, as far as that is known."""
        if self.at_hand is None or state is None:
            return False
        mine, values = self.at_hand
        return state == mine if values else state[0] == mine[0]

    def _ours(self, made: Operation) -> bool:
        if self.deploy:
            return made is self.named
        answers = bool(self.given["commit"] and self.at_hand)
        answered = answers and self.at_hand and made.made[0] == self.at_hand[0][0]
        return self._matches(made.made) or bool(answered and self.given["hooks"])

    def _foreign(self, made: Operation) -> bool:
        return self.deploy is not None and made is not self.named

    def _judge(self, outcome: Outcome) -> None:
        """What the exit code stands for."""
        code = code_of(outcome)
        last = self.measured[-1] if self.measured else None
        if code == 0:
            assert last, "nothing was measured"
            assert last.outcome in {SmokeOutcome.PASSED, SmokeOutcome.PRE_EXISTING}
            assert self.ghost.stack.status not in MOVING or self.meddled
        deploys, history = self.ghost.deploys(), self.ghost.history
        if code in {4, 5} and not self.meddled:
            # CloudFormation's own rollback may be one that nobody can verify.
            native = code == 5 and self.ghost.stack.status in TAKEN_BACK
            assert native or history[-1].owner == FLOWGUARD, outcome.rollback
        if code == 4 and not self.meddled:
            assert deploys, "nothing was deployed"
            live, before = self.ghost.live(), deploys[-1].before
            row = outcome.rollback.row
            assert live == before or (row == "B4" and live and before), (live, before)

    def _is_ours_live(self, outcome: Outcome) -> None:
        """Where it ends with 0, a release that is named or at hand is the live one."""
        if self.given["hooks"]:
            return
        if self.at_hand and not self.deploy:
            assert self._matches(self.ghost.live()), outcome.rollback
        if self.deploy:
            deploys = self.ghost.deploys()
            named = bool(deploys) and deploys[-1] is self.named
            assert named or self._matches(self.ghost.live()), outcome.rollback

    def _judge_ownership(self, outcome: Outcome, begin: int | None) -> None:
        """`begin` is how much had happened by the snapshot, where that is known."""
        owned = outcome.rollback.ownership
        if owned is None or self.given["hooks"]:
            return
        deploys = self.ghost.deploys(begin or 0)
        if begin is not None:
            none = owned.whose is Whose.NONE
            assert none is not bool(deploys), (owned, deploys)
        if owned.whose is Whose.OURS:
            assert self.ghost.run.ours(deploys[-1]), (owned, deploys[-1])
        if owned.whose is Whose.FOREIGN:
            assert not self._ours(deploys[-1]), (owned, deploys[-1])

    @invariant()
    def one_more(self) -> None:
        type(self).steps += 1


@pytest.mark.timeout(900)
def test_a_guarded_deploy_keeps_its_promises_whatever_happens() -> None:
    assert_promises_are_kept()


def assert_promises_are_kept() -> None:
    """Try some hundred histories; the proofs try more."""
    Deploys.steps = Deploys.acts = 0

    run_state_machine_as_test(
        Deploys,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

    assert Deploys.steps >= 5_000
    assert Deploys.acts >= 60, "a rollback that never acts keeps every promise"
