"""Verifies AWS's signature, version 4, by its specification and nothing of botocore's.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from smoke_servers.serving import Answer, Asked

AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, ?"
    r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})"
)
AGE = timedelta(minutes=5)


@dataclass
class Verifier:
    """Lets pass what is signed by one key, for one service and region."""

    key_id: str = "AKIDEXAMPLE"
    secret: str = "canary-secret-key"
    session_token: str = ""
    service: str = "execute-api"
    region: str = "eu-central-1"

    def __call__(self, asked: Asked) -> Answer:
        """200, or 403 with the reason."""
        wrong = self.wrong(asked)
        return Answer(403, wrong.encode()) if wrong else Answer(200, b"welcome")

    def wrong(self, asked: Asked) -> str:
        """What is wrong with a request; empty where nothing is."""
        found = AUTHORIZATION.fullmatch(asked.headers.get("authorization", ""))
        if not found:
            return "there is no signature"
        key_id, day, region, service, names, signature = found.groups()
        at = asked.headers.get("x-amz-date", "")
        if (key_id, region, service) != (self.key_id, self.region, self.service):
            return "the signature is for something else"
        if not at.startswith(day) or abs(_moment(at) - datetime.now(UTC)) > AGE:
            return "the signature is not of now"
        if asked.headers.get("x-amz-security-token", "") != self.session_token:
            return "the session token is not valid"
        signed = names.split(";")
        if "host" not in signed or signed != sorted(signed):
            return "the headers are not signed as they must be"
        scope = f"{day}/{region}/{service}/aws4_request"
        canonical = self._canonical(asked, signed)
        text = "\n".join(("AWS4-HMAC-SHA256", at, scope, _hash(canonical)))
        key = f"AWS4{self.secret}".encode()
        for part in (day, region, service, "aws4_request"):
            key = _hmac(key, part)
        expected = _hmac(key, text).hex()
        return "" if hmac.compare_digest(expected, signature) else "it does not match"

    def _canonical(self, asked: Asked, signed: list[str]) -> bytes:
        path, _, query = asked.target.partition("?")
        if self.service != "s3":
            path = quote(path, safe="/-_.~")
        pairs = sorted(
            (name, value)
            for name, _, value in (part.partition("=") for part in query.split("&"))
            if name
        )
        headers = "".join(
            f"{name}:{' '.join(asked.headers.get(name, '').split())}\n"
            for name in signed
        )
        lines = (
            asked.method,
            path,
            "&".join(f"{name}={value}" for name, value in pairs),
            headers,
            ";".join(signed),
            _hash(asked.body),
        )
        return "\n".join(lines).encode()


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), hashlib.sha256)
