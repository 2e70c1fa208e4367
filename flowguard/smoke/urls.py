"""URLs, of which an answer may have chosen a part."""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin, urlsplit

from flowguard.errors import ConfigError

_AUTHORITY = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/?/?[^/?#]*|//[^/?#]*")


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a URL (RFC 6454, 4). Raises `ConfigError`."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise ConfigError(f"{url!r} is no URL: {error}") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError(
            f"{url!r} is no URL of a service", help="write https://HOST/PATH"
        )
    return parts.scheme, parts.hostname.lower(), port


def joined(base: str, text: str, *, led: bool) -> str | None:
    """An absolute URL; `led` says that an answer gave its beginning.

    None where that leads to another origin. Raises `ConfigError` for what is no URL.
    """
    if led:
        # As a browser would follow it, but a backslash is no slash to us.
        try:
            url = urljoin(base, text.replace("\\", "%5C"))
            same = origin(url) == origin(base) and "@" not in urlsplit(url).netloc
        except (ConfigError, ValueError):
            return None
        return url if same else None
    if re.match(r"https?://", text, re.IGNORECASE):
        url = text
    else:
        url = base.rstrip("/") + (text if text[:1] in {"/", "?", ""} else f"/{text}")
    origin(url)
    return url


def is_open(text: str) -> bool:
    """Whether what follows the text would still be a part of the host."""
    return _AUTHORITY.fullmatch(text) is not None


def quoted(text: str) -> str:
    """A text as one segment of a path, or one value of a query."""
    # A segment of nothing but dots would climb; encoded, it is a name.
    return quote(text, safe="") if text.strip(".") else "%2E" * len(text)
