"""Every rule is listed, named after its file, documented, and asks what it may."""

from __future__ import annotations

import pkgutil
from typing import Any

import pytest

import flowguard.rules
from flowguard.aws.observe import SOURCES
from flowguard.fleet import ReportOf
from flowguard.rules import EVERY, Rule
from flowguard.rules.pages import page, summary, table

SECTIONS = ("## Why it fails a deploy", "## How to fix")
rules = pytest.mark.parametrize("rule", EVERY, ids=lambda rule: rule.id)


def test_every_file_is_listed() -> None:
    modules = {module.name for module in pkgutil.iter_modules(flowguard.rules.__path__)}
    files = {m for m in modules if not m.startswith("_")} - {"pages"}

    assert {rule.id.replace("-", "_") for rule in EVERY} == files


@rules
def test_one_name_everywhere(rule: Rule[Any]) -> None:
    module = type(rule).__module__.rpartition(".")[2]

    assert module == rule.id.replace("-", "_")
    assert type(rule).__name__ == "".join(w.title() for w in rule.id.split("-"))


@rules
def test_the_docstring_is_a_page(rule: Rule[Any]) -> None:
    text = page(rule)

    assert all(section in text for section in SECTIONS)
    assert summary(rule)
    assert not summary(rule).endswith(".")
    assert rule.id in table(EVERY)


@rules
def test_every_question_has_a_source(rule: Rule[Any]) -> None:
    assert set(rule.asks) <= {*SOURCES, ReportOf}
