"""`flowguard explain RULE`."""

from __future__ import annotations

from flowguard.cli.commands import Explain
from flowguard.cli.streams import print_text
from flowguard.errors import UsageError, nearest
from flowguard.rules import EVERY
from flowguard.rules.pages import page


def run(settings: Explain) -> int:
    """Print the rule's page and return 0; raises `UsageError` for an unknown one."""
    rules = {rule.id: rule for rule in EVERY}
    if settings.rule not in rules:
        near = nearest(settings.rule, rules)
        raise UsageError(
            f"there is no rule {settings.rule!r}",
            help=f"did you mean {near}?" if near else "`flowguard rules` lists them",
        )
    print_text(page(rules[settings.rule]))
    return 0
