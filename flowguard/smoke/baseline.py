"""What the same suite found before the deploy, and the file that keeps it.

It holds names, counts and times, and nothing of what was sent or answered.
"""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, NoReturn

from flowguard import spoken
from flowguard.errors import ConfigError
from flowguard.model.smoke import SmokeOutcome
from flowguard.smoke.failures import Failure, Kind, all_silent
from flowguard.smoke.suite import Check, Gate, Suite

SCHEMA = "flowguard.baseline/1"
LARGEST_FILE = 16 * 1024 * 1024
MOST_SAMPLES = 100_000
LONGEST = 86_400.0
"""Seconds that an answer may have taken."""


OLDEST = timedelta(hours=24)
"""An older one says nothing of the service as it was just before the deploy."""


@dataclass(frozen=True, slots=True)
class CheckBaseline:
    """What one check did before the deploy."""

    name: str
    fingerprint: str
    """Of what it asks and expects: a check that was changed has no baseline."""
    outcome: SmokeOutcome
    passed: int = 0
    failed: int = 0
    unmeasured: int = 0
    times: tuple[float, ...] = ()
    """How long its passing answers took, in seconds."""
    dependencies: tuple[tuple[str, SmokeOutcome], ...] = ()
    failures: tuple[Failure, ...] = ()
    """What failed; none where a file from before this was written down does not say."""

    @property
    def answered(self) -> bool:
        """Whether anything is known to have answered."""
        return self.passed > 0 or (
            bool(self.failures) and not all_silent(self.failures)
        )

    def broken(self, gate: Gate) -> bool:
        """Whether it was broken already."""
        measured = self.passed + self.failed
        share = self.failed / measured if measured else 0.0
        return self.outcome is SmokeOutcome.FAILED or share >= gate.broken

    def at_times(self, gate: Gate) -> bool:
        """Whether it was broken and passed now and then, so that it can get worse."""
        return self.passed > 0 and self.failed > 0 and self.broken(gate)


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a suite found before the deploy."""

    taken_at: datetime
    suite: str
    """The fingerprint of the suite's checks, all in all."""
    base: str
    """The URL that was tested."""
    checks: tuple[CheckBaseline, ...]

    def of(self, name: str, fingerprint: str) -> CheckBaseline | None:
        """What the check of that name did, if it is the same check still."""
        found = (check for check in self.checks if check.name == name)
        return next((one for one in found if one.fingerprint == fingerprint), None)

    @property
    def taken(self) -> str:
        """When it was taken, as ISO 8601 writes it."""
        return self.taken_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stranger(baseline: Baseline, suite: Suite, base: str) -> str:
    """Why a baseline is not, or not wholly, of this suite; empty where it is."""
    if baseline.base != base:
        return f"the baseline is of {baseline.base or 'no URL'}, and is not used"
    if baseline.suite == suite_fingerprint(suite):
        return ""
    known = sum(
        baseline.of(check.name, fingerprint(check)) is not None
        for check in suite.checks
    )
    if known == len(suite.checks):
        return ""  # others were left out of this run
    return (
        "the baseline is of another version of the spec: "
        f"it knows {known} of {len(suite.checks)} checks"
    )


def outdated(baseline: Baseline, now: datetime, oldest: timedelta = OLDEST) -> str:
    """Why a baseline is too old to be held against; empty where it is not."""
    age = now - baseline.taken_at
    if age <= oldest:
        return ""
    return (
        f"the baseline is {_hours(age)} old, older than {_hours(oldest)}, and is not "
        "used: take one right before the deploy"
    )


def _hours(age: timedelta) -> str:
    if age.days > 1:
        return f"{age.days:,} days"
    return f"{age.total_seconds() / 3600:,.0f} hours"


def fingerprint(check: Check) -> str:
    """A digest of what a check asks and expects, wherever it is written."""
    return _digest(_plain(check.what))


def suite_fingerprint(suite: Suite) -> str:
    """A digest of all checks of a suite."""
    return _digest([[check.name, fingerprint(check)] for check in suite.checks])


# -- the file --------------------------------------------------------------------


def document(baseline: Baseline) -> dict[str, Any]:
    """What its file says, as JSON has it."""
    return {
        "schema": SCHEMA,
        "taken_at": baseline.taken,
        "suite": baseline.suite,
        "base": baseline.base,
        "checks": [_entry(check) for check in baseline.checks],
    }


