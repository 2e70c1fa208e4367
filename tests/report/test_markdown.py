"""The report as Markdown, read back by a Markdown parser."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, given
from markdown_it import MarkdownIt
from markdown_it.token import Token
from report.hostile import ATTEMPTS, TEXT
from report.sample import RICH, report_with

from flowguard.model.changes import ChangeAction, Replacement, ResourceChange
from flowguard.model.places import Location
from flowguard.report import escape
from flowguard.report.markdown import render
from flowguard.smoke.links import logs_link

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
INLINE = {"text", "text_special", "code_inline", "strong_open", "strong_close"}
# What GitHub makes links of after rendering, outside of code.
LINKED = re.compile(r"@\w|#\d|\bgh-\d|\w://|\bwww\.", re.IGNORECASE)


def structure(markdown: str) -> list[tuple[str, int]]:
    """List the blocks of a document, without their contents."""
    return [(token.type, token.level) for token in PARSER.parse(markdown)]


def inline(markdown: str) -> Iterator[Token]:
    """Yield what the lines of a document are made of."""
    for token in PARSER.parse(markdown):
        yield from token.children or ()


def shown(markdown: str) -> str:
    """Read one line of Markdown as its reader does."""
    text = "".join(token.content for token in inline(markdown))
    return text.replace("\u200b", "")


@given(text=TEXT)
def test_hostile_text_changes_nothing_but_the_text(text: str) -> None:
    """No block, table cell, heading, link, image or tag comes from a text."""
    assume(text.strip())
    rendered = render(report_with(text))

    assert structure(rendered) == structure(render(report_with("x")))
    assert {token.type for token in inline(rendered)} <= INLINE


@pytest.mark.parametrize("text", [text for text in ATTEMPTS if text.strip()])
def test_each_attempt_changes_nothing_but_the_text(text: str) -> None:
    rendered = render(report_with(text))

    assert structure(rendered) == structure(render(report_with("x")))
    assert {token.type for token in inline(rendered)} <= INLINE


@given(text=TEXT)
def test_a_link_leads_to_the_files_and_nowhere_else(text: str) -> None:
    files = "https://github.example/o/r/blob/c0ffee"
    rendered = render(report_with(text), files_url=files)

    links = [token for token in inline(rendered) if token.type == "link_open"]
    assert all(str(link.attrs["href"]).startswith(f"{files}/") for link in links)
    assert bool(links) == bool(text)
    assert {token.type for token in inline(rendered)} <= {
        *INLINE,
        *("link_open", "link_close"),
    }


def test_a_place_leads_to_its_line() -> None:
    rendered = render(RICH, files_url="https://github.example/o/r/blob/c0ffee")

    line = "https://github.example/o/r/blob/c0ffee/infra/resources.yml#L5"
    assert f"| error | [`infra/resources.yml:5`]({line}) |" in rendered


@pytest.mark.parametrize(
    ("change", "effect"),
    [
        ({"action": ChangeAction.ADD}, "adds"),
        ({"action": ChangeAction.DYNAMIC}, "may add"),
        ({"action": ChangeAction.REMOVE}, "removes"),
        (
            {
                "action": ChangeAction.REMOVE,
                "attributes_before": {"DeletionPolicy": "Retain"},
            },
            "leaves behind",
        ),
        ({"action": ChangeAction.IMPORT}, "imports"),
        ({"changed": ("Tags",)}, "modifies"),
        ({"changed": ("KeySchema",), "replacement": Replacement.TRUE}, "replaces"),
        ({"replacement": Replacement.CONDITIONAL}, "may replace"),
    ],
)
def test_it_says_what_becomes_of_a_resource(
    change: dict[str, Any], effect: str
) -> None:
    resource = ResourceChange(
        **{
            "locations": {(): Location("t.yaml")},
            "action": ChangeAction.MODIFY,
            "logical_id": "Users",
            "resource_type": "AWS::DynamoDB::Table",
            "properties": {},
            "physical_id": "shop-users",
            **change,
        }
    )
    untouched = replace(
        resource, action=ChangeAction.MODIFY, changed=(), replacement=Replacement.FALSE
    )

    rendered = render(replace(RICH, changes=(resource, untouched)))

    row = f"| {effect} | `Users` | `AWS::DynamoDB::Table` | `shop-users` |"
    assert rendered.count("`shop-users`") == 1
    assert row in rendered


@given(text=TEXT)
def test_nobody_is_mentioned(text: str) -> None:
    """Nor are issues or addresses linked."""
    texts = [t.content for t in inline(render(report_with(text))) if t.type == "text"]

    assert not [text for text in texts if LINKED.search(text)]


@given(text=TEXT)
def test_text_reads_as_it_is(text: str) -> None:
    read = " ".join(escape.visible(text).split()).replace("\u200b", "")

    assert shown(f"- a: {escape.markdown(text)}") == f"a: {read}".rstrip()


@pytest.mark.parametrize(
    "text",
    [
        "see https://console.example/a?b=c&d=e#f.",
        """curl -sS -X POST 'https://api.example/v1' --data @body.json""",
        "npm install @scope/package",
        "(issue #12, www.example.com)",
    ],
)
def test_what_is_copied_holds_no_invisible_character(text: str) -> None:
    rendered = escape.markdown(text)

    assert "\u200b" not in rendered
    assert shown(rendered) == text


def test_the_logs_of_a_function_are_a_link() -> None:
    when = datetime(2026, 1, 18, 12, tzinfo=UTC)
    url = logs_link("orders-api", "eu-central-1", when, when)

    (link, text, _) = inline(escape.markdown_value(url))
    elsewhere = "https://x.console.aws.amazon.com.evil.example/"

    assert (link.attrs["href"], text.content) == (url, url)
    assert escape.markdown_value(elsewhere) == f"`{elsewhere}`"


def test_the_help_stays_whole_in_its_fence() -> None:
    fence = "````\ninner\n````"
    (block,) = (
        t for t in PARSER.parse(render(report_with(fence))) if t.type == "fence"
    )

    assert block.content == f"{fence}\n"


@pytest.mark.parametrize("limit", [300, 1_000, 2_000, 65_000])
def test_a_report_that_is_too_long_is_cut_and_says_so(limit: int) -> None:
    (first, *rest) = RICH.results
    many = replace(first, findings=first.findings * 500)
    rendered = render(replace(RICH, results=(many, *rest)), limit=limit)

    assert len(rendered.encode()) <= limit
    assert rendered.startswith("## ❌ FlowGuard: blocked: 500 errors, 1 warning")
    assert "The report was cut here" in rendered.splitlines()[-1]


def test_megabytes_of_one_text_fit_a_job_summary() -> None:
    assert len(render(report_with("é|" * 1_000_000, number=3)).encode()) < 1_048_576
