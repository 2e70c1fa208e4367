"""What a reason of AWS's stands for: the shape of a row of the table of causes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """What stands in the way; the later, the more it takes to clear it."""

    BUSY = "busy"
    """It passes by itself: throttling, something that has not settled."""
    CREDENTIALS = "credentials"
    """The credentials that CloudFormation worked with have expired."""
    LATER = "later"
    """AWS allows it again after a time."""
    ARTIFACT = "artifact"
    """The old code is no longer where the template says."""
    ACCESS = "access"
    """Somebody may not do it, or no longer."""
    BLOCKED = "blocked"
    """Something else must be cleared first."""
    GONE = "gone"
    """A resource was deleted behind CloudFormation's back, and can be made again."""
    CUSTOM = "custom"
    """A custom resource failed; what it says of that decides nothing."""
    IRREVERSIBLE = "irreversible"
    """AWS does not let anybody change it back."""
    LOST = "lost"
    """As `GONE`, and nobody can make one with the same id again."""
    DATA_GONE = "data-gone"
    """As `GONE`, and it held data."""
    UNKNOWN = "unknown"


class Retry(StrEnum):
    """When another attempt can work."""

    NOW = "now"
    LATER = "later"
    """After a time, which AWS's words may name."""
    MENDED = "mended"
    """Once what helps is done."""
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Reason:
    """One row of the table of causes."""

    id: str
    pattern: str
    """Of AWS's words; the first row that is found in them is the one."""
    cause: Cause
    says: str
    """What stands in the way, in a sentence without a full stop."""
    helps: tuple[str, ...]
    """What to do, in this order; `{id}` stands for the physical id of the resource."""
    retry: Retry
    sources: tuple[str, ...]
    """Where these words were seen, and what helped."""
    types: str = ""
    """Pattern of the resource types that it is of; empty for all."""
    skip: str = "it stays as it is now"
    """What becomes of the resource where a rollback goes on without it."""
    after: str = ""
    """For `Retry.LATER`: how long that is, where AWS's words name no time."""

    def is_of(self, resource_type: str, words: str) -> bool:
        """Whether these are the words of a resource of that type."""
        typed = not self.types or re.fullmatch(self.types, resource_type)
        return bool(typed and re.search(self.pattern, words, re.IGNORECASE))


_TIMES = re.compile(
    r"(?:next update can be made at|try again (?:after|at))\s+"
    r"(\d{4}-\d\d-\d\dT[\d:.]+Z|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]+ [A-Z]+ \d{4})",
    re.IGNORECASE,
)


def time_in(words: str) -> str:
    """The time that AWS names for another attempt, as it writes it; empty for none."""
    found = _TIMES.search(words)
    return found[1] if found else ""


def when(reason: Reason, words: str) -> str:
    """When another attempt can work, in words."""
    match reason.retry:
        case Retry.NOW:
            return "now: it passes by itself"
        case Retry.LATER:
            named = time_in(words)
            return f"after {named or reason.after or 'a time that AWS does not name'}"
        case Retry.MENDED:
            return "once that is done"
        case Retry.NEVER:
            return "never: no attempt can work"
