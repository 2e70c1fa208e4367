"""A rule's docstring → its page, its one-line summary, and the table of all."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

from flowguard.rules._rule import Rule


def summary(rule: Rule[Any]) -> str:
    """The first sentence of the rule's docstring, without its full stop."""
    text = inspect.cleandoc(type(rule).__doc__ or "")
    return text.partition("\n\n")[0].replace("\n", " ").rstrip(".")


def page(rule: Rule[Any]) -> str:
    """The rule's page as Markdown."""
    asks = ", ".join(f"`{lookup.__name__}`" for lookup in rule.asks) or "nothing"
    text = inspect.cleandoc(type(rule).__doc__ or "")
    return (
        f"# {rule.id}\n\n{text}\n\n"
        f"## Facts\nSeverity: at most {rule.severity.label}. Asks the account: {asks}. "
        f"Ignore it on a line with `# flowguard: ignore[{rule.id}] reason`.\n"
    )


def table(rules: Iterable[Rule[Any]]) -> str:
    """The rules as a Markdown table."""
    rows = [
        f"| [`{rule.id}`](docs/rules.md#{rule.id}) | {rule.severity.label} | "
        f"{summary(rule)} |"
        for rule in rules
    ]
    return "\n".join(
        ["| rule | severity | what is wrong |", "| --- | --- | --- |", *rows]
    )
