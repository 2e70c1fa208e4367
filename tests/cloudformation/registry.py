"""The stacks of an account: by name, by id, and a page at a time."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cloudformation.lifecycle import Lifecycle
from cloudformation.refusals import Refused, error, invalid
from cloudformation.stacks import ChangeSet, Release, Stack

Asked = Mapping[str, Any]
Answer = dict[str, Any]


class Registry:
    """Finds what is there, and adds to it."""

    def __init__(self, lifecycle: Lifecycle, account: str, region: str) -> None:
        self._life = lifecycle
        self._stacks: list[Stack] = []
        self._place = f"arn:aws:cloudformation:{region}:{account}"
        self._serial = itertools.count(1)
        self._begun: dict[str, tuple[str, Answer]] = {}
        """By token: which operation was begun with it, and the answer."""
        self.page_size = 100
        self.process: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict
        """The transforms, from what is sent to what is deployed."""

    def add(self, name: str) -> Stack:
        """An empty stack of that name."""
        arn = f"{self._place}:stack/{name}/{next(self._serial):08d}-0000"
        stack = Stack(name, arn, Release("", {"Resources": {}}), self._now())
        self._stacks.append(stack)
        self._life.stacks[name] = stack
        return stack

    def _named(self, name: str) -> Stack | None:
        found = self._life.stacks.get(name)
        return found if found and found.status != "DELETE_COMPLETE" else None

    def _any(self, name: str) -> Stack | None:
        """By name, or by id whatever became of it; nested ones too."""
        every = [*self._stacks, *self._life.stacks.values()]
        by_id = next((s for s in every if s.id == name), None)
        return by_id or self._life.stacks.get(name)

    def _find(self, name: str) -> Stack:
        stack = self._any(name) if name.startswith("arn:") else self._named(name)
        if stack is None:
            raise error("NOT_EXIST", stack_name=name)
        return stack

    def _waiting(self, asked: Asked) -> tuple[Stack, ChangeSet]:
        """The change set that is named, by its id or with its stack."""
        name = asked["ChangeSetName"]
        every = list(self._life.stacks.values())
        if not name.startswith("arn:"):
            every = [self._find(asked["StackName"])]
        elif asked.get("StackName"):
            self._find(asked["StackName"])
        for stack in every:
            for found in stack.change_sets.values():
                if name in {found.id, found.name}:
                    return stack, found
        raise Refused("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)

    def _body(self, asked: Asked) -> str:
        if body := asked.get("TemplateBody"):
            if len(body) > 51_200:
                raise invalid(
                    "1 validation error detected: Value at 'templateBody' failed to "
                    "satisfy constraint: Member must have length less than or equal "
                    "to 51200"
                )
            return str(body)
        return self._life.world.text_at(asked.get("TemplateURL", ""))

    def _now(self) -> Any:
        return self._life.clock.at()

    def _page(self, asked: Asked, key: str, rows: Sequence[Any]) -> Answer:
        begin = int(asked.get("NextToken", 0))
        end = begin + self.page_size
        more = {"NextToken": str(end)} if end < len(rows) else {}
        return {key: list(rows[begin:end]), **more}
