"""The rule `parameter-refused`."""

from __future__ import annotations

import pathlib
import time
from collections.abc import Collection, Mapping
from typing import Any

import pytest
from kit import PLACE, check, deployed, no_stack, planner, project, stack

from flowguard import engine
from flowguard.lookups import Parameter, ParameterNamed
from flowguard.model.places import Severity
from flowguard.model.questions import (
    Absent,
    Lookup,
    Observed,
    Present,
    Unknown,
    UnknownKind,
)
from flowguard.model.results import Finding, Outcome
from flowguard.rules.parameter_refused import ParameterRefused

RULE = ParameterRefused()
REST = """
    Resources:
      Topic: {Type: AWS::SNS::Topic}
    """


def found(declared: str, value: str | None = None) -> tuple[Finding, ...]:
    """What is said of the parameter P, given or with its default."""
    text = f"    Parameters: {{P: {declared}}}{REST}"
    given = {} if value is None else {"P": value}
    return check(RULE, planner(text, parameters=given), no_stack()).findings


@pytest.mark.parametrize(
    ("declared", "value", "why"),
    [
        ("{Type: String, AllowedValues: [dev, prod]}", "prd", "AllowedValues: dev, prod"),
        ("{Type: String, AllowedPattern: '[a-z]+'}", "Prod1", "AllowedPattern [a-z]+"),
        ("{Type: String, AllowedPattern: '[a-z]+'}", "prod1", "AllowedPattern"),
        ("{Type: String, MinLength: 3}", "ab", "shorter than the MinLength 3"),
        ("{Type: String, MaxLength: '1'}", "ab", "longer than the MaxLength 1"),
        ("{Type: Number}", "many", "is no number"),
        ("{Type: Number, MinValue: 1}", "0", "less than the MinValue 1"),
        ("{Type: Number, MaxValue: 1.5}", "2", "more than the MaxValue 1.5"),
        ("{Type: List<Number>}", "1, x", "is no number"),
        ("{Type: CommaDelimitedList, AllowedPattern: '.+@.+'}", "a@b,c", "AllowedPattern"),
        ("{Type: CommaDelimitedList, AllowedValues: [a, b]}", "a,c", "AllowedValues"),
        ("{Type: 'AWS::EC2::VPC::Id', AllowedValues: [vpc-1]}", "vpc-2", "AllowedValues"),
    ],
)  # fmt: skip
def test_a_value_that_the_template_does_not_allow(
    declared: str, value: str, why: str
) -> None:
    (finding,) = found(declared, value)

    assert why in finding.message
    assert repr(value) in finding.message
    assert (finding.severity, finding.logical_id) == (Severity.ERROR, "P")


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("{Type: String, AllowedValues: [dev, prod]}", "prod"),
        ("{Type: String, AllowedValues: [yes, no]}", "yes"),
        ("{Type: String, AllowedValues: [true, false]}", "false"),
        ("{Type: Number, AllowedValues: [1, 2]}", "2"),
        ("{Type: String, AllowedPattern: '[a-z]*'}", ""),
        ("{Type: Number, MinValue: 1, MaxValue: 3}", "3"),
        ("{Type: Number}", "-1.5e3"),
        ("{Type: CommaDelimitedList, AllowedValues: [a, b]}", "b, a"),
        ("{Type: 'List<AWS::EC2::Subnet::Id>'}", "subnet-1,subnet-2"),
    ],
)
def test_a_value_that_it_allows_or_that_only_aws_can_judge(
    declared: str, value: str
) -> None:
    assert found(declared, value) == ()


@pytest.mark.parametrize(
    ("pattern", "value", "why"),
    [
        ("\\p{Alpha}+", "1", "cannot read"),
        ("[a-z&&[^b]]", "1", "cannot read"),
        ("(", "1", "cannot read"),
        ("a" * 5_000, "1", "cannot read"),
        ("(a|aa)+$", "a" * 60 + "c", "too long"),
    ],
)
def test_a_pattern_that_nobody_can_tell_is_no_pass(
    pattern: str, value: str, why: str
) -> None:
    """The rule does not say that the value is taken, and why is told at its line."""
    declared = f"{{Type: String, AllowedPattern: '{pattern}'}}"
    text = f"    Parameters: {{P: {declared}}}{REST}"
    made = planner(text, parameters={"P": value})
    run = engine.run(made.build, _nobody, [RULE])

    (result,), (part,) = run.results, run.coverage.not_looked_into

    assert result.outcome is Outcome.INCONCLUSIVE
    assert part.what == "the value of parameter P"
    assert why in part.why
    assert part.location.line == 1


