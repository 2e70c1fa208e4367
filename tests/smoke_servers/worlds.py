"""The real world for a test: the probe, botocore, and credentials of nobody."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import botocore.session

from flowguard.aws import smoke
from flowguard.aws.clients import Clients
from flowguard.aws.session import Aws
from flowguard.model.places import Place
from flowguard.probe import Probe
from flowguard.process import Processes
from flowguard.smoke.suite import Suite
from flowguard.smoke.world import World

PLACE = Place("111122223333", "eu-central-1")
KEY_ID = "AKIDEXAMPLE"
SECRET_KEY = "canary-secret-key"
# One for all tests, since it keeps the descriptions of services that it has read.
SESSION = botocore.session.Session()
SESSION.set_credentials(KEY_ID, SECRET_KEY)
NO_SUITE = Suite(())


class WallClock:
    """Real time, but nobody waits for long."""

    def __init__(self) -> None:
        self.cancelled = threading.Event()
        self.waited: list[float] = []

    def now(self) -> float:
        """Seconds."""
        return time.monotonic()

    def wait(self, seconds: float) -> bool:
        """Note how long it would be, and go on."""
        self.waited.append(seconds)
        return not self.cancelled.is_set()


def account(endpoint_url: str | None = None) -> Aws:
    """An account that is signed in to with the credentials of nobody."""
    return Aws(Clients(SESSION, endpoint_url=endpoint_url), PLACE)


@contextmanager
def a_world(
    connect: Callable[[], Aws] = account,
    *,
    suite: Suite = NO_SUITE,
    clock: WallClock | None = None,
    stack_name: str = "",
    environment: Mapping[str, str] | None = None,
    folder: Path = Path(),
) -> Iterator[World]:
    """A world; what the test does not name is not there."""
    with Probe(environment={}) as probe:
        yield smoke.world(
            connect,
            suite,
            send=probe,
            clock=clock or WallClock(),
            run=Processes(lambda _line: None, folder=folder),
            git={"sha": "0123456789abcdef"}.get,
            run_id="run-77",
            stack_name=stack_name,
            environment=environment or {},
        )
