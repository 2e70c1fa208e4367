"""A rule's docstring → its page, its one-line summary, and the table of all; the page
of what AWS does not undo."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

from flowguard.rules._rule import Rule
from flowguard.template.irreversible import Kind, Row, rows


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


_HEAD = """\
# Changes that AWS does not undo

Made from `flowguard/template/irreversible.toml` by `make docs`. The rule
[`change-irreversible`](rules.md#change-irreversible) reads it before a deploy, and a
rollback reads it again before it restores a snapshot.

A row names a move between two values. *Deploy* is the verdict where the deploy makes it,
*back* where the way back would: red is an error and blocks, amber is a warning. Of
versions red is meant of a major one: an upgrade of the minor version alone is amber. A
value that nobody knows beforehand is amber. What a source leaves open is
amber, and the row says so.
"""


def irreversible_changes() -> str:
    """The page with every row of what AWS does not undo, as Markdown."""
    head = (
        "| what | move | deploy | back | why | what to do | source |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    )
    return "\n".join([_HEAD, *head, *map(_irreversible, rows())]) + "\n"


def _irreversible(row: Row) -> str:
    name = row.property.replace("/", ".") or "any property"
    types = ", ".join(f"`{kind}`" for kind in row.types)
    for other, wanted in row.where.items():
        name += f", where {other} is {' or '.join(filter(None, wanted))}"
    if row.policy:
        name += f", {'without' if row.policy[0] == '!' else 'with'} `{row.policy.removeprefix('!')}`"
    title, _, address = row.source.partition(": https://")
    cells = (
        f"{types}: {name}",
        _move(row),
        row.deploy or "",
        row.back or "",
        row.why,
        row.remedy(row.types[0], "NAME"),
        f"[{title}](https://{address.partition(';')[0]})",
    )
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _move(row: Row) -> str:
    """The move in words."""
    values = ", ".join(row.values) or "what is no longer supported"
    has = " or ".join(row.having)
    return {
        Kind.OLDER: "to an older version",
        Kind.LESS: "to less",
        Kind.CHANGED: "to another value",
        Kind.TO: f"to {values}",
        Kind.FROM: f"away from {values}",
        Kind.GAINS: f"a new or stricter element with {has}",
        Kind.LOSES: "an element leaves",
        Kind.PAST: "any change, where the time is over",
    }[row.change]
