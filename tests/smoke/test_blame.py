"""What stands behind a failing check."""

import pytest
from template.templates import resolve
from template.test_routes import REST

from flowguard.smoke.blame import Suspects


def test_the_changed_resource_behind_a_url_is_named() -> None:
    suspects = Suspects(
        resolve(REST), frozenset({"Function", "Other"}), "https://x.test/prod"
    )
    blame = suspects.of_request("GET", "https://x.test/prod/users/7")

    assert blame is not None
    assert blame.route == "GET /users/{id}"
    assert blame.changed == ("Function",)
    assert blame.location is not None
    assert blame.location.line == 29
    assert blame.message == (
        "this deploy changed Function, "
        "and did not change GetUser, Bucket, Role, Table and 1 more"
    )


def test_a_changed_route_is_a_suspect_itself() -> None:
    """An authorizer that was dropped changes the method alone."""
    blame = Suspects(resolve(REST), frozenset({"GetUser"})).of_request(
        "GET", "/users/7"
    )

    assert blame is not None
    assert blame.changed == ("GetUser",)
    assert not blame.route_added


@pytest.mark.parametrize(("added", "told"), [("GetUser", True), ("Function", False)])
def test_a_route_is_added_where_its_own_resource_is(added: str, told: bool) -> None:
    blame = Suspects(
        resolve(REST), frozenset({added}), added=frozenset({added})
    ).of_request("GET", "/users/7")

    assert blame is not None
    assert blame.route_added is told


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (frozenset({"Other"}), "this deploy changed nothing behind it"),
        (None, "GetUser, Function, Bucket, Role"),
    ],
)
def test_no_change_and_no_knowledge_are_told_apart(
    changed: frozenset[str] | None, message: str
) -> None:
    blame = Suspects(resolve(REST), changed).of_request("GET", "/users/7")

    assert blame is not None
    assert blame.message.startswith(message)
    assert not blame.changed


def test_nobody_is_suspected_of_a_route_that_there_is_not() -> None:
    assert Suspects(resolve(REST), None).of_request("GET", "/nowhere") is None


def test_a_check_may_name_its_resources() -> None:
    blame = Suspects(resolve(REST), frozenset({"Table"})).of_resources(["Function"])

    assert blame is not None
    assert blame.changed == ("Table",)
