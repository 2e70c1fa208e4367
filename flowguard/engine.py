"""subject × rules × observer → results: the loop of questions and answers.

Rules are pure, so they are run again and again: each round runs all of them,
gathers what they asked, and has every new question answered once, until no new
question comes. Only the last round's findings count.
"""

from __future__ import annotations

import logging
from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, Generic, Protocol, TypeVar

from flowguard.errors import FlowGuardError
from flowguard.model import hidden
from flowguard.model.changes import Ignore
from flowguard.model.places import Severity
from flowguard.model.questions import (
    Absent,
    AccountState,
    Lookup,
    Observed,
    Pending,
    Present,
    T,
    Unknown,
    UnknownKind,
)
from flowguard.model.results import (
    Coverage,
    Finding,
    NotLookedInto,
    Outcome,
    RuleResult,
    Suppressed,
    Unanswered,
)
from flowguard.model.veil import Veil
from flowguard.rules._rule import Rule

log = logging.getLogger(__name__)

MAX_ROUNDS = 10
"""An answer leads to the next question; real chains end after four or five."""

Observer = Callable[[Collection[Lookup[Any]]], Mapping[Lookup[Any], Observed[Any]]]
"""Answers every question once. The only way in for account state."""


class Checkable(Protocol):
    """What rules can be run over."""

    @property
    def basis(self) -> Sequence[Lookup[Any]]:
        """The questions that the subject itself stands on.

        While one of them has no answer, no rule that asks the account can say
        that all is well.
        """

    @property
    def not_looked_into(self) -> Sequence[NotLookedInto]:
        """The parts of the subject that no rule can see."""

    @property
    def ignores(self) -> Sequence[Ignore]:
        """What the user wants to hear no more of."""

    @property
    def written(self) -> object:
        """What the subject is made from on our side; whatever it is, texts in it are
        no secret unless they are hidden."""


S = TypeVar("S", bound=Checkable)


