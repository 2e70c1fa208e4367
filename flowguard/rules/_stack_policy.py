"""A stack policy, and what it denies.

From the CloudFormation guide, "Prevent updates to stack resources": once a stack has a
policy, everything is denied that it does not allow, and a denial overrides.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Self

_PREFIX = "LogicalResourceId/"


@dataclass(frozen=True, slots=True)
class StackPolicy:
    """The statements of a stack policy."""

    statements: tuple[Mapping[str, Any], ...]

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The policy that `text` is; None where it is none that can be read."""
        try:
            statements = _list(json.loads(text)["Statement"])
        except (ValueError, KeyError, TypeError):
            return None
        return cls(tuple(s for s in statements if isinstance(s, Mapping)))

    def denies(self, action: str, logical_id: str, resource_type: str) -> bool:
        """Whether the action (`Update:Modify`, …) on a resource is denied."""
        effects = {
            statement.get("Effect")
            for statement in self.statements
            if _speaks_of(statement, action, logical_id)
            and _holds(statement.get("Condition"), resource_type)
        }
        return "Deny" in effects or "Allow" not in effects


def _speaks_of(statement: Mapping[str, Any], action: str, logical_id: str) -> bool:
    names = (("Action", action), ("Resource", _PREFIX + logical_id))
    return all(_matches(statement, key, value) for key, value in names)


def _matches(statement: Mapping[str, Any], key: str, value: str) -> bool:
    if f"Not{key}" in statement:
        return not _any(statement[f"Not{key}"], value)
    return _any(statement.get(key, []), value)


def _holds(condition: object, resource_type: str) -> bool:
    """Conditions are on the type alone; one that is not known holds."""
    tests = condition if isinstance(condition, Mapping) else {}
    return all(
        _any(types, resource_type)
        for test in tests.values()
        if isinstance(test, Mapping)
        for types in [test.get("ResourceType", "*")]
    )


def _any(patterns: object, value: str) -> bool:
    return any(fnmatchcase(value, str(pattern)) for pattern in _list(patterns))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]
