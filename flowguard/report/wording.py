"""What every format says of a report, in the same words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flowguard.model.places import Location, Severity
from flowguard.model.questions import UnknownKind
from flowguard.model.readiness import Readiness
from flowguard.model.results import (
    Finding,
    NotLookedInto,
    Outcome,
    Report,
    RuleResult,
    Suppressed,
    Unanswered,
    Verdict,
)

if TYPE_CHECKING:
    from flowguard.model.changes import ResourceChange

VERDICTS = {
    Verdict.PASS: "go",
    Verdict.BLOCK: "blocked",
    Verdict.INCONCLUSIVE: "could not tell",
}
KINDS = {
    UnknownKind.DENIED: "denied",
    UnknownKind.SIGNED_OUT: "without credentials that AWS takes",
    UnknownKind.THROTTLED: "throttled",
    UnknownKind.UNREACHABLE: "unreachable",
    UnknownKind.UNSUPPORTED: "cannot be asked",
    UnknownKind.KNOWN_AFTER_DEPLOY: "known only after the deploy",
    UnknownKind.BROKEN: "broke FlowGuard",
    UnknownKind.NOT_LOOKED_INTO: "not looked into",
}


def count(number: int, noun: str) -> str:
    """A number of things: `1 rule`, `2 rules`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(parts: Iterable[str], *, none: str = "") -> str:
    """The parts that are not empty, with commas; `none` where all are."""
    return ", ".join(part for part in parts if part) or none


def severities(report: Report) -> str:
    """The findings in numbers: `1 error, 2 warnings`."""
    numbers = [(report.count(severity), severity) for severity in reversed(Severity)]
    return listed(
        (
            f"{number:,} info"
            if severity is Severity.INFO
            else count(number, severity.label)
            for number, severity in numbers
            if number
        ),
        none="no findings",
    )


def headline(report: Report) -> str:
    """The verdict and the numbers it rests on."""
    if report.rollback is None and report.smoke is None:
        return f"{VERDICTS[report.verdict]}: {severities(report)}"
    verdict = {Verdict.BLOCK: "failed"}.get(report.verdict, VERDICTS[report.verdict])
    return f"{verdict}: {listed(_after_the_deploy(report))}"


def _after_the_deploy(report: Report) -> Iterable[str]:
    if report.rollback:
        from flowguard.report.rollback import words as rollback_words

        yield rollback_words.headline(report.rollback)
    if report.smoke:
        from flowguard.report.smoke import words as smoke_words

        yield smoke_words.counts(report.smoke)


def failures(report: Report) -> Iterator[tuple[str, str]]:
    """Each resource that failed in a deploy, a rollback or a deletion: which, and all
    that is told of it."""
    if report.rollback:
        from flowguard.report.rollback import words as rollback_words

        for failure in report.rollback.failures:
            yield rollback_words.failed(failure), rollback_words.in_short(failure)


def target(report: Report) -> str:
    """What was looked at: the stack, the stage, the region, the account, the file."""
    at = report.target
    account = f"account {at.account_id}" if at.account_id else "no account asked"
    stage = f"stage {at.stage}" if at.stage else ""
    template = f", from {next(iter(report.sources))}" if report.sources else ""
    name = at.stack_name or (report.smoke.base_url if report.smoke else "")
    return f"{name} ({listed([stage, at.region, account])}){template}"


def outcomes(report: Report) -> str:
    """How the rules ended: `12 rules: 10 passed, 1 failed, 1 inconclusive`; empty where
    there were none to be run."""
    if report.smoke:
        from flowguard.report.smoke import words as smoke_words

        return smoke_words.compared(report.smoke)
    ended = [result.outcome for result in report.results]
    numbers = ((ended.count(outcome), outcome) for outcome in Outcome)
    how = listed(f"{number:,} {outcome}" for number, outcome in numbers if number)
    if ended or report.rollback:
        return f"{count(len(ended), 'rule')}: {how}" if ended else ""
    return "no rules"


def ran(report: Report) -> str:
    """How the rules ended, and how long all of it took."""
    return listed([outcomes(report), f"in {duration(report)}"])


def readiness(report: Report) -> str:
    """Whether the deploy can be taken back, and the worst reason why not; "" where
    nobody judged that."""
    if report.readiness is None:
        return ""
    can = "cannot" if report.readiness is Readiness.RED else "can"
    verdict = f"{can} be taken back: {report.readiness}"
    if not report.readiness_reasons:
        return verdict
    first, *others = report.readiness_reasons
    more = f"; and {len(others):,} more" if others else ""
    return f"{verdict}, because {first}{more}"


def not_looked_into(report: Report) -> Iterator[tuple[NotLookedInto, str]]:
    """Each part that nobody judged, and what is said of it."""
    for part in report.coverage.not_looked_into:
        yield part, f"{part.what}: {part.why}"


def questions(report: Report) -> str:
    """How many questions were asked, what became of them, and what was left out; empty
    for a rollback, which has none of its own."""
    if report.smoke:
        from flowguard.report.smoke import words as smoke_words

        return smoke_words.measured(report.smoke)
    parts = len(report.coverage.not_looked_into)
    left = f"; did not look into {count(parts, 'part')}" if parts else ""
    return f"{_asked(report)}{left}".removeprefix("; ")


