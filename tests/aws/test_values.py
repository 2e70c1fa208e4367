"""Parameters, secrets and zones: what a template takes its values from."""

from __future__ import annotations

from typing import Any

import pytest
from aws.stubbed import PLACE, account

from flowguard.lookups import Parameter, ParameterNamed, SecretNamed, ZonesIn
from flowguard.model.questions import Absent, Present, Unknown

SECRET = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:key-AbCdEf"


def parameter(name: str, value: str = "v", **more: Any) -> dict[str, Any]:
    """A parameter as GetParameters has it."""
    arn = f"arn:aws:ssm:eu-central-1:111122223333:parameter{name}"
    given = {"Name": name, "Type": "String", "Value": value, "Version": 3, "ARN": arn}
    return given | more


def test_parameters_by_one_call_and_never_decrypted() -> None:
    here, gone = ParameterNamed(PLACE, "/here"), ParameterNamed(PLACE, "/gone")
    with account() as aws:
        aws.answers(
            "ssm",
            "get_parameters",
            {"Parameters": [parameter("/here")], "InvalidParameters": ["/gone"]},
            asked={"Names": ["/here", "/gone"], "WithDecryption": False},
        )

        answers = aws.all(here, gone)

    assert answers == {here: Present(Parameter("String", "v")), gone: Absent()}


def test_what_a_secure_string_holds_is_not_kept() -> None:
    row = parameter("/key", "ciphertext", Type="SecureString")
    with account() as aws:
        aws.answers("ssm", "get_parameters", {"Parameters": [row]})

        answer = aws.answer(ParameterNamed(PLACE, "/key"))

    assert answer == Present(Parameter("SecureString", None))


@pytest.mark.parametrize(
    ("asked", "more"),
    [
        ("/a:3", {"Selector": ":3"}),
        ("/a:3", {}),
        ("/a:live", {"Selector": ":live"}),
        ("arn:aws:ssm:eu-central-1:111122223333:parameter/a", {}),
        ("arn:aws:ssm:eu-central-1:111122223333:parameter/a:3", {"Selector": ":3"}),
    ],
)
def test_a_parameter_by_version_label_or_arn(asked: str, more: dict[str, str]) -> None:
    with account() as aws:
        aws.answers("ssm", "get_parameters", {"Parameters": [parameter("/a", **more)]})

        answer = aws.answer(ParameterNamed(PLACE, asked))

    assert answer == Present(Parameter("String", "v"))


def test_ten_parameters_a_call() -> None:
    asked = [ParameterNamed(PLACE, f"/p{number}") for number in range(11)]
    with account() as aws:
        for part in (asked[:10], asked[10:]):
            names = [str(lookup.name) for lookup in part]
            aws.answers(
                "ssm",
                "get_parameters",
                {"Parameters": [parameter(name) for name in names]},
                asked={"Names": names, "WithDecryption": False},
            )

        answers = aws.all(*asked)

    assert len(answers) == 11
    assert all(isinstance(answer, Present) for answer in answers.values())


def test_a_parameter_that_is_denied_hides_no_other() -> None:
    open_, closed = ParameterNamed(PLACE, "/open"), ParameterNamed(PLACE, "/closed")
    with account() as aws:
        aws.refuses("ssm", "get_parameters", "AccessDeniedException")
        aws.answers("ssm", "get_parameters", {"Parameters": [parameter("/open")]})
        aws.refuses("ssm", "get_parameters", "AccessDeniedException")

        answers = aws.all(open_, closed)

    assert answers[open_] == Present(Parameter("String", "v"))
    assert isinstance(answers[closed], Unknown)


def test_throttling_is_not_answered_by_more_calls() -> None:
    asked = [ParameterNamed(PLACE, f"/p{number}") for number in range(10)]
    with account() as aws:
        aws.refuses("ssm", "get_parameters", "ThrottlingException")

        answers = aws.all(*asked)

    assert all(isinstance(answer, Unknown) for answer in answers.values())


def test_a_parameter_that_aws_says_nothing_of_is_not_absent() -> None:
    lookup = ParameterNamed(PLACE, "/a")
    with account() as aws:
        aws.answers("ssm", "get_parameters", {"Parameters": []})

        assert lookup not in aws.all(lookup)


def test_a_secret_and_never_its_value() -> None:
    with account() as aws:
        aws.answers(
            "secretsmanager",
            "describe_secret",
            {"ARN": SECRET, "Name": "key"},
            asked={"SecretId": "key"},
        )

        assert aws.answer(SecretNamed(PLACE, "key")) == Present(SECRET)


def test_no_secret() -> None:
    with account() as aws:
        aws.refuses("secretsmanager", "describe_secret", "ResourceNotFoundException")

        assert aws.answer(SecretNamed(PLACE, "key")) == Absent()


def test_a_secret_that_waits_to_be_deleted_is_of_no_use() -> None:
    deleted = {"ARN": SECRET, "DeletedDate": "2026-01-18T12:00:00Z"}
    with account() as aws:
        aws.answers("secretsmanager", "describe_secret", deleted)

        assert aws.answer(SecretNamed(PLACE, "key")) == Absent()


@pytest.mark.parametrize(
    ("with_default_subnet", "zones"),
    [("bc", "bc"), ("", "abc"), ("x", "abc")],
)
def test_zones_as_get_azs_lists_them(with_default_subnet: str, zones: str) -> None:
    with account() as aws:
        aws.answers(
            "ec2",
            "describe_availability_zones",
            {"AvailabilityZones": [{"ZoneName": f"eu-central-1{z}"} for z in "cab"]},
        )
        aws.answers(
            "ec2",
            "describe_subnets",
            {
                "Subnets": [
                    {"AvailabilityZone": f"eu-central-1{z}"}
                    for z in with_default_subnet
                ]
            },
        )

        answer = aws.answer(ZonesIn(PLACE))

    assert answer == Present(tuple(f"eu-central-1{z}" for z in zones))
