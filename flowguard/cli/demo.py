"""`flowguard demo`."""

from __future__ import annotations

from argparse import Namespace

from flowguard import demo
from flowguard.cli import main


def run(arguments: Namespace) -> int:
    """Run the demo and return its exit code."""
    return demo.run(main, serve=arguments.serve)
