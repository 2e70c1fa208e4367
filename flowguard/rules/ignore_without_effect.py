"""The rule `ignore-without-effect`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowguard.errors import did_you_mean
from flowguard.model.changes import Ignore
from flowguard.model.places import Location, Severity
from flowguard.model.questions import AccountState
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._rule import Rule


class IgnoreWithoutEffect(Rule[Plan]):
    """A comment or metadata that is to silence a rule names none.

    ## Why it fails a deploy
    It does not. But what somebody decided to ignore is reported all the same, or
    will be once the rule finds something.

    ## How to fix
    Write `# flowguard: ignore[rule-id] reason`, with the ids that a report shows
    (`flowguard rules` lists them), or remove it.
    """

    id = "ignore-without-effect"
    severity = Severity.WARNING

    def __init__(self, others: Iterable[str] = ()) -> None:
        self.known = frozenset({*others, self.id})
        """The ids of all rules, which only their list can tell."""

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        for ignore in plan.ignores:
            place = _place(plan, ignore)
            unknown = [name for name in ignore.rule_ids if name not in self.known]
            if not ignore.rule_ids:
                written = f" ({ignore.reason!r})" if ignore.reason else ""
                yield self._told(
                    f"this ignores nothing{written}: it names no rule", place
                )
            for name in unknown:
                near = did_you_mean(name, self.known)
                yield self._told(f"there is no rule {name!r} to ignore{near}", place)

    def _told(self, message: str, place: Location) -> Finding:
        return self.finding(
            message, place, help="write `# flowguard: ignore[rule-id] reason`"
        )


def _place(plan: Plan, ignore: Ignore) -> Location:
    """The line that it speaks of, or its resource's."""
    resource = plan.template.resources.get(ignore.logical_id or "")
    return ignore.location or (resource.at() if resource else plan.name_location)
