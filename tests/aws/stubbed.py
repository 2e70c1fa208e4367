"""An account whose answers a test writes down beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import botocore.session
from botocore.stub import ANY, Stubber

from flowguard.aws import declared, fence
from flowguard.aws.clients import Clients
from flowguard.aws.limits import RateBudget
from flowguard.aws.observe import SOURCES
from flowguard.aws.pool import Pool
from flowguard.aws.session import Aws
from flowguard.model.places import Place
from flowguard.model.questions import Lookup, Observed

PLACE = Place("111122223333", "eu-central-1")

# One for all tests, since it keeps the descriptions of services that it has read.
SESSION = botocore.session.Session()
SESSION.set_credentials("key", "secret")


class Account:
    """Answers each operation in the order that was written down, and no other."""

    def __init__(self) -> None:
        budget = RateBudget(sleep=lambda _seconds: None)
        # One thread, so that the order of the calls is that of the lookups.
        self.aws = Aws(Clients(SESSION, budget=budget), PLACE, pool=Pool(1, "test"))
        self.stubbers: dict[tuple[str, str | None], Stubber] = {}

    def answers(
        self,
        service: str,
        operation: str,
        answer: Mapping[str, Any],
        *,
        asked: Mapping[str, Any] | None = None,
        region: str | None = None,
    ) -> None:
        """Let the next call be answered; `asked` are parameters it must have."""
        stubber = self._stubber(service, region)
        stubber.add_response(operation, dict(answer), _expected(asked))

    def refuses(
        self, service: str, operation: str, code: str, message: str = ""
    ) -> None:
        """Let the next call end with an error."""
        status = 403 if "Denied" in code else 400
        self._stubber(service).add_client_error(operation, code, message, status)

    def answer(self, lookup: Lookup[Any]) -> Observed[Any]:
        """What the account answers to one lookup."""
        return self.all(lookup)[lookup]

    def all(self, *lookups: Lookup[Any]) -> Mapping[Lookup[Any], Observed[Any]]:
        """What the account answers to lookups of one type, asked by a preflight."""
        with fence.commanded(declared.command("preflight")):
            return SOURCES[type(lookups[0])].fetch(self.aws, lookups)

    def _stubber(self, service: str, region: str | None = None) -> Stubber:
        key = (service, region)
        if key not in self.stubbers:
            self.stubbers[key] = Stubber(self.aws.client(service, region))
            self.stubbers[key].activate()
        return self.stubbers[key]


def _expected(asked: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if asked is None else dict(asked)


@contextmanager
def account() -> Iterator[Account]:
    """An account that must be asked everything that was written down."""
    made = Account()
    yield made
    for stubber in made.stubbers.values():
        stubber.assert_no_pending_responses()


__all__ = ["ANY", "PLACE", "Account", "account"]
