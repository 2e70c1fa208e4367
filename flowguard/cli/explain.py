"""`flowguard explain RULE`."""

from __future__ import annotations

import difflib
from argparse import Namespace

from flowguard.cli.streams import print_text
from flowguard.errors import UsageError
from flowguard.rules import EVERY
from flowguard.rules.pages import page


def run(arguments: Namespace) -> int:
    """Print the rule's page and return 0; raises `UsageError` for an unknown one."""
    rules = {rule.id: rule for rule in EVERY}
    if arguments.rule not in rules:
        near = difflib.get_close_matches(arguments.rule, rules, 1)
        raise UsageError(
            f"there is no rule {arguments.rule!r}",
            help=f"did you mean {near[0]}?" if near else "`flowguard rules` lists them",
        )
    print_text(page(rules[arguments.rule]))
    return 0
