"""What this process may ask of AWS, and how long a call may take.

Every client of a session that is fenced looks here before it sends anything: whether
the command that runs makes such a call, and when the call must have ended, its retries
and its answer's body included. FlowGuard's own sessions are always fenced; where
FlowGuard is the process, `watch` fences those of every library, too.

Nothing of the SDK is imported here: a command that asks AWS nothing needs none of it.
"""

from __future__ import annotations

import contextlib
import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from flowguard.errors import InternalError

CALL_SECONDS = 30.0
"""How long a call may take in all. A slow answer comes within a second or two; what
remains is for the SDK's retries, whose pauses add up to some fifteen."""
LEAST_SECONDS = 3.0
"""What a call gets though the command's time is over: the last look at a stack."""
MOST_BYTES = 64 * 1024 * 1024
"""Of an answer's body: ten times what any of ours has."""
_HURRY = -math.inf
_MARK = "_flowguard_turn"
"""The attribute of a client of our own: what gives its calls their turns."""


class UndeclaredCallError(InternalError):
    """A call that the command does not make; AWS has not heard of it."""


@dataclass(slots=True)
class Command:
    """A command that runs, and the calls that it may make."""

    name: str
    allows: Callable[[str, str], bool]
    """By service and operation, such as ("dynamodb", "DescribeTable")."""
    ends: float = math.inf
    """When its time is over, by the monotonic clock."""
    refused: list[str] = field(default_factory=list)
    """The calls that it should not have made, and that were not sent."""


_running: list[Command] = []


@contextmanager
def commanded(command: Command) -> Iterator[Command]:
    """Let only the calls of `command` pass while the block runs, in all threads."""
    _running.append(command)
    try:
        yield command
    finally:
        _running.remove(command)


def running() -> Command | None:
    """The command that runs, if one does."""
    return _running[-1] if _running else None


def hurries() -> bool:
    """Whether the command that runs was told to end."""
    return any(command.ends == _HURRY for command in _running)


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """While the block runs, the command has this long; later calls are short ones."""
    changed = [(command, command.ends) for command in _running[-1:]]
    for command, before in changed:
        command.ends = min(before, time.monotonic() + seconds)
    try:
        yield
    finally:
        for command, before in changed:
            # A command that was told to hurry goes on doing so.
            command.ends = before if command.ends != _HURRY else _HURRY


def hurry() -> None:
    """The command that runs is to end: calls that are under way and later ones are
    short. For a handler of signals: it waits for nothing."""
    for command in _running:
        command.ends = _HURRY


# --- each client ----------------------------------------------------------------


def fence(session: Any) -> None:
    """Fence the clients of one of our own sessions, which wait for turns, too."""

    def make(
        class_attributes: dict[str, Any], base_classes: list[type], **_: object
    ) -> None:
        class_attributes.setdefault(_MARK, None)
        _insert(base_classes)

    session.register("creating-client-class", make, unique_id=_MARK)


def wait_by(client: Any, turn: Callable[[str, str], None]) -> None:
    """Have the calls of a client wait for their turns, which no deadline counts."""
    setattr(client, _MARK, turn)


def _fence_foreign(session: Any) -> None:
    def make(base_classes: list[type], **_: object) -> None:
        _insert(base_classes)

    session.register("creating-client-class", make)


def _insert(base_classes: list[type]) -> None:
    if _Fenced not in base_classes:
        base_classes.insert(0, _Fenced)


class _Fenced:
    """A client's base class: the way by which each of its calls goes."""

    meta: Any
    _endpoint: Any

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        http = self._endpoint.http_session
        http.send = _Bounded(http.send)

    def _make_api_call(self, operation: str, given: Any) -> Any:
        call = super()._make_api_call  # type: ignore[misc]
        service: str = self.meta.service_model.service_name
        command = running()
        ours = hasattr(self, _MARK)
        if command is None and not ours:
            return call(operation, given)
        if command is not None and not command.allows(service, operation):
            _refuse(command, f"{service}.{operation}")
        if turn := getattr(self, _MARK, None):
            turn(service, operation)

        def ask() -> Any:
            answer = call(operation, given)
            return _with_body(answer) if ours else answer

        longest = max(CALL_SECONDS, 10 + float(self.meta.config.read_timeout or 0))
        return within(longest, ask, f"{service}.{operation}", command)


