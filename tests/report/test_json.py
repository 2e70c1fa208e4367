"""The report for programs keeps its contract."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator, FormatChecker
from report.hostile import TEXT
from report.sample import EMPTY, RICH, report_with
from report.sample_smoke import ROLLED_BACK, SMOKE, smoke_with

from flowguard.model.places import Severity
from flowguard.model.questions import UnknownKind
from flowguard.model.readiness import Readiness
from flowguard.model.results import Outcome, Report, Verdict
from flowguard.report import FORMATS
from flowguard.report.schema import report_schema


def closed(schema: Any) -> Any:
    """Make `schema` refuse what it does not name: readers do not, writers must."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    return {**inner, "additionalProperties": False} if "required" in schema else inner


VALIDATOR = Draft202012Validator(
    closed(report_schema()), format_checker=FormatChecker()
)


@pytest.mark.parametrize(
    "report",
    [RICH, EMPTY, SMOKE, ROLLED_BACK],
    ids=["rich", "empty", "smoke", "rollback"],
)
def test_a_report_fits_its_schema(report: Report) -> None:
    VALIDATOR.validate(json.loads(FORMATS["json"](report)))


def test_whether_the_deploy_can_be_taken_back_fits_its_schema() -> None:
    judged = replace(RICH, readiness=Readiness.RED, readiness_reasons=("it is gone",))

    document = json.loads(FORMATS["json"](judged))

    VALIDATOR.validate(document)
    assert document["readiness"] == {"level": "red", "reasons": ["it is gone"]}


@given(text=TEXT)
def test_text_arrives_unchanged(text: str) -> None:
    """Escapes are JSON's own, so that what is read is what was written."""
    document = json.loads(FORMATS["json"](report_with(text)))
    finding = document["results"][0]["findings"][0]

    VALIDATOR.validate(document)
    assert finding["message"] == text
    assert finding["evidence"] == [{"name": text, "value": text}]


@given(text=TEXT)
def test_text_of_a_tested_service_arrives_unchanged(text: str) -> None:
    document = json.loads(FORMATS["json"](smoke_with(text)))
    (check,) = document["smoke"]["results"]
    (step,) = document["rollback"]["steps"]

    VALIDATOR.validate(document)
    assert check["exchanges"][0]["body"] == text
    assert step["parameters"] == {"StackName": text}


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(report_schema())


def test_the_schema_knows_every_word_of_the_model() -> None:
    schema = report_schema()
    properties, definitions = schema["properties"], schema["$defs"]
    severities = [severity.label for severity in Severity]

    def enum(definition: str, name: str) -> list[str]:
        words: list[str] = definitions[definition]["properties"][name]["enum"]
        return words

    assert properties["verdict"]["enum"] == list(Verdict)
    assert properties["fail_on"]["enum"] == [*severities, None]
    assert enum("finding", "severity") == severities
    assert enum("result", "outcome") == list(Outcome)
    assert enum("unknown", "kind") == list(UnknownKind)


def test_every_field_of_the_schema_is_described() -> None:
    def fields(schema: dict[str, Any]) -> list[dict[str, Any]]:
        inner = [*schema.get("properties", {}).values(), schema.get("items", {})]
        return [schema, *(f for part in inner if part for f in fields(part))]

    parts = [report_schema(), *report_schema()["$defs"].values()]
    undescribed = [
        field
        for part in parts
        for field in fields(part)
        if "description" not in field and "$ref" not in field
    ]

    assert all(field == {"type": "string"} for field in undescribed)
