"""The checks of a run, judged one by one from many threads."""

from __future__ import annotations

import threading
from collections.abc import Callable

from flowguard.model.smoke import Part, SmokeOutcome, SmokeResult
from flowguard.smoke.baseline import CheckBaseline, fingerprint
from flowguard.smoke.judge import wald
from flowguard.smoke.latency import ENOUGH
from flowguard.smoke.runner.explain import Suspects, blamed, refused, unrouted
from flowguard.smoke.runner.measure import (
    Measured,
    comparable,
    measure,
    repeat,
    sampler,
)
from flowguard.smoke.runner.others import ask, command
from flowguard.smoke.runner.results import as_before, result_of
from flowguard.smoke.runner.session import Session
from flowguard.smoke.runner.step import Judged
from flowguard.smoke.sampling import Seen
from flowguard.smoke.suite import Ask, Check, Command, Http, Policy


class Judging:
    """What came of each check."""

    def __init__(
        self,
        session: Session,
        suspects: Callable[[str], Suspects] | None,
        *,
        as_baseline: bool,
    ) -> None:
        """`suspects` is called once something fails, with the URL that is tested."""
        self.critical = 1
        """How many checks can take the deploy back."""
        self.results: dict[str, SmokeResult] = {}
        self.entries: list[CheckBaseline] = []
        """The same as a baseline for the next run, where this one is to be that."""
        self.left_behind: list[str] = []
        self._session = session
        self._make_suspects = suspects
        self._known_suspects: Suspects | None = None
        self.kept: set[str] = set()
        """Those that pass out of a cache alone."""
        self.answered_before: set[str] = set()
        """Those that got an answer in the baseline."""
        self._as_baseline = as_baseline
        self._lock = threading.Lock()

    def judge(
        self, check: Check, *, after: frozenset[str] = frozenset(), twin: bool = False
    ) -> None:
        """Measure a check, and keep its result; `after` names those that it needs.

        Raises `ConfigError`.
        """
        known = self._session.baseline
        mark = fingerprint(check) if known or self._as_baseline else ""
        before = known.of(check.name, mark) if known else None
        if before and before.answered:
            self.answered_before.add(check.name)
        found: Measured | None = None
        missing = sorted(after - self._session.saved.keys())
        if missing:
            result = _without(check, missing[0])
        else:
            result, found = self._measured(check, before, twin=twin)
        if self._decides(result):
            self._session.decide(check.name)
        with self._lock:
            self.results[check.name] = result
            if found and found.last and any(s.notes for s in found.last.steps):
                self.kept.add(check.name)
            if self._as_baseline:
                self.entries.append(_entry(check, mark, result, found))
        said = f": {result.message}" if result.message else ""
        self._session.world.progress(f"{check.name} {result.outcome}{said}")

    def _decides(self, result: SmokeResult) -> bool:
        """Whether the deploy goes back for it, whatever the other checks say."""
        takes_back = self._session.suite.gate.failed is Policy.ROLL_BACK
        failed = result.outcome is SmokeOutcome.FAILED and result.critical
        return failed and takes_back and not self._as_baseline

    def _measured(
        self, check: Check, before: CheckBaseline | None, *, twin: bool
    ) -> tuple[SmokeResult, Measured | None]:
        """Its result, and what it stands on."""
        gate = self._session.suite.gate
        broken_before = before is not None and before.broken(gate)
        match check.what:
            case Command() as what:
                named = SmokeResult(
                    check.name,
                    SmokeOutcome.ERRORED,
                    critical=check.critical,
                    location=check.location,
                    kind="command",
                )
                result = command(self._session, what, named)
                if broken_before and before:
                    result = as_before(result, before)
                return self._blamed(result, check, None), None
            case Ask() as what:
                found, kind = self._asked(check, what, before), "aws"
            case Http() as what:
                found = self._sent(check, what, before, twin=twin)
                kind = "refusal" if twin else "http"
        telling = found.telling
        broken_before = broken_before or bool(telling and telling.old)
        result = result_of(
            check,
            found,
            kind=kind,
            before=before,
            broken_before=broken_before,
            passed_before=before is not None and before.at_times(gate),
            sure=found.never_works(wald(gate, self.critical)),
        )
        failing = telling.failing if telling else None
        if twin:
            result = refused(result, failing)
        result = self._blamed(result, check, failing)
        return unrouted(result, found.failures), found

    def _blamed(
        self, result: SmokeResult, check: Check, failing: Judged | None
    ) -> SmokeResult:
        if result.outcome is SmokeOutcome.PASSED or self._make_suspects is None:
            return result
        with self._lock:
            if self._known_suspects is None:
                self._known_suspects = self._make_suspects(self._session.suite.base)
        return blamed(result, check, failing, self._known_suspects)

    def _asked(self, check: Check, what: Ask, before: CheckBaseline | None) -> Measured:
        samples, test = sampler(
            self._session, check, critical=self.critical, before=before
        )
        found = Measured(samples, test)

        def one(number: int) -> Seen:
            tried = ask(self._session, what, number)
            found.keep(tried)
            return tried.seen

        repeat(self._session, found, one)
        return found

    def _sent(
        self, check: Check, what: Http, before: CheckBaseline | None, *, twin: bool
    ) -> Measured:
        enough = before is not None and len(before.times) >= ENOUGH
        timing = not twin and comparable(check) and (self._as_baseline or enough)
        found = measure(
            self._session,
            check,
            what,
            critical=self.critical,
            before=before,
            timing=timing,
            anonymous=twin,
        )
        left = {text for one in found.attempts for text in one.left_behind}
        with self._lock:
            self.left_behind += [f"{check.name}: {text}" for text in sorted(left)]
            last = found.last
            if last and last.seen is Seen.PASSED:
                self._session.saved[check.name] = last.saved
        return found


def _without(check: Check, needed: str) -> SmokeResult:
    return SmokeResult(
        check.name,
        SmokeOutcome.ERRORED,
        f"it needs what {needed!r} saves, which did not pass",
        critical=check.critical,
        location=check.location,
        because=needed,
    )


def _kept(result: SmokeResult) -> tuple[Part, ...]:
    """The parts that a baseline knows: dependencies, and the tests that failed."""
    if result.kind == "command":
        failed = (p for p in result.parts if p.outcome is SmokeOutcome.FAILED)
        return tuple(failed)
    return result.parts if result.kind == "http" else ()


def _entry(
    check: Check, mark: str, result: SmokeResult, found: Measured | None
) -> CheckBaseline:
    return CheckBaseline(
        name=check.name,
        fingerprint=mark,
        outcome=result.outcome,
        passed=found.samples.passed if found else 0,
        failed=found.samples.failed if found else 0,
        unmeasured=found.samples.unmeasured if found else 0,
        times=tuple(found.times) if found else (),
        dependencies=tuple((part.name, part.outcome) for part in _kept(result)),
        failures=tuple(one for one, _ in found.failures.most_common()) if found else (),
    )
