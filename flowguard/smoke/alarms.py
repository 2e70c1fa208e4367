"""Whether an alarm sounded before the deploy: by AWS's own times, and no other clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flowguard.model.questions import Unknown

SOUNDS = "ALARM"


def sounded_before(
    state: Mapping[str, Any], began: datetime | Unknown | None
) -> bool | None:
    """Whether an alarm that sounds did so before the deploy began; None where AWS does
    not say both, or where it does not sound."""
    since = _time(state.get("since"))
    if state.get("state") != SOUNDS or since is None:
        return None
    return since < began if isinstance(began, datetime) else None


def unasked(began: datetime | Unknown | None) -> str:
    """Why nobody knows whether an alarm is news, where AWS could not be asked; empty
    where it was, or where there was nothing to ask."""
    if not isinstance(began, Unknown):
        return ""
    return f"whether it does so since the deploy could not be asked: {began.reason}"


def since_when(state: Mapping[str, Any]) -> str:
    """Since when it sounds, in words; empty where AWS does not say."""
    since = _time(state.get("since"))
    return f" since {since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if since else ""


def _time(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found.replace(tzinfo=found.tzinfo or UTC) if found else None
