"""Which custom resource empties what AWS would else refuse to delete.

Its function is called when it leaves the stack, and some when the name that they were
given changes. Source: `auto-delete-objects-handler` of the AWS CDK, and its like.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from flowguard.model import hidden
from flowguard.model.changes import ChangeAction, Replacement, ResourceChange
from flowguard.model.questions import Unresolved
from flowguard.template import resource_types
from flowguard.template.stateful import STATEFUL, Holds, is_cleaner

TAGS = {
    "Custom::S3AutoDeleteObjects": "aws-cdk:auto-delete-objects",
    "Custom::ECRAutoDeleteImages": "aws-cdk:auto-delete-images",
}
"""The tag without which the CDK's function leaves a bucket or a repository alone."""


def cleaner_of(
    changes: Iterable[ResourceChange], what: ResourceChange
) -> ResourceChange | None:
    """The deployed custom resource that empties `what` and is called to do so; None
    where there is none, or it stays as it is."""
    if STATEFUL.get(what.resource_type) is not Holds.GUARDED:
        return None
    for change in changes:
        if not is_cleaner(change.resource_type) or not _names(change.before, what):
            continue
        leaves = change.action is ChangeAction.REMOVE
        if leaves or not _names(change.properties, what):
            return None if _is_called_off(change, what) else change
        if what.action is ChangeAction.REMOVE or _is_replaced(what):
            return change
    return None


def _is_called_off(cleaner: ResourceChange, what: ResourceChange) -> bool:
    """Whether the same deploy takes the tag away, so that nothing is deleted."""
    tag = TAGS.get(cleaner.resource_type)
    if tag is None or what.action is ChangeAction.REMOVE or _is_replaced(what):
        return False
    return _has(what.before, tag) and not _has(what.properties, tag)


def _is_replaced(what: ResourceChange) -> bool:
    return what.replacement is not Replacement.FALSE


def _has(properties: Mapping[str, Any], tag: str) -> bool:
    written = properties.get("Tags", [])
    if not isinstance(written, list):
        return True  # nobody can tell
    return any(isinstance(t, Mapping) and t.get("Key") == tag for t in written)


def _names(value: object, what: ResourceChange) -> bool:
    """Whether a value somewhere names the resource, or refers to it."""
    if isinstance(value, Unresolved):
        return _has_word(value.expression, what.logical_id)
    if isinstance(value, Mapping):
        return any(_names(each, what) for each in value.values())
    if isinstance(value, list):
        return any(_names(each, what) for each in value)
    key = resource_types.identity(what.resource_type, what.before) or ()
    known = {what.physical_id, *(name for _, name in key)}
    text = hidden.real(value) if isinstance(value, str) else ""
    return any(isinstance(n, str) and _has_word(text, hidden.real(n)) for n in known)


def _has_word(text: str, word: str) -> bool:
    """Whether a name stands in a text, not as a part of another name."""
    alone = rf"(?<![\w-]){re.escape(word)}(?![\w-])"
    return bool(word) and re.search(alone, text) is not None
