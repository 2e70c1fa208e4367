"""An export has one stack, and does not change while another stack imports it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from demo.stacks import cloudformation, create, events, queue, settled

pytestmark = pytest.mark.usefixtures("account")


def exporting(value: str | None, seconds: int = 30) -> str:
    """A template with a queue, whose export `shared` has this value."""
    outputs = {"O": {"Value": value, "Export": {"Name": "shared"}}} if value else {}
    return json.dumps({"Resources": {"Q": queue("q", seconds)}, "Outputs": outputs})


def importing() -> str:
    """A template that imports `shared`."""
    topic: dict[str, Any] = {
        "Type": "AWS::SNS::Topic",
        "Properties": {"DisplayName": {"Fn::ImportValue": "shared"}},
    }
    return json.dumps({"Resources": {"T": topic}})


def exports() -> dict[str, str]:
    """Name → value of the account's exports."""
    found = cloudformation().list_exports()["Exports"]
    return {each["Name"]: each["Value"] for each in found}


def update(body: str) -> str:
    """Update the exporting stack; the status in which it settles."""
    cloudformation().update_stack(StackName="exporter", TemplateBody=body)
    return settled("exporter")


def reason(stack: str, beginning: str) -> str:
    """Why the stack's only rollback began."""
    [found] = [why for _, what, why in events(stack) if what == beginning]
    return found


def test_changed_and_removed_exports_follow_the_stack() -> None:
    create("exporter", exporting("one"))
    assert exports() == {"shared": "one"}

    assert update(exporting("two")) == "UPDATE_COMPLETE"
    assert exports() == {"shared": "two"}

    assert update(exporting(None)) == "UPDATE_COMPLETE"
    assert exports() == {}


@pytest.mark.parametrize(
    ("value", "refused"),
    [
        ("two", "Export shared cannot be updated as it is in use by importer"),
        (None, "Export shared cannot be deleted as it is in use by importer"),
    ],
)
def test_imported_export_stays(value: str | None, refused: str) -> None:
    create("exporter", exporting("one"))
    create("importer", importing())

    assert update(exporting(value, 60)) == "UPDATE_ROLLBACK_COMPLETE"

    assert reason("exporter", "UPDATE_ROLLBACK_IN_PROGRESS") == refused
    assert exports() == {"shared": "one"}
    assert ("exporter", "UPDATE_FAILED", refused) not in events("exporter")


def test_imported_export_does_not_hinder_another_change() -> None:
    create("exporter", exporting("one"))
    create("importer", importing())

    assert update(exporting("one", 60)) == "UPDATE_COMPLETE"


def test_name_is_taken_once() -> None:
    create("exporter", exporting("one"))

    other = exporting("two").replace('"q"', '"other"')
    assert create("another", other) == "ROLLBACK_COMPLETE"

    refused = "Export with name shared is already exported by stack exporter"
    assert reason("another", "ROLLBACK_IN_PROGRESS") == refused
    assert exports() == {"shared": "one"}