class _Bounded:
    """The sending of a client's requests, with an end to each answer.

    The SDK reads an answer whole before it looks at it, and goes on reading when
    nobody waits any more: an endless one would take all memory.
    """

    def __init__(self, send: Callable[[Any], Any]) -> None:
        self._send = send

    def __call__(self, request: Any) -> Any:
        """Send `request`; raises what the SDK does, and `UnreadableError`."""
        streamed, request.stream_output = request.stream_output, True
        try:
            response = self._send(request)
        finally:
            request.stream_output = streamed
        if not streamed:
            response._content = _whole(response.raw, request)  # noqa: SLF001
        return response


def _whole(raw: Any, request: Any) -> bytes:
    """The whole body of an answer; its faults are told as the SDK tells them."""
    from botocore import exceptions as sdk
    from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

    from flowguard.aws.answers import UnreadableError

    parts, size = [], 0
    try:
        for part in raw.stream():
            parts.append(part)
            size += len(part)
            if size > MOST_BYTES:
                raise UnreadableError(f"the answer has more than {MOST_BYTES} bytes")
    except ReadTimeoutError as error:
        raise sdk.ReadTimeoutError(endpoint_url=request.url, error=error) from error
    except ProtocolError as error:
        raise sdk.ConnectionClosedError(
            error=error, request=request, endpoint_url=request.url
        ) from error
    except (HTTPError, OSError) as error:
        raise sdk.HTTPClientError(error=error) from error
    return b"".join(parts)


def _refuse(command: Command, call: str) -> None:
    command.refused.append(call)
    raise UndeclaredCallError(
        f"{call} is no call that `flowguard {command.name}` makes; it was not sent"
    )


def _with_body(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer, a body that is still to be read having been read."""
    import io

    from botocore.response import StreamingBody

    from flowguard.aws.answers import UnreadableError

    for name, value in answer.items():
        if isinstance(value, StreamingBody):
            with contextlib.closing(value):
                data = value.read(MOST_BYTES + 1)
            if len(data) > MOST_BYTES:
                raise UnreadableError(f"{name} has more than {MOST_BYTES} bytes")
            answer[name] = StreamingBody(io.BytesIO(data), len(data))
    return answer


def within(
    seconds: float, ask: Callable[[], Any], what: str, command: Command | None = None
) -> Any:
    """What `ask` returns, or raises, if it does so within `seconds`, and in the time of
    the command that makes the call.

    Otherwise `TooSlowError`; nobody waits for the thread that it runs in, which ends
    with the process. A signal comes through at once, whatever `ask` waits for.
    """
    from flowguard.aws.answers import TooSlowError
    from flowguard.aws.pool import DeadlinePassedError, run_until

    began = time.monotonic()

    def ends() -> float:
        over = command.ends if command else math.inf
        least = 1.0 if over == _HURRY else LEAST_SECONDS
        return min(began + seconds, max(began + least, over))

    try:
        return run_until(ends, ask, what)
    except DeadlinePassedError:
        taken = time.monotonic() - began
        raise TooSlowError(f"{what} has not ended after {taken:.0f} s") from None


# --- every session of the process --------------------------------------------------


def watch() -> None:
    """Fence every session of the process, threads' and libraries' own included.

    For a process that is FlowGuard's own, at its start; there is no way back.
    """
    if "botocore" in sys.modules:
        sys.modules["botocore"].register_initializer(_fence_foreign)
    else:
        sys.meta_path.insert(0, _AtImport())


class _AtImport(MetaPathFinder):
    """Adds the fence to botocore when somebody first imports it."""

    def find_spec(
        self, fullname: str, path: object = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of botocore, once; of nothing else."""
        del path, target
        if fullname != "botocore":
            return None
        with contextlib.suppress(ValueError):  # another thread imports it, too
            sys.meta_path.remove(self)
        spec = find_spec(fullname)
        if spec and spec.loader:
            spec.loader = _Loader(spec.loader)
        return spec


class _Loader(Loader):
    def __init__(self, real: Any) -> None:
        self._real = real

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """As the real loader does."""
        made: ModuleType | None = self._real.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        """As the real loader does; then the fence is put up."""
        self._real.exec_module(module)
        module.register_initializer(_fence_foreign)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)
