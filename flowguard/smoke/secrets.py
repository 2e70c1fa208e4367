"""What must never be shown, in whatever form it comes back.

A tested service may echo a token plain, inside of JSON, URL-encoded, or as a part of
somebody's base64. `Secrets` learns a value once and masks all of these forms.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import quote, quote_plus, unquote

from flowguard.model import hidden
from flowguard.model.exchange import Headers
from flowguard.model.hidden import is_secret_name
from flowguard.model.urls import credentials, without_credentials

MASK: Final = "***"
MIN_LENGTH: Final = 4
"""Shorter values are not masked: `ab` would shred each report, and hide nothing."""

ELLIPSIS: Final = "…"
"""What a text that was cut short ends with."""

_MIN_UNSEEN: Final = 8
"""The same for what is masked by its name alone: `test` is a key of many an emulator."""
_SECRET_HEADERS: Final = frozenset(
    {
        "authorization",
        "cookie",
        "proxy-authorization",
        "set-cookie",
        "x-amz-security-token",
        "x-api-key",
    }
)
_ABOUT = re.compile(r"(URL|URI|ARN|NAME|ID|PATH|HOST|ENDPOINT)$", re.IGNORECASE)
"""Ends of names of what leads to a secret, and is none."""
_SHOWN_HEADER = re.compile(
    r"\b(" + "|".join(sorted(_SECRET_HEADERS)) + r")(\\?[\"']?\s*[:=]\s*)"
    r"(?:\\?\"((?:[^\"\\\r\n]|\\[^\"])*)|([^\s\"'][^\r\n\"']*))",
    re.IGNORECASE,
)
_HEX = re.compile(r"%[0-9A-F]{2}")
_MIN_PART = 5
"""Characters of base64 that are told from chance."""


def holds_secret(name: str) -> bool:
    """Whether a stack's output or a variable of the spec holds a secret, by its name,
    rather than says where one is."""
    return is_secret_name(name) and _ABOUT.search(name) is None


def is_secret_header(name: str) -> bool:
    """Whether a header's value is never shown, known or not."""
    return name.lower() in _SECRET_HEADERS


