"""What is sent, and what must come back: a request and a step, as the spec has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flowguard.model.exchange import Tls
from flowguard.model.places import UNWRITTEN, Location
from flowguard.smoke.expectation import Capture, Expect

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that may be sent again at will (RFC 9110, 9.2.1)."""

KEPT_BY_CACHES = frozenset({"GET", "HEAD"})
"""Methods whose answers caches keep (RFC 9110, 9.3)."""


class BodyKind(StrEnum):
    """How a body is encoded."""

    JSON = "json"
    FORM = "form"
    TEXT = "text"
    FILE = "file"
    MULTIPART = "multipart"


@dataclass(frozen=True, slots=True)
class Body:
    """What a request carries."""

    kind: BodyKind
    value: Any
    """JSON: any value. Form and multipart: pairs; `@path` is a file. Text; a path."""
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class RequestSpec:
    """A request before its variables are known."""

    method: str
    path: str
    """From the base URL, or a URL of its own."""
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    cookies: tuple[tuple[str, str], ...] = ()
    body: Body | None = None
    sign_in: str = ""
    """The name of a sign-in (`as:`); empty for none."""
    redirects: int = 0
    timeout: float | None = None
    """Seconds; the suite's where it is None."""
    tls: Tls | None = None

    @property
    def safe(self) -> bool:
        """Whether it may be sent again at will."""
        return self.method in SAFE


@dataclass(frozen=True, slots=True)
class Step:
    """A request, what its answer must be, and what is kept of it."""

    request: RequestSpec
    expect: Expect = field(default=Expect())
    save: tuple[tuple[str, Capture], ...] = ()
    cached: bool | None = None
    """Whether an answer out of a cache counts; only of what is static where it is None."""
    until: float | None = None
    """Seconds to poll until the expectation holds; then it is judged once."""
    location: Location = UNWRITTEN
