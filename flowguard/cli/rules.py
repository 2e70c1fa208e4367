"""`flowguard rules`."""

from __future__ import annotations

import sys
from argparse import Namespace

from flowguard.rules import BUILTIN
from flowguard.rules.pages import summary


def run(arguments: Namespace) -> int:  # noqa: ARG001 — every command takes them
    """Print a line for each rule and return 0."""
    width = max(len(rule.id) for rule in BUILTIN)
    for rule in BUILTIN:
        sys.stdout.write(
            f"{rule.id:{width}}  {rule.severity.label:7}  {summary(rule)}\n"
        )
    return 0
