"""A stack's events are told as AWS tells them."""

from __future__ import annotations

import pytest
from demo.stacks import cloudformation, events, queue, settled, template

from flowguard.demo.controls import Controls, Fault
from flowguard.demo.server import EmbeddedAccount

pytestmark = pytest.mark.usefixtures("account")


def short(stack: str) -> list[str]:
    """Logical id and status of the events, without those of the stack itself."""
    return [f"{where} {what}" for where, what, _ in events(stack) if where != stack]


def create(body: str) -> str:
    """Create the stack `s`; the status in which it settles."""
    cloudformation().create_stack(StackName="s", TemplateBody=body)
    return settled("s")


def test_creation_tells_its_start_twice() -> None:
    create(template(A=queue("a")))

    assert [event for event in events("s") if event[0] == "A"] == [
        ("A", "CREATE_IN_PROGRESS", ""),
        ("A", "CREATE_IN_PROGRESS", "Resource creation Initiated"),
        ("A", "CREATE_COMPLETE", ""),
    ]


def test_update_tells_what_it_does_to_each_resource() -> None:
    create(template(Same=queue("a"), Changed=queue("b")))
    before = len(short("s"))

    cloudformation().update_stack(
        StackName="s",
        TemplateBody=template(Same=queue("a"), Changed=queue("b", 60), New=queue("c")),
    )
    settled("s")

    assert sorted(short("s")[before:]) == [
        "Changed UPDATE_COMPLETE",
        "Changed UPDATE_IN_PROGRESS",
        "New CREATE_COMPLETE",
        "New CREATE_IN_PROGRESS",
        "New CREATE_IN_PROGRESS",
    ]


def test_failed_addition_is_a_failed_creation(account: EmbeddedAccount) -> None:
    create(template(A=queue("a")))
    account.control(Controls(faults=(Fault(operation="create", message="no"),)))

    cloudformation().update_stack(
        StackName="s", TemplateBody=template(A=queue("a"), B=queue("b"))
    )
    settled("s")

    assert ("B", "CREATE_FAILED", "no") in events("s")


def test_rollback_names_the_resource_that_failed(account: EmbeddedAccount) -> None:
    account.control(Controls(faults=(Fault(operation="create", match="b$"),)))

    create(template(A=queue("a"), B=queue("b", DependsOn="A")))

    [reason] = [why for _, what, why in events("s") if what == "ROLLBACK_IN_PROGRESS"]
    assert reason == (
        "The following resource(s) failed to create: [B]. Rollback requested by user."
    )


def test_addition_is_an_update_the_next_time() -> None:
    create(template(A=queue("a")))
    for seconds in (30, 60):
        cloudformation().update_stack(
            StackName="s", TemplateBody=template(A=queue("a"), B=queue("b", seconds))
        )
        settled("s")

    assert short("s")[-2:] == ["B UPDATE_IN_PROGRESS", "B UPDATE_COMPLETE"]
