"""The published schema of the JSON report."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

SCHEMA_ID = "flowguard.report/1"
"""Changed only when a field is removed or means something else."""


def report_schema() -> dict[str, Any]:
    """The JSON Schema of what the format `json` writes."""
    text = files("flowguard.report").joinpath("report.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
