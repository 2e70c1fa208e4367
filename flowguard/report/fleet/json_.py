"""The reports of a fleet for programs, as `report.schema.json` says."""

from __future__ import annotations

import json

from flowguard.fleet.together import FleetReport
from flowguard.report import escape
from flowguard.report.json_ import Json, as_json


def render(fleet: FleetReport) -> str:
    """The fleet as a JSON document: the whole run, and each target's own report."""
    document = json.dumps(_document(fleet), ensure_ascii=False, indent=2)
    return escape.json_document(document) + "\n"


def _document(fleet: FleetReport) -> Json:
    reported: dict[str, Json | None] = {
        member.name: as_json(member.report) for member in fleet.members
    }
    reported |= dict.fromkeys(fleet.missing)
    targets = [{"name": name, "report": report} for name, report in reported.items()]
    return {**as_json(fleet.whole), "targets": targets}
