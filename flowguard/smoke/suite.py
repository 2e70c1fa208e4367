"""What a smoke test is: the spec as values, before anything is resolved.

Text anywhere in it may hold `${…}`: `${stack.ApiUrl}`, `${env.X}`, `${ssm./path}`,
`${secret.name}`, `${git.sha}`, `${run.id}`, `${vars.x}`, `${auth.user.name}`, and
what an earlier step of the same check saved (`${id}`) or another check did
(`${checks.login.token}`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flowguard.model.exchange import Tls
from flowguard.model.places import UNWRITTEN, Location
from flowguard.smoke.expectation import Operator
from flowguard.smoke.request import Step
from flowguard.smoke.sign_ins import SignIn

# -- checks ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Http:
    """One request, or several in order, and what is always sent afterwards."""

    steps: tuple[Step, ...]
    cleanup: tuple[Step, ...] = ()
    """`finally`: sent whatever happened, judged by its own expectations as a warning."""
    refusal: bool = True
    """Whether a signed-in check gets a twin without the token, which must be refused."""

    @property
    def safe(self) -> bool:
        """Whether all of it may be run again at will."""
        return all(step.request.safe for step in (*self.steps, *self.cleanup))


@dataclass(frozen=True, slots=True)
class Ask:
    """A dependency that AWS is asked about directly, read-only.

    `kind` is `table`, `bucket`, `user-pool`, `parameter`, `secret`, `queue`,
    `migration`, `function` (invoked) or `alarm`; `name` is the resource's own.
    """

    kind: str
    name: str
    expect: tuple[tuple[str, Operator], ...] = ()
    """JMESPath over the answer, as FlowGuard shows it."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """What the kind takes beside: `payload`, `key`, `max_depth`."""


@dataclass(frozen=True, slots=True)
class Command:
    """A suite of the user's own, run as a process."""

    argv: tuple[str, ...]
    """A command and its arguments; a single text is given to the shell as it is."""
    shell: bool = False
    timeout: float = 600.0
    folder: str = "."
    environment: tuple[tuple[str, str], ...] = ()
    junit: str = ""
    """A pattern of the JUnit files that it writes."""


@dataclass(frozen=True, slots=True)
class LatencyRule:
    """When a check that works is slow."""

    p95: float | None = None
    """Seconds, over the samples."""
    vs_baseline: float = 0.25
    """The shift that is let pass: 0.25 is a quarter as long again."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check of the suite."""

    name: str
    what: Http | Ask | Command
    critical: bool = True
    """Whether its failure takes the deploy back; the others warn."""
    tags: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()
    """The stages that it is for; all where none is named."""
    touches: tuple[str, ...] = ()
    """Logical ids that stand behind it, where the template does not tell."""
    latency: LatencyRule = LatencyRule()
    samples: int = 0
    """How many answers are wanted of a check that passes; the gate's where 0."""
    location: Location = UNWRITTEN


# -- phases ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wait:
    """Start-up: polled until it answers; never evidence."""

    step: Step
    up: float = 90.0
    """Seconds until it must be up."""
    stable: int = 1
    """How many answers in a row must hold."""
    interval: float = 1.0


@dataclass(frozen=True, slots=True)
class Release:
    """What proves that the new code answers."""

    step: Step | None = None
    functions: tuple[str, ...] = ()
    """Lambda functions whose code must be the one that was deployed."""
    code_sha256: str = ""
    within: float = 60.0
    """Seconds, by the wall clock."""
    stable: int = 3
    interval: float = 1.0


@dataclass(frozen=True, slots=True)
class Soak:
    """What is watched after the checks passed."""

    seconds: float
    alarms: tuple[str, ...] = ()
    metrics: tuple[tuple[str, float], ...] = ()
    """`errors`, `throttles` (their sum) and `p95` (milliseconds) of the changed
    functions, each with what it may be."""
    functions: tuple[str, ...] = ()
    """Those to watch; the changed ones where none is named."""


# -- the gate and the suite ------------------------------------------------------


class Policy(StrEnum):
    """What an outcome does to the verdict."""

    ROLL_BACK = "roll-back"
    STOP = "stop"
    WARN = "warn"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Gate:
    """When the suite is broken, and what follows."""

    flake: float = 0.05
    """The rate of failing requests that is tolerated where no baseline says its own."""
    broken: float = 0.5
    """The rate that must be caught."""
    false_rollback: float = 0.001
    """The rate of false rollbacks that is allowed, of the whole suite."""
    miss: float = 0.05
    """The rate of misses that is allowed, of a check that fails at `broken`."""
    samples: int | None = None
    """How many answers are wanted of a check that passes; None: as many as `miss` asks
    for, 5 where nothing else is set."""
    max_samples: int = 20
    spread: float = 10.0
    """Seconds that the failures of a broken check span at least."""
    startup: float | None = None
    """Seconds that a service may take to answer, and an edge to know its routes, where a
    check fails so from its first sample on; None: three times `spread`."""
    warmup: int = 0
    """Requests whose time is not counted."""
    latency_samples: int = 20
    failed: Policy = Policy.ROLL_BACK
    inconclusive: Policy = Policy.STOP
    errored: Policy = Policy.STOP
    slow: Policy = Policy.WARN
    pre_existing: Policy = Policy.WARN

    @property
    def start(self) -> float:
        """Seconds that what fails as a starting service does spans at least."""
        return 3 * self.spread if self.startup is None else self.startup


@dataclass(frozen=True, slots=True)
class Suite:
    """A whole spec."""

    checks: tuple[Check, ...]
    base: str = ""
    path: str = ""
    """The file that it is written in."""
    wait: Wait | None = None
    release: Release | None = None
    soak: Soak | None = None
    sign_ins: Mapping[str, SignIn] = field(default_factory=dict)
    gate: Gate = Gate()
    variables: Mapping[str, str] = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()
    """Sent with every request."""
    tls: Tls = field(default=Tls())
    timeout: float = 10.0
    connect_timeout: float = 5.0
    budget: float = 300.0
    """Seconds for the whole run, soak excluded."""
    concurrency: int = 20
    openapi: str = ""
    """The path or URL of the service's OpenAPI document."""
    control: str = ""
    """A URL that answers while this runner is online; AWS's STS where it is empty."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """The text of each file, by its path."""
