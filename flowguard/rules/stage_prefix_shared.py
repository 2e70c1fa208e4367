"""The rule `stage-prefix-shared`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.lookups import StacksIn
from flowguard.model.places import Severity
from flowguard.model.questions import AccountState, Present
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._rule import Rule


class StagePrefixShared(Rule[Plan]):
    """The name of a stage begins that of another stage of the service.

    ## Why it fails a deploy
    It does not. But `serverless remove --stage prod` deletes what begins with
    `…/prod` from the deployment bucket: the artifacts of `production`, too, from which
    that stage would be rolled back. Where the bucket is shared, `prod` also counts the
    deployments of `production` as its own.

    ## How to fix
    Never run `serverless remove` on the shorter of the two; delete its stack in
    CloudFormation. Give the stages names of which none begins another.
    """

    id = "stage-prefix-shared"
    severity = Severity.WARNING
    asks = (StacksIn,)

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        template = plan.template
        if template.dialect != "serverless" or not template.service or not plan.stage:
            return
        if "ServerlessDeploymentBucket" in template.resources:
            return  # a bucket of its own
        stacks = account.get(StacksIn(plan.place))
        ours = f"{template.service}-{plan.stage}"
        for stack in stacks.value if isinstance(stacks, Present) else ():
            other = stack.name.removeprefix(f"{template.service}-")
            if stack.name.startswith(ours) and other.isalnum() and other != plan.stage:
                yield self.finding(
                    f"stage {plan.stage!r} begins the name of stage {other!r}; "
                    f"`serverless remove --stage {plan.stage}` deletes the artifacts of "
                    "both from the deployment bucket that they share",
                    plan.name_location,
                    help="never run `serverless remove` on it: delete its stack in "
                    "CloudFormation instead",
                    evidence=[("stack", stack.name)],
                )
