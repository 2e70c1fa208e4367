"""What a page of a frontend must be, held against the page that came."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.model.exchange import Response
from flowguard.model.smoke import Mismatch
from flowguard.smoke import body, html, operators
from flowguard.smoke.expectation import Operator, Page


def judge(expected: Page, response: Response) -> Iterator[Mismatch]:
    """What does not hold; its assets are another matter. Raises `Undecided`."""
    try:
        page = html.parse(response)
    except ValueError as error:
        yield Mismatch("page", "a page of HTML", str(error))
        return
    if expected.title is not None:
        yield from _held("title", expected.title, page.title)
    for operator in expected.text:
        yield from _held("text", operator, page.text)
    for selector, operator in expected.css:
        try:
            found = page.select(selector)
        except ValueError as error:
            yield Mismatch(f"css {selector}", operators.show(operator), str(error))
        else:
            yield from _held(f"css {selector}", operator, found)


def assets(response: Response) -> tuple[str, ...]:
    """The URLs that the page needs: scripts, style sheets, images; of HTTP alone."""
    try:
        return html.parse(response).assets()
    except ValueError:
        return ()


def code(response: Response) -> frozenset[str]:
    """Those of them that a browser runs or styles by: never a page of HTML."""
    try:
        return frozenset(html.parse(response).assets(code=True))
    except ValueError:
        return frozenset()


def _held(what: str, operator: Operator, found: str | None) -> Iterator[Mismatch]:
    value = None if found is None else operators.as_meant(operator, found)
    if not operators.holds(operator, value, present=found is not None):
        shown = "missing" if found is None else body.as_shown(found)
        yield Mismatch(what, operators.show(operator), shown)
