"""Processes of the user's own, and what they leave to read."""

from flowguard.process.git import checked_out
from flowguard.process.run import Processes

__all__ = ["Processes", "checked_out"]
