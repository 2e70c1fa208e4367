"""The command that repeats a request, with its secrets as variables of the shell."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Final

from flowguard.model.exchange import Request
from flowguard.model.urls import credentials
from flowguard.smoke.secrets import Secrets, is_secret_header

MAX_BODY: Final = 2000
"""Characters of a body that are written out; a longer one is a file."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
_VARIABLES: Final = {
    "authorization": "TOKEN",
    "proxy-authorization": "TOKEN",
    "cookie": "COOKIE",
    "x-api-key": "API_KEY",
    "x-amz-security-token": "SESSION_TOKEN",
}


def curl(request: Request, secrets: Secrets) -> str:
    """One line for a POSIX shell, in which no value of the request can act."""
    url = request.url
    for pair in credentials(url):
        url = url.replace(f"{pair}@", "", 1)
    return " ".join(("curl", *_options(request, secrets), _word(url, secrets)))


def _options(request: Request, secrets: Secrets) -> Iterator[str]:
    yield "--globoff"
    if credentials(request.url):
        yield '--user "$CREDENTIALS"'
    if request.method == "HEAD":
        yield "--head"
    elif request.method != ("GET" if request.body is None else "POST"):
        yield f"--request {_word(request.method, secrets)}"
    for name, value in request.headers:
        if name.lower() not in {"user-agent", "accept"}:
            yield f"--header {_header(name, value, secrets)}"
    if request.body is not None:
        yield f"--data-{_data(request.body, secrets)}"
    if request.redirects:
        yield f"--location --max-redirs {request.redirects}"
    yield from _connection(request)
    yield f"--max-time {request.timeout:g}"


def _connection(request: Request) -> Iterator[str]:
    tls = request.tls
    if not tls.verify:
        yield "--insecure"
    for option, path in (
        ("--cacert", tls.ca_file),
        ("--cert", tls.client_certificate),
        ("--key", tls.client_key),
    ):
        if path:
            yield f"{option} {_quoted(path)}"
    if request.connect_to:
        yield f"--connect-to {_quoted(f'::{request.connect_to}')}"


def _header(name: str, value: str, secrets: Secrets) -> str:
    if not is_secret_header(name):
        return _word(f"{name}: {value}", secrets)
    scheme, space, _ = value.partition(" ")
    known = scheme.lower() in {"bearer", "basic"} and bool(space)
    variable = _VARIABLES.get(name.lower(), "SECRET")
    return _quoted(f"{name}: {scheme} " if known else f"{name}: ") + f'"${variable}"'


def _data(body: bytes, secrets: Secrets) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = ""
    if len(text) > MAX_BODY or (body and not text) or "\0" in text:
        return "binary @body"
    return f"raw {_word(text, secrets)}"


def _word(text: str, secrets: Secrets) -> str:
    pieces = [
        '"$SECRET"' if secret else _quoted(piece)
        for piece, secret in secrets.split(text)
    ]
    return "".join(pieces) or "''"


def _quoted(text: str) -> str:
    """A word; what would act on a terminal is written as `$'\\x1b'`."""
    if not _CONTROL.search(text):
        return shlex.quote(text)
    plain = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{_UNPRINTABLE.sub(_escaped, plain)}'"


def _escaped(match: re.Match[str]) -> str:
    return "".join(f"\\x{octet:02x}" for octet in match[0].encode())
