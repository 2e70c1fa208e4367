"""The report as a page."""

from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from hypothesis import given
from report.hostile import TEXT
from report.sample import EMPTY, RICH, report_with
from report.sample_smoke import ROLLED_BACK, smoke_with

from flowguard.model.results import Report
from flowguard.report.html import render

VOID = {"meta"}


class Page(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.bars: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element; those with an end must be ended."""
        self.tags.append(tag)
        found = dict(attrs)
        self.attributes |= found.keys()
        self.links += [found["href"] or ""] if "href" in found else []
        self.bars += [found["style"] or ""] if "style" in found else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """End the innermost element, which must be of that name."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note text that is shown."""
        self.words.append(data)


OURS = {
    *("html", "head", "meta", "title", "style", "body", "section", "h1", "h2", "p"),
    *("ul", "li", "table", "tr", "th", "td", "code", "pre", "details", "summary"),
    *("span", "div", "a", "strong"),
}


@pytest.mark.parametrize("report_of", [report_with, smoke_with])
@given(text=TEXT)
def test_hostile_text_stays_text(report_of: Callable[[str], Report], text: str) -> None:
    page = Page(render(report_of(text)))

    assert set(page.tags) <= OURS
    assert not any(name.startswith("on") or name == "src" for name in page.attributes)
    assert all(link.startswith("https://") for link in page.links)
    assert not page.open


@pytest.mark.parametrize("report", [RICH, EMPTY, ROLLED_BACK])
def test_the_verdict_stands_first(report: Report) -> None:
    words = [word for word in Page(render(report)).words if word.strip()]

    assert words[2].startswith(("blocked:", "go:", "failed:"))


def test_the_waterfall_shows_where_the_time_went() -> None:
    """The only request is sent after 1.25 of 1.5 seconds."""
    page = Page(render(ROLLED_BACK))

    assert page.bars[0] == "left:83.33%;width:0.13%"
    assert page.bars[3] == "left:85.8%;width:13.33%"
    assert len(page.bars) == 5
