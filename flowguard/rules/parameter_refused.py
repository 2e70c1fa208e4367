"""The rule `parameter-refused`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.errors import did_you_mean
from flowguard.lookups import ParameterNamed
from flowguard.model.places import Severity
from flowguard.model.questions import AccountState, Present
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._rule import Rule


class ParameterRefused(Rule[Plan]):
    """A parameter has a value that CloudFormation refuses, or is not declared.

    ## Why it fails a deploy
    CloudFormation checks every value, whether given, a default or from the deploy
    before, against what the template allows (`AllowedValues`, `AllowedPattern`,
    `MinLength`, `MaxValue`, …), and refuses the deploy before it begins. It refuses
    parameters that the template does not declare, too, unless the deploy tool
    leaves them out in silence (`sam deploy`, `aws cloudformation deploy`), and
    a `SecureString` where the type is `AWS::SSM::Parameter::Value<…>`.

    ## How to fix
    Give a value that the template allows, or widen what it allows. Read a secret
    with a dynamic reference, `{{resolve:ssm-secure:…}}` or
    `{{resolve:secretsmanager:…}}`, at the property that needs it.
    """

    id = "parameter-refused"
    severity = Severity.ERROR
    asks = (ParameterNamed,)

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        for refusal in plan.template.parameters_refused:
            value = f"the value {refusal.value!r}" if refusal.value else "the value"
            yield self.finding(
                f"{value} of parameter {refusal.parameter!r} {refusal.reason}; "
                "CloudFormation refuses the deploy",
                refusal.location,
                help=refusal.advice or "give a value that the template allows",
                logical_id=refusal.parameter,
            )
        for name, lookup, place in plan.template.parameters_stored:
            answer = account.get(lookup)
            if isinstance(answer, Present) and answer.value.type == "SecureString":
                yield self.finding(
                    f"parameter {name!r} reads the {lookup!s}, which is a SecureString; "
                    "CloudFormation refuses that for AWS::SSM::Parameter::Value",
                    place,
                    help="take it out of the Parameters, and write "
                    "{{resolve:ssm-secure:NAME}} at the property that needs it",
                    logical_id=name,
                )
        yield from self._undeclared(plan)

    def _undeclared(self, plan: Plan) -> Iterator[Finding]:
        if plan.template.dialect == "serverless":
            return  # there, a parameter is what `${param:…}` reads
        quiet = plan.template.dialect == "sam"
        for name in plan.template.parameters_undeclared:
            effect = (
                "`sam deploy` leaves it out in silence"
                if quiet
                else "CloudFormation refuses the deploy"
            )
            yield self.finding(
                f"the template does not declare the parameter {name!r}; {effect}",
                plan.name_location,
                severity=Severity.WARNING if quiet else None,
                help="declare it under Parameters, or leave it out"
                f"{did_you_mean(name, plan.template.parameters)}",
                logical_id=name,
            )
