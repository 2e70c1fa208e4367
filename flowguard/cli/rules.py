"""`flowguard rules`."""

from __future__ import annotations

from flowguard.cli.commands import Rules
from flowguard.cli.streams import print_text
from flowguard.rules import EVERY
from flowguard.rules.pages import summary


def run(_settings: Rules) -> int:
    """Print a line for each rule and return 0."""
    width = max(len(rule.id) for rule in EVERY)
    for rule in EVERY:
        print_text(f"{rule.id:{width}}  {rule.severity.label:7}  {summary(rule)}\n")
    return 0
