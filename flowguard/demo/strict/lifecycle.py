"""Creating, updating and deleting resources as CloudFormation's handlers do.

A handler that refuses raises `ValueError`, whose text becomes the reason of
the resource's `*_FAILED` event; ministack's engine then rolls back.
"""

from __future__ import annotations

import uuid
from contextvars import ContextVar
from typing import Any

from flowguard.demo.strict import pin
from flowguard.demo.strict.events import EventStream
from flowguard.demo.strict.existence import (
    Properties,
    custom_name,
    taken_name,
)
from flowguard.demo.strict.functions import FUNCTION, Functions, missing_archive
from flowguard.demo.strict.state import ControlState

_BUCKET = "AWS::S3::Bucket"
_REST_API = "AWS::ApiGateway::RestApi"
_TABLE = "AWS::DynamoDB::Table"

_REST_API_ID: ContextVar[str | None] = ContextVar("flowguard_api_id", default=None)
"""The id that the REST API being created is to get."""


class StrictLifecycle:
    """The three operations on a resource, checked before ministack does them."""

    def __init__(self, state: ControlState, events: EventStream) -> None:
        stacks = pin.module(pin.STACKS)
        self._state = state
        self._events = events
        self._functions = Functions(state)
        self._create = stacks._provision_resource
        self._update = stacks._update_resource
        self._delete = stacks._delete_resource
        self._blocks = stacks._runs_on_worker_thread
        provisioners = pin.module(pin.PROVISIONERS)
        self._draw_name = provisioners._physical_name
        api = pin.module("services.apigateway_v1")
        self._rest_api_id = api._resolve_custom_rest_api_id

    def install(self) -> None:
        """Stand between ministack's engine and its handlers."""
        for name in (pin.STACKS, pin.PROVISIONERS):  # the latter: nested stacks
            module = pin.module(name)
            module._provision_resource = self.create
            module._update_resource = self.update
            module._delete_resource = self.delete
        self._functions.install()
        pin.module(pin.STACKS)._runs_on_worker_thread = self.blocks
        pin.module(pin.PROVISIONERS)._physical_name = self.draw_name
        api = pin.module("services.apigateway_v1")
        api._resolve_custom_rest_api_id = self.rest_api_id

    def create(
        self,
        resource_type: str,
        logical_id: str,
        props: dict[str, Any],
        stack_name: str,
    ) -> tuple[str, dict[str, Any]]:
        """Create what does not exist; refuse a name that is taken.

        ministack also comes here to update a type that it has no update for;
        the named types all have one.
        """
        self._events.creating(stack_name, logical_id)
        self._state.pause()
        if name := taken_name(resource_type, props):
            raise _already_exists(resource_type, name)
        _check_archive(resource_type, props)
        named = custom_name(resource_type, props) or logical_id
        self._state.strike("create", resource_type, named)
        drawn = self._state.drawn_name(stack_name, logical_id)
        token = _REST_API_ID.set(drawn if resource_type == _REST_API else None)
        try:
            made: tuple[str, dict[str, Any]]
            made = self._create(resource_type, logical_id, props, stack_name)
        finally:
            _REST_API_ID.reset(token)
        if resource_type == _BUCKET:
            _tag_bucket(made[0], stack_name, logical_id, props)
        if resource_type == FUNCTION:
            self._functions.made(made[0])
        return made

    def update(
        self,
        resource_type: str,
        physical_id: str,
        old_props: dict[str, Any],
        new_props: dict[str, Any],
        stack_name: str,
        logical_id: str | None = None,
        old_attrs: dict[str, Any] | None = None,
    ) -> tuple[str, dict[str, Any]]:
        """Update what exists; refuse what is gone, and a new name that is taken."""
        if old_props != new_props:
            self._events.updating(stack_name, logical_id or physical_id)
            self._state.pause()
            self._state.strike("update", resource_type, physical_id)
            _check_names(resource_type, physical_id, old_props, new_props)
            _check_archive(resource_type, new_props)
        made: tuple[str, dict[str, Any]]
        made = self._update(
            resource_type,
            physical_id,
            old_props,
            new_props,
            stack_name,
            logical_id,
            old_attrs,
        )
        return made

    def delete(
        self,
        resource_type: str,
        physical_id: str,
        props: dict[str, Any],
        stack_name: str | None = None,
        logical_id: str | None = None,
    ) -> None:
        """Delete; refuse a bucket with content and a protected table."""
        self._state.pause()
        self._state.strike("delete", resource_type, physical_id)
        if resource_type == _BUCKET and _has_objects(physical_id):
            raise _refused(
                "The bucket you tried to delete is not empty"
                " (Service: S3, Status Code: 409)",
                "GeneralServiceException",
            )
        if resource_type == _TABLE and _is_protected(physical_id):
            raise _refused(
                "Resource cannot be deleted as it is currently protected against"
                " deletion. Disable deletion protection first."
                " (Service: DynamoDb, Status Code: 400)",
                "InvalidRequest",
            )
        if resource_type == FUNCTION:
            self._functions.ending(physical_id)
        self._delete(resource_type, physical_id, props, stack_name, logical_id)

    def blocks(self, resource_type: str) -> bool:
        """Whether the operation must leave the event loop, since it waits."""
        return self._state.controls.delay > 0 or bool(self._blocks(resource_type))

    def draw_name(
        self,
        stack_name: str,
        logical_id: str,
        *,
        lowercase: bool = False,
        max_len: int = 128,
        seeded: bool = True,
    ) -> str:
        """Draw a name for a resource, the one that is set for it first."""
        drawn = self._state.drawn_name(stack_name, logical_id)
        if drawn:
            return drawn
        name = self._draw_name(
            stack_name,
            logical_id,
            lowercase=lowercase,
            max_len=max_len,
            seeded=seeded,
        )
        return str(name)

    def rest_api_id(self, tags: dict[str, str]) -> tuple[str | None, Any]:
        """The id of a REST API to be made, if one is set, and ministack's refusal."""
        drawn = _REST_API_ID.get()
        if drawn:
            return drawn, None
        identifier, refusal = self._rest_api_id(tags)
        return identifier, refusal


