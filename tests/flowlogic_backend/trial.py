"""The example's smoke tests, run against the backend.

All of it is real: the spec is the example's own, the requests go over sockets, the
outputs are a deployed stack's, and the tokens are those of a user pool in which a user
is made and removed. Only the clock goes faster, since a failure is confirmed seconds
later.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import cloudformation.fake
import pytest
import smoke_servers.serving
from cloudformation.fake import Fake
from smoke_servers.cognito import AppClient, UserPool
from smoke_servers.serving import Answer

from flowguard.aws import smoke
from flowguard.aws.clients import Clients
from flowguard.aws.session import Aws
from flowguard.model.exchange import Fault, Request, Response
from flowguard.model.smoke import SmokeReport
from flowguard.probe import Probe
from flowguard.process import Processes
from flowguard.smoke import runner, spec
from flowguard.smoke.baseline import Baseline
from flowguard.smoke.world import World
from flowlogic_backend.breaks import Break
from flowlogic_backend.server import serving
from flowlogic_backend.service import CLIENT, FRONTEND, RELEASE, Backend

EXAMPLE = Path(__file__).parents[2] / "examples" / "flowlogic"
SUITE = spec.load(EXAMPLE / "smoke.yml", EXAMPLE)
STACK = "flowlogic-backend-staging"
SPEED = 30.0
PATIENCE = 0.3
"""Seconds that an answer is waited for where none will come."""
_numbers = itertools.count(1)


class FastClock:
    """Real time, but more of it."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._never = threading.Event()

    def now(self) -> float:
        """Seconds."""
        return time.monotonic() * self._speed

    def wait(self, seconds: float) -> bool:
        """Wait for that part of them which is real."""
        return not self._never.wait(seconds / self._speed)


@dataclass(frozen=True)
class Account:
    """Where the backend is deployed: its stacks and its user pool."""

    fake: Fake
    aws: Aws
    pool: UserPool
    internet: str
    """What answers while this runner is online."""

    def deploy(self, url: str) -> str:
        """A stack whose API is at a URL; gives its name."""
        outputs = {
            "ServiceEndpoint": url,
            "UserPoolId": self.pool.id,
            "UserPoolClientId": CLIENT,
            "FrontendUrl": FRONTEND,
        }
        template = {
            "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
            "Outputs": {name: {"Value": value} for name, value in outputs.items()},
        }
        name = f"{STACK}-{next(_numbers)}"
        self.fake.seed(name, "UPDATE_COMPLETE", json.dumps(template))
        return name


@contextmanager
def an_account() -> Iterator[Account]:
    """An account: CloudFormation at one port, Cognito at another."""
    pool = UserPool(clients={CLIENT: AppClient()})
    with (
        cloudformation.fake.serving() as fake,
        smoke_servers.serving.serving(pool) as users,
        smoke_servers.serving.serving(lambda _asked: Answer()) as internet,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", users)
        patch.setenv("AWS_ENDPOINT_URL", fake.url)
        aws = Aws(Clients(cloudformation.fake.SESSION), fake.place)
        yield Account(fake, aws, pool, internet)


@contextmanager
def a_world(
    account: Account, url: str, *, speed: float = SPEED, patience: float | None = None
) -> Iterator[World]:
    """What a run is given; whoever has no patience waits less for an answer."""
    with Probe(environment={}) as probe:

        def send(request: Request) -> Response | Fault:
            least = min(request.timeout, patience or request.timeout)
            return probe(replace(request, timeout=least))

        yield smoke.world(
            lambda: account.aws,
            SUITE,
            send=send,
            clock=FastClock(speed),
            run=Processes(lambda _line: None, folder=EXAMPLE),
            git={"sha": RELEASE}.get,
            run_id=f"run-{next(_numbers)}",
            stack_name=account.deploy(url),
            environment={"AWS_ENDPOINT_URL": account.internet},
        )


@dataclass
class Deployed:
    """The backend at a URL, which a deploy may break."""

    account: Account
    backend: Backend
    url: str

    def tested(
        self,
        *,
        baseline: Baseline | None = None,
        speed: float = SPEED,
        patience: float | None = None,
    ) -> SmokeReport:
        """What the smoke tests find."""
        with a_world(self.account, self.url, speed=speed, patience=patience) as world:
            return runner.run(SUITE, world, baseline=baseline)

    def before(self) -> Baseline:
        """What they find before a deploy."""
        with a_world(self.account, self.url) as world:
            return runner.take(SUITE, world)[1]


@contextmanager
def deployed(account: Account, *broken: Break) -> Iterator[Deployed]:
    """The backend, broken so."""
    backend = Backend(account.pool, broken)
    with serving(backend) as url:
        yield Deployed(account, backend, url)
