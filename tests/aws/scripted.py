"""An account that answers each call by a function of its operation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from aws.stubbed import PLACE, SESSION

from flowguard.aws import declared, fence
from flowguard.aws.clients import Clients
from flowguard.aws.limits import RateBudget
from flowguard.aws.pool import Pool
from flowguard.aws.session import Aws

Reply = Callable[[str, Mapping[str, Any]], Mapping[str, Any] | str]
"""From operation and parameters to the answer, or to an error's code."""


class Scripted(Clients):
    """Asks no AWS; `asked` has every call of a script, in order."""

    def __init__(self) -> None:
        super().__init__(SESSION, budget=RateBudget(sleep=lambda _seconds: None))
        self._scripted: set[tuple[str, str]] = set()
        self.begin(lambda _operation, _parameters: {})

    def begin(self, reply: Reply) -> None:
        """Answer by `reply` from now on."""
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        self.regions: set[str] = set()
        self._reply = reply

    def get(
        self, service: str, region: str, *, endpoint_url: str = "", **settings: Any
    ) -> Any:
        """A client whose calls are answered before they are sent."""
        client = super().get(service, region, endpoint_url=endpoint_url, **settings)
        self.regions.add(region)
        if (service, region) not in self._scripted:
            self._scripted.add((service, region))
            client.meta.events.register("provide-client-params.*.*", self._ask)
            client.meta.events.register("before-call.*.*", self._answer)
        return client

    def _ask(self, model: Any, params: Mapping[str, Any], **_: object) -> None:
        self.asked.append((model.name, dict(params)))

    def _answer(self, **_: object) -> Any:
        operation, params = self.asked[-1]
        reply = self._reply(operation, params)
        status = 200
        if isinstance(reply, str):
            status = 403 if reply.startswith("AccessDenied") else 400
            status = int(reply) if reply.isdigit() else status
            reply = {"Error": {"Code": reply, "Message": "so it is"}}
        metadata = {"ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": {}}}
        return SimpleNamespace(status_code=status), dict(reply) | metadata

    @property
    def operations(self) -> list[str]:
        """The operations that were asked for, in order."""
        return [operation for operation, _ in self.asked]


CLIENTS = Scripted()
"""The same for all tests, since clients are slow to make."""


@contextmanager
def scripted(reply: Reply) -> Iterator[tuple[Aws, Scripted]]:
    """An account that must not be asked anything twice."""
    CLIENTS.begin(reply)
    # One thread, so that each answer is that of the last call.
    with fence.commanded(declared.command("verify", "--dry-run")):
        yield Aws(CLIENTS, PLACE, pool=Pool(1, "test")), CLIENTS
    calls = [repr(call) for call in CLIENTS.asked]
    assert sorted(set(calls)) == sorted(calls)
