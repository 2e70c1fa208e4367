"""The report as JUnit XML: one test case for each rule or check.

There is no standard; this is what the readers of GitLab, Jenkins and Azure
have in common (the schema of Jenkins' xUnit plugin).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from flowguard.model.results import Finding, Outcome, Report, RuleResult
from flowguard.report import escape, wording
from flowguard.report.smoke import junit as smoke_junit

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def render(report: Report) -> str:
    """The report as an XML document; a finding that blocks is a failure."""
    return document([suite_of(report)], report.duration)


def document(suites: Sequence[Element], duration: float) -> str:
    """The suites as an XML document."""
    numbers = {
        name: str(sum(int(suite.get(name, "0")) for suite in suites))
        for name in ("tests", "failures", "errors", "skipped")
    }
    attributes = {"name": "FlowGuard", **numbers, "time": f"{duration:.3f}"}
    root = Element("testsuites", attributes)
    root.extend(suites)
    indent(root)
    return _DECLARATION + tostring(root, encoding="unicode") + "\n"


def suite_of(report: Report, name: str = "") -> Element:
    """One report as a suite, called `name` or by its stack."""
    if report.smoke:
        cases = [*smoke_junit.cases_of(report.smoke, report.findings)]
    else:
        cases = [_case(report, result) for result in report.results]
    started = report.started_at.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    suite = Element(
        "testsuite",
        {
            "name": escape.line(
                f"flowguard {report.command} {name or report.target.stack_name}"
            ),
            "tests": str(len(cases)),
            "failures": _number(cases, "failure"),
            "errors": _number(cases, "error"),
            "skipped": _number(cases, "skipped"),
            "time": f"{report.duration:.3f}",
            "timestamp": started.isoformat(),
        },
    )
    suite.append(_properties(report))
    suite.extend(cases)
    output = SubElement(suite, "system-out")
    said = "".join(f"{line}\n" for line in _told(report) if line)
    output.text = escape.log(
        said + "".join(f"\n{text}\n" for _, text in wording.failures(report))
    )
    return suite


def _told(report: Report) -> Iterator[str]:
    """What there is to say of the whole."""
    yield wording.headline(report)
    yield wording.target(report)
    yield wording.outcomes(report)
    yield wording.questions(report)
    if report.smoke:
        yield report.smoke.coverage
    if report.rollback:
        from flowguard.report.rollback import words as rollback_words

        yield from rollback_words.told(report.rollback)


def _number(cases: Sequence[Element], ended: str) -> str:
    return str(sum(case.find(ended) is not None for case in cases))


def _properties(report: Report) -> Element:
    target = report.target
    properties = Element("properties")
    for name, value in {
        "flowguard": report.flowguard_version,
        "verdict": report.verdict.value,
        "stack": target.stack_name,
        "stage": target.stage or "",
        "region": target.region,
        "account": target.account_id or "",
        "accepted": ", ".join(report.accepted),
    }.items():
        SubElement(properties, "property", name=name, value=escape.line(value))
    return properties


def _case(report: Report, result: RuleResult) -> Element:
    case = Element(
        "testcase",
        classname=f"flowguard.{report.command}",
        name=escape.line(result.rule_id),
        time="0",
    )
    blocking = [f for f in result.findings if wording.blocks(report, f)]
    others = [f for f in result.findings if not wording.blocks(report, f)]
    if result.outcome is Outcome.CRASHED:
        _ended(case, "error", "the rule itself broke", result.error)
    elif blocking:
        more = f" (and {len(blocking) - 1:,} more)" if blocking[1:] else ""
        message = wording.subject(blocking[0]) + more
        text = "\n\n".join(map(_finding, blocking))
        failure = _ended(case, "failure", message, text)
        failure.set("type", blocking[0].severity.label)
    elif result.outcome is Outcome.INCONCLUSIVE:
        _ended(case, "skipped", f"could not tell: {_questions(result)}")
    if others:
        output = SubElement(case, "system-out")
        output.text = escape.log("\n\n".join(map(_finding, others)))
    return case


def _ended(case: Element, how: str, message: str, text: str = "") -> Element:
    element = SubElement(case, how, message=escape.line(message))
    if text:
        element.text = escape.log(text)
    return element


def _finding(finding: Finding) -> str:
    where = wording.place(finding.location)
    text = f"{finding.severity.label}: {wording.subject(finding)}"
    return "\n".join(part for part in (where, text, finding.help) if part)


def _questions(result: RuleResult) -> str:
    open_questions = [u for u in result.unknowns if u.kind.inconclusive]
    reasons = [f"{u.lookup} ({u.permission or u.reason})" for u in open_questions]
    return wording.listed(reasons)
