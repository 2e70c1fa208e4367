"""plan → Report: predict how the deploy would fail."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from flowguard import spoken
from flowguard.engine import Observer, Policy, Run, run
from flowguard.errors import AccountError, InternalError
from flowguard.model.places import Severity
from flowguard.model.questions import Lookup, Observed, Present, Unknown, UnknownKind
from flowguard.model.results import (
    Claims,
    NotLookedInto,
    Outcome,
    Report,
    RuleResult,
    Target,
    Unanswered,
    Verdict,
)
from flowguard.model.veil import Veil
from flowguard.plan import Plan, Planner
from flowguard.rules import BUILTIN, Rule
from flowguard.version import __version__


@dataclass(frozen=True, slots=True)
class Gate:
    """When findings block."""

    fail_on: Severity | None = Severity.ERROR
    """Findings at or above it block; None means never."""
    accepted: tuple[str, ...] = ()
    """Rules whose findings pass this time."""

    def verdict(
        self, results: Iterable[RuleResult], unseen: Sequence[NotLookedInto] = ()
    ) -> Verdict:
        """What the results say about the deploy; `unseen` is what they leave out."""
        results = tuple(results)
        for result in results:
            worst = max((f.severity for f in result.findings), default=None)
            bad = worst and self.fail_on and worst >= self.fail_on
            if bad and result.rule_id not in self.accepted:
                return Verdict.BLOCK
        if unseen or any(_left_open(result) for result in results):
            return Verdict.INCONCLUSIVE
        return Verdict.PASS


def _left_open(result: RuleResult) -> bool:
    """Whether a rule could not judge; one that found something may be so, too."""
    unsure = {Outcome.INCONCLUSIVE, Outcome.CRASHED}
    return result.outcome in unsure or any(u.kind.inconclusive for u in result.unknowns)


def predict(
    planner: Planner,
    observe: Observer,
    rules: Sequence[Rule[Plan]] = BUILTIN,
    policies: Mapping[str, Policy] | None = None,
    gate: Gate = Gate(),
) -> Report:
    """Check the plan against the account, and say whether to deploy.

    `observe` is asked every question once. Raises `TemplateError` and
    `UsageError` as `Planner.build` does, `AccountError` where AWS answers
    no question at all, and `InternalError` where FlowGuard breaks.
    """
    started, clock = datetime.now(UTC), time.monotonic()
    found = run(planner.build, observe, rules, policies)
    _require_no_breakage(found)
    _require_an_answer(found)
    plan = found.subject
    report = Report(
        command="preflight",
        target=Target(
            plan.stack_name, plan.stage, plan.place.region, plan.place.account_id
        ),
        results=found.results,
        coverage=found.coverage,
        started_at=started,
        duration=time.monotonic() - clock,
        flowguard_version=__version__,
        verdict=gate.verdict(found.results, found.coverage.not_looked_into),
        fail_on=gate.fail_on,
        accepted=gate.accepted,
        claims=plan.claims,
        stack_status=plan.stack.value.status if isinstance(plan.stack, Present) else "",
        changes=() if isinstance(plan.stack, Unknown) else plan.changes,
        sources=plan.template.sources,
    )
    hidden = _hidden(plan.claims, plan.stack_name, found.veil)
    told = found.veil.shown(report)  # what AWS or the user said in clear, too
    return replace(told, claims=replace(told.claims, hidden=hidden))


def _hidden(claims: Claims, stack_name: str, veil: Veil) -> frozenset[str]:
    """What is claimed and told otherwise, as it is told."""
    names = (name for _, name, _ in claims.names)
    exports = (*claims.exports_added, *claims.exports_removed, *claims.imports)
    texts = (*names, *exports, stack_name)
    return frozenset(told for text in texts if (told := veil.shown(text)) != text)


def offline(
    lookups: Collection[Lookup[Any]],
) -> Mapping[Lookup[Any], Observed[Any]]:
    """An observer that asks nobody: only what the template says is judged."""
    answer = Unknown(UnknownKind.UNSUPPORTED, "AWS was not asked (--offline)")
    return dict.fromkeys(lookups, answer)


def _require_no_breakage(found: Run[Plan]) -> None:
    """A rule that read what broke has crashed; what the plan alone read is told here."""
    if any(result.outcome is Outcome.CRASHED for result in found.results):
        return
    for unknown in found.unknowns:
        if unknown.kind is UnknownKind.BROKEN:
            raise InternalError(f"{unknown.lookup}: {unknown.reason}")


def _require_an_answer(found: Run[Plan]) -> None:
    silent = [
        u
        for u in found.unknowns
        if u.kind.inconclusive and u.kind is not UnknownKind.BROKEN
    ]
    if not silent or found.coverage.answered:
        return
    raise AccountError(
        f"AWS answered none of {len(silent)} questions: {_why(silent)}",
        help="sign in again, and run this again"
        if all(u.kind is UnknownKind.SIGNED_OUT for u in silent)
        else "grant what `flowguard permissions` prints, or run on the template "
        f"alone: {spoken.switch('offline')}",
    )


def _why(silent: Sequence[Unanswered]) -> str:
    permissions = sorted({u.permission for u in silent if u.permission})
    kinds = ", ".join(sorted({u.kind.value for u in silent}))
    if not permissions:
        return f"{kinds} ({silent[0].reason})"
    more = f" and {len(permissions) - 1} more" if len(permissions) > 1 else ""
    return f"{kinds} ({permissions[0]}{more})"