class Secrets:
    """The secrets of a run; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plain: dict[str, None] = {}
        self._forms: dict[str, None] = {}
        self._found = _Finder(())

    def __repr__(self) -> str:
        return f"<Secrets: {len(self._plain)}>"

    def add(self, text: str) -> None:
        """Mask this from now on; shorter than `MIN_LENGTH`, it is left alone."""
        if len(text) < MIN_LENGTH or text in self._plain:
            return
        lines = [line for line in text.splitlines() if len(line.strip()) > MIN_LENGTH]
        with self._lock:
            for secret in (text, *(lines if len(lines) > 1 else ())):
                self._plain[secret] = None
                self._forms.update(dict.fromkeys(_forms(secret)))
            self._found = _Finder(self._forms)

    def learn(self, others: Secrets) -> None:
        """Mask what these mask, too."""
        for text in tuple(others._plain):
            self.add(text)

    def add_urls(self, texts: Iterable[str]) -> None:
        """Mask the credentials of each URL that stands in one of these texts."""
        for text in texts:
            for pair in credentials(text):
                name, colon, password = pair.partition(":")
                self.add(pair)
                self.add(unquote(pair))
                # A name by itself may be a token; beside a password it is a name.
                self.add(password if colon else name)
                self.add(unquote(password if colon else name))

    def mask(self, text: str) -> str:
        """`text` with `***` for each secret, for what a secret header holds, and for
        the credentials of a URL."""
        text = without_credentials(text)
        text = _SHOWN_HEADER.sub(lambda match: f"{match[1]}{match[2]}{MASK}", text)
        while (masked := self._replace(text)) != text:
            # What stands around a mask may form a secret with it, if one has stars.
            text = masked
        return text

    def headers(self, headers: Headers) -> Headers:
        """Headers as they may be shown."""
        return tuple(
            (self.mask(name), MASK if is_secret_header(name) else self.mask(value))
            for name, value in headers
        )

    def in_files(self, sources: Mapping[str, str]) -> dict[str, str]:
        """Files by their paths as they may be shown, each line where it was."""
        return {
            path: "".join(map(self.mask, text.splitlines(keepends=True)))
            for path, text in sources.items()
        }

    def split(self, text: str) -> Iterator[tuple[str, bool]]:
        """The pieces of a text in their order, each with whether it is secret."""
        at = 0
        for start, end in self._found(text):
            if start > at:
                yield text[at:start], False
            yield text[start:end], True
            at = end
        if at < len(text):
            yield text[at:], False

    def _replace(self, text: str) -> str:
        return "".join(MASK if secret else piece for piece, secret in self.split(text))


def of_environment(environment: Mapping[str, str]) -> Secrets:
    """The variables that are secrets by their names, the credentials of URLs, and the
    values that a template has read and that are not shown.

    For what may be shown of a text of which nobody knows where it has been.
    """
    known = Secrets()
    known.add_urls(environment.values())
    for name, value in environment.items():
        if is_secret_name(name) and len(value) >= _MIN_UNSEEN:
            known.add(value)
    for value in hidden.telling_values():
        known.add(value)
    return known


class _Finder:
    """Where a text holds one of many forms, the longest at each place.

    One pattern looks for how they begin: a pattern of whole tokens, each in some
    twenty forms, would take longer to compile than a run of smoke tests lasts.
    """

    def __init__(self, forms: Iterable[str]) -> None:
        starts: dict[str, list[str]] = {}
        for form in sorted(forms, key=len, reverse=True):
            starts.setdefault(form[:MIN_LENGTH], []).append(form)
        self._starts = starts
        self._pattern = re.compile("|".join(map(re.escape, starts)) or r"(?!)")

    def __call__(self, text: str) -> Iterator[tuple[int, int]]:
        """Beginning and end of each, in order; they do not overlap."""
        at = 0
        while match := self._pattern.search(text, at):
            start = match.start()
            forms = self._starts[match[0]]
            fits = (form for form in forms if text.startswith(form, start))
            end = max(start + len(next(fits, "")), _cut_off(text, start, forms))
            if end > start:
                yield start, end
            at = max(end, start + 1)


def _cut_off(text: str, start: int, forms: list[str]) -> int:
    """Where a form ends that a text shows the beginning of; `start` where none does.

    What is shown of an answer was cut short before anybody knew its secrets.
    """
    end = text.find(ELLIPSIS, start, start + len(forms[0]))
    cut = end > start and any(form.startswith(text[start:end]) for form in forms)
    return end if cut else start


def _forms(secret: str) -> Iterator[str]:
    """A secret as it may come back; what is too short to be told from chance is not.

    Of a request whose body is JSON, a service may echo that body: as a text in its own
    JSON, in a URL, in base64.
    """
    for text in dict.fromkeys((secret, json.dumps(secret)[1:-1])):
        yield from _spelled(text)
        octets = text.encode("utf-8", "surrogatepass")
        for form in (*_whole(octets), *_inner(octets)):
            for alphabet in (form, form.translate(_URLSAFE)):
                yield from _spelled(alphabet)


_URLSAFE = str.maketrans("+/", "-_")


def _spelled(text: str) -> Iterator[str]:
    """Plain, as a part of JSON, of a shell's word, of a URL."""
    yield text
    for ascii_only in (True, False):
        inner = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield inner
        yield inner.replace("/", "\\/")
    octets = text.encode("utf-8", "surrogatepass")
    for encoded in (quote(octets, safe=""), quote(octets), quote_plus(octets)):
        yield encoded
        yield _HEX.sub(lambda match: match[0].lower(), encoded)


def _whole(octets: bytes) -> Iterator[str]:
    encoded = base64.b64encode(octets).decode()
    yield encoded
    yield encoded.rstrip("=")


def _inner(octets: bytes) -> Iterator[str]:
    """What is sure to stand in the base64 of any text that the secret is a part of.

    Three bytes make four characters, so that the secret begins at one of three
    places; a character that it shares with its neighbours is not sure.
    """
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + octets).decode()
        first = -(-before * 8 // 6)
        sure = encoded[first : (before + len(octets)) * 8 // 6]
        if len(sure) >= _MIN_PART:
            yield sure
