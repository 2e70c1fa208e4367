"""What the smoke tests found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from flowguard.model.places import UNWRITTEN, Location

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flowguard.model.exchange import Timings


class SmokeOutcome(StrEnum):
    """How a check ended; the order is that of a summary, the worst first."""

    FAILED = "failed"
    """It is broken, and was not before the deploy, as far as anybody knows."""
    INCONCLUSIVE = "inconclusive"
    """Measured, and neither broken nor healthy within the stated error rate."""
    ERRORED = "errored"
    """It could not be measured."""
    PRE_EXISTING = "pre-existing"
    """It is broken, and was so before the deploy."""
    SLOW = "slow"
    """It works, slower than before or than it may be."""
    PASSED = "passed"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One expectation that did not hold."""

    what: str
    """`status`, `header content-type`, `json items[0].id`, `dependency dynamodb`."""
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that was sent, as it is shown: masked, its body cut short."""

    label: str
    """The step: `GET /users`, with nothing secret in it."""
    method: str
    url: str
    status: int | None
    """None where no answer came."""
    offset: float
    """Seconds from the start of the run to the sending."""
    timings: Timings
    passed: bool
    fault: str = ""
    """Why there is no answer."""
    curl: str = ""
    """The command that repeats it, secrets as variables."""
    request_id: str = ""
    trace_id: str = ""
    body: str = ""
    """The start of the answer's body."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a check with an outcome of its own: a dependency, a test of a suite."""

    name: str
    outcome: SmokeOutcome
    message: str = ""
    required: bool = True


@dataclass(frozen=True, slots=True)
class Samples:
    """How often a check was tried, and what the tries say."""

    passed: int = 0
    failed: int = 0
    unmeasured: int = 0
    verdict: str = ""
    """The evidence in words: `5 of 5 passed; one that fails 50 % of its requests does so once in 32`."""


@dataclass(frozen=True, slots=True)
class Latency:
    """How long the answers took, in seconds."""

    samples: int
    median: float
    p95: float
    baseline_median: float | None = None
    shift: float | None = None
    """How much slower than the baseline: 0.5 is half as long again."""
    p_value: float | None = None


@dataclass(frozen=True, slots=True)
class Blame:
    """What of the template stands behind a failing check."""

    route: str
    """`GET /users/{proxy+}` as the template has it."""
    logical_ids: tuple[str, ...]
    """The route's function and all that it refers to."""
    changed: tuple[str, ...] | None
    """Those of them that the deploy changed; None where nobody knows."""
    location: Location | None = None
    """Where the suspect is written."""
    message: str = ""
    route_added: bool = False
    """Whether the deploy made the very resource that is the route."""


@dataclass(frozen=True, slots=True)
class SmokeResult:
    """How one check ended, and why."""

    name: str
    outcome: SmokeOutcome
    message: str = ""
    """What is wrong, lower case, no full stop; empty where nothing is."""
    help: str = ""
    critical: bool = True
    location: Location = UNWRITTEN
    """Where the check is written."""
    mismatches: tuple[Mismatch, ...] = ()
    samples: Samples = Samples()
    exchanges: tuple[Exchange, ...] = ()
    parts: tuple[Part, ...] = ()
    because: str = ""
    """The dependency or the check whose failure explains this one."""
    blame: Blame | None = None
    latency: Latency | None = None
    logs: tuple[str, ...] = ()
    """Links to the logs of the suspected functions."""
    duration: float = 0.0
    """Seconds."""
    kind: str = "http"
    """`http`, `aws`, `command`, `refusal` (a twin without its token), `alarm`."""


OURS = "ours"
ANOTHER = "another"


@dataclass(frozen=True, slots=True)
class SmokePhase:
    """What came of a phase before the checks, or after them."""

    name: str
    """`baseline`, `wait`, `sign-in`, `release`, `checks`, `soak`, `clean-up`."""
    outcome: SmokeOutcome
    message: str = ""
    duration: float = 0.0
    help: str = ""
    """What to do, where that is known."""
    answered: str = ""
    """Of `release`: whose code answered, `OURS` or `ANOTHER`; empty where no answer
    tells, since a broken release names no commit."""

    @property
    def judged(self) -> bool:
        """Whether it speaks of the service.

        A sign-in that failed shows in the checks that needed it; what could not be
        cleaned up, or compared with a baseline, says nothing of the deploy.
        """
        return self.name not in {"baseline", "sign-in", "clean-up"}


@dataclass(frozen=True, slots=True)
class SmokeReport:
    """The smoke tests of one run."""

    results: tuple[SmokeResult, ...]
    phases: tuple[SmokePhase, ...] = ()
    base_url: str = ""
    suite: str = ""
    """The path of the spec."""
    requests: int = 0
    duration: float = 0.0
    baseline: str = ""
    """Of what it was held against: when it was taken; empty where there is none."""
    is_baseline: bool = False
    """Whether this run is itself the baseline."""
    answered_before: frozenset[str] = frozenset()
    """The checks that got an answer in the baseline, as they are now."""
    coverage: str = ""
    """What is tested, and what is not: `11 of 14 deployed routes are smoke-tested`."""
