"""The process of an embedded account: strict ministack on a given socket.

`python -m flowguard.demo.strict FD FOLDER` serves HTTP on the listening socket
that it inherits as file descriptor FD, until it gets SIGTERM or its standard
input ends. The latter means that the parent is gone, however it went, so that
no account outlives the program that started it; then it also removes FOLDER,
which the parent made for it. There is nothing to end gracefully: all state is
in memory.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from typing import Any

from flowguard.demo import strict
from flowguard.demo.controls import PATH, Controls
from flowguard.demo.strict.state import ControlState
from flowguard.errors import FlowGuardError

_RESET = "/_ministack/reset"
_OWNER = b"x-amz-expected-bucket-owner"
_CREDENTIAL = re.compile(rb"Credential=(?P<account>[0-9]{12})/")
_DENIED = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Application:
    """ministack's ASGI application, with the controls beside it."""

    def __init__(self, ministack: Any, state: ControlState) -> None:
        self._ministack = ministack
        self._state = state

    async def __call__(
        self, scope: dict[str, Any], receive: Receive, send: Send
    ) -> None:
        """Take the controls; hand everything else on."""
        if _is_of_another_owner(scope):
            await _answer(send, 403, _DENIED)
            return
        if scope["type"] != "http" or scope["path"] != PATH:
            if scope["type"] == "http" and scope["path"] == _RESET:
                self._state.empty()
            await self._ministack(scope, receive, send)
            return
        try:
            self._state.set(Controls.from_json(json.loads(await _body(receive))))
        except (TypeError, ValueError) as error:
            await _answer(send, 400, str(error))
        else:
            await _answer(send, 204, "")


def _is_of_another_owner(scope: Mapping[str, Any]) -> bool:
    """Whether S3 is asked for a bucket of another account than the one that asks.

    ministack takes no notice of the owner that a request expects. Its buckets are
    those of the account that signs, whose id is the access key.
    """
    headers = dict(scope.get("headers", ()))
    signed = _CREDENTIAL.search(headers.get(b"authorization", b""))
    expected = headers.get(_OWNER)
    return bool(expected and signed and signed["account"] != expected)


async def _body(receive: Receive) -> bytes:
    chunks = []
    more = True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(chunks)


async def _answer(send: Send, status: int, text: str) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": text.encode()})


async def _serve(application: Application, descriptor: int) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"fd://{descriptor}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    framework: Any = application
    await serve(framework, config, shutdown_trigger=asyncio.Event().wait)


def _end_with_parent(folder: str) -> None:
    """End, with the functions that run, when the parent closes our input."""
    sys.stdin.buffer.read()
    shutil.rmtree(folder, ignore_errors=True)
    os.killpg(os.getpgrp(), signal.SIGTERM)


def main(argv: list[str]) -> int:
    """Serve until told to end; 2 when ministack is not as it is known."""
    try:
        state = strict.install()
    except FlowGuardError as error:
        sys.stderr.write(f"{error}\n{error.help}\n")
        return 2
    descriptor, folder = argv
    threading.Thread(target=_end_with_parent, args=(folder,), daemon=True).start()
    ministack = import_module("ministack.app").app
    asyncio.run(_serve(Application(ministack, state), int(descriptor)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
