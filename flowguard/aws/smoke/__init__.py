"""The AWS side of smoke tests; boto3 is imported when something needs it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from flowguard.aws.smoke import asks
from flowguard.aws.smoke.calls import Calls, signer
from flowguard.aws.smoke.connection import Connection
from flowguard.aws.smoke.stack import DeployedStack
from flowguard.aws.smoke.values import Git, OutsideValues
from flowguard.model.exchange import Request, Response
from flowguard.smoke.suite import Suite
from flowguard.smoke.world import Clock, RunCommand, Send, World

if TYPE_CHECKING:
    from flowguard.aws.session import Aws

__all__ = ["world"]

REGION = "us-east-1"
"""Where STS is asked whether anything can be reached, if nobody names a region."""
PATIENCE = 5.0


def world(
    connect: Callable[[], Aws],
    suite: Suite,
    *,
    send: Send,
    clock: Clock,
    run: RunCommand,
    git: Git,
    run_id: str,
    stack_name: str = "",
    since: datetime | None = None,
    environment: Mapping[str, str] = os.environ,
    progress: Callable[[str], None] = lambda _text: None,
    cancel: Callable[[], None] = lambda: None,
) -> World:
    """The real world, for a run of smoke tests.

    `connect` signs in to AWS; it is called once, when the first thing needs it.
    `since` is when the deploy began: an operation on the stack that is older is not
    this deploy's.
    """
    connection = Connection(connect)
    stack = DeployedStack(connection, stack_name)
    values = OutsideValues(
        connection, stack, environment=environment, git=git, run_id=run_id
    )
    probe = Request(
        "GET",
        suite.control or _sts(environment),
        timeout=PATIENCE,
        connect_timeout=PATIENCE,
    )
    return World(
        send=send,
        clock=clock,
        values=values,
        ask=asks.Asker(connection, stack),
        call=Calls(connection),
        run=run,
        sign=signer(connection),
        online=lambda: isinstance(send(probe), Response),
        changed=lambda: stack.changed(since),
        added=lambda: stack.added(since),
        changed_functions=lambda: stack.functions(stack.changed(since)),
        resources=stack.resources,
        began=stack.began,
        code_sha256=lambda name: asks.code_sha256(connection, stack, name),
        physical=lambda name: stack.physical(name)[0],
        progress=progress,
        cancel=cancel,
    )


def _sts(environment: Mapping[str, str]) -> str:
    """What answers anybody who reaches AWS."""
    if endpoint := environment.get("AWS_ENDPOINT_URL"):
        return endpoint
    names = (environment.get(name) for name in ("AWS_REGION", "AWS_DEFAULT_REGION"))
    region = next(filter(None, names), REGION)
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"https://sts.{region}.{domain}/"
