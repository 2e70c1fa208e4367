"""`flowguard schema`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from flowguard.cli.commands import Schema
from flowguard.cli.streams import print_text
from flowguard.config import json_schema
from flowguard.report.schema import report_schema
from flowguard.rollback import snapshot_file
from flowguard.smoke import spec


def run(settings: Schema) -> int:
    """Print the schema that was asked for and return 0."""
    schema = SCHEMAS[settings.what]()
    print_text(json.dumps(schema, indent=2) + "\n")
    return 0


def config_schema() -> dict[str, Any]:
    """That of flowguard.yml, with the smoke tests that may stand in it."""
    return json_schema(spec.json_schema())


SCHEMAS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "config": config_schema,
    "report": report_schema,
    "smoke": spec.json_schema,
    "snapshot": snapshot_file.schema,
}
