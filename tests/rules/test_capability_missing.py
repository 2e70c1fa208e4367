"""The rule `capability-missing`."""

from __future__ import annotations

import pathlib

import pytest
from kit import check, deployed, no_stack, planner, project, stack

from flowguard.model.places import Severity
from flowguard.rules.capability_missing import CapabilityMissing

ROLE = """\
    Resources:
      Topic:
        Type: AWS::SNS::Topic
      Role:
        Type: AWS::IAM::Role
        Properties: {{{name}AssumeRolePolicyDocument: {{}}}}
    """


@pytest.mark.parametrize(
    ("name", "granted", "needed"),
    [
        ("", ("CAPABILITY_AUTO_EXPAND",), "CAPABILITY_IAM"),
        ("", ("CAPABILITY_IAM",), None),
        ("", ("CAPABILITY_NAMED_IAM",), None),
        ("RoleName: r, ", ("CAPABILITY_IAM",), "CAPABILITY_NAMED_IAM"),
        ("RoleName: r, ", ("CAPABILITY_NAMED_IAM",), None),
    ],
)
def test_what_is_granted_against_what_is_needed(
    name: str, granted: tuple[str, ...], needed: str | None
) -> None:
    plans = planner(ROLE.format(name=name), capabilities=granted)

    findings = check(CapabilityMissing(), plans, no_stack()).findings

    assert [f"Role needs {needed}" in f.message for f in findings] == (
        [True] if needed else []
    )


@pytest.mark.parametrize(
    ("before", "severity"),
    [
        (("CAPABILITY_NAMED_IAM",), None),
        (("CAPABILITY_IAM",), Severity.WARNING),
        ((), Severity.INFO),
    ],
)
def test_the_last_deploy_is_the_guide_where_nothing_is_said(
    before: tuple[str, ...], severity: Severity | None
) -> None:
    text = ROLE.format(name="RoleName: r, ")
    given = deployed(stack(capabilities=before), text)

    findings = check(CapabilityMissing(), planner(text), given).findings

    assert [f.severity for f in findings] == ([severity] if severity else [])


def test_a_first_deploy_of_which_nothing_is_said_is_told_what_it_needs() -> None:
    (finding,) = check(
        CapabilityMissing(), planner(ROLE.format(name="")), no_stack()
    ).findings

    assert finding.severity is Severity.INFO
    assert finding.message.startswith("Role needs CAPABILITY_IAM; FlowGuard was not")
    assert "--capability CAPABILITY_IAM" in finding.help


def test_the_serverless_framework_grants_by_itself(tmp_path: pathlib.Path) -> None:
    files = {
        "serverless.yml": """\
            service: app
            provider: {name: aws, runtime: nodejs22.x}
            functions: {f: {handler: h.f}}
            """
    }
    plans = project(tmp_path, files)

    assert check(CapabilityMissing(), plans, no_stack("app-dev")).findings == ()
