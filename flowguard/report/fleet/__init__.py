"""Many reports as one text: one pure `render(fleet) -> str` for each format.

The formats are those of a single report. What people read shows the targets side
by side, then each by itself; what code scanning and annotations take is the whole
run, where a finding that several targets share is one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from flowguard.fleet.together import FleetReport

Render = Callable[[FleetReport], str]


def _plain(fleet: FleetReport) -> str:
    from flowguard.report.fleet import plain

    return plain.render(fleet)


def _json(fleet: FleetReport) -> str:
    from flowguard.report.fleet import json_

    return json_.render(fleet)


def _github(fleet: FleetReport) -> str:
    from flowguard.report import github

    return github.render(fleet.whole)


def _markdown(fleet: FleetReport) -> str:
    from flowguard.report.fleet import markdown

    return markdown.render(fleet)


def _sarif(fleet: FleetReport) -> str:
    from flowguard.report import sarif

    return sarif.render(fleet.whole)


def _junit(fleet: FleetReport) -> str:
    from flowguard.report import junit

    suites = [junit.suite_of(member.report, member.name) for member in fleet.members]
    suites.append(junit.suite_of(fleet.between))
    return junit.document(suites, fleet.between.duration)


def _html(fleet: FleetReport) -> str:
    from flowguard.report import html

    parts = [(member.name, member.report) for member in fleet.members]
    return html.page([("", fleet.whole), *parts], "FlowGuard")


FORMATS: Mapping[str, Render] = MappingProxyType(
    {
        "plain": _plain,
        "json": _json,
        "github": _github,
        "markdown": _markdown,
        "sarif": _sarif,
        "junit": _junit,
        "html": _html,
    }
)
"""Every format that a merge writes."""
