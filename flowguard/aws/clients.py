"""The clients by which FlowGuard calls AWS, each call in its turn."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import botocore.session
from botocore.config import Config

from flowguard.aws import fence
from flowguard.aws.limits import RateBudget
from flowguard.version import __version__

OnCall = Callable[[str, str, Mapping[str, Any]], None]
"""Is told of each call: the service, the API operation and its parameters."""


def client_config(**options: Any) -> Config:
    """The settings of a client; `options` go before the usual ones.

    The SDK's own retries serve what is throttled or lost on the way. Modes
    other than "standard" either know fewer throttling codes or let one
    throttled operation hold up all others.
    """
    defaults: dict[str, Any] = {
        "user_agent_extra": f"flowguard/{__version__}",
        "connect_timeout": 3,
        "read_timeout": 20,
        "retries": {"mode": "standard", "total_max_attempts": 5},
    }
    return Config(**(defaults | options))


class Clients:
    """One client for each service and region, made when it is first needed.

    botocore's clients may be shared by threads, its sessions may not.
    """

    def __init__(
        self,
        session: botocore.session.Session,
        *,
        endpoint_url: str | None = None,
        budget: RateBudget | None = None,
        connections: int = 10,
        **settings: Any,
    ) -> None:
        """`settings` are those of all its clients (see `client_config`)."""
        self.on_call: OnCall | None = None
        fence.fence(session)
        self._session = session
        self._endpoint_url = endpoint_url
        self._budget = budget or RateBudget()
        self._settings = {"max_pool_connections": connections, **settings}
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._lock = threading.Lock()

    def get(
        self, service: str, region: str, *, endpoint_url: str = "", **settings: Any
    ) -> Any:
        """The client of a service in a region.

        One of its own for each endpoint and for `settings` other than the usual
        (see `client_config`).
        """
        key = (
            service,
            region,
            f"{endpoint_url} {settings}" if settings else endpoint_url,
        )
        with self._lock:
            if key not in self._clients:
                client = self._session.create_client(
                    service,
                    region_name=region,
                    endpoint_url=endpoint_url or self._endpoint_url,
                    config=client_config(**(self._settings | settings)),
                )
                client.meta.events.register("before-parameter-build", self._told)
                fence.wait_by(client, partial(self._budget.wait, region=region))
                self._clients[key] = client
            return self._clients[key]

    def credentials(self) -> Any:
        """The credentials (botocore's) that the calls are signed with."""
        with self._lock:
            return self._session.get_credentials()

    def _told(self, params: Mapping[str, Any], model: Any, **_: object) -> None:
        """Tell of a call that botocore is about to make."""
        if self.on_call:
            self.on_call(model.service_model.service_name, model.name, params)
