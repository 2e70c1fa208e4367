"""A token endpoint (RFC 6749) that refuses what it must."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from smoke_servers.serving import Answer, Asked

FORM = "application/x-www-form-urlencoded"


@dataclass
class TokenEndpoint:
    """Gives `token` to one client; its field say what it is strict about."""

    client_id: str = "machine"
    client_secret: str = "s3cr3t"
    token: str = "canary-token"
    scopes: frozenset[str] = frozenset({"read", "write"})
    only: str = ""
    """`basic` or `body`: the one way that it takes the secret."""
    token_type: str = "Bearer"
    failures: list[int] = field(default_factory=list)
    """Statuses that are answered first, one a request."""
    asked: list[Asked] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answer:
        """The answer to a request."""
        self.asked.append(asked)
        if self.failures:
            return Answer(self.failures.pop(0), b"busy")
        if asked.method != "POST":
            return _refused(405, "invalid_request", "POST is what this takes")
        if asked.headers.get("content-type", "").partition(";")[0] != FORM:
            return _refused(400, "invalid_request", "the body must be a form")
        pairs = parse_qsl(asked.body.decode(), keep_blank_values=True)
        form = dict(pairs)
        if len(form) != len(pairs):
            return _refused(400, "invalid_request", "a parameter is repeated")
        if not self._knows(asked, form):
            # Servers do repeat what they were given.
            said = f"no client with {form.get('client_secret', 'this secret')}"
            return _refused(401, "invalid_client", said)
        if form.get("grant_type") != "client_credentials":
            return _refused(400, "unsupported_grant_type", "")
        if not set(form.get("scope", "").split()) <= self.scopes:
            return _refused(400, "invalid_scope", "not for you")
        document = {"access_token": self.token, "token_type": self.token_type}
        return _json(200, document)

    def _knows(self, asked: Asked, form: dict[str, str]) -> bool:
        kind, _, value = asked.headers.get("authorization", "").partition(" ")
        given, way = (form.get("client_id"), form.get("client_secret")), "body"
        if kind == "Basic":
            if "client_secret" in form:
                return False  # 2.3: no more than one way
            way = "basic"
            try:
                pair = base64.b64decode(value, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                return False
            name, _, secret = pair.partition(":")
            given = (unquote_plus(name), unquote_plus(secret))
        if self.only and way != self.only:
            return False
        return given == (self.client_id, self.client_secret)


def _refused(status: int, code: str, said: str) -> Answer:
    return _json(status, {"error": code, "error_description": said})


def _json(status: int, document: dict[str, Any]) -> Answer:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return Answer(status, json.dumps(document).encode(), headers)
