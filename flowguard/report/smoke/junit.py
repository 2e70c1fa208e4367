"""The smoke tests as cases of JUnit.

A check that is broken is a *failure*; one that could not be measured, or has no
clear answer, an *error*; one that was broken before is *skipped*, and so is one that
is not critical: they fail no build.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from flowguard.model.results import Finding
from flowguard.model.smoke import SmokeOutcome, SmokePhase, SmokeReport, SmokeResult
from flowguard.report import escape
from flowguard.report.smoke.words import WORDS

_TAGS = {
    SmokeOutcome.FAILED: "failure",
    SmokeOutcome.ERRORED: "error",
    SmokeOutcome.INCONCLUSIVE: "error",
    SmokeOutcome.PRE_EXISTING: "skipped",
}
_OPEN = "smoke-inconclusive"
"""The rule of a finding that leaves the verdict open."""


def cases_of(smoke: SmokeReport, findings: list[Finding]) -> Iterator[Element]:
    """A case for each phase and check; the tests of a user's own suite are cases."""
    details = {f.message.partition(": ")[0]: _detail(f) for f in findings}
    for phase in smoke.phases:
        yield _phase(phase)
    for result in smoke.results:
        yield _case(result, details.get(result.name, ""))
        if result.kind == "command":
            yield from _tests(result)
    rows = {one.name for one in smoke.phases} | {one.name for one in smoke.results}
    for finding in findings:
        if finding.rule_id == _OPEN and finding.message.partition(": ")[0] not in rows:
            yield _of_all(finding)


def _of_all(finding: Finding) -> Element:
    """What is said of the tests as a whole, and not of one of them."""
    case = _element("flowguard.smoke", "checks", 0)
    _end(case, SmokeOutcome.INCONCLUSIVE, finding.message, _detail(finding))
    return case


def _phase(phase: SmokePhase) -> Element:
    case = _element("flowguard.smoke.phases", phase.name, phase.duration)
    _end(case, phase.outcome, phase.message)
    return case


def _case(result: SmokeResult, detail: str) -> Element:
    case = _element("flowguard.smoke", result.name, result.duration)
    outcome = result.outcome
    if outcome is SmokeOutcome.FAILED and not result.critical:
        outcome = SmokeOutcome.PRE_EXISTING  # it fails no build
    _end(case, outcome, result.message, detail, word=WORDS[result.outcome])
    if result.outcome is SmokeOutcome.SLOW:
        SubElement(case, "system-out").text = escape.log(result.message)
    return case


def _tests(result: SmokeResult) -> Iterator[Element]:
    for part in result.parts:
        case = _element(f"flowguard.smoke.{result.name}", part.name, 0)
        _end(case, part.outcome, part.message)
        yield case


def _element(classname: str, name: str, duration: float) -> Element:
    return Element(
        "testcase",
        classname=escape.line(classname),
        name=escape.line(name),
        time=f"{duration:.3f}",
    )


def _end(
    case: Element,
    outcome: SmokeOutcome,
    message: str,
    detail: str = "",
    *,
    word: str = "",
) -> None:
    tag = _TAGS.get(outcome)
    if tag is None:
        return
    said = f"{word or WORDS[outcome]}: {message}"
    ended = SubElement(case, tag, message=escape.line(said))
    if detail:
        ended.text = escape.log(detail)


def _detail(finding: Finding) -> str:
    lines = [f"{name}: {value}" for name, value in finding.evidence]
    return "\n".join([*lines, finding.help])