def test_slow_patterns_share_one_limit() -> None:
    """A template of a hundred slow patterns takes as long as one."""
    slow = "{Type: String, AllowedPattern: '(a|aa)+$'}"
    names = [f"P{number}" for number in range(100)]
    text = f"    Parameters: {{{', '.join(f'{n}: {slow}' for n in names)}}}{REST}"
    given = {name: "a" * 60 + name for name in names}
    made = planner(text, parameters=given)
    began = time.process_time()

    run = engine.run(made.build, _nobody, [RULE])

    assert len(run.coverage.not_looked_into) == len(names)
    assert time.process_time() - began < len(names) / 4  # one would take them all


def _nobody(lookups: Collection[Lookup[Any]]) -> Mapping[Lookup[Any], Observed[Any]]:
    return {lookup: no_stack().get(lookup, Absent()) for lookup in lookups}


def test_a_default_is_checked_where_it_is_written() -> None:
    (finding,) = found("{Type: String, Default: x, MinLength: 2}")

    assert finding.location.line == 1
    assert finding.location.column > len("    Parameters: {P: {Type")


def test_the_value_of_the_deploy_before_is_checked() -> None:
    text = f"    Parameters: {{P: {{Type: String, AllowedValues: [a]}}}}{REST}"
    now = stack(parameters=(("P", "b"),))

    (finding,) = check(RULE, planner(text), deployed(now, text)).findings

    assert "'b'" in finding.message


def test_the_template_says_itself_what_it_takes() -> None:
    described = "{Type: Number, ConstraintDescription: one to three}"
    (finding,) = found(described, "x")

    assert finding.help == "one to three"


def test_a_secret_is_never_printed() -> None:
    secret = "{Type: String, NoEcho: true, AllowedPattern: '[A-Z]+'}"
    (finding,) = found(secret, "hunter2")

    assert "parameter 'P'" in finding.message
    assert "hunter2" not in repr(finding)


def test_a_parameter_that_is_not_declared() -> None:
    text = f"    Parameters: {{Stage: {{Type: String}}}}{REST}"
    given = {"Stage": "dev", "Stagee": "dev"}

    (finding,) = check(RULE, planner(text, parameters=given), no_stack()).findings

    assert "does not declare the parameter 'Stagee'" in finding.message
    assert "did you mean 'Stage'?" in finding.help
    assert finding.severity is Severity.ERROR


def test_sam_leaves_out_what_is_not_declared() -> None:
    text = f"    Transform: AWS::Serverless-2016-10-31{REST}"

    (finding,) = check(
        RULE, planner(text, parameters={"Stage": "dev"}), no_stack()
    ).findings

    assert finding.severity is Severity.WARNING


def test_parameters_of_the_serverless_framework_are_another_thing(
    tmp_path: pathlib.Path,
) -> None:
    files = {"serverless.yml": "service: app\nprovider: {name: aws}\n"}
    plans = project(tmp_path, files, parameters={"tier": "gold"})

    assert check(RULE, plans, no_stack("app-dev")).findings == ()


VERSION = ParameterNamed(PLACE, "/cdk-bootstrap/hnb659fds/version")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Present(Parameter("String", "21")), Outcome.PASSED),
        (Present(Parameter("SecureString", None)), Outcome.FAILED),
        (Unknown(UnknownKind.DENIED, "AccessDenied"), Outcome.INCONCLUSIVE),
    ],
)
def test_a_parameter_of_the_parameter_store(
    answer: Observed[Any], outcome: Outcome
) -> None:
    """As CDK writes it into every template; a secret is refused there."""
    text = f"""\
    Parameters:
      BootstrapVersion:
        Type: AWS::SSM::Parameter::Value<String>
        Default: {VERSION.name}
    Rules:
      CheckBootstrapVersion:
        Assertions: [{{Assert: {{'Fn::Not': [true]}}}}]{REST}"""

    result = check(RULE, planner(text), {**no_stack(), VERSION: answer})

    assert result.outcome is outcome
    assert all("SecureString" in f.message for f in result.findings)
