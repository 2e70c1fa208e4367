"""The smoke tests for programs, as `report.schema.json` says."""

from __future__ import annotations

from typing import Any

from flowguard.model.exchange import Timings
from flowguard.model.places import Location
from flowguard.model.smoke import Blame, Exchange, Latency, SmokeReport, SmokeResult

Json = dict[str, Any]


def as_json(smoke: SmokeReport) -> Json:
    """The section as values that JSON knows, in the order of the schema."""
    return {
        "suite": smoke.suite,
        "base_url": smoke.base_url,
        "is_baseline": smoke.is_baseline,
        "baseline": smoke.baseline or None,
        "requests": smoke.requests,
        "duration_seconds": _seconds(smoke.duration),
        "coverage": smoke.coverage or None,
        "phases": [
            {
                "name": phase.name,
                "outcome": phase.outcome.value,
                "message": phase.message,
                "help": phase.help,
                "duration_seconds": _seconds(phase.duration),
            }
            for phase in smoke.phases
        ],
        "results": [_result(result) for result in smoke.results],
    }


def _result(result: SmokeResult) -> Json:
    return {
        "name": result.name,
        "kind": result.kind,
        "outcome": result.outcome.value,
        "critical": result.critical,
        "message": result.message,
        "help": result.help,
        "location": location(result.location),
        "mismatches": [
            {"what": m.what, "expected": m.expected, "actual": m.actual}
            for m in result.mismatches
        ],
        "samples": {
            "passed": result.samples.passed,
            "failed": result.samples.failed,
            "unmeasured": result.samples.unmeasured,
            "verdict": result.samples.verdict,
        },
        "exchanges": [_exchange(exchange) for exchange in result.exchanges],
        "parts": [
            {
                "name": part.name,
                "outcome": part.outcome.value,
                "message": part.message,
                "required": part.required,
            }
            for part in result.parts
        ],
        "because": result.because or None,
        "blame": _blame(result.blame) if result.blame else None,
        "latency": _latency(result.latency) if result.latency else None,
        "logs": list(result.logs),
        "duration_seconds": _seconds(result.duration),
    }


def _exchange(exchange: Exchange) -> Json:
    return {
        "label": exchange.label,
        "method": exchange.method,
        "url": exchange.url,
        "status": exchange.status,
        "passed": exchange.passed,
        "fault": exchange.fault or None,
        "offset_seconds": _seconds(exchange.offset),
        "timings": _timings(exchange.timings),
        "request_id": exchange.request_id or None,
        "trace_id": exchange.trace_id or None,
        "curl": exchange.curl,
        "body": exchange.body,
    }


def _timings(timings: Timings) -> Json:
    return {
        "dns_seconds": _seconds(timings.dns),
        "connect_seconds": _seconds(timings.connect),
        "tls_seconds": _seconds(timings.tls),
        "first_byte_seconds": _seconds(timings.first_byte),
        "total_seconds": _seconds(timings.total),
    }


def _blame(blame: Blame) -> Json:
    return {
        "route": blame.route,
        "logical_ids": list(blame.logical_ids),
        "changed": None if blame.changed is None else list(blame.changed),
        "location": location(blame.location) if blame.location else None,
        "message": blame.message,
    }


def _latency(latency: Latency) -> Json:
    return {
        "samples": latency.samples,
        "median_seconds": _seconds(latency.median),
        "p95_seconds": _seconds(latency.p95),
        "baseline_median_seconds": _seconds(latency.baseline_median),
        "shift": latency.shift,
        "p_value": latency.p_value,
    }


def location(at: Location) -> Json:
    """A place in a file; lines and columns are 1-based."""
    return {
        "path": at.path,
        "line": at.line,
        "column": at.column,
        "end_line": at.end_line or None,
        "end_column": at.end_column or None,
    }


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
