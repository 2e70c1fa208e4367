"""What of a stack's values may be written down in the open, and what may not."""

from __future__ import annotations

import re

_NAMES = re.compile(
    r"passw(or)?d|passphrase|secret|token|credential|api_?key|access_?key|"
    r"private_?key|signing_?key|encryption_?key|connection_?string|dsn$",
    re.IGNORECASE,
)
_BY_LINK = re.compile(r"web_?hook|(pre_?)?signed_?ur[li]|sas_?ur[li]", re.IGNORECASE)
"""Names of addresses that let in whoever knows them."""
_ABOUT = re.compile(
    r"(arn|name|id|path|url|uri|ttl|length|version|count|enabled|"
    r"days|hours|minutes|seconds|expiry|expiration|issuer|rotation)$",
    re.IGNORECASE,
)
"""Ends of names that speak about a secret and hold none."""
_VALUES = re.compile(
    r"-----BEGIN |\b(AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_\w{20}|\bgithub_pat_\w{20}"
    r"|\bxox[abprs]-|\b[rs]k_(live|test)_\w{10}|\beyJ[\w-]{10,}\.[\w-]{10,}\."
    r"|://[^/\s:@]*:[^/\s]+@"
    r"|://hooks\.slack\.com/|://[\w.-]+\.webhook\.office\.com/"
    r"|://[\w.-]+/api/webhooks/|(?i:[?&](sig|signature|x-amz-signature|token|api_?key|code)=)"
)
"""Forms that only a secret has: keys and tokens by their marks, a URL's password, an
address that is a key itself."""


def looks_secret(name: str, value: str) -> bool:
    """Whether a value is likely to be a secret, by its name or its form."""
    by_name = _BY_LINK.search(name) or (_NAMES.search(name) and not _ABOUT.search(name))
    return bool(value) and bool(by_name or _VALUES.search(value))
