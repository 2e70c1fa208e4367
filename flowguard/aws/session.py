"""One AWS account as the sources ask it: clients, turns and threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import jmespath

from flowguard.aws import sign_in
from flowguard.aws.clients import Clients, OnCall
from flowguard.aws.once import Memory, SharedItems, question
from flowguard.aws.pool import Pool
from flowguard.model.places import Place

A = TypeVar("A")
B = TypeVar("B")

THREADS = 32
"""Where more threads stop paying: a call costs about 2 ms of processor time."""


class Aws:
    """An account and region, with the credentials to ask it; thread-safe."""

    def __init__(
        self,
        clients: Clients,
        place: Place,
        *,
        pool: Pool | None = None,
        memory: Memory | None = None,
    ) -> None:
        self.place = place
        self._clients = clients
        self._pool = pool or Pool(THREADS, "aws-call")
        self._memory = memory

    @property
    def on_call(self) -> OnCall | None:
        """Is told of each call that is made."""
        return self._clients.on_call

    @on_call.setter
    def on_call(self, on_call: OnCall | None) -> None:
        self._clients.on_call = on_call

    def once(self) -> Aws:
        """The same account, where a call that was made is not made again."""
        return Aws(self._clients, self.place, pool=self._pool, memory=Memory())

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

        def ask() -> dict[str, Any]:
            method = getattr(self.client(service, region), operation)
            answer: dict[str, Any] = method(**parameters)
            return answer

        if self._memory is None:
            return ask()
        where = region or self.place.region
        asked = question(service, operation, where, **parameters)
        answer: dict[str, Any] = self._memory.recall(asked, ask)
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
        """Every item of `key` (JMESPath) over all pages of a list."""
        found = jmespath.compile(key)
        for page in self.each_page(service, operation, region=region, **parameters):
            yield from found.search(page) or ()

    def each_page(
        self,
        service: str,
        operation: str,
        *,
        region: str | None = None,
        **parameters: Any,
    ) -> Iterator[dict[str, Any]]:
        """Every page of a list, whole.

        Each waits for its turn, and is asked for when it is needed.
        """

        def ask() -> Iterator[dict[str, Any]]:
            paginator = self.client(service, region).get_paginator(operation)
            return iter(paginator.paginate(**parameters))

        if self._memory is None:
            return ask()
        where = region or self.place.region
        asked = question("pages", service, operation, where, **parameters)
        return iter(self._memory.recall(asked, lambda: SharedItems(ask())))

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> list[B]:
        """Call `function` with each item, in parallel; the results are in order.

        `function` must not call `map` itself.
        """
        return self._pool.map(function, items)

    def client(
        self,
        service: str,
        region: str | None = None,
        *,
        endpoint_url: str = "",
        **settings: Any,
    ) -> Any:
        """The client for `service`; `settings` are those that are not the usual."""
        return self._clients.get(
            service,
            region or self.place.region,
            endpoint_url=endpoint_url,
            **settings,
        )

    def credentials(self) -> Any:
        """The credentials (botocore's) that the calls are signed with."""
        return self._clients.credentials()

    def cancel(self) -> None:
        """Drop every call that has not begun."""
        self._pool.cancel()


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
    clients = Clients(session, endpoint_url=endpoint_url, connections=THREADS)
    clients.on_call = on_call
    return Aws(clients, place)
