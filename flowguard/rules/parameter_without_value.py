"""The rule `parameter-without-value`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.model.places import Severity
from flowguard.model.questions import AccountState, Unknown
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._rule import Rule


class ParameterWithoutValue(Rule[Plan]):
    """A parameter of the template has no value.

    ## Why it fails a deploy
    CloudFormation refuses a template whose parameters have neither a value, nor a
    default, nor a value from the deploy before.

    ## How to fix
    Give the value with the deploy command (and to FlowGuard: `--parameter K=V`), or
    give the parameter a default.
    """

    id = "parameter-without-value"
    severity = Severity.ERROR

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        if isinstance(plan.stack, Unknown):
            return  # the deploy before may have given it
        for name, place in plan.template.parameters_missing:
            yield self.finding(
                f"parameter {name!r} has no value and no default; CloudFormation refuses "
                "the template",
                place,
                help=f"--parameter {name}=VALUE, here and in the deploy command; or add "
                "a Default",
                logical_id=name,
            )
