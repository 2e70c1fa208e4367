"""A suite, from its first request to its last."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from flowguard.model.smoke import SmokeOutcome, SmokePhase, SmokeReport, SmokeResult
from flowguard.smoke import advice
from flowguard.smoke.baseline import (
    OLDEST,
    Baseline,
    CheckBaseline,
    outdated,
    stranger,
    suite_fingerprint,
)
from flowguard.smoke.doubt import out_of_caches, unreached
from flowguard.smoke.runner import documents, phases, soak
from flowguard.smoke.runner.explain import Suspects, connected
from flowguard.smoke.runner.judged import Judging
from flowguard.smoke.runner.schedule import run_all
from flowguard.smoke.runner.session import Session
from flowguard.smoke.runner.twins import twins_of
from flowguard.smoke.secrets import Secrets
from flowguard.smoke.spec.references import needs
from flowguard.smoke.suite import Check, Soak, Suite
from flowguard.smoke.variables import Unmeasurable
from flowguard.smoke.world import World

UNWELL = frozenset(
    {SmokeOutcome.FAILED, SmokeOutcome.INCONCLUSIVE, SmokeOutcome.ERRORED}
)


def run(
    suite: Suite,
    world: World,
    *,
    baseline: Baseline | None = None,
    suspects: Callable[[str], Suspects] | None = None,
    secrets: Secrets | None = None,
    folder: pathlib.Path | None = None,
    oldest: timedelta = OLDEST,
) -> SmokeReport:
    """Test the service, and hold it against a baseline where there is one that is no
    older than `oldest`.

    `suspects` is called once something fails, with the URL that is tested, and knows
    what of the template stands behind a request. `secrets` learns all that must be
    masked; `folder` is that of the spec. Whatever
    happens, what the run made is removed again, also on Ctrl-C, which is raised
    afterwards. Raises `ConfigError` for a spec that cannot be run.
    """
    return _Run(
        suite, world, baseline, suspects, secrets, folder, oldest=oldest
    ).report()


def take(
    suite: Suite,
    world: World,
    *,
    secrets: Secrets | None = None,
    folder: pathlib.Path | None = None,
) -> tuple[SmokeReport, Baseline]:
    """Test the service before a deploy, and keep what the next run is held against.

    Each check is sampled as often as a comparison of times needs, which tells its own
    noise, too. Raises as `run` does.
    """
    whole = _Run(suite, world, None, None, secrets, folder, as_baseline=True)
    report = whole.report()
    return report, Baseline(
        taken_at=datetime.now(UTC),
        suite=suite_fingerprint(suite),
        base=report.base_url,
        checks=tuple(whole.entries),
    )


@dataclass(slots=True)
class _Run:
    suite: Suite
    world: World
    baseline: Baseline | None
    suspects: Callable[[str], Suspects] | None
    secrets: Secrets | None
    folder: pathlib.Path | None
    as_baseline: bool = False
    oldest: timedelta = OLDEST
    phases: list[SmokePhase] = field(default_factory=list)
    entries: list[CheckBaseline] = field(default_factory=list)

    def report(self) -> SmokeReport:
        """Run it."""
        started = self.world.clock.now()
        try:
            session = Session(
                self.suite,
                self.world,
                secrets=self.secrets,
                is_baseline=self.as_baseline,
            )
        except Unmeasurable as error:
            return SmokeReport(
                _unmeasured(self.suite.checks, str(error)),
                suite=self.suite.path,
                duration=self.world.clock.now() - started,
                is_baseline=self.as_baseline,
            )
        if self.as_baseline:
            session.before_deploy = True
            session.startup = 0.0  # nothing starts up yet
        base = session.secrets.mask(session.suite.base)
        self._hold_against(session, base)
        results: tuple[SmokeResult, ...] = ()
        done = Judging(session, self.suspects, as_baseline=self.as_baseline)
        try:
            results = self._judge(session, done)
        except BaseException:
            session.cancel()
            raise
        finally:
            self._clean_up(session, done)
        self.entries = done.entries
        report = SmokeReport(
            results=results,
            phases=tuple(self.phases),
            base_url=base,
            suite=self.suite.path,
            requests=session.requests,
            duration=session.offset,
            baseline=session.baseline.taken if session.baseline else "",
            is_baseline=self.as_baseline,
            answered_before=frozenset(done.answered_before),
        )
        return replace(report, coverage=advice.without_release(report, self.suite))

    def _hold_against(self, session: Session, base: str) -> None:
        """Use the baseline, as far as it is of this suite."""
        if self.baseline is None:
            return
        if said := outdated(self.baseline, datetime.now(UTC), self.oldest):
            self.phases.append(SmokePhase("baseline", SmokeOutcome.INCONCLUSIVE, said))
            return
        if said := stranger(self.baseline, self.suite, base):
            self.phases.append(SmokePhase("baseline", SmokeOutcome.INCONCLUSIVE, said))
        if self.baseline.base == base:
            session.baseline = self.baseline

    def _judge(self, session: Session, done: Judging) -> tuple[SmokeResult, ...]:
        suite = session.suite
        pairs = {check.name: twin for twin, check in twins_of(suite.checks)}
        session.documents = documents.read(suite, self._folder())
        if unfit := self._before(session):
            return _unmeasured(suite.checks, unfit)
        session.documents = documents.fetch(
            suite, session.documents, lambda request: session.send(request).answer
        )
        checks = [c for check in suite.checks for c in _with(check, pairs)]
        before = {check.name: needs(check) for check in checks}
        done.critical = sum(check.critical for check in checks)
        twins = {twin.name for twin in pairs.values()}

        def work(check: Check) -> Callable[[], None]:
            return lambda: done.judge(
                check, after=before[check.name], twin=check.name in twins
            )

        run_all({check.name: work(check) for check in checks}, before, session.cancel)
        self._add(phases.renewals(session))
        results = unreached(connected(done.results[check.name] for check in checks))
        results = out_of_caches(advice.with_wait(results, suite), done.kept)
        what = session.suite.soak
        if self.as_baseline:
            phase, entries = soak.before(session, what) if what else (None, ())
            self._add(phase)
            done.entries += entries
            return results
        return (*results, *self._after(session, what, results))

    def _before(self, session: Session) -> str:
        """What comes before the checks; why they are not run, where they are not.

        Before a deploy nothing starts up, and no new code answers.
        """
        suite = session.suite
        if suite.wait is not None and not self.as_baseline:
            at_once = phases.names_of([suite.wait.step])
            self._add(phases.sign_ins(session, at_once))
            known = session.baseline.checks if session.baseline else ()
            answered = any(check.passed for check in known)
            phase, answers = phases.wait(session, suite.wait, answered_before=answered)
            self._add(phase)
            if not answers:
                return f"the service did not come up: {phase.message}"
        steps = [step for check in suite.checks for step in phases.steps_of(check)]
        release = None if self.as_baseline else suite.release
        if release and release.step:
            steps.append(release.step)
        self._add(phases.sign_ins(session, phases.names_of(steps)))
        if release is not None:
            # The checks are run all the same: what is broken is so in any release.
            self._add(phases.release(session, release))
        return ""

    def _after(
        self, session: Session, what: Soak | None, results: tuple[SmokeResult, ...]
    ) -> tuple[SmokeResult, ...]:
        """Watch, where all is well so far."""
        unwell = any(r.outcome in UNWELL and r.critical for r in results)
        if unwell and session.cut_short and not session.decided_by:
            text = session.cut_short
            self._add(SmokePhase("checks", SmokeOutcome.ERRORED, text))
        if what is None or unwell:
            return ()
        phase, watched = soak.soak(session, what)
        self._add(phase)
        return watched

    def _clean_up(self, session: Session, done: Judging) -> None:
        started = session.offset
        left = (*done.left_behind, *phases.sign_out(session))
        if left:
            took = session.offset - started
            phase = SmokePhase("clean-up", SmokeOutcome.ERRORED, "; ".join(left), took)
            self._add(phase)

    def _add(self, phase: SmokePhase | None) -> None:
        if phase is not None:
            self.phases.append(phase)
            said = f": {phase.message}" if phase.message else ""
            self.world.progress(f"{phase.name} {phase.outcome}{said}")

    def _folder(self) -> pathlib.Path:
        if self.folder is not None:
            return self.folder
        return pathlib.Path(self.suite.path).parent


def _with(check: Check, twins: dict[str, Check]) -> tuple[Check, ...]:
    return (check, twins[check.name]) if check.name in twins else (check,)


def _unmeasured(checks: tuple[Check, ...], why: str) -> tuple[SmokeResult, ...]:
    return tuple(
        SmokeResult(
            check.name,
            SmokeOutcome.ERRORED,
            why,
            critical=check.critical,
            location=check.location,
        )
        for check in checks
    )