def _check_names(
    resource_type: str, physical_id: str, old: Properties, new: Properties
) -> None:
    old_name = custom_name(resource_type, old)
    new_name = custom_name(resource_type, new)
    if new_name and new_name != old_name and taken_name(resource_type, new):
        raise _already_exists(resource_type, new_name)
    if old_name and new_name == old_name and not taken_name(resource_type, old):
        raise _refused(
            f"Resource of type '{resource_type}' with identifier"
            f" '{physical_id}' was not found.",
            "NotFound",
        )


def _check_archive(resource_type: str, properties: Properties) -> None:
    if missing := missing_archive(resource_type, properties):
        raise _refused(missing, "GeneralServiceException")


def _already_exists(resource_type: str, name: str) -> ValueError:
    return _refused(
        f"Resource of type '{resource_type}' with identifier '{name}' already exists.",
        "AlreadyExists",
    )


def _refused(reason: str, code: str) -> ValueError:
    """The error of a resource handler, in the words of CloudFormation's registry."""
    return ValueError(
        f'Resource handler returned message: "{reason}"'
        f" (RequestToken: {uuid.uuid4()}, HandlerErrorCode: {code})"
    )


def _has_objects(bucket: str) -> bool:
    stored = pin.module("services.s3")._buckets.get(bucket)
    return bool(stored and stored["objects"])


def _is_protected(table: str) -> bool:
    stored = pin.module("services.dynamodb")._tables.get(table) or {}
    return bool(stored.get("DeletionProtectionEnabled"))


def _tag_bucket(
    bucket: str, stack_name: str, logical_id: str, properties: Properties
) -> None:
    """Give a bucket CloudFormation's own tags, which ministack gives the others."""
    stack = pin.module(pin.CLOUDFORMATION)._stacks.get(stack_name) or {}
    tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", ())}
    pin.module("services.s3")._bucket_tags[bucket] = tags | {
        "aws:cloudformation:stack-name": stack_name,
        "aws:cloudformation:stack-id": stack.get("StackId", ""),
        "aws:cloudformation:logical-id": logical_id,
    }
