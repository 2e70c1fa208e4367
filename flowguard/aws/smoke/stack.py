"""The stack under test: its outputs, its resources, what changed last.

The lookups are imported when the first is asked: most suites ask AWS nothing.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from flowguard.aws.smoke.connection import Answer, Connection
from flowguard.model.places import Place
from flowguard.model.questions import Absent, Lookup, Present, Unknown, UnknownKind

if TYPE_CHECKING:
    from flowguard.lookups import Stack, StackEvent, StackResource

T = TypeVar("T")

LOGICAL_ID = re.compile(r"[A-Za-z0-9]{1,255}")
MADE = frozenset({"CREATE_COMPLETE"})
DONE = MADE | {"UPDATE_COMPLETE", "DELETE_COMPLETE", "IMPORT_COMPLETE"}
FUNCTION = "AWS::Lambda::Function"
NO_STACK = Unknown(UnknownKind.UNSUPPORTED, "no stack is named")


class DeployedStack:
    """A stack by its name, which is asked for once; thread-safe."""

    def __init__(self, connection: Connection, name: str) -> None:
        self.name = name
        self._connection = connection
        self._answers: dict[str, Any] = {}
        self._lock = threading.Lock()

    def described(self) -> Answer[Stack]:
        """The stack as CloudFormation describes it."""
        from flowguard.lookups import StackNamed

        return self._once("described", lambda place: StackNamed(place, self.name))

    def resources(self) -> tuple[tuple[str, str, str], ...]:
        """The type, the logical id and the physical id of each resource; none where
        nobody says."""
        listed = self._listed()
        rows = listed.value if isinstance(listed, Present) else ()
        return tuple(
            (row.resource_type, row.logical_id, row.physical_id)
            for row in rows
            if row.owned
        )

    def _listed(self) -> Answer[tuple[StackResource, ...]]:
        from flowguard.lookups import StackResources

        return self._once("resources", lambda place: StackResources(place, self.name))

    def resource(self, logical_id: str) -> Answer[StackResource]:
        """The resource with a logical id, unless the stack has given it up."""
        listed = self._listed()
        if not isinstance(listed, Present):
            return listed
        for row in listed.value:
            if row.logical_id == logical_id and row.owned and row.physical_id:
                return Present(row)
        return Absent()

    def physical(self, name: str) -> tuple[str, Unknown | None]:
        """What a resource is called in AWS, by its logical id or by that name.

        With it comes why that is not sure: it may be a logical id, but nobody
        says which the stack has.
        """
        if not self.name or not LOGICAL_ID.fullmatch(name):
            return name, None
        found = self.resource(name)
        if isinstance(found, Present):
            return found.value.physical_id, None
        return name, found if isinstance(found, Unknown) else None

    def changed(self, since: datetime | None = None) -> frozenset[str] | None:
        """The logical ids that the stack's last operation changed.

        None where nobody knows; none of them where that operation began before
        `since`, so that the deploy changed nothing.
        """
        return self._done(since, DONE)

    def added(self, since: datetime | None = None) -> frozenset[str]:
        """Of these, those that were not there before, as far as it is known."""
        return self._done(since, MADE) or frozenset()

    def _done(
        self, since: datetime | None, statuses: frozenset[str]
    ) -> frozenset[str] | None:
        found = self._last_operation()
        events = found.value if isinstance(found, Present) else ()
        if not events:
            return None
        stack, began = self.described(), events[0].at
        stack_id = stack.value.stack_id if isinstance(stack, Present) else ""
        if since and began and began < since:
            return frozenset()
        return frozenset(
            event.logical_id
            for event in events
            if event.physical_id != stack_id and event.status in statuses
        )

    def began(self) -> datetime | Unknown | None:
        """When the stack's last operation began; None without a stack."""
        found = self._last_operation()
        if isinstance(found, Unknown):
            return None if found is NO_STACK else found
        events = found.value if isinstance(found, Present) else ()
        return events[0].at if events else None

    def _last_operation(self) -> Answer[tuple[StackEvent, ...]]:
        """Its events, the one that began it first."""
        from flowguard.lookups import LastOperation

        stack = self.described()
        if not isinstance(stack, Present):
            return stack
        stack_id = stack.value.stack_id
        return self._connection.look_up(lambda place: LastOperation(place, stack_id))

    def functions(self, logical_ids: frozenset[str] | None) -> frozenset[str] | None:
        """Those that are Lambda functions; None where nobody knows."""
        if logical_ids is None:
            return None
        found = [self.resource(logical_id) for logical_id in sorted(logical_ids)]
        if any(isinstance(one, Unknown) for one in found):
            return None
        return frozenset(
            one.value.logical_id
            for one in found
            if isinstance(one, Present) and one.value.resource_type == FUNCTION
        )

    def _once(self, what: str, question: Callable[[Place], Lookup[T]]) -> Answer[T]:
        """An answer, asked for again only while there is none."""
        if not self.name:
            return NO_STACK
        with self._lock:
            if not isinstance(self._answers.get(what), Present | Absent):
                self._answers[what] = self._connection.look_up(question)
            known: Answer[T] = self._answers[what]
            return known
