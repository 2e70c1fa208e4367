"""The IAM policy that a suite of smoke tests needs, beside that of preflight."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flowguard.aws.smoke.asks import KINDS
from flowguard.smoke.sign_in.cognito import EPHEMERAL
from flowguard.smoke.sign_ins import Cognito
from flowguard.smoke.suite import Ask, Suite
from flowguard.smoke.variables import names_in

EXPLAINS = ("cloudformation:DescribeStackEvents", "cloudformation:DescribeStacks")
"""What tells which resources the deploy changed, where the suite is of a stack."""
NAMES = "cloudformation:ListStackResources"
"""What finds a resource's name by its logical id."""
VALUES = {
    "stack": ("cloudformation:DescribeStacks",),
    "ssm": ("ssm:GetParameter",),
    "secret": ("secretsmanager:GetSecretValue",),
}
SIGNS_UP = (
    "cognito-idp:AdminCreateUser",
    "cognito-idp:AdminDeleteUser",
    "cognito-idp:AdminSetUserPassword",
)


def actions(suite: Suite) -> set[str]:
    """The IAM actions that the suite needs; what it signs with is its own affair."""
    return {*_of_values(suite), *_of_checks(suite), *_of_phases(suite)} | {
        action
        for definition in suite.sign_ins.values()
        if isinstance(definition, Cognito)
        for action in _of_cognito(definition)
    }


def policy(suite: Suite) -> dict[str, Any]:
    """The policy document; it has no statement where the suite needs no AWS."""
    statement = {
        "Sid": "FlowGuardSmoke",
        "Effect": "Allow",
        "Action": sorted(actions(suite)),
        "Resource": "*",
    }
    needed = [statement] if statement["Action"] else []
    return {"Version": "2012-10-17", "Statement": needed}


def _of_values(suite: Suite) -> Iterator[str]:
    names = names_in([suite.base, suite.headers, suite.variables, suite.checks])
    phases = names_in([suite.wait, suite.release, suite.soak, suite.sign_ins])
    for name in names | phases:
        source, _, rest = name.partition(".")
        yield from VALUES.get(source, ())
        if source == "stack":
            yield from EXPLAINS
            if rest.startswith("resources."):
                yield NAMES


def _of_checks(suite: Suite) -> Iterator[str]:
    for check in suite.checks:
        if isinstance(check.what, Ask):
            yield from KINDS[check.what.kind].permissions
            yield NAMES
            if check.what.kind == "alarm":
                yield from EXPLAINS


def _of_phases(suite: Suite) -> Iterator[str]:
    if suite.release and suite.release.functions:
        yield from ("lambda:GetFunctionConfiguration", NAMES)
    if suite.soak and suite.soak.alarms:
        yield from (*KINDS["alarm"].permissions, *EXPLAINS)
    if suite.soak and suite.soak.metrics:
        yield from (*KINDS["metrics"].permissions, *EXPLAINS, NAMES)


def _of_cognito(definition: Cognito) -> Iterator[str]:
    if definition.flow == "admin":
        yield "cognito-idp:AdminInitiateAuth"
    if definition.user == EPHEMERAL:
        yield from SIGNS_UP
        if definition.groups:
            yield "cognito-idp:AdminAddUserToGroup"