def _asked(report: Report) -> str:
    coverage = report.coverage
    if not coverage.asked:
        return "" if report.rollback else "asked no questions"
    if report.target.account_id is None and not coverage.answered:
        left = count(coverage.asked, "question")
        return f"did not ask AWS, which leaves {left} open"
    later = sum(
        len(group.questions)
        for group in unanswered(report)
        if group.kind is UnknownKind.KNOWN_AFTER_DEPLOY
    )
    never = max(coverage.not_knowable - later, 0)
    are = "is" if later == 1 else "are"
    fates = listed(
        [
            f"{coverage.answered:,} answered",
            f"{coverage.unknown:,} could not be answered" if coverage.unknown else "",
            f"{later:,} {are} known only after the deploy" if later else "",
            f"{never:,} cannot be asked" if never else "",
        ]
    )
    return f"asked {count(coverage.asked, 'question')}: {fates}"


def duration(report: Report) -> str:
    """How long the run took: `0.8 s`, `1 min 20 s`."""
    if report.duration < 60:  # noqa: PLR2004 — seconds in a minute
        return f"{report.duration:.1f} s"
    minutes, seconds = divmod(round(report.duration), 60)
    return f"{minutes} min {seconds} s"


def blocks(report: Report, finding: Finding) -> bool:
    """Whether `finding` is one that the deploy must not go ahead with."""
    return (
        report.fail_on is not None
        and finding.severity >= report.fail_on
        and finding.rule_id not in report.accepted
    )


def subject(finding: Finding) -> str:
    """The message, after the resource that it is about where it does not say it."""
    if finding.logical_id in finding.message:
        return finding.message
    return f"{finding.logical_id}: {finding.message}"


def effect(change: ResourceChange) -> str:
    """What the deploy does to a resource; empty where that is nothing."""
    from flowguard.model.changes import ChangeAction, Replacement

    match change.action:
        case ChangeAction.ADD:
            return "adds"
        case ChangeAction.DYNAMIC:
            return "may add"
        case ChangeAction.REMOVE:
            kept = change.attributes_before.get("DeletionPolicy") == "Retain"
            return "leaves behind" if kept else "removes"
        case ChangeAction.IMPORT:
            return "imports"
        case ChangeAction.MODIFY:
            match change.replacement:
                case Replacement.TRUE:
                    return "replaces"
                case Replacement.CONDITIONAL:
                    return "may replace"
                case Replacement.FALSE:
                    return "modifies" if change.changed else ""


def place(location: Location) -> str:
    """Where to look: `template.yaml:12:5`."""
    return str(location) if location.path else ""


def passed(report: Report) -> tuple[list[str], list[str]]:
    """The rules that found nothing: those with every answer, those without."""
    ended = [r for r in report.results if r.outcome is Outcome.PASSED]
    whole = [r.rule_id for r in ended if not r.unknowns]
    return whole, [r.rule_id for r in ended if r.unknowns]


def crashed(report: Report) -> list[RuleResult]:
    """The rules that broke."""
    return [r for r in report.results if r.outcome is Outcome.CRASHED]


def breakages(report: Report) -> list[tuple[str, str]]:
    """What broke, and why: rules that broke for one cause together."""
    causes: dict[str, list[str]] = {}
    for result in crashed(report):
        causes.setdefault(result.error, []).append(result.rule_id)
    return [
        (
            f"rule {ids[0]}"
            if len(ids) == 1
            else f"{count(len(ids), 'rule')} ({listed(ids)})",
            error,
        )
        for error, ids in causes.items()
    ]


def suppressed(report: Report) -> list[Suppressed]:
    """The findings that the user wants to hear no more of."""
    return [item for result in report.results for item in result.suppressed]


@dataclass(frozen=True, slots=True)
class Group:
    """Questions without an answer for one and the same cause."""

    kind: UnknownKind
    permission: str
    """What would answer them, where they were denied."""
    questions: tuple[Unanswered, ...]
    """Each one once, whatever number of rules asked it."""

    @property
    def cause(self) -> str:
        """Why there is no answer, and what would help."""
        needs = f", needs {self.permission}" if self.permission else ""
        again = "; sign in again" if self.kind is UnknownKind.SIGNED_OUT else ""
        return f"{KINDS[self.kind]}{needs}{again}"


def unanswered(report: Report) -> Sequence[Group]:
    """The questions without an answer by cause, what can be mended first."""
    groups: dict[tuple[UnknownKind, str], dict[str, Unanswered]] = {}
    for result in report.results:
        for question in result.unknowns:
            group = groups.setdefault((question.kind, question.permission), {})
            group.setdefault(question.lookup, question)
    order = list(UnknownKind)
    return [
        Group(kind, permission, tuple(group.values()))
        for (kind, permission), group in sorted(
            groups.items(), key=lambda item: (order.index(item[0][0]), item[0][1])
        )
    ]
