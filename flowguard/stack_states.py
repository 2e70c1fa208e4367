"""The 23 statuses of a stack: what each allows, and what clears it.

Source: the `StackStatus` enumeration of the CloudFormation API and the errors
with which each operation answers in each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Ready(StrEnum):
    """What a deploy can do with a stack."""

    CREATE = "create"
    """There is none; the deploy creates it."""
    UPDATE = "update"
    WAIT = "wait"
    """An operation is under way; afterwards the status is another."""
    NO = "no"
    """Somebody must act first."""


@dataclass(frozen=True, slots=True)
class State:
    """What a status means for a deploy."""

    ready: Ready
    meaning: str
    """Completes "the stack …"."""
    ways: tuple[str, ...] = ()
    """Commands that clear it, the least destructive first; `#` begins a remark.

    They hold `{stack}`, `{region}`, `{root}` (the stack that it is nested in, at
    the top, or itself), `{failed}` (the logical ids that failed, separated by
    spaces) and `{skip}` (those that a rollback may leave as they are).
    """
    deletes: bool = False
    """Whether every way deletes the stack, which termination protection forbids."""


_CLI = "aws cloudformation"
_EVENTS = f"{_CLI} describe-stack-events --stack-name {{stack}} --region {{region}}"


def _command(operation: str, options: str, remark: str, stack: str = "{stack}") -> str:
    tail = f" {options}" if options else ""
    return (
        f"{_CLI} {operation} --stack-name {stack} --region {{region}}{tail}  # {remark}"
    )


def _wait(waiter: str) -> tuple[str, ...]:
    return (_command(f"wait {waiter}", "", "then run the deploy again"),)


def _watch(remark: str) -> str:
    """For what no waiter waits: `stack-rollback-complete` is of updates alone."""
    return _command("describe-stacks", "--query 'Stacks[0].StackStatus'", remark)


def _continue(options: str, remark: str) -> str:
    """AWS takes it for the root only, whichever nested stack is stuck."""
    return _command("continue-update-rollback", options, remark, "{root}")


_FINE = State(Ready.UPDATE, "is settled")
_DELETE = _command("delete-stack", "", "deletes what the stack still holds")
_GO_ON = (
    "# deploy with --disable-rollback once the cause is mended: it goes on from here"
)

STATES: Mapping[str, State] = {
    "CREATE_COMPLETE": _FINE,
    "UPDATE_COMPLETE": _FINE,
    "IMPORT_COMPLETE": _FINE,
    "UPDATE_ROLLBACK_COMPLETE": State(
        Ready.UPDATE, "was rolled back by its last deploy, and runs the version before"
    ),
    "IMPORT_ROLLBACK_COMPLETE": State(
        Ready.UPDATE, "was rolled back by its last import"
    ),
    "DELETE_COMPLETE": State(Ready.CREATE, "was deleted"),
    "REVIEW_IN_PROGRESS": State(
        Ready.CREATE,
        "is an empty shell that waits for a change set to be executed",
        (
            _command("list-change-sets", "", "is somebody's review pending?"),
            _command("delete-stack", "", "removes the empty shell"),
        ),
    ),
    "CREATE_IN_PROGRESS": State(
        Ready.WAIT, "is being created", _wait("stack-create-complete")
    ),
    "UPDATE_IN_PROGRESS": State(
        Ready.WAIT,
        "is being updated",
        (
            *_wait("stack-update-complete"),
            _command("cancel-update-stack", "", "rolls that update back"),
        ),
    ),
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": State(
        Ready.WAIT,
        "has been updated and still removes the old resources",
        _wait("stack-update-complete"),
    ),
    "ROLLBACK_IN_PROGRESS": State(
        Ready.WAIT,
        "failed to be created and is being rolled back",
        (
            _watch("until it is ROLLBACK_COMPLETE; then delete it, and deploy again"),
            _command("delete-stack", "", "frees the name; retained resources stay"),
        ),
        deletes=True,
    ),
    "UPDATE_ROLLBACK_IN_PROGRESS": State(
        Ready.WAIT,
        "failed to be updated and is being rolled back",
        _wait("stack-rollback-complete"),
    ),
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": State(
        Ready.WAIT,
        "was rolled back and still removes what the failed update made",
        _wait("stack-rollback-complete"),
    ),
    "DELETE_IN_PROGRESS": State(
        Ready.WAIT, "is being deleted", _wait("stack-delete-complete")
    ),
    "IMPORT_IN_PROGRESS": State(
        Ready.WAIT, "is importing resources", _wait("stack-import-complete")
    ),
    "IMPORT_ROLLBACK_IN_PROGRESS": State(
        Ready.WAIT,
        "failed to import resources and is being rolled back",
        (_watch("until it is IMPORT_ROLLBACK_COMPLETE; then deploy again"),),
    ),
    "CREATE_FAILED": State(
        Ready.NO,
        "failed to be created and kept what was made (rollback was disabled)",
        (
            _EVENTS,
            _GO_ON,
            _command(
                "rollback-stack",
                "",
                "deletes the stack: it has no last good state to go back to",
            ),
            _DELETE,
        ),
    ),
    "UPDATE_FAILED": State(
        Ready.NO,
        "failed to be updated and was not rolled back (rollback was disabled)",
        (
            _EVENTS,
            _GO_ON,
            _command("rollback-stack", "", "back to the last good state"),
        ),
    ),
    "UPDATE_ROLLBACK_FAILED": State(
        Ready.NO,
        "could not be rolled back",
        (
            _EVENTS,
            _continue("", "once the cause is mended; skips none"),
            _continue(
                "--resources-to-skip {skip}",
                "leaves these as they are: they differ from the template afterwards",
            ),
        ),
    ),
    "ROLLBACK_COMPLETE": State(
        Ready.NO,
        "failed to be created and was rolled back: it holds nothing, and keeps its name",
        (
            _command("delete-stack", "", "frees the name; retained resources stay"),
            *_wait("stack-delete-complete"),
        ),
        deletes=True,
    ),
    "ROLLBACK_FAILED": State(
        Ready.NO,
        "failed to be created, and its rollback failed",
        (
            _EVENTS,
            _DELETE,
            _command(
                "delete-stack",
                "--retain-resources {failed}",
                "only once it is DELETE_FAILED: keeps these outside any stack",
            ),
        ),
        deletes=True,
    ),
    "DELETE_FAILED": State(
        Ready.NO,
        "could not be deleted",
        (
            _EVENTS,
            _command(
                "delete-stack",
                "--retain-resources {failed}",
                "keeps these outside any stack, with what they hold",
            ),
            *_wait("stack-delete-complete"),
            _command(
                "delete-stack",
                "--deletion-mode FORCE_DELETE_STACK",
                "the last resort: leaves behind whatever cannot be deleted",
            ),
        ),
        deletes=True,
    ),
    "IMPORT_ROLLBACK_FAILED": State(
        Ready.NO,
        "failed to import resources, and its rollback failed",
        (_EVENTS, "# no operation is documented to clear it: ask AWS Support"),
    ),
}


ROLLED_BACK = frozenset(
    {
        "ROLLBACK_IN_PROGRESS",
        "ROLLBACK_FAILED",
        "ROLLBACK_COMPLETE",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_FAILED",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_ROLLBACK_IN_PROGRESS",
        "IMPORT_ROLLBACK_FAILED",
        "IMPORT_ROLLBACK_COMPLETE",
    }
)
"""Statuses of a stack whose last deploy was rolled back, or is about to be."""


def is_moving(status: str) -> bool:
    """Whether an operation is under way; nothing may be done to the stack then."""
    state = STATES.get(status)
    return state.ready is Ready.WAIT if state else status.endswith("_IN_PROGRESS")


def is_good(status: str) -> bool:
    """Whether the stack has settled and some release runs, be it the one before."""
    state = STATES.get(status)
    return state is not None and state.ready is Ready.UPDATE
