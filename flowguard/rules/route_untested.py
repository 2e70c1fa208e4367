"""The rule `route-untested`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.model.changes import ChangeAction
from flowguard.model.places import Severity
from flowguard.model.questions import AccountState
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._rule import Rule
from flowguard.template.routes import References, Route, routes_of, untested

_FEW = 5


class RouteUntested(Rule[Plan]):
    """A route that the deploy adds or changes is not smoke-tested.

    ## Why it fails a deploy
    It does not, and that is the trouble: if the route breaks, nobody is told. Without
    a smoke spec the rule says nothing.

    ## How to fix
    Add a check for the route to the spec; `flowguard smoke init` drafts one for each.
    """

    id = "route-untested"
    severity = Severity.WARNING

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        if plan.tested is None:
            return
        routes = routes_of(plan.template)
        missed = untested(routes, plan.tested)
        changed = tuple(_changed(plan, missed))
        shown = changed or missed
        if not missed:
            return
        text = f"{len(routes) - len(missed)} of {len(routes)} routes are smoke-tested"
        if changed:
            noun = "changed route is" if len(changed) == 1 else "changed routes are"
            text += f"; {len(changed)} {noun} not: {_few(changed)}"
        else:
            text += f", not {_few(missed)}"
        yield self.finding(
            text,
            shown[0].location,
            help="add a check for it to the smoke spec; "
            "`flowguard smoke init` drafts one for each route",
            severity=Severity.WARNING if changed else Severity.INFO,
            related=((str(route), route.location) for route in shown[1:]),
        )


def _changed(plan: Plan, routes: tuple[Route, ...]) -> Iterator[Route]:
    """The routes that the deploy adds or changes, or whose functions it changes."""
    touched = {
        change.logical_id
        for change in plan.changes
        if change.action in {ChangeAction.ADD, ChangeAction.DYNAMIC} or change.changed
    }
    graph = References(plan.template.resources)
    for route in routes:
        if touched.intersection((route.logical_id, *graph.behind(route.functions))):
            yield route


def _few(routes: tuple[Route, ...]) -> str:
    shown = ", ".join(map(str, routes[:_FEW]))
    more = len(routes) - _FEW
    return f"{shown} and {more} more" if more > 0 else shown
