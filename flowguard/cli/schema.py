"""`flowguard schema`."""

from __future__ import annotations

import json
import sys
from argparse import Namespace

from flowguard.config import json_schema
from flowguard.report.schema import report_schema


def run(arguments: Namespace) -> int:
    """Print the schema that was asked for and return 0."""
    schema = report_schema() if arguments.what == "report" else json_schema()
    sys.stdout.write(json.dumps(schema, indent=2) + "\n")
    return 0
