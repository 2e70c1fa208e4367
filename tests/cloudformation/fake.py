"""The account that a test talks to, and what a test can do to it."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import botocore.session
from botocore import xform_name

from cloudformation import services, templates, traffic
from cloudformation.direct import Direct
from cloudformation.lifecycle import Lifecycle
from cloudformation.refusals import Refused
from cloudformation.stack_api import StackApi
from cloudformation.stacks import Clock, Release, Stack
from cloudformation.wire import Cut, Serving, Wire
from cloudformation.world import World
from flowguard.aws.clients import Clients
from flowguard.aws.limits import RateBudget
from flowguard.aws.pool import Pool
from flowguard.aws.session import Aws
from flowguard.model.places import Place

PLACE = Place("111122223333", "eu-central-1")

# One for all tests, since it keeps the descriptions of services that it has read.
SESSION = botocore.session.Session()
SESSION.set_credentials("key", "secret")


@dataclass(frozen=True)
class Call:
    """One that reached the account."""

    service: str
    operation: str
    """As boto3 has it: `describe_stacks`."""
    parameters: Mapping[str, Any]


Do = Callable[[Call], None]
"""What happens before a call is answered; it may raise `Refused` or `Cut`."""


class Fake:
    """An account of AWS's, as far as a rollback sees it."""

    def __init__(self, place: Place = PLACE) -> None:
        self.place = place
        self.clock = Clock()
        self.tick = 1.0
        """How far each call that describes a stack or its events moves the clock."""
        self.world = World(self.clock)
        self.lifecycle = Lifecycle(self.clock, self.world)
        account = str(place.account_id)
        self.stacks = StackApi(self.lifecycle, account, place.region)
        self.calls: list[Call] = []
        self.url = ""
        self._lock = threading.RLock()
        self._counts: dict[str, int] = defaultdict(int)
        self._hooks: dict[str, dict[int, Do]] = defaultdict(dict)
        self._after: set[tuple[str, int]] = set()
        self._services: dict[str, Any] = {
            "cloudformation": self.stacks,
            "sts": services.Sts(account),
            "s3": services.S3(self.world, self.clock, account),
            "lambda": traffic.Lambda(self.world),
            "apigateway": traffic.ApiGateway(self.world),
            "apigatewayv2": traffic.ApiGatewayV2(self.world),
            "dynamodb": services.DynamoDb(self.world),
            "codedeploy": traffic.CodeDeploy(self.world),
            "cloudwatch": services.CloudWatch(self.world, self.clock),
            "kms": services.Kms(),
            "sns": services.Sns(self.world),
        }

    # --- what a test does ---------------------------------------------------

    def seed(self, name: str, status: str, body: str, **parameters: str) -> Stack:
        """A stack that is found in that state, with nothing that goes on."""
        stack = self.stacks.add(name)
        stack.release = Release(body, templates.read(body), parameters)
        stack.resources = templates.resources(stack, stack.release)
        for resource in stack.resources.values():
            self.world.put(resource, new=False)
            stack.states[resource.logical_id] = ("CREATE_COMPLETE", "")
        stack.settle()
        self.lifecycle.move(stack, status)
        return stack

    def on(self, operation: str, n: int, do: Do, *, answered: bool = False) -> None:
        """Let `do` happen at the nth call of an operation from now (0: at each).

        It happens before the operation is carried out, or with `answered`
        between that and the answer: what is cut then was done.
        """
        at = n and self._counts[operation] + n
        self._hooks[operation][at] = do
        (self._after.add if answered else self._after.discard)((operation, at))

    def script(
        self, logical_id: str, phase: str, reason: str, *, times: int = 1
    ) -> None:
        """Let a resource fail when it is next brought about.

        The phase is `create`, `update`, `rollback` (native or RollbackStack),
        `continue` or `delete`.
        """
        self.world.script(logical_id, phase, reason, times)

    def advance(self, seconds: float) -> None:
        """Let time pass, with all that happens in it."""
        with self._lock:
            self.clock.seconds += seconds
            self.lifecycle.run()

    def settle(self) -> None:
        """Let time pass until no stack moves."""
        with self._lock:
            while moving := [s for s in self.lifecycle.stacks.values() if s.steps]:
                self.clock.seconds = max(self.clock.seconds, min(s.due for s in moving))
                self.lifecycle.run()

    def do(self, operation: str, **asked: Any) -> dict[str, Any]:
        """Somebody else's call to CloudFormation: it is in no record of calls."""
        with self._lock:
            self.lifecycle.run()
            answer: dict[str, Any] = getattr(self.stacks, operation)(asked)
            return answer

    def stack(self, name: str) -> Stack:
        """What CloudFormation remembers of a stack."""
        return self.lifecycle.stacks[name]

    def asked(self, *operations: str) -> list[Call]:
        """The recorded calls, of these operations only where some are named."""
        return [c for c in self.calls if not operations or c.operation in operations]

    def aws(self, *, retries: int = 1) -> Aws:
        """The account as FlowGuard signs in to it, with no wait for its turns.

        `retries` are botocore's own attempts at each call, which take real time.
        """
        clients = Clients(
            SESSION,
            endpoint_url=self.url,
            budget=RateBudget(sleep=lambda _seconds: None),
            retries={"mode": "standard", "total_max_attempts": retries},
        )
        return Aws(clients, self.place, pool=Pool(4, "fake"))

    def direct(self) -> Aws:
        """The same without HTTP: a hundred times as quick."""
        return Direct(self, SESSION, self.place)

    # --- what the wire does -------------------------------------------------

    def operations(self) -> Mapping[str, set[str]]:
        """Those that are answered, by service."""
        return {
            name: {
                o for o in dir(service) if callable(getattr(service, o)) and o[0] != "_"
            }
            for name, service in self._services.items()
        }

    def handle(self, service: str, name: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Answer one call."""
        call = Call(service, xform_name(name), asked)
        with self._lock:
            self.calls.append(call)
            self._counts[call.operation] += 1
            at = self._counts[call.operation]
        hooks = self._hooks[call.operation]
        which = at if at in hooks else 0
        do = hooks.get(which, _nothing)
        late = (call.operation, which) in self._after
        if not late:
            do(call)
        with self._lock:
            if call.operation in {"describe_stacks", "describe_stack_events"}:
                self.clock.seconds += self.tick
            self.lifecycle.run()
            act = getattr(self._services.get(service), call.operation, None)
            if act is None:
                raise Refused("InvalidAction", f"{service} has no {name} here", 501)
            answer: dict[str, Any] = act(asked)
        if late:
            do(call)
        return answer


def _nothing(_call: Call) -> None:
    """Let the call be answered."""


# --- what may happen to a call ----------------------------------------------


def throttled(_call: Call) -> None:
    """Say that there were too many calls."""
    raise Refused("Throttling", "Rate exceeded")


def denied(call: Call) -> None:
    """Say that the caller may not."""
    action = f"{call.service}:{''.join(w.title() for w in call.operation.split('_'))}"
    said = f"User: tester is not authorized to perform: {action}"
    raise Refused("AccessDenied", said, 403)


def broken(_call: Call) -> None:
    """Answer with an error of the service's own."""
    raise Refused("InternalFailure", "An internal error has occurred", 500)


def cut(_call: Call) -> None:
    """Close the connection without an answer."""
    raise Cut


def slow(seconds: float) -> Do:
    """Take that long, in real time."""
    return lambda _call: time.sleep(seconds)


@contextmanager
def serving(place: Place = PLACE) -> Iterator[Fake]:
    """A new account on a port of the loopback, while the block runs."""
    fake = Fake(place)
    server = Serving(Wire(fake.operations(), fake.handle))
    fake.url = server.url
    try:
        yield fake
    finally:
        server.close()
