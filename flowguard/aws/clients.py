"""How FlowGuard's clients call AWS."""

from __future__ import annotations

from typing import Any

from botocore.config import Config

from flowguard import __version__


def client_config(**options: Any) -> Config:
    """The settings of every client; `options` go before them.

    The SDK's own retries serve what is throttled or lost on the way. Modes
    other than "standard" either know fewer throttling codes or let one
    throttled operation hold up all others.
    """
    defaults: dict[str, Any] = {
        "user_agent_extra": f"flowguard/{__version__}",
        "connect_timeout": 3,
        "read_timeout": 20,
        "retries": {"mode": "standard", "total_max_attempts": 5},
    }
    return Config(**(defaults | options))
