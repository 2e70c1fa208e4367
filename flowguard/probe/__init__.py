"""Sends one request, and gives what came of it.

    with Probe() as probe:
        answer = probe(Request("GET", "https://api.example.org/health"))

The server may be hostile: whatever it does, the answer is a `Response` or a `Fault`
within the request's timeout, and the memory that it takes is bounded.
"""

from flowguard.probe.sender import Probe

__all__ = ["Probe"]