@dataclass(frozen=True, slots=True)
class Policy:
    """What the configuration says of one rule."""

    severity: Severity | None = None
    """Instead of the rule's own, upwards or downwards."""
    ignore: tuple[str, ...] = ()
    """Logical ids (globs) whose findings are suppressed."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Run(Generic[S]):
    """What the engine found out."""

    subject: S
    results: tuple[RuleResult, ...]
    coverage: Coverage
    unknowns: tuple[Unanswered, ...]
    """Every question that nobody answered."""
    veil: Veil
    """What may not be told of all this; what leaves goes through it."""


class _Asking(AccountState):
    """The account as one reader sees it; remembers what was read."""

    def __init__(
        self,
        answers: Mapping[Lookup[Any], Observed[Any]],
        veil: Veil,
        allowed: tuple[type[Lookup[Any]], ...] | None = None,
    ) -> None:
        super().__init__(answers)
        self._veil = veil
        self._allowed = allowed
        self.read: dict[Lookup[Any], Observed[Any]] = {}

    def get(self, lookup: Lookup[T]) -> Observed[T]:
        if self._allowed is not None and type(lookup) not in self._allowed:
            raise TypeError(f"asks {type(lookup).__name__}, which it does not declare")
        if lookup in self.read:
            return self.read[lookup]
        answer = self._veil.conceal(super().get(lookup), lookup)
        self.read[lookup] = answer
        return answer

    @property
    def open(self) -> set[Lookup[Any]]:
        """The questions that were read and still wait for their answer."""
        return {
            lookup
            for lookup, answer in self.read.items()
            if isinstance(answer, Pending) and not lookup.unresolved
        }


def run(
    build: Callable[[AccountState], S],
    observe: Observer,
    rules: Iterable[Rule[S]],
    policies: Mapping[str, Policy] | None = None,
) -> Run[S]:
    """Check what `build` makes of the account against `rules`.

    `build` is called once a round, with the answers so far; what it reads is
    asked like what a rule reads. Raises what `build` raises; a rule's own
    exception becomes the outcome *crashed*.

    What is hidden (`flowguard.model.hidden`) stays so in all of it, but for the
    questions that `observe` is asked. `Run.veil` shows what is left.
    """
    rules = tuple(rules)
    answers: dict[Lookup[Any], Observed[Any]] = {}
    veil = Veil()
    for _ in range(MAX_ROUNDS):
        base = _Asking(answers, veil)
        subject = build(base)
        learnt = veil.learn(subject, subject.written)
        checks = [_check(rule, subject, answers, veil) for rule in rules]
        wanted = base.open.union(*(check.account.open for check in checks))
        if not wanted and not (learnt and answers):
            break
        answers.update(_asked(observe, wanted, veil))
    policies = policies or {}
    read = {**base.read, **{k: v for c in checks for k, v in c.account.read.items()}}
    return Run(
        subject,
        tuple(
            _conclude(check, subject, policies.get(check.rule.id, Policy()))
            for check in checks
        ),
        _coverage(read, subject.not_looked_into),
        _unanswered(read),
        veil,
    )


def _asked(
    observe: Observer, wanted: Collection[Lookup[Any]], veil: Veil
) -> dict[Lookup[Any], Observed[Any]]:
    """The answers to what is wanted. AWS is asked with what stand-ins stand for."""
    asked = {lookup: hidden.every(hidden.real, lookup) for lookup in wanted}
    try:
        found = observe(set(asked.values())) if asked else {}
    except FlowGuardError as error:  # AWS's words may quote what it was asked
        error.message, error.help = veil.shown((error.message, error.help))
        error.args = (error.message,)
        raise
    return {lookup: found.get(real, _UNANSWERED) for lookup, real in asked.items()}


_UNANSWERED = Unknown(UnknownKind.UNSUPPORTED, "nobody can answer this question")


@dataclass(slots=True)
class _Check(Generic[S]):
    """One run of one rule."""

    rule: Rule[S]
    account: _Asking
    findings: tuple[Finding, ...] = ()
    error: str = ""


def _check(
    rule: Rule[S],
    subject: S,
    answers: Mapping[Lookup[Any], Observed[Any]],
    veil: Veil,
) -> _Check[S]:
    check = _Check(rule, _Asking(answers, veil, rule.asks))
    try:
        check.findings = tuple(rule.check(subject, check.account))
        for lookup in subject.basis if rule.asks else ():
            answer = AccountState(answers).get(lookup)
            check.account.read[lookup] = veil.conceal(answer, lookup)
    except Exception as error:  # a broken rule must not hide the others
        log.debug("rule %s crashed", rule.id, exc_info=True)
        check.error = f"{type(error).__name__}: {error}"
    return check


def _conclude(check: _Check[S], subject: S, policy: Policy) -> RuleResult:
    rule_id = check.rule.id
    if check.account.open and not check.error:
        check.error = f"asked new questions in each of {MAX_ROUNDS} rounds"
    if check.error:
        return RuleResult(rule_id, Outcome.CRASHED, error=check.error)
    findings: list[Finding] = []
    suppressed: list[Suppressed] = []
    for finding in check.findings:
        if reason := _reason_to_ignore(finding, subject.ignores, policy):
            suppressed.append(Suppressed(finding, reason))
        elif policy.severity:
            findings.append(replace(finding, severity=policy.severity))
        else:
            findings.append(finding)
    unknowns = _unanswered(check.account.read)
    cause = next((u.reason for u in unknowns if u.kind is UnknownKind.BROKEN), "")
    unseen = any(part.rule_id == rule_id for part in subject.not_looked_into)
    if cause:
        outcome = Outcome.CRASHED
    elif findings:
        outcome = Outcome.FAILED
    elif unseen or any(unknown.kind.inconclusive for unknown in unknowns):
        outcome = Outcome.INCONCLUSIVE  # silence is not a pass
    else:
        outcome = Outcome.PASSED
    return RuleResult(
        rule_id, outcome, tuple(findings), unknowns, tuple(suppressed), cause
    )


def _reason_to_ignore(
    finding: Finding, ignores: Iterable[Ignore], policy: Policy
) -> str:
    """Why a finding is suppressed; empty where it is not."""
    if any(fnmatchcase(finding.logical_id, glob) for glob in policy.ignore):
        return policy.reason or "ignored in flowguard.yml"
    for ignore in ignores:
        if finding.rule_id not in ignore.rule_ids:
            continue
        if ignore.logical_id and ignore.logical_id == finding.logical_id:
            return ignore.reason or f"ignored on resource {ignore.logical_id}"
        place, at = ignore.location, finding.location
        if place and (place.path, place.line) == (at.path, at.line):
            return ignore.reason or f"ignored at {place}"
    return ""


def _unanswered(read: Mapping[Lookup[Any], Observed[Any]]) -> tuple[Unanswered, ...]:
    return tuple(
        Unanswered(str(lookup), answer.kind, answer.reason, answer.permission)
        for lookup, answer in read.items()
        if isinstance(answer, Unknown)
    )


def _coverage(
    read: Mapping[Lookup[Any], Observed[Any]], unseen: Iterable[NotLookedInto]
) -> Coverage:
    unknowns = [a for a in read.values() if isinstance(a, Unknown)]
    unknown = sum(answer.kind.inconclusive for answer in unknowns)
    return Coverage(
        asked=len(read),
        answered=sum(isinstance(a, Present | Absent) for a in read.values()),
        unknown=unknown,
        not_knowable=len(unknowns) - unknown,
        not_looked_into=tuple(dict.fromkeys([*unseen, *_unread(read)])),
    )


def _unread(read: Mapping[Lookup[Any], Observed[Any]]) -> Iterator[NotLookedInto]:
    """The questions that stand on what is not read."""
    for lookup, answer in read.items():
        part = lookup.unresolved
        if not isinstance(answer, Unknown) or part is None:
            continue
        if answer.kind is UnknownKind.NOT_LOOKED_INTO:
            what = str(lookup).replace(str(part), part.expression)
            yield NotLookedInto(what, answer.reason, part.location)
