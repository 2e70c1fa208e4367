"""What keeps a message from arriving."""

from __future__ import annotations


class Undelivered(Exception):  # noqa: N818 — it names what happened to the message
    """A message did not arrive, and why: lower case, no full stop."""
