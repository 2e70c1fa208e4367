"""The aliases of functions, moved back to the versions that they had."""

from __future__ import annotations

from typing import Any

from flowguard.model.rollback import Step
from flowguard.model.snapshot import FunctionAlias, Snapshot


def back(before: Snapshot, live: Snapshot | None) -> tuple[Step, ...]:
    """Moves each alias back whose old version is still there; that takes seconds."""
    functions = {f.logical_id: f for f in live.functions} if live else {}
    found = []
    for old in before.functions:
        new = functions.get(old.logical_id)
        if not new or new.name != old.name:
            continue
        now = {alias.name: alias for alias in new.aliases}
        for alias in old.aliases:
            there = now.get(alias.name)
            if there and _moved(alias, there) and alias.version in new.versions:
                found.append(_flip(old.name, alias, there))
    return tuple(found)


def _moved(old: FunctionAlias, new: FunctionAlias) -> bool:
    return (old.version, old.weights) != (new.version, new.weights)


def _flip(function: str, old: FunctionAlias, now: FunctionAlias) -> Step:
    asked: dict[str, Any] = {
        "FunctionName": function,
        "Name": old.name,
        "FunctionVersion": old.version,
        "RoutingConfig": {"AdditionalVersionWeights": dict(old.weights)},
    }
    if now.revision_id:
        asked["RevisionId"] = now.revision_id
    why = f"traffic goes back to version {old.version}"
    return Step(f"alias-{function}-{old.name}", "lambda", "update_alias", asked, why)
