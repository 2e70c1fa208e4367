"""The rule `naming-drift`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.lookups import StacksIn
from flowguard.model.places import Location, Severity
from flowguard.model.questions import AccountState, Present
from flowguard.model.results import Finding
from flowguard.naming import (
    conventional,
    faults,
    learn_spelling,
    matches,
    spelling,
    split,
)
from flowguard.plan import Plan
from flowguard.rules._rule import Rule
from flowguard.template import resource_types

PLAIN = frozenset({"development", "staging", "production"})
"""Stages whose words mean nothing else in a resource's name."""


class NamingDrift(Rule[Plan]):
    """The stack or its resources do not follow the project's naming.

    ## Why it fails a deploy
    A temporary suffix, a stage inside the service's name or a stage spelled
    another way makes names that nobody finds again. The next deploy under the
    proper name makes everything a second time, or collides with what is there.

    ## How to fix
    Give the service its proper name, and leave the stage to the tool. The
    project's pattern, stages and aliases can be said in `flowguard.yml`
    (`naming`, `stages`); without it they are learnt from the account's stacks.
    """

    id = "naming-drift"
    severity = Severity.WARNING
    asks = (StacksIn,)

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        answer = account.get(StacksIn(plan.place))
        stacks = answer.value if isinstance(answer, Present) else ()
        name, convention = plan.name, plan.convention
        wrong = list(faults(name, convention))
        word = spelling(name.stages[-1], convention) if name.stages else ""
        others = [split(s.name, convention) for s in stacks if s.name != name.text]
        usual = learn_spelling(others, name.stage) if name.stage else None
        if usual and not convention.stages and usual != word:
            wrong.append(f"the account's other stacks spell the stage {usual!r}")
            word = usual
        given = convention.canonical(plan.stage) if plan.stage else None
        if given and name.stage and given != name.stage:
            wrong.append(f"the stage of this deploy is {plan.stage!r}")
        if wrong:
            proper = conventional(name, word, convention).strip("-")
            free = "free" if isinstance(answer, Present) else "not looked up"
            status = next((s.status for s in stacks if s.name == proper), free)
            tail = f"; by convention it is {proper!r}, which is {status}"
            yield self.finding(
                f"stack name {name.text!r}: {', and '.join(wrong)}"
                f"{tail if proper != name.text else ''}",
                plan.name_location,
                help=f"rename the service so that the stack is called {proper!r}; what the "
                "stack of the old name holds does not move by itself",
                evidence=[("conventional name", f"{proper} ({status})")],
            )
        yield from self._resources(plan)

    def _resources(self, plan: Plan) -> Iterator[Finding]:
        """The resources whose names speak of another stage, as one finding."""
        stage = plan.name.stage or plan.convention.canonical(plan.stage or "")
        strays: list[tuple[str, str, Location]] = []
        for resource in plan.template.resources.values():
            kind = resource.resource_type
            key = resource_types.identity(kind, resource.properties)
            text = resource_types.own_name(kind, key) if key else None
            if isinstance(text, str) and stage and _strays(plan, text, stage):
                place = resource.at("Properties", *resource_types.name_path(kind))
                strays.append((resource.logical_id, text, place))
        if strays:
            (logical_id, text, place), *rest = strays
            more = f" (and {len(rest)} more)" if rest else ""
            yield self.finding(
                f"the name {text!r}{more} is not what the project calls things of its "
                f"stage {stage!r}",
                place,
                help="take the stage from the deploy's own stage, as in the other names",
                logical_id=logical_id,
                related=[(f"{other}: {name}", at) for other, name, at in rest],
            )


def _strays(plan: Plan, text: str, stage: str) -> bool:
    convention = plan.convention
    if convention.resources and plan.stage:
        return not matches(text, plan.stage, convention)
    named = {convention.canonical(word) for word in split(text, convention).stages}
    return bool(named) and named <= PLAIN and stage in PLAIN and stage not in named
