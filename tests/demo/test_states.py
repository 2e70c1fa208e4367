"""Every status in which a stack cannot be deployed is reached by real failures."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError
from demo.stacks import (
    GONE,
    change_set,
    cloudformation,
    queue,
    settled,
    status,
    template,
    until,
)

from flowguard.demo.controls import Controls, Fault
from flowguard.demo.server import EmbeddedAccount

CREATE_BREAKS = Fault(operation="create", match="broken")
BROKEN = queue("broken", DependsOn="A")
HELD = Controls(delay=60)
"""Operations stand still until other controls are set."""


def failed_creation(account: EmbeddedAccount, **arguments: object) -> None:
    """Create a stack whose second resource fails."""
    account.control(Controls(faults=(CREATE_BREAKS,)))
    cloudformation().create_stack(
        StackName="s", TemplateBody=template(A=queue("a"), B=BROKEN), **arguments
    )


def creation_rolled_back(account: EmbeddedAccount) -> None:
    failed_creation(account)


def creation_left_as_it_failed(account: EmbeddedAccount) -> None:
    failed_creation(account, OnFailure="DO_NOTHING")


def creation_deleted(account: EmbeddedAccount) -> None:
    failed_creation(account, OnFailure="DELETE")


def creation_not_rolled_back(account: EmbeddedAccount) -> None:
    stuck = Fault(operation="delete", match="^http.*/a$")
    account.control(Controls(faults=(CREATE_BREAKS, stuck)))
    cloudformation().create_stack(
        StackName="s", TemplateBody=template(A=queue("a"), B=BROKEN)
    )


def created() -> None:
    cloudformation().create_stack(StackName="s", TemplateBody=template(A=queue("a")))
    assert settled("s") == "CREATE_COMPLETE"


def failed_update(account: EmbeddedAccount, **arguments: object) -> None:
    """Update a stack: its first resource changes, the second one fails."""
    created()
    account.control(Controls(faults=(CREATE_BREAKS, *account.controls.faults)))
    cloudformation().update_stack(
        StackName="s", TemplateBody=template(A=queue("a", 60), B=BROKEN), **arguments
    )


def update_rolled_back(account: EmbeddedAccount) -> None:
    failed_update(account)


def update_left_as_it_failed(account: EmbeddedAccount) -> None:
    failed_update(account, DisableRollback=True)


def update_not_rolled_back(account: EmbeddedAccount) -> None:
    """The update of A passes, sending it back does not."""
    stuck = Fault(operation="update", match="/a$", after=1)
    account.control(Controls(faults=(stuck,)))
    failed_update(account)


def update_cancelled(account: EmbeddedAccount) -> None:
    created()
    account.control(HELD)
    cloudformation().update_stack(
        StackName="s",
        TemplateBody=template(A=queue("a"), B=queue("b"), C=queue("c")),
    )
    cloudformation().cancel_update_stack(StackName="s")
    account.control(Controls())


def deletion_failed(account: EmbeddedAccount) -> None:
    created()
    account.control(Controls(faults=(Fault(operation="delete"),)))
    cloudformation().delete_stack(StackName="s")


def change_set_not_executed(_: EmbeddedAccount) -> None:
    change_set("s", template(A=queue("a")), ChangeSetType="CREATE")


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (creation_rolled_back, "ROLLBACK_COMPLETE"),
        (creation_left_as_it_failed, "CREATE_FAILED"),
        (creation_deleted, GONE),
        (creation_not_rolled_back, "ROLLBACK_FAILED"),
        (update_rolled_back, "UPDATE_ROLLBACK_COMPLETE"),
        (update_left_as_it_failed, "UPDATE_FAILED"),
        (update_not_rolled_back, "UPDATE_ROLLBACK_FAILED"),
        (update_cancelled, "UPDATE_ROLLBACK_COMPLETE"),
        (deletion_failed, "DELETE_FAILED"),
        (change_set_not_executed, "REVIEW_IN_PROGRESS"),
    ],
)
def test_status_is_reached(
    account: EmbeddedAccount,
    operation: Callable[[EmbeddedAccount], None],
    expected: str,
) -> None:
    operation(account)

    assert settled("s") == expected


def test_rollback_can_be_continued_with_the_stuck_resource_skipped(
    account: EmbeddedAccount,
) -> None:
    update_not_rolled_back(account)
    assert settled("s") == "UPDATE_ROLLBACK_FAILED"

    cloudformation().continue_update_rollback(StackName="s")
    assert settled("s") == "UPDATE_ROLLBACK_FAILED"

    cloudformation().continue_update_rollback(StackName="s", ResourcesToSkip=["A"])
    assert settled("s") == "UPDATE_ROLLBACK_COMPLETE"


def test_failed_update_can_be_rolled_back_later(account: EmbeddedAccount) -> None:
    update_left_as_it_failed(account)
    assert settled("s") == "UPDATE_FAILED"

    cloudformation().rollback_stack(StackName="s")

    assert settled("s") == "UPDATE_ROLLBACK_COMPLETE"


def test_failed_deletion_can_retain_its_resource(account: EmbeddedAccount) -> None:
    deletion_failed(account)
    assert settled("s") == "DELETE_FAILED"

    cloudformation().delete_stack(StackName="s", RetainResources=["A"])

    assert settled("s") == GONE


def test_operations_in_progress_can_be_seen(account: EmbeddedAccount) -> None:
    account.control(HELD)
    cloudformation().create_stack(StackName="s", TemplateBody=template(A=queue("a")))
    assert status("s") == "CREATE_IN_PROGRESS"

    account.control(Controls())
    assert settled("s") == "CREATE_COMPLETE"

    account.control(HELD)
    cloudformation().delete_stack(StackName="s")
    until(lambda: status("s") == "DELETE_IN_PROGRESS")

    account.control(Controls())
    assert settled("s") == GONE


def test_fault_strikes_as_often_as_it_says(account: EmbeddedAccount) -> None:
    account.control(Controls(faults=(Fault(operation="create", times=1),)))
    client = cloudformation()

    client.create_stack(StackName="first", TemplateBody=template(A=queue("a")))
    assert settled("first") == "ROLLBACK_COMPLETE"

    client.create_stack(StackName="second", TemplateBody=template(A=queue("a")))
    assert settled("second") == "CREATE_COMPLETE"


def call_cloudformation(name: str) -> None:
    """Make a call on the stack `s` that would change it."""
    body = template(A=queue("a", 61))
    client = cloudformation()
    calls: dict[str, Callable[[], object]] = {
        "UpdateStack": lambda: client.update_stack(StackName="s", TemplateBody=body),
        "CreateStack": lambda: client.create_stack(StackName="s", TemplateBody=body),
        "CreateChangeSet CREATE": lambda: change_set("s", body, ChangeSetType="CREATE"),
        "CreateChangeSet UPDATE": lambda: change_set("s", body),
        "DeleteStack": lambda: client.delete_stack(StackName="s"),
    }
    calls[name]()


CANNOT_BE_UPDATED = r"Stack:arn:.* is in {status} state and can not be updated\."


@pytest.mark.parametrize(
    ("operation", "call", "message"),
    [
        (creation_rolled_back, "CreateStack", r"Stack \[s\] already exists"),
        (
            creation_rolled_back,
            "CreateChangeSet CREATE",
            r"and cannot be created again with the changeSet \[deploy\]\.",
        ),
        (
            creation_rolled_back,
            "UpdateStack",
            CANNOT_BE_UPDATED.format(status="ROLLBACK_COMPLETE"),
        ),
        (
            deletion_failed,
            "CreateChangeSet UPDATE",
            CANNOT_BE_UPDATED.format(status="DELETE_FAILED"),
        ),
        (
            update_not_rolled_back,
            "UpdateStack",
            CANNOT_BE_UPDATED.format(status="UPDATE_ROLLBACK_FAILED"),
        ),
        (
            update_left_as_it_failed,
            "UpdateStack",
            r"currently in a non-terminal \[UPDATE_FAILED\] state",
        ),
    ],
)
def test_state_forbids_a_call(
    account: EmbeddedAccount,
    operation: Callable[[EmbeddedAccount], None],
    call: str,
    message: str,
) -> None:
    operation(account)
    settled("s")

    with pytest.raises(ClientError, match=message):
        call_cloudformation(call)


@pytest.mark.parametrize("call", ["UpdateStack", "CreateStack", "DeleteStack"])
def test_update_in_progress_forbids_others(account: EmbeddedAccount, call: str) -> None:
    created()
    account.control(HELD)
    cloudformation().update_stack(
        StackName="s", TemplateBody=template(A=queue("a", 60))
    )

    with pytest.raises(ClientError, match=r"already exists|UPDATE_IN_PROGRESS"):
        call_cloudformation(call)

    account.control(Controls())
    assert settled("s") == "UPDATE_COMPLETE"
