"""The report as SARIF 2.1.0, for code scanning.

A finding is a result of kind *fail*, a rule that could not tell one of kind
*open*, a rule that broke a notification of the tool. Rules that passed are
listed without a result, since code scanning would show one as an alert.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from flowguard.model.places import Location, Severity
from flowguard.model.results import Finding, Outcome, Report, RuleResult
from flowguard.report import escape, wording
from flowguard.report.excerpt import Sources
from flowguard.report.json_ import utc

Json = dict[str, Any]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"

_LEVELS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "note",
}
_LONGEST_DESCRIPTION = 1024
"""GitHub's limit of a full description."""


def render(report: Report) -> str:
    """The report as a SARIF log with one run."""
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report)]}
    document = json.dumps(log, ensure_ascii=False, indent=2)
    return escape.json_document(document) + "\n"


def _run(report: Report) -> Json:
    ids = list(dict.fromkeys(_rule_ids(report)))
    index = {rule_id: number for number, rule_id in enumerate(ids)}
    documentation = _documentation()
    return {
        "tool": {
            "driver": {
                "name": "FlowGuard",
                "semanticVersion": report.flowguard_version,
                "rules": [_rule(rule_id, documentation) for rule_id in ids],
            }
        },
        "automationDetails": {"id": f"flowguard/{report.target.stack_name}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {
            ROOT: {"description": {"text": "The root of the repository."}}
        },
        "invocations": [_invocation(report, index)],
        "results": list(_results(report, index)),
    }


# --- rules ---------------------------------------------------------------------


def _rule_ids(report: Report) -> Iterable[str]:
    for result in report.results:
        yield result.rule_id
        yield from (finding.rule_id for finding in result.findings)
        yield from (item.finding.rule_id for item in result.suppressed)


def _documentation() -> Mapping[str, str]:
    """The pages of the built-in rules, by their ids."""
    from flowguard.rules import EVERY  # brings the whole engine room

    return {rule.id: inspect.getdoc(rule) or "" for rule in EVERY}


def _rule(rule_id: str, documentation: Mapping[str, str]) -> Json:
    page = documentation.get(rule_id) or rule_id.replace("-", " ")
    summary = page.split("\n\n", 1)[0].replace("\n", " ")
    return {
        "id": rule_id,
        "shortDescription": {"text": summary},
        "fullDescription": {"text": escape.clip(page, _LONGEST_DESCRIPTION)},
        "help": {"text": page, "markdown": page},
    }


# --- results -------------------------------------------------------------------


def _results(report: Report, index: Mapping[str, int]) -> Iterable[Json]:
    fingerprints = _Fingerprints(report.sources)
    for finding in report.findings:
        yield _finding(report, finding, index, fingerprints)
    for item in wording.suppressed(report):
        yield {
            **_finding(report, item.finding, index, fingerprints),
            "suppressions": [{"kind": "inSource", "justification": item.reason}],
        }
    for result in report.results:
        if result.outcome is Outcome.INCONCLUSIVE:
            yield _open(report, result, index)


def _finding(
    report: Report,
    finding: Finding,
    index: Mapping[str, int],
    fingerprints: _Fingerprints,
) -> Json:
    message = wording.subject(finding)
    if finding.help:
        message += f"\n\n{finding.help}"
    result: Json = {
        "ruleId": finding.rule_id,
        "ruleIndex": index[finding.rule_id],
        "kind": "fail",
        "level": _LEVELS[finding.severity],
        "message": _message(message),
        "locations": [_place(report, finding)],
        "partialFingerprints": {"flowguard/v1": fingerprints.of(finding)},
    }
    if finding.related_locations:
        result["relatedLocations"] = [
            {"id": number, "message": _message(words), **_location(location)}
            for number, (words, location) in enumerate(finding.related_locations)
        ]
    if finding.evidence:
        result["properties"] = {
            "evidence": [
                {"name": name, "value": value} for name, value in finding.evidence
            ]
        }
    return result


def _open(report: Report, result: RuleResult, index: Mapping[str, int]) -> Json:
    questions = [
        f"{unknown.lookup}: {unknown.permission or unknown.reason}"
        for unknown in result.unknowns
        if unknown.kind.inconclusive
    ]
    first = next(iter(report.sources), "")
    return {
        "ruleId": result.rule_id,
        "ruleIndex": index[result.rule_id],
        "kind": "open",
        "level": "none",
        "message": _message("\n".join(["could not tell, for want of:", *questions])),
        "locations": [_location(Location(first))] if first else [],
    }


def _place(report: Report, finding: Finding) -> Json:
    if not finding.logical_id:
        return _location(finding.location)
    logical = {
        "name": finding.logical_id,
        "fullyQualifiedName": f"{report.target.stack_name}/{finding.logical_id}",
        "kind": "resource",
    }
    return {**_location(finding.location), "logicalLocations": [logical]}


def _location(location: Location) -> Json:
    """A place; a finding without a file points at the root of the repository."""
    region = {"startLine": location.line, "startColumn": location.column}
    if location.end_line >= location.line:
        region |= {"endLine": location.end_line}
        if location.end_column:
            region |= {"endColumn": location.end_column}
    return {
        "physicalLocation": {
            "artifactLocation": _artifact(location.path),
            "region": region,
        }
    }


def _artifact(path: str) -> Json:
    # The UTF-8 of a name that is not UTF-8 does not exist.
    uri = quote(path.encode("utf-8", "replace"))
    if path.startswith("/"):
        return {"uri": f"file://{uri}"}
    return {"uri": uri, "uriBaseId": ROOT}


def _message(text: str) -> Json:
    return {"text": escape.sarif_message(text)}


class _Fingerprints:
    """What tells a finding from others, also after lines have moved."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = Sources(sources)
        self._seen: Counter[str] = Counter()

    def of(self, finding: Finding) -> str:
        """A hash that stays the same while rule, resource and line read the same."""
        at = finding.location
        written = (self._sources.line(at) or "").strip()
        parts = (finding.rule_id, at.path, finding.logical_id, written)
        text = json.dumps(parts)
        digest = hashlib.sha256(text.encode()).hexdigest()[:32]
        self._seen[digest] += 1
        return f"{digest}:{self._seen[digest]}"


# --- the run -------------------------------------------------------------------


def _invocation(report: Report, index: Mapping[str, int]) -> Json:
    crashed = wording.crashed(report)
    return {
        "executionSuccessful": not crashed,
        "startTimeUtc": utc(report.started_at),
        "endTimeUtc": utc(report.started_at + timedelta(seconds=report.duration)),
        "toolExecutionNotifications": [
            *_rollback(report),
            *(
                {
                    "level": "error",
                    "message": _message(f"rule {result.rule_id} broke: {result.error}"),
                    "associatedRule": {
                        "id": result.rule_id,
                        "index": index[result.rule_id],
                    },
                }
                for result in crashed
            ),
            *(
                {"level": "error", "message": _message(text)}
                for _, text in wording.failures(report)
            ),
        ],
        "properties": {
            "command": report.command,
            "verdict": report.verdict.value,
            "summary": "; ".join(
                filter(None, (wording.headline(report), wording.questions(report)))
            ),
        },
    }


def _rollback(report: Report) -> Iterator[Json]:
    """What there is to say of a rollback, which has no place in a file."""
    if report.rollback:
        from flowguard.report.rollback import words as rollback_words

        for line in rollback_words.told(report.rollback):
            yield {"level": "note", "message": _message(line)}
