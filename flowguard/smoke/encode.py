"""A request of a spec, whose variables are known, as the request that is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from flowguard.errors import ConfigError
from flowguard.model.exchange import Headers, Request, Tls
from flowguard.smoke.request import Body, BodyKind, RequestSpec
from flowguard.smoke.urls import origin
from flowguard.smoke.variables import Unmeasurable
from flowguard.version import __version__

USER_AGENT: Final = f"flowguard/{__version__}"
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_URL_UNSAFE = re.compile(r"[^\x21-\x7e]|[\"<>\\^`{|}]")

ReadFile = Callable[[str], bytes]
"""Reads a file of the user's own, that a body names. Raises `OSError`."""


def request(
    spec: RequestSpec,
    *,
    headers: Headers = (),
    timeout: float = 10.0,
    connect_timeout: float = 5.0,
    tls: Tls = Tls(),  # noqa: B008 — it is frozen
    read: ReadFile = lambda path: Path(path).read_bytes(),
) -> Request:
    """What is sent; the spec's path is a whole URL, and `headers` are the suite's.

    Raises `ConfigError` for what cannot be sent, and `Unmeasurable` for a header
    that a value would break in two.
    """
    body, content_type = _body(spec.body, read)
    written = [*headers, *spec.headers]
    if spec.cookies:
        cookies = "; ".join(f"{name}={value}" for name, value in spec.cookies)
        written.append(("Cookie", cookies))
    limit = spec.timeout if spec.timeout is not None else timeout
    return Request(
        method=spec.method,
        url=_url(spec),
        headers=_headers(written, content_type),
        body=body,
        timeout=limit,
        connect_timeout=min(connect_timeout, limit),
        redirects=spec.redirects,
        tls=spec.tls or tls,
    )


def _url(spec: RequestSpec) -> str:
    origin(spec.path)
    url, _, _ = spec.path.partition("#")
    if spec.query:
        url += ("&" if urlsplit(url).query else "?") + urlencode(spec.query)
    return _URL_UNSAFE.sub(lambda match: quote(match[0], safe=""), url)


def _headers(written: Iterable[tuple[str, str]], content_type: str) -> Headers:
    """The last of a name counts: a step's own before the suite's, before ours."""
    merged = {"user-agent": ("User-Agent", USER_AGENT), "accept": ("Accept", "*/*")}
    if content_type:
        merged["content-type"] = ("Content-Type", content_type)
    for name, value in written:
        text = str(value)
        if not _TOKEN.fullmatch(name):
            raise ConfigError(f"{name!r} is no name of a header")
        if _FORBIDDEN.search(text):
            raise Unmeasurable(
                f"the header {name} would hold a line break or a control character"
            )
        merged[name.lower()] = (name, text.strip(" \t"))
    return tuple(merged.values())


def _body(body: Body | None, read: ReadFile) -> tuple[bytes | None, str]:
    if body is None:
        return None, ""
    match body.kind:
        case BodyKind.JSON:
            text = json.dumps(_plain(body.value), ensure_ascii=False, allow_nan=False)
            encoded, content_type = text.encode(), "application/json"
        case BodyKind.FORM:
            form = [(name, _as_field(value, read)) for name, value in body.value]
            encoded = urlencode(form).encode()
            content_type = "application/x-www-form-urlencoded"
        case BodyKind.TEXT:
            encoded, content_type = (
                str(body.value).encode(),
                "text/plain; charset=utf-8",
            )
        case BodyKind.FILE:
            encoded = _read(str(body.value), read)
            content_type = _media_type(str(body.value))
        case BodyKind.MULTIPART:
            encoded, content_type = _multipart(body, read)
    return encoded, body.content_type or content_type


def _plain(value: object) -> object:
    """Tuples become lists by themselves; a mapping of any kind becomes a dict."""
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if hasattr(value, "items"):
        return {str(key): _plain(one) for key, one in value.items()}
    return value


def _as_field(value: object, read: ReadFile) -> bytes:
    text = value if isinstance(value, str) else json.dumps(value)
    return _read(text[1:], read) if text.startswith("@") else text.encode()


def _multipart(body: Body, read: ReadFile) -> tuple[bytes, str]:
    """RFC 7578; the boundary is a digest of all that it must not stand in."""
    parts: list[tuple[str, bytes]] = []
    for name, value in body.value:
        head = f'Content-Disposition: form-data; name="{_in_quotes(name)}"'
        if isinstance(value, str) and value.startswith("@"):
            file = Path(value[1:])
            head += f'; filename="{_in_quotes(file.name)}"'
            head += f"\r\nContent-Type: {_media_type(file.name)}"
        parts.append((head, _as_field(value, read)))
    import hashlib  # only what has several parts needs it

    digest = hashlib.sha256(b"\0".join(content for _, content in parts))
    boundary = f"flowguard-{digest.hexdigest()[:32]}"
    encoded = b"".join(
        f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + b"\r\n"
        for head, content in parts
    )
    media_type = f"multipart/form-data; boundary={boundary}"
    return encoded + f"--{boundary}--\r\n".encode(), media_type


def _in_quotes(name: str) -> str:
    """As browsers write it (HTML, "multipart/form-data encoding algorithm")."""
    return name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")


def _media_type(name: str) -> str:
    import mimetypes

    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _read(path: str, read: ReadFile) -> bytes:
    try:
        return read(path)
    except OSError as error:
        raise ConfigError(
            f"the body's file {path!r} cannot be read: {error.strerror or error}",
            help="give its path from the folder that the command runs in",
        ) from None
