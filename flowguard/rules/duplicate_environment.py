"""The rule `duplicate-environment`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.lookups import StackResources, StacksIn, StackSummary
from flowguard.model.places import Severity
from flowguard.model.questions import AccountState, Present
from flowguard.model.results import Finding
from flowguard.naming import split
from flowguard.plan import Plan
from flowguard.rules._rule import Rule
from flowguard.stack_states import STATES, Ready

ORDINALS = ("first", "second", "third", "fourth", "fifth")
OF_EVERY_STACK = frozenset(
    {
        # Serverless Framework
        *("ServerlessDeploymentBucket", "ServerlessDeploymentBucketPolicy"),
        *("IamRoleLambdaExecution", "IamRoleCustomResourcesLambdaExecution"),
        *("ApiGatewayRestApi", "HttpApi", "HttpApiStage", "WebsocketsApi"),
        *("WebsocketsDeploymentStage", "GatewayResponseDefault4XX"),
        # SAM
        *("ServerlessRestApi", "ServerlessRestApiProdStage"),
        *("ServerlessHttpApi", "ServerlessHttpApiApiGatewayDefaultStage"),
        # CDK
        *("CDKMetadata", "CustomS3AutoDeleteObjectsCustomResourceProviderRole9E5C0E40"),
    }
)
"""What a tool calls the same in every stack: it says nothing of the environment."""
EMPTY = frozenset({"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_COMPLETE"})


class DuplicateEnvironment(Rule[Plan]):
    """The environment exists under another name.

    ## Why it fails a deploy
    It succeeds, and that is the harm: a stack of another name is another set of
    tables, functions and APIs beside the one with the data and the users. It
    happens when a stage or a service is renamed (`prod` to `production`).

    ## How to fix
    Deploy under the name that the environment has. If the copy is meant, accept
    the finding by name: `--accept duplicate-environment`.
    """

    id = "duplicate-environment"
    severity = Severity.ERROR
    asks = (StacksIn, StackResources)

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        environment = plan.name.environment
        stacks = account.get(StacksIn(plan.place))
        if environment is None or not isinstance(stacks, Present):
            return
        copies = [
            stack
            for stack in stacks.value
            if stack.name != plan.stack_name
            and not stack.parent_id
            and stack.status not in EMPTY
            and split(stack.name, plan.convention).environment == environment
            and _is_kin(plan, account, stack)
        ]
        if not copies:
            return
        base, stage = "-".join(environment[0]), environment[1]
        names = " and ".join(repr(stack.name) for stack in copies)
        if isinstance(plan.stack, Present) and plan.stack.value.status not in EMPTY:
            message = f"the {stage} of {base} exists {len(copies) + 1} times"
            message += (
                f": the deploy goes to {plan.stack_name!r}, and beside it is {names}"
            )
            severity = Severity.WARNING
        else:
            nth = ORDINALS[min(len(copies), len(ORDINALS) - 1)]
            message = f"stack {plan.stack_name!r} would be a {nth} {stage} of {base}"
            message += f", beside {names}"
            severity = Severity.WARNING if _is_way_back(plan, copies) else self.severity
        yield self.finding(
            message,
            plan.name_location,
            severity=severity,
            help="find out which one is live, and deploy there: correct the service's "
            "name or the stage; if the copy is meant, --accept duplicate-environment",
            evidence=[(stack.name, _describe(stack)) for stack in copies],
        )


def _is_kin(plan: Plan, account: AccountState, stack: StackSummary) -> bool:
    """Whether the stack has resources of this template, or is a wreck that had."""
    state = STATES.get(stack.status)
    if state is None or state.ready is not Ready.UPDATE:
        return True
    answer = account.get(StackResources(plan.place, stack.name))
    if not isinstance(answer, Present):
        return True
    ours = {
        (r.logical_id, r.resource_type)
        for r in plan.template.resources.values()
        if r.logical_id not in OF_EVERY_STACK
    }
    return not ours or any(
        (r.logical_id, r.resource_type) in ours for r in answer.value
    )


def _is_way_back(plan: Plan, copies: list[StackSummary]) -> bool:
    """Whether the plain name is taken back from stacks with makeshift ones."""
    name = plan.name
    if name.temporary or len(name.stages) > 1:
        return False
    others = [split(stack.name, plan.convention) for stack in copies]
    return all(other.temporary or len(other.stages) > 1 for other in others)


def _describe(stack: StackSummary) -> str:
    when = stack.updated or stack.created
    return f"{stack.status}, last deployed {when:%Y-%m-%d}" if when else stack.status
