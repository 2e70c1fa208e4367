"""Credentials in a URL, which are shown nowhere."""

from __future__ import annotations

import re

_CREDENTIALS = re.compile(r"(?<=\w:/)(/?)([^/?#\s\"'<>\\]+)(?=@)")
"""Between `://` and the last `@` in front of the host; a password may hold one, too.
What was taken for a path has lost a slash."""


def credentials(text: str) -> list[str]:
    """`NAME:PASSWORD`, or `TOKEN`, of each URL in a text that has them."""
    found = _CREDENTIALS.finditer(text) if "@" in text else ()
    return [match[2] for match in found]


def without_credentials(text: str, *, keep_length: bool = False) -> str:
    """The text with `***` for the credentials of each URL.

    With `keep_length` there is a star for each character, so that columns stay.
    """
    if "@" not in text:
        return text
    return _CREDENTIALS.sub(
        lambda found: found[1] + "*" * (len(found[2]) if keep_length else 3), text
    )
