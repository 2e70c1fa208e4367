"""What AWS has written down of operations, ours among them."""

from __future__ import annotations

from rollback.history import ID, deploy, of, of_stack

from flowguard.rollback.journal import (
    deploys,
    operations,
    restored,
    since_last_deploy,
    token,
)

OURS = token("B3", "0123456789abcdef", "execute-change-set")


def test_operations_are_told_apart_by_their_beginnings() -> None:
    found = operations(
        (
            of("Api", 0, "UPDATE_COMPLETE"),
            *deploy(1, token="a"),
            *deploy(2, "UPDATE_ROLLBACK_COMPLETE", token="b"),
        ),
        ID,
    )

    assert [(o.token, o.status) for o in found] == [
        ("a", "UPDATE_COMPLETE"),
        ("b", "UPDATE_ROLLBACK_COMPLETE"),
    ]


def test_a_cancellation_is_an_operation_of_its_own() -> None:
    events = (
        of_stack(1, "UPDATE_IN_PROGRESS", "User Initiated", "a"),
        of_stack(2, "UPDATE_ROLLBACK_IN_PROGRESS", "", "b"),
        of_stack(3, "UPDATE_ROLLBACK_COMPLETE", "", "b"),
    )

    assert [o.token for o in operations(events, ID)] == ["a", "b"]


def test_a_rollback_by_itself_is_a_part_of_the_deploy() -> None:
    events = (
        of_stack(1, "UPDATE_IN_PROGRESS", "User Initiated", "a"),
        of_stack(2, "UPDATE_ROLLBACK_IN_PROGRESS", "Api failed", "a"),
        of_stack(3, "UPDATE_ROLLBACK_COMPLETE", "", "a"),
    )

    assert len(operations(events, ID)) == 1


def test_a_token_says_which_row_it_was() -> None:
    ours = operations(deploy(1, token=OURS), ID)[0]
    theirs = operations(deploy(1, token="flowguard-deploy-1"), ID)[0]

    assert (ours.row, theirs.row) == ("B3", "")
    assert restored(ours)
    assert not restored(theirs)
    assert deploys((ours, theirs)) == (theirs,)


def test_a_token_is_one_that_aws_takes() -> None:
    long = token("B3u", "0" * 16, "alias-" + "x" * 200)

    assert len(long) <= 128


def test_the_last_deploy_is_not_one_of_ours() -> None:
    events = (*deploy(1), *deploy(2), *deploy(3, token=OURS))

    assert since_last_deploy(events, ID) == (*deploy(2), *deploy(3, token=OURS))
