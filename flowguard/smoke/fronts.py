"""Whether an answer comes from what stands before a service, and refuses this runner.

A firewall, or the edge that it is part of, blocks who asks too often: then each check
fails at once, and the service works. Such an answer is told by its headers or by its
page; the code of a service that is behind an API writes no such pages.
"""

from __future__ import annotations

from enum import StrEnum

from flowguard.model.exchange import Response
from flowguard.smoke import body

FORBIDDEN = 403
CHALLENGES = ("x-amzn-waf-action", "cf-mitigated")
"""Headers of an answer that wants a person, or a browser, before any is given: of AWS
WAF and of Cloudflare."""
SERVERS = ("cloudfront", "awselb", "akamaighost")
"""Those that name themselves in `Server` where an answer is their own."""
PHRASES = (
    "request blocked",
    "request could not be satisfied",
    "cf-error-details",
    "attention required! | cloudflare",
    "error code: 1020",
    "incapsula incident id",
    "sucuri website firewall",
    "web application firewall",
)
"""What the pages of firewalls say, in lower case."""
REFUSED = "ForbiddenException"
"""What API Gateway calls a request that AWS WAF blocked; but not that alone."""
READ = 8192
"""Characters of a page that are looked at."""
HTML = ("<!doctype html", "<html", "<h1", "<head")


class Refusal(StrEnum):
    """How sure it is that this runner was refused, and not everybody."""

    CHALLENGE = "challenge"
    """It says so: nothing of the service is in that answer."""
    NAMED = "named"
    """A front refuses; a service that worked before may well work."""
    LIKELY = "likely"
    """A front may have refused, where the same request was answered a moment ago."""


def refusal(answer: Response) -> Refusal | None:
    """Whether the front of a service refused; None where the service may have."""
    if any(answer.header(name) for name in CHALLENGES):
        return Refusal.CHALLENGE
    if answer.status != FORBIDDEN:
        return None
    page = body.text(answer)[:READ].lstrip().lower()
    html = page.startswith(HTML)
    server = (answer.header("server") or "").lower()
    if any(phrase in page for phrase in PHRASES):
        return Refusal.NAMED
    if html and server.startswith(SERVERS):
        return Refusal.NAMED
    refused = (answer.header("x-amzn-errortype") or "").startswith(REFUSED)
    return Refusal.LIKELY if html or refused else None
