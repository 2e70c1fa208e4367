"""`flowguard rules`."""

from __future__ import annotations

import sys
from argparse import Namespace

from flowguard.rules import EVERY
from flowguard.rules.pages import summary


def run(arguments: Namespace) -> int:  # noqa: ARG001 — every command takes them
    """Print a line for each rule and return 0."""
    width = max(len(rule.id) for rule in EVERY)
    for rule in EVERY:
        sys.stdout.write(
            f"{rule.id:{width}}  {rule.severity.label:7}  {summary(rule)}\n"
        )
    return 0
