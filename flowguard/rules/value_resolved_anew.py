"""The rule `value-resolved-anew`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.lookups import ParameterNamed
from flowguard.model.places import Severity
from flowguard.model.questions import AccountState, Present
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._rule import Rule


class ValueResolvedAnew(Rule[Plan]):
    """A parameter of the Parameter Store has changed since the last deploy.

    ## Why it fails a deploy
    It does not. The deploy reads the new value, and so does a restored template:
    CloudFormation reads the parameter's newest value each time, so that no deploy
    brings the old one back.

    ## How to fix
    Nothing, where the new value is meant and the old release can live with it. To go
    back, put the old value into the Parameter Store first: its history has it.
    """

    id = "value-resolved-anew"
    severity = Severity.WARNING
    asks = (ParameterNamed,)

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        if not isinstance(plan.stack, Present):
            return
        given = dict(plan.stack.value.parameters)
        resolved = dict(plan.stack.value.resolved)
        for name, lookup, location in plan.template.parameters_stored:
            key = given.get(name)
            answer = account.get(lookup)
            if not isinstance(answer, Present) or name not in resolved:
                continue
            if key != getattr(lookup, "name", None):
                continue
            if answer.value.value not in {None, resolved[name]}:
                yield self.finding(
                    f"parameter {name} reads {key}, which has changed since the last "
                    "deploy; a restored release gets the new value",
                    location,
                    help="note the version that the running release has read:\n"
                    f"  aws ssm get-parameter-history --name {key} "
                    f"--region {plan.place.region}",
                )
