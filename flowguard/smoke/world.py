"""What a run of smoke tests needs of the world, as the runner sees it.

The runner does no input or output of its own: it is given these. The command line
hands in the real ones (`probe`, `aws`, `process`), a benchmark a virtual clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from flowguard.model.exchange import Fault, Request, Response
from flowguard.model.questions import Absent, Present, Unknown
from flowguard.model.smoke import Part
from flowguard.smoke.suite import Ask, Command


class Clock(Protocol):
    """Time, and the waiting for it."""

    def now(self) -> float:
        """Seconds, from any beginning; never less than before."""
        ...

    def wait(self, seconds: float) -> bool:
        """Wait; False as soon as the run is cancelled."""
        ...


class Send(Protocol):
    """Sends one request; thread-safe. Raises nothing."""

    def __call__(self, request: Request) -> Response | Fault:
        """Send it, and give what came of it."""
        ...


@dataclass(frozen=True, slots=True)
class Value:
    """What stands behind a `${…}`."""

    text: str
    secret: bool = False
    """Whether it is masked wherever it is shown."""


class Values(Protocol):
    """Looks a variable up that comes from outside of the suite; thread-safe."""

    def __call__(self, source: str, name: str) -> Value | Unknown:
        """Of `stack`, `env`, `ssm`, `secret`, `git` or `run`, the one called `name`.

        Raises `ConfigError` for a source that there is not, and for a value that
        certainly is not there.
        """
        ...


class AskAws(Protocol):
    """Asks AWS about a dependency; thread-safe."""

    def __call__(self, ask: Ask) -> Present[Any] | Absent | Unknown:
        """Its state as plain values (`{"status": "ACTIVE", …}`)."""
        ...


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What came of a process."""

    exit_code: int | None
    """None where it never ran, or was stopped."""
    output: str
    """The end of what it printed."""
    parts: tuple[Part, ...] = ()
    """The tests that its JUnit files tell of."""
    timed_out: bool = False
    error: str = ""
    """Why it could not be started, or its JUnit not be read."""


class RunCommand(Protocol):
    """Runs a process, and stops it with its children when its time is over."""

    def __call__(self, command: Command) -> CommandResult:
        """Run it to its end."""
        ...


class CallAws(Protocol):
    """One call of AWS's, for those sign-ins that are made of calls."""

    def __call__(
        self, service: str, operation: str, *, region: str, endpoint: str, **given: Any
    ) -> dict[str, Any]:
        """Call it; `endpoint` is empty for AWS's own. Raises `AwsRefusal`."""
        ...


class AwsRefusal(Exception):  # noqa: N818 — it is what AWS says, not what went wrong here
    """AWS's answer is an error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


Authorize = Callable[[Request], Request]
"""Puts a credential on a request that is ready to be sent."""


@dataclass(frozen=True, slots=True)
class World:
    """All of it."""

    send: Send
    clock: Clock
    values: Values
    ask: AskAws
    call: CallAws
    run: RunCommand
    sign: Callable[[str, str], Authorize]
    """SigV4 for a service and a region, with the credentials of the run."""
    online: Callable[[], bool]
    """Whether this runner reaches anything at all: the control probe."""
    changed: Callable[[], frozenset[str] | None]
    """The logical ids that the last operation on the stack changed; None if unknown."""
    code_sha256: Callable[[str], Present[str] | Absent | Unknown]
    """Of the code that a Lambda function runs, by its name or logical id."""
    resources: Callable[[], Iterable[tuple[str, str, str]]] = tuple
    """The type, the logical id and the physical id of what the stack holds."""
    began: Callable[[], datetime | Unknown | None] = lambda: None
    """When the last operation on the stack began, by AWS's own clock; None without a
    stack, or where it is not known."""
    physical: Callable[[str], str] = lambda name: name
    """What a resource is called in AWS, by its logical id or by that name."""
    progress: Callable[[str], None] = lambda _text: None
    """Is told of each thing that is done, in a few words without secrets."""
    added: Callable[[], frozenset[str]] = frozenset
    """Of `changed`, those that are known not to have been there before."""
    changed_functions: Callable[[], frozenset[str] | None] = lambda: None
    """Of `changed`, the Lambda functions alone: they have metrics."""
    cancel: Callable[[], None] = lambda: None
    """Ends every wait and every request that is in flight; later ones are sent."""
