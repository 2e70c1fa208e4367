"""What a JSON Web Token (RFC 7519) says of itself, for people to read."""

from __future__ import annotations

import base64
import binascii
import json
import math
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

LONGEST = 100
TOLD = ("token_use", "aud", "client_id", "iss", "scope")


def of(token: str) -> Mapping[str, Any]:
    """The claims of a token, unverified; none where it is no such token."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 — header, claims, signature
        return {}
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        read = json.loads(base64.urlsafe_b64decode(padded))
    except (ValueError, binascii.Error, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def ends(token: str) -> float | None:
    """When a token ends, in seconds since 1970; None where it does not say."""
    return seconds(of(token).get("exp"))


def life(token: str, now: float | None = None) -> float | None:
    """How many seconds a token that was just given holds; None where it does not say.

    It is `now` by this runner's clock. Where that is wrong, and would have the token end
    already, what the token itself says of its beginning counts.
    """
    end, begun = ends(token), seconds(of(token).get("iat"))
    if end is None:
        return None
    left = end - (time.time() if now is None else now)
    whole = left if begun is None else end - begun
    known = [one for one in (left, whole) if one > 0]
    return min(known, default=None)


def seconds(value: object) -> float | None:
    """A number of seconds that is one; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) and found > 0 else None


def in_words(token: str) -> str:
    """` (token_use id, aud 1a2b, expires 2026-01-18 13:00 UTC)`, or nothing."""
    claims = of(token)
    told = [f"{name} {_short(claims[name])}" for name in TOLD if claims.get(name)]
    if expires := _time(claims.get("exp")):
        told.append(f"expires {expires}")
    return f" ({', '.join(told)})" if told else ""


def _short(value: object) -> str:
    many = isinstance(value, list)
    text = " ".join(map(str, value)) if many else str(value)  # type: ignore[call-overload]
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _time(seconds: object) -> str:
    if not isinstance(seconds, int | float):
        return ""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
    except (OverflowError, OSError, ValueError):
        return ""
