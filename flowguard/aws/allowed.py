"""What FlowGuard may do to an account, and no more: the list, and its conditions.

A step that is not on it is refused before AWS hears of it, whoever made the step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flowguard.errors import FlowGuardError
from flowguard.model.rollback import Sealed, Step

Parameters = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Permit:
    """An operation that may be called."""

    permission: str
    """What IAM must allow."""
    token: str = ""
    """The parameter by which it takes a client request token, if it does."""
    wrong: Callable[[Parameters], str] = lambda _given: ""
    """Why it may not be called with these parameters; empty where it may."""
    destroys: Callable[[Parameters], bool] = lambda _given: False
    """Whether it removes or gives up something, which a person must approve."""


def _by_id(given: Parameters) -> str:
    if str(given.get("StackName", "")).startswith("arn:"):
        return ""
    return "it names the stack by something other than its id"


def _change_set(given: Parameters) -> str:
    # A stack that is still to be created has no id.
    return "" if given.get("ChangeSetType") == "CREATE" else _by_id(given)


def _execution(given: Parameters) -> str:
    if "DisableRollback" not in given:  # which AWS would take for true
        return "it does not say whether a failure is to be rolled back"
    return _by_id(given)


def _without_rollback(given: Parameters) -> bool:
    return given["DisableRollback"] is not False


def _deletion(given: Parameters) -> str:
    if given.get("DeletionMode", "STANDARD") != "STANDARD":
        return "it forces the deletion, and nobody learns what it leaves behind"
    return _by_id(given)


def _marker(given: Parameters) -> str:
    return "" if given.get("VersionId") else "it hides an object instead of a marker"


def _new_object(given: Parameters) -> str:
    return "" if given.get("IfNoneMatch") == "*" else "it could overwrite an object"


def _deployment(given: Parameters) -> str:
    for patch in given.get("patchOperations", ()):
        if (patch.get("op"), patch.get("path")) != ("replace", "/deploymentId"):
            return "it changes more of the stage than its deployment"
    return ""


def _always(_given: Parameters) -> bool:
    return True


_TOKEN = "ClientRequestToken"  # noqa: S105 - the name of a parameter

ALLOWED: Mapping[tuple[str, str], Permit] = {
    ("cloudformation", "cancel_update_stack"): Permit(
        "cloudformation:CancelUpdateStack", _TOKEN, _by_id
    ),
    ("cloudformation", "rollback_stack"): Permit(
        "cloudformation:RollbackStack", _TOKEN, _by_id
    ),
    ("cloudformation", "continue_update_rollback"): Permit(
        "cloudformation:ContinueUpdateRollback",
        _TOKEN,
        _by_id,
        lambda given: bool(given.get("ResourcesToSkip")),
    ),
    ("cloudformation", "create_change_set"): Permit(
        "cloudformation:CreateChangeSet", "ClientToken", _change_set
    ),
    ("cloudformation", "execute_change_set"): Permit(
        "cloudformation:ExecuteChangeSet", _TOKEN, _execution, _without_rollback
    ),
    ("cloudformation", "delete_change_set"): Permit(
        "cloudformation:DeleteChangeSet", "", _by_id
    ),
    ("cloudformation", "delete_stack"): Permit(
        "cloudformation:DeleteStack", _TOKEN, _deletion, _always
    ),
    ("lambda", "update_alias"): Permit("lambda:UpdateAlias"),
    ("apigateway", "update_stage"): Permit("apigateway:PATCH", "", _deployment),
    ("codedeploy", "stop_deployment"): Permit("codedeploy:StopDeployment"),
    ("s3", "copy_object"): Permit("s3:PutObject", "", _new_object),
    ("s3", "put_object"): Permit("s3:PutObject", "", _new_object),
    ("s3", "delete_object"): Permit("s3:DeleteObjectVersion", "", _marker),
}
"""By service and operation, as boto3 calls them."""


def permit(step: Step) -> Permit:
    """What is known of a step's operation.

    Raises `FlowGuardError` for a step that may not be carried out.
    """
    found = ALLOWED.get((step.service, step.operation))
    call = f"{step.service}.{step.operation}"
    if found is None:
        raise _refused(step, f"FlowGuard never calls {call}")
    if wrong := found.wrong(step.parameters):
        raise _refused(step, f"{call} is refused: {wrong}")
    if found.destroys(step.parameters) and not step.destroys:
        raise _refused(step, f"{call} is refused: nobody was told what it destroys")
    return found


def _refused(step: Step, why: str) -> FlowGuardError:
    return FlowGuardError(
        f"the step {step.id!r} is not carried out: {why}",
        help="nothing was done; report this plan as a fault of FlowGuard's",
    )


def opened(value: Any) -> Any:
    """What is sent to AWS: the value with all that is sealed in it opened."""
    match value:
        case Sealed():
            return value.text
        case Mapping():
            return {key: opened(inner) for key, inner in value.items()}
        case list() | tuple():
            return [opened(inner) for inner in value]
        case _:
            return value
