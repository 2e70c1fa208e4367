"""The IAM policy that a set of questions needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from flowguard.aws.observe import SOURCES
from flowguard.model.questions import Lookup


def actions(asked: Iterable[type[Lookup[Any]] | Lookup[Any]]) -> set[str]:
    """The IAM actions that answer `asked`.

    A lookup needs the actions of its own question; a type of lookups needs
    those of every question that can be asked with it.
    """
    needed: set[str] = set()
    by_type: dict[type[Lookup[Any]], list[Lookup[Any]]] = defaultdict(list)
    for item in asked:
        if isinstance(item, Lookup):
            by_type[type(item)].append(item)
        else:
            needed |= SOURCES[item].permissions(None)
    for lookup_type, lookups in by_type.items():
        needed |= SOURCES[lookup_type].permissions(lookups)
    return needed


def policy(asked: Iterable[type[Lookup[Any]] | Lookup[Any]]) -> dict[str, Any]:
    """The policy document with which FlowGuard can answer `asked`: reads only.

    One statement, so that even all that can be asked fits the 6,144 characters
    that IAM allows a managed policy; for any resource, since what a preflight
    asks for is in the template, which a policy does not know.
    """
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "FlowGuardReads",
                "Effect": "Allow",
                "Action": sorted(actions(asked)),
                "Resource": "*",
            }
        ],
    }
