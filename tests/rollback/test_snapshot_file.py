"""The file of a snapshot: what an older FlowGuard wrote is read, and keeps its digest."""

from __future__ import annotations

import json
import pathlib

import pytest

from flowguard.errors import FlowGuardError
from flowguard.rollback import snapshot_file

OLD = pathlib.Path(__file__).with_name("snapshot_1.json")
"""Every field that the schema has, with a value of its own."""
DIGEST = "sha256:c403a6f2bd35bbe4dc95ab7db99e0de10824dbf8decdc5a2870e3f70d136ebd6"


def test_an_old_file_keeps_its_digest_and_its_text() -> None:
    snapshot = snapshot_file.load(OLD, DIGEST)

    assert snapshot_file.digest(snapshot) == DIGEST
    assert snapshot_file.dump(snapshot) == OLD.read_text("utf-8")


def test_a_file_of_a_newer_version_may_say_more() -> None:
    document = json.loads(OLD.read_text("utf-8")) | {"weather": "fine"}

    assert snapshot_file.parse(json.dumps(document)) == snapshot_file.load(OLD)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("taken_at", "yesterday", "`$.taken_at`"),
        ("taken_at", "2026-03-04T05:06:07", "`$.taken_at`"),
        ("readiness", "blue", "Invalid enum value 'blue' - at `$.readiness`"),
        ("outputs", [{"key": "Url"}], "missing required field `value` - at `$.outputs"),
        ("tags", 3, "Expected `array`, got `int` - at `$.tags`"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(
    key: str, value: object, words: str
) -> None:
    document = json.loads(OLD.read_text("utf-8")) | {key: value}

    with pytest.raises(FlowGuardError, match="before is no snapshot: ") as caught:
        snapshot_file.parse(json.dumps(document), name="before")
    assert words in caught.value.message
