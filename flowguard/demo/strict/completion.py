"""What CloudFormation does between the last resource and the clean-up.

It holds the exports against those of other stacks, waits for as long as the operation
is to be monitored, and goes on to delete what was replaced or removed. Until then the
stack stays `*_IN_PROGRESS`, and an update can be cancelled. ministack goes on at once.

Source: "Roll back your CloudFormation stack on alarm breach" in CloudFormation's user
guide. The alarms themselves are not watched here.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine
from contextvars import copy_context
from typing import Any

from flowguard.demo.strict import operations, pin
from flowguard.demo.strict.events import EventStream
from flowguard.demo.strict.exports import Exports, refusal, withdraw
from flowguard.demo.strict.state import ControlState

_POLL_INTERVAL = 0.02
_STACK = "AWS::CloudFormation::Stack"
_CANCELLED = "User Initiated"

Outputs = list[dict[str, Any]]


class Completion:
    """Stands where ministack makes the outputs, once all resources are done."""

    def __init__(self, state: ControlState, events: EventStream) -> None:
        stacks = pin.module(pin.STACKS)
        self._state = state
        self._events = events
        self._schedule = stacks._create_stack_task_in_region
        self._in_region = stacks._stack_region_context
        self._outputs = stacks._resolve_stack_outputs
        self._deploy = stacks._deploy_stack_async

    def install(self) -> None:
        """Take the place of ministack's scheduler, and of what makes the outputs."""
        for name in (pin.STACKS, pin.HANDLERS, pin.CHANGE_SETS):
            pin.module(name)._create_stack_task_in_region = self.schedule
            pin.module(name)._deploy_stack_async = self.deploy
        pin.module(pin.STACKS)._resolve_stack_outputs = self.outputs

    def schedule(
        self,
        coro: Coroutine[Any, Any, None],
        stack: dict[str, Any],
        stack_id: str | None = None,
    ) -> None:
        """Run an operation: in a thread of its own where it will wait."""
        operations.begin(stack)
        if not (operations.deploys() and stack.get("_minutes")):
            self._schedule(coro, stack, stack_id)
            return
        with self._in_region(stack, stack_id):
            context = copy_context()
        threading.Thread(
            target=context.run, args=(asyncio.run, coro), daemon=True
        ).start()

    async def deploy(
        self,
        stack_name: str,
        stack_id: str,
        template: dict[str, Any],
        *details: Any,
        **more: Any,
    ) -> None:
        """Deploy a template, which the stack has from now on, processed as well.

        ministack gives the stack the processed one at the end, so that GetTemplate
        told of two releases in the window; its rollback puts back what was there.
        """
        pin.module(pin.CLOUDFORMATION)._stacks[stack_name]["_template"] = template
        await self._deploy(stack_name, stack_id, template, *details, **more)

    def outputs(
        self,
        outputs_defs: dict[str, Any],
        conditions: dict[str, Any],
        resources: dict[str, Any],
        param_values: dict[str, Any],
        mappings: dict[str, Any],
        stack_name: str,
        stack_id: str,
    ) -> tuple[Outputs, Exports]:
        """The outputs and exports, once nothing can come in between any more.

        Raises `ValueError` where the operation is to be rolled back.
        """
        made: tuple[Outputs, Exports] = self._outputs(
            outputs_defs,
            conditions,
            resources,
            param_values,
            mappings,
            stack_name,
            stack_id,
        )
        stack = pin.module(pin.CLOUDFORMATION)._stacks[stack_name]
        if reason := refusal(stack_id, made[1]):
            self._roll_back(stack_id, reason)
        self._monitor(stack)
        withdraw(stack_id, made[1])
        if stack["StackStatus"] == "UPDATE_IN_PROGRESS":
            stack["StackStatus"] = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
            self._events.add(
                stack_id,
                stack_name,
                stack_name,
                _STACK,
                stack["StackStatus"],
                physical_id=stack_id,
            )
        return made

    def _monitor(self, stack: dict[str, Any]) -> None:
        """Wait for the minutes of the stack, or until its update is cancelled."""
        started = time.monotonic()
        while True:
            if stack.pop("_cancel_requested", False):
                token = pin.module(pin.STACKS).CLIENT_REQUEST_TOKEN
                token.set(stack.pop("_cancel_token", ""))
                self._roll_back(stack["StackId"], _CANCELLED)
            minutes = stack.get("_minutes", 0) if operations.deploys() else 0
            if time.monotonic() - started >= minutes * self._state.controls.minute:
                return
            if pin.module(pin.CLOUDFORMATION)._stacks.get(stack["StackName"]) != stack:
                raise SystemExit  # the account was emptied: end this thread
            time.sleep(_POLL_INTERVAL)

    def _roll_back(self, stack_id: str, reason: str) -> None:
        self._events.rolling_back(stack_id, reason)
        raise ValueError(reason)
