"""A JSON report read back: text → Report.

What is read was written elsewhere, perhaps by a newer FlowGuard: it is held
against the contract (`report.schema.json`) before anything is made of it. Fields
that the contract does not know are let pass, as it says that fields may be added.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from flowguard.model.places import Location, Severity
from flowguard.model.questions import UnknownKind
from flowguard.model.results import (
    Claims,
    Coverage,
    Finding,
    NotLookedInto,
    Outcome,
    Report,
    RuleResult,
    Suppressed,
    Target,
    Unanswered,
    Verdict,
)
from flowguard.report.schema import SCHEMA_ID


def read(text: str) -> Document:
    """The document that reads `text`.

    Raises `ValueError`, with a line that says what is wrong, where it is no report
    or one of a version that is not known here.
    """
    try:
        document = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is no JSON ({error})") from None
    schema = document.get("schema") if isinstance(document, dict) else None
    if not isinstance(schema, str) or not schema.startswith("flowguard.report/"):
        raise ValueError("it is no report of FlowGuard's")
    if schema != SCHEMA_ID:
        raise ValueError(f"it is of the format {schema}; this one reads {SCHEMA_ID}")
    try:
        return msgspec.convert(document, Document)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no number of JSON's")


class _Part(msgspec.Struct):
    """A mapping with at least the keys of its fields."""


Number = Annotated[int, msgspec.Meta(ge=0)]
Ordinal = Annotated[int, msgspec.Meta(ge=1)]
Word = Literal["info", "warning", "error"]


class _Location(_Part):
    path: str
    line: Ordinal
    column: Ordinal
    end_line: Ordinal | None
    end_column: Ordinal | None

    def value(self) -> Location:
        return Location(
            self.path, self.line, self.column, self.end_line or 0, self.end_column or 0
        )


class _Related(_Part):
    message: str
    location: _Location


class _Evidence(_Part):
    name: str
    value: str


class _Finding(_Part):
    rule_id: str
    severity: Word
    message: str
    help: str
    logical_id: str | None
    location: _Location
    related_locations: list[_Related]
    evidence: list[_Evidence]

    def value(self) -> Finding:
        return Finding(
            self.rule_id,
            Severity[self.severity.upper()],
            self.message,
            self.location.value(),
            self.help,
            self.logical_id or "",
            tuple((r.message, r.location.value()) for r in self.related_locations),
            tuple((e.name, e.value) for e in self.evidence),
        )


class _Unknown(_Part):
    lookup: str
    kind: Literal[
        "denied",
        "signed-out",
        "throttled",
        "unreachable",
        "unsupported",
        "known-after-deploy",
        "broken",
        "not-looked-into",
    ]
    reason: str
    permission: str | None

    def value(self) -> Unanswered:
        return Unanswered(
            self.lookup,
            UnknownKind(self.kind),
            self.reason,
            self.permission or "",
        )


class _Suppressed(_Part):
    finding: _Finding
    reason: str


class _Result(_Part):
    rule_id: str
    outcome: Literal["passed", "failed", "inconclusive", "crashed"]
    findings: list[_Finding]
    unknowns: list[_Unknown]
    suppressed: list[_Suppressed]
    error: str | None

    def value(self) -> RuleResult:
        return RuleResult(
            self.rule_id,
            Outcome(self.outcome),
            tuple(finding.value() for finding in self.findings),
            tuple(unknown.value() for unknown in self.unknowns),
            tuple(
                Suppressed(item.finding.value(), item.reason)
                for item in self.suppressed
            ),
            self.error or "",
        )


class _Name(_Part):
    resource_type: str
    name: str
    logical_id: str


class _Written(_Part):
    claim: Literal["names", "exports_added", "exports_removed", "imports"]
    of: str
    location: _Location


class _Claims(_Part):
    names: list[_Name]
    exports_added: list[str]
    exports_removed: list[str]
    imports: list[str]
    locations: list[_Written] = []
    hidden: list[str] = []

    def value(self) -> Claims:
        return Claims(
            tuple((n.resource_type, n.name, n.logical_id) for n in self.names),
            tuple(self.exports_added),
            tuple(self.exports_removed),
            tuple(self.imports),
            {(w.claim, w.of): w.location.value() for w in self.locations},
            frozenset(self.hidden),
        )


class _Target(_Part):
    stack_name: str
    stage: str | None
    region: str
    account_id: str | None


class _NotLookedInto(_Part):
    what: str
    why: str
    location: _Location

    def value(self) -> NotLookedInto:
        return NotLookedInto(self.what, self.why, self.location.value())


class _Coverage(_Part):
    asked: Number
    answered: Number
    unknown: Number
    not_knowable: Number
    not_looked_into: list[_NotLookedInto]


class _Member(_Part):
    name: str
    report: Document | None


class Document(_Part):
    """A report as it was written."""

    flowguard_version: str
    command: str
    verdict: Literal["pass", "block", "inconclusive"]
    fail_on: Word | None
    accepted: list[str]
    target: _Target
    coverage: _Coverage
    results: list[_Result]
    claims: _Claims
    started_at: Annotated[datetime, msgspec.Meta(tz=True)]
    duration_seconds: Annotated[float, msgspec.Meta(ge=0)]
    targets: list[_Member] = []

    def value(self) -> Report:
        """The report that it is."""
        at, asked = self.target, self.coverage
        return Report(
            command=self.command,
            target=Target(at.stack_name, at.stage, at.region, at.account_id),
            results=tuple(result.value() for result in self.results),
            coverage=Coverage(
                asked.asked,
                asked.answered,
                asked.unknown,
                asked.not_knowable,
                tuple(part.value() for part in asked.not_looked_into),
            ),
            started_at=self.started_at,
            duration=self.duration_seconds,
            flowguard_version=self.flowguard_version,
            verdict=Verdict(self.verdict),
            fail_on=Severity[self.fail_on.upper()] if self.fail_on else None,
            accepted=tuple(self.accepted),
            claims=self.claims.value(),
        )
