"""`flowguard demo`."""

from __future__ import annotations

from flowguard import demo
from flowguard.cli import main
from flowguard.cli.commands import Demo


def run(settings: Demo) -> int:
    """Run the demo and return its exit code."""
    return demo.run(main, serve=settings.serve)