def of_document(found: object, where: str = "what was kept of it") -> Baseline:
    """The baseline that a document is, as `document` made it. Raises `ConfigError`."""
    try:
        return _baseline(found)
    except (ValueError, TypeError, KeyError) as error:
        _refuse(where, _why(error))


def write(baseline: Baseline, path: pathlib.Path) -> None:
    """Write it to a file of its owner's alone. Raises `ConfigError`."""
    text = json.dumps(document(baseline), indent=1, ensure_ascii=True)
    from flowguard.files import write_private  # few runs have a baseline

    try:
        write_private(path, f"{text}\n")
    except OSError as error:
        raise ConfigError(
            f"the baseline cannot be written to {path}: {error.strerror or error}",
            help="name a file in a folder that can be written to",
        ) from error


def read(path: pathlib.Path) -> Baseline:
    """Read it from a file that `write` wrote. Raises `ConfigError` for any other."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            _refuse(path, "it is too large")
        document = json.loads(path.read_text(encoding="utf-8"))
        return _baseline(document)
    except OSError as error:
        _refuse(path, error.strerror or str(error))
    except RecursionError:
        _refuse(path, "it is nested too deeply")
    except (ValueError, TypeError, KeyError) as error:
        _refuse(path, _why(error))


def _baseline(document: Any) -> Baseline:
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise ValueError(f"it is no {SCHEMA}")
    taken = datetime.fromisoformat(_text(document["taken_at"]))
    return Baseline(
        taken_at=taken if taken.tzinfo else taken.replace(tzinfo=UTC),
        suite=_text(document["suite"]),
        base=_text(document["base"]),
        checks=tuple(_check(entry) for entry in _list(document["checks"])),
    )


def _check(entry: Any) -> CheckBaseline:
    if not isinstance(entry, dict):
        raise TypeError("a check is no mapping")
    dependencies = entry["dependencies"]
    if not isinstance(dependencies, dict):
        raise TypeError("the dependencies of a check are no mapping")
    return CheckBaseline(
        name=_text(entry["name"]),
        fingerprint=_text(entry["fingerprint"]),
        outcome=SmokeOutcome(entry["outcome"]),
        passed=_count(entry["passed"]),
        failed=_count(entry["failed"]),
        unmeasured=_count(entry["unmeasured"]),
        times=tuple(_seconds(time) for time in _list(entry["times"])),
        dependencies=tuple((n, SmokeOutcome(o)) for n, o in dependencies.items()),
        failures=tuple(map(_failure, _list(entry.get("failures", [])))),
    )


def _failure(entry: Any) -> Failure:
    if not isinstance(entry, dict):
        raise TypeError("a failure is no mapping")
    what = tuple(map(_text, _list(entry["what"])))
    return Failure(Kind(entry["kind"]), _count(entry["step"]), what)


def _entry(check: CheckBaseline) -> dict[str, Any]:
    return {
        "name": check.name,
        "fingerprint": check.fingerprint,
        "outcome": check.outcome.value,
        "passed": check.passed,
        "failed": check.failed,
        "unmeasured": check.unmeasured,
        "times": [round(time, 6) for time in check.times],
        "dependencies": {name: found.value for name, found in check.dependencies},
        "failures": [
            {"kind": one.kind.value, "step": one.step, "what": [*one.what]}
            for one in check.failures
        ],
    }


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is missing")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > MOST_SAMPLES:
        raise TypeError("a list is missing, or endless")
    return value


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= MOST_SAMPLES:
        raise ValueError("a count is none")
    return value


def _seconds(value: Any) -> float:
    if type(value) not in {int, float} or not 0 <= value <= LONGEST:
        raise ValueError("a time is none")
    return float(value)


def _why(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{error} is missing"
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return "it is no JSON"
    return str(error)


def _refuse(path: pathlib.Path | str, why: str) -> NoReturn:
    raise ConfigError(
        f"{path} cannot be read as a baseline: {why}",
        help=f"take it with `{spoken.command('smoke', baseline='FILE')}` before the "
        "deploy",
    )


# -- digests ---------------------------------------------------------------------


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    import hashlib  # only a baseline needs it, which few runs have

    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _plain(value: Any) -> Any:
    """The parts of a value, without the places where they are written."""
    if is_dataclass(value):
        parts = (f.name for f in fields(value) if f.name != "location")
        whole = {name: _plain(getattr(value, name)) for name in parts}
        return [type(value).__name__, whole]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return [_plain(part) for part in value]
    return value
