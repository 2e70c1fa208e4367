"""Sources: the values that stacks offer to each other."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flowguard.aws.answers import observed
from flowguard.aws.session import Aws
from flowguard.aws.source import Answers, Source, each, permits
from flowguard.aws.stacks import unless
from flowguard.lookups import ExportNamed, ImportersOf
from flowguard.model.questions import Absent, Observed, Present

NOT_IMPORTED = re.compile(r"\bis not imported by any stack\b")


def fetch_exports(aws: Aws, lookups: Sequence[ExportNamed]) -> Answers:
    """The exports that are asked for; the one call there is lists them all."""

    def ask() -> dict[str, str]:
        region = lookups[0].place.region
        rows = aws.pages("cloudformation", "list_exports", "Exports", region=region)
        return {row["Name"]: row.get("Value", "") for row in rows}

    listed = observed(ask, permission="cloudformation:ListExports")
    if not isinstance(listed, Present):
        return dict.fromkeys(lookups, listed)
    values = {lookup: listed.value.get(str(lookup.name)) for lookup in lookups}
    return {
        lookup: Absent() if value is None else Present(value)
        for lookup, value in values.items()
    }


def importers_of(aws: Aws, lookup: ImportersOf) -> Observed[tuple[str, ...]]:
    """The names of the stacks that import an export."""

    def ask() -> tuple[str, ...] | None:
        names = aws.pages(
            "cloudformation",
            "list_imports",
            "Imports",
            region=lookup.place.region,
            ExportName=str(lookup.export),
        )
        return tuple(names) or None

    return observed(
        lambda: unless(NOT_IMPORTED, ask), permission="cloudformation:ListImports"
    )


EXPORT_NAMED = Source(fetch_exports, permits("cloudformation:ListExports"))
IMPORTERS_OF = Source(each(importers_of), permits("cloudformation:ListImports"))
