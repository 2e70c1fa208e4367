"""Source: the resource that has a name, whoever made it."""

from __future__ import annotations

from collections.abc import Sequence

from flowguard.aws.session import Aws
from flowguard.aws.source import Answers, Source, permits
from flowguard.lookups import ResourceNamed
from flowguard.model import Unknown, UnknownKind


def fetch(_aws: Aws, lookups: Sequence[ResourceNamed]) -> Answers:
    """No type has a source yet."""
    reason = "FlowGuard has no call for this type"
    return dict.fromkeys(lookups, Unknown(UnknownKind.UNSUPPORTED, reason))


SOURCE = Source(fetch, permits())
