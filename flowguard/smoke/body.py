"""What an answer's body says: as text, and as JSON. Both may be garbage."""

from __future__ import annotations

import codecs
import json
import re
from typing import Any, Final

from flowguard.model.exchange import Response

MAX_SHOWN: Final = 200
"""Characters of a value that are shown."""

_CHARSET = re.compile(r"charset\s*=\s*\"?([^\s\";]+)", re.IGNORECASE)
# They are no encodings of text that a server sends, and some take very long.
_NO_CHARSETS: Final = frozenset(
    {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"}
)


class NotJsonError(ValueError):
    """A body is no JSON: why, and what it is instead."""

    def __init__(self, reason: str, shown: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.shown = shown


def media_type(response: Response) -> str:
    """`application/json`, in lower case; empty where the answer does not say."""
    return (response.header("content-type") or "").partition(";")[0].strip().lower()


def text(response: Response) -> str:
    """The body as text; what its charset does not explain becomes U+FFFD."""
    body = response.body
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if body.startswith(mark):
            return body.decode(encoding, "replace")
    return body.decode(_charset(response), "replace")


def _charset(response: Response) -> str:
    """UTF-8 where none is named, or one that nobody knows."""
    named = _CHARSET.search(response.header("content-type") or "")
    try:
        codec = codecs.lookup(named[1]) if named else codecs.lookup("utf-8")
        b"a".decode(codec.name, "replace")  # `zip` and the like are no text
    except (LookupError, ValueError):
        return "utf-8"
    unfit = codec.name.replace("_", "-") in _NO_CHARSETS
    return "utf-8" if unfit else codec.name


def document(response: Response) -> Any:
    """The body as JSON, strictly: no NaN. Raises `NotJsonError`."""
    shown = described(response)
    if response.truncated:
        size = len(response.body)
        raise NotJsonError(f"it is longer than the {size:,} bytes that are read", shown)
    written = text(response)
    try:
        return json.loads(written, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        reason = f"{error.msg[:1].lower()}{error.msg[1:]} at {where}"
    except ValueError as error:
        reason = str(error)
    except RecursionError:
        reason = "it nests too deeply"
    raise NotJsonError(reason if written.strip() else "it is empty", shown)


def described(response: Response) -> str:
    """What a body is, in a few words: its type and how it begins."""
    kind = media_type(response) or "no content type"
    if not response.body:
        return f"{kind}, empty"
    return f"{kind}: {cut(text(response).strip())}"


def cut(shown: str, limit: int = MAX_SHOWN) -> str:
    """At most `limit` characters on one line."""
    head = " ".join(shown[: 4 * limit].split())
    return head if len(head) <= limit else f"{head[: limit - 1]}…"


def as_shown(value: Any) -> str:
    """A JSON value, short."""
    try:
        written = json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        written = "a value that nests too deeply"
    return cut(written)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
