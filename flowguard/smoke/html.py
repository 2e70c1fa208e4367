"""An HTML page, read as a browser reads it.

selectolax (the lexbor engine) follows HTML's own parsing algorithm, repairs included,
in C: a page of 100 KB takes a millisecond, and the import 20. Its algorithm is
quadratic in how deep elements nest, so that a page of far more tags than any real one
is refused beforehand; so is one whose repair would fill the memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from flowguard.model.exchange import Response
from flowguard.smoke import body

MAX_TAGS: Final = 20_000
MAX_REOPENED: Final = 100_000
"""An element such as `<b>` that is left open is opened anew in each paragraph."""
MAX_ASSETS: Final = 100

_TAG = re.compile(r"<[A-Za-z]")
_FORMATTING = re.compile(
    r"<(/?)(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)\b", re.IGNORECASE
)
_ATTRIBUTE = re.compile(r"(.*)@([A-Za-z_:][\w:.-]*)", re.DOTALL)


class Page:
    """A page, and what is found on it."""

    def __init__(self, text: str, url: str) -> None:
        """Raises ValueError where it is no page that can be judged."""
        from selectolax.lexbor import LexborHTMLParser

        _refuse_bombs(text)
        self._tree: Any = LexborHTMLParser(text)
        self._url = url

    @property
    def title(self) -> str | None:
        """What the tab would show; None where there is no title."""
        node = self._tree.css_first("title")
        return None if node is None else " ".join(node.text().split())

    @property
    def text(self) -> str:
        """What can be read on it, its white space as one space each."""
        tree = self._tree.clone()
        tree.strip_tags(["script", "style", "template", "noscript"])
        node = tree.body
        return "" if node is None else " ".join(node.text(separator=" ").split())

    def select(self, selector: str) -> str | None:
        """The text of the first match, or its attribute (`a.next@href`).

        None where nothing matches. Raises ValueError for what is no selector.
        """
        from selectolax.lexbor import SelectolaxError

        attribute = _ATTRIBUTE.fullmatch(selector)
        css = (attribute[1] if attribute else selector).strip()
        try:
            node = self._tree.css_first(css)
        except SelectolaxError:
            raise ValueError(f"{css!r} is no CSS selector") from None
        if node is None:
            return None
        if attribute is None:
            return " ".join(node.text().split())
        attributes = node.attributes
        name = attribute[2].lower()
        return (attributes[name] or "") if name in attributes else None

    def assets(self, *, code: bool = False) -> tuple[str, ...]:
        """The URLs of its scripts, style sheets and images, each once.

        Of `code`, those of the scripts and the style sheets alone.
        """
        base = self._tree.css_first("base[href]")
        root = urljoin(self._url, base.attributes["href"] or "") if base else self._url
        found: dict[str, None] = {}
        for address in self._addresses(_CODE if code else _LOADED, code=code):
            try:
                url = urljoin(root, address.strip()).partition("#")[0]
                web = urlsplit(url).scheme in {"http", "https"}
            except ValueError:
                continue
            if web and len(found) < MAX_ASSETS:
                found[url] = None
        return tuple(found)

    def _addresses(self, loaded: frozenset[str], *, code: bool) -> Iterator[str]:
        for selector, name in (
            ("script[src]", "src"),
            ("link[href]", "href"),
            ("img[src]", "src"),
        ):
            if code and selector.startswith("img"):
                continue
            for node in self._tree.css(selector):
                kinds = set((node.attributes.get("rel") or "").lower().split())
                if name == "href" and not kinds & loaded:
                    continue
                if address := node.attributes[name]:
                    yield address


_CODE: Final = frozenset({"stylesheet", "modulepreload"})
_LOADED: Final = _CODE | {"icon", "manifest"}


def check_selector(selector: str) -> None:
    """Raises ValueError, with words, for what is no CSS selector."""
    Page("<p>", "").select(selector)


def parse(response: Response) -> Page:
    """The page that an answer is. Raises ValueError where it is none."""
    if not response.body.strip():
        raise ValueError("the page is empty")
    if body.media_type(response) in {"application/json", "text/plain"}:
        raise ValueError(f"it is no page but {body.described(response)}")
    return Page(body.text(response), response.url)


def _refuse_bombs(text: str) -> None:
    tags = sum(1 for _ in _TAG.finditer(text))
    if tags > MAX_TAGS:
        raise ValueError(f"the page has more than {MAX_TAGS:,} tags")
    left_open = most = 0
    for tag in _FORMATTING.finditer(text):
        left_open = max(left_open + (-1 if tag[1] else 1), 0)
        most = max(most, left_open)
    if most * tags > MAX_REOPENED:
        raise ValueError(f"the page leaves {most} elements such as <b> open")
