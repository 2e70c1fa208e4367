"""The rule `route-untested`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from kit import check, deployed, no_stack, planner, stack
from template.templates import resolve
from template.test_routes import REST

from flowguard.lookups import StackResource
from flowguard.model.places import Severity
from flowguard.model.results import Outcome, RuleResult
from flowguard.rules.route_untested import RouteUntested

ROWS = [
    StackResource(
        logical_id, entry.resource_type, f"app-{logical_id}", "CREATE_COMPLETE"
    )
    for logical_id, entry in resolve(REST).resources.items()
]
Requests = tuple[tuple[str, str], ...]


def judged(tested: Requests | None, *, before: str | None = None) -> RuleResult:
    """Check the routes GET /users/{id} and ANY / against what is tested."""
    answers = no_stack() if before is None else deployed(stack(), before, ROWS)
    return check(RouteUntested(), replace(planner(REST), tested=tested), answers)


@pytest.mark.parametrize(
    ("tested", "outcome"),
    [
        (None, Outcome.PASSED),
        ((("GET", "/users/7"), ("POST", "/")), Outcome.PASSED),
        ((("GET", "/prod/users/7"), ("GET", "/prod/")), Outcome.PASSED),
        ((("GET", "/users/7"),), Outcome.FAILED),
        ((("POST", "/users/7"), ("GET", "/")), Outcome.FAILED),
        ((), Outcome.FAILED),
    ],
)
def test_outcome(tested: Requests | None, outcome: Outcome) -> None:
    assert judged(tested).outcome is outcome


def test_a_changed_route_is_a_warning_where_it_is_written() -> None:
    (finding,) = judged((("GET", "/"),)).findings

    assert finding.severity is Severity.WARNING
    assert finding.message == (
        "1 of 2 routes are smoke-tested; 1 changed route is not: GET /users/{id}"
    )
    assert finding.location.line == 14


def test_what_the_deploy_leaves_alone_is_worth_knowing() -> None:
    (finding,) = judged((("GET", "/"),), before=REST).findings

    assert finding.severity is Severity.INFO
    assert finding.message == "1 of 2 routes are smoke-tested, not GET /users/{id}"


def test_each_route_has_its_place() -> None:
    (finding,) = judged(()).findings

    assert [words for words, _ in finding.related_locations] == ["ANY /"]
