"""One AWS account as the sources ask it: clients, turns and threads."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

import botocore.session

from flowguard.aws import sign_in
from flowguard.aws.clients import client_config
from flowguard.aws.limits import RateBudget
from flowguard.aws.pool import Pool
from flowguard.model import Place

A = TypeVar("A")
B = TypeVar("B")

THREADS = 32
"""Where more threads stop paying: a call costs about 2 ms of processor time."""

OnCall = Callable[[str, str, Mapping[str, Any]], None]
"""Is told of each call: the service, the API operation and its parameters."""


class Aws:
    """An account and region, with the credentials to ask it; thread-safe."""

    def __init__(
        self,
        session: botocore.session.Session,
        place: Place,
        *,
        endpoint_url: str | None = None,
        budget: RateBudget | None = None,
        threads: int = THREADS,
    ) -> None:
        self.place = place
        self.on_call: OnCall | None = None
        self._session = session
        self._endpoint_url = endpoint_url
        self._budget = budget or RateBudget()
        self._pool = Pool(threads, "aws-call")
        self._config = client_config(max_pool_connections=threads)
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def call(
        self,
        service: str,
        operation: str,
        *,
        region: str | None = None,
        **parameters: Any,
    ) -> dict[str, Any]:
        """Call an operation, such as ("dynamodb", "describe_table").

        Waits for its turn. Raises botocore's ClientError or BotoCoreError.
        """
        method = getattr(self.client(service, region), operation)
        answer: dict[str, Any] = method(**parameters)
        return answer

    def pages(
        self,
        service: str,
        operation: str,
        key: str,
        *,
        region: str | None = None,
        **parameters: Any,
    ) -> Iterator[Any]:
        """Every item of `key` (JMESPath) over all pages of a list.

        Each page waits for its turn, and is asked for when it is needed.
        """
        paginator = self.client(service, region).get_paginator(operation)
        for item in paginator.paginate(**parameters).search(key):
            if item is not None:
                yield item

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> list[B]:
        """Call `function` with each item, in parallel; the results are in order.

        `function` must not call `map` itself.
        """
        return self._pool.map(function, items)

    def client(self, service: str, region: str | None = None) -> Any:
        """The client for `service`, made when it is first needed."""
        key = (service, region or self.place.region)
        # botocore's clients may be shared by threads, its sessions may not.
        with self._lock:
            if key not in self._clients:
                client = self._session.create_client(
                    service,
                    region_name=key[1],
                    endpoint_url=self._endpoint_url,
                    config=self._config,
                )
                client.meta.events.register("before-parameter-build", self._before)
                self._clients[key] = client
            return self._clients[key]

    def cancel(self) -> None:
        """Drop every call that has not begun."""
        self._pool.cancel()

    def _before(
        self, params: Mapping[str, Any], model: Any, context: Any, **_: object
    ) -> None:
        """Wait for the turn of a call that botocore is about to make."""
        service = model.service_model.service_name
        region = context.get("client_region") or self.place.region
        self._budget.wait(service, model.name, region)
        if self.on_call:
            self.on_call(service, model.name, params)


def connect(
    *,
    profile: str | None = None,
    region: str | None = None,
    assume_role: str | None = None,
    endpoint_url: str | None = None,
    on_call: OnCall | None = None,
) -> Aws:
    """Sign in to AWS with the credentials that its own tools would find.

    `assume_role` is the ARN of a role to go on as. Raises AccountError where
    there is no region, where there are no valid credentials, or where AWS
    cannot be reached, within a few seconds.
    """
    session = sign_in.open_session(profile)
    region = sign_in.find_region(session, region or os.environ.get("AWS_REGION"))
    if assume_role:
        session = sign_in.take_role(session, assume_role, region, endpoint_url)
    account_id = sign_in.account_id(session, region, endpoint_url)
    place = Place(account_id, region)
    aws = Aws(session, place, endpoint_url=endpoint_url)
    aws.on_call = on_call
    return aws
