"""CloudFormation's operations that change something: what is refused, what begins."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cloudformation import templates
from cloudformation.reading import Reading
from cloudformation.refusals import Refused, error, expected, invalid
from cloudformation.registry import Answer, Asked
from cloudformation.stacks import ChangeSet, Release, Resource, Stack, Steps

NO_MORE: Asked = {}
NOTHING = (
    "The submitted information didn't contain changes. Submit different information "
    "to create a change set."
)
STEPS_OF = {"IMPORT": "adopt", "CREATE": "create", "UPDATE": "update"}


class StackApi(Reading):
    """Each public method is an operation, by boto3's name for it."""

    def create_stack(self, asked: Asked) -> Answer:
        def act() -> Answer:
            found = self._named(asked["StackName"])
            if found:
                self._check("CreateStack", found)
            stack = found or self.add(asked["StackName"])
            release = self._release(asked, Release("", {}))
            self._keep(stack, asked)
            stack.on_failure = asked.get("OnFailure", "ROLLBACK")
            stack.protected = asked.get("EnableTerminationProtection", False)
            return self._begin(
                stack, "CREATE", self._life.create(stack, release), asked
            )

        return self._once("CreateStack", asked, act)

    def update_stack(self, asked: Asked) -> Answer:
        def act() -> Answer:
            stack = self._find(asked["StackName"])
            self._check("UpdateStack", stack, asked)
            release = self._release(asked, stack.release)
            wanted = templates.resources(stack, release, self._life.replaced)
            if stack.status != "UPDATE_FAILED" and self._same(stack, release, wanted):
                raise invalid("No updates are to be performed.")
            self._keep(stack, asked)
            return self._begin(
                stack, "UPDATE", self._life.update(stack, release), asked
            )

        return self._once("UpdateStack", asked, act)

    def cancel_update_stack(self, asked: Asked) -> Answer:
        def act() -> Answer:
            stack = self._find(asked["StackName"])
            self._check("CancelUpdateStack", stack)
            steps = self._life.restore(stack, "User Initiated")
            self._begin(stack, "ROLLBACK", steps, asked)
            return {}

        return self._once("CancelUpdateStack", asked, act)

    def rollback_stack(self, asked: Asked) -> Answer:
        def act() -> Answer:
            stack = self._find(asked["StackName"])
            self._check("RollbackStack", stack)
            if stack.mode == "EXPRESS":
                raise error("ROLL")
            stack.role = asked.get("RoleARN", stack.role)
            stack.retain_except_on_create = asked.get("RetainExceptOnCreate", False)
            if stack.status == "CREATE_FAILED":
                steps = self._life.undo(stack, "User Initiated")
            else:
                steps = self._life.restore(stack, "User Initiated")
            return self._begin(stack, "ROLLBACK", steps, asked)

        return self._once("RollbackStack", asked, act)

    def continue_update_rollback(self, asked: Asked) -> Answer:
        def act() -> Answer:
            stack = self._find(asked["StackName"])
            self._check("ContinueUpdateRollback", stack)
            if stack.parent:
                raise invalid(
                    f"RollbackUpdatedStack cannot be invoked on child stacks: {stack.id}"
                )
            stack.role = asked.get("RoleARN", stack.role)
            skip = asked.get("ResourcesToSkip", [])
            steps = self._life.restore(stack, "User Initiated", "continue", skip)
            self._begin(stack, "CONTINUE_ROLLBACK", steps, asked)
            return {}

        return self._once("ContinueUpdateRollback", asked, act)

    def delete_stack(self, asked: Asked) -> Answer:
        def act() -> Answer:
            stack = self._any(asked["StackName"])
            if stack is None or stack.status in {
                "DELETE_COMPLETE",
                "DELETE_IN_PROGRESS",
            }:
                return {}
            self._check("DeleteStack", stack)
            if stack.protected:
                raise error("DEL_TP", stack_name=stack.name)
            retain = asked.get("RetainResources", [])
            failed = stack.status == "DELETE_FAILED"
            if retain and not failed:
                raise error("RETAIN", stack_id=stack.id)
            if not set(retain) <= stack.resources.keys():
                raise error("RETAIN_BAD")
            if asked.get("DeletionMode") == "FORCE_DELETE_STACK":
                if not failed:
                    raise error("FORCE", stack_id=stack.id)
                retain = list(stack.resources)
            self._begin(stack, "DELETE", self._life.delete(stack, retain), asked)
            return {}

        return self._once("DeleteStack", asked, act)

    def detect_stack_drift(self, asked: Asked) -> Answer:
        stack = self._find(asked["StackName"])
        self._check("DetectStackDrift", stack)
        return {"StackDriftDetectionId": f"drift-of-{stack.name}"}

    def create_change_set(self, asked: Asked) -> Answer:
        def act() -> Answer:
            kind = asked.get("ChangeSetType", "UPDATE")
            operation = f"CreateChangeSet:{kind}"
            name = asked["StackName"]
            stack = self._find(name) if kind == "UPDATE" else self._any(name)
            if stack and stack.status != "DELETE_COMPLETE":
                self._check(operation, stack, change_set=asked["ChangeSetName"])
            elif stack and kind == "UPDATE":
                raise error("UPD", stack_id=stack.id, status=stack.status)
            else:
                stack = self.add(name)
                stack.say(None, stack.status, "User Initiated", self._now())
            change_set = self.add_change_set(stack, kind, asked)
            return {"Id": change_set.id, "StackId": stack.id}

        return self._once("CreateChangeSet", asked, act)

    def delete_change_set(self, asked: Asked) -> Answer:
        stack, found = self._waiting(asked)
        del stack.change_sets[found.name]
        return {}

    def execute_change_set(self, asked: Asked) -> Answer:
        def act() -> Answer:
            stack, found = self._waiting(asked)
            status = (
                found.execution if found.status == "CREATE_COMPLETE" else found.status
            )
            ids = {"change_set_id": found.id, "change_set_status": status}
            self._check("ExecuteChangeSet", stack, asked, **ids)
            if status != "AVAILABLE":
                raise error("EXEC", **ids)
            stack.change_sets.clear()
            stack.change_set_id = found.id
            self._keep(stack, found.asked)
            # As the API reference has it, so that whoever leaves it out will notice.
            stack.disable_rollback = asked.get("DisableRollback", True)
            stack.retain_except_on_create = asked.get("RetainExceptOnCreate", False)
            act = getattr(self._life, STEPS_OF[found.type])
            self._begin(stack, found.type, act(stack, found.release), asked)
            return {}

        return self._once("ExecuteChangeSet", asked, act)

    def _check(
        self, operation: str, stack: Stack, asked: Asked = NO_MORE, **names: str
    ) -> None:
        key = expected(
            operation,
            stack.status,
            by_id=True,
            disable_rollback=asked.get("DisableRollback", False),
            on_failure=stack.on_failure,
        )
        if key != "yes":
            raise error(
                key,
                stack_id=stack.id,
                stack_name=stack.name,
                status=stack.status,
                **names,
            )

    def _once(self, operation: str, asked: Asked, act: Callable[[], Answer]) -> Answer:
        """Act, unless this very request was served before."""
        token = asked.get("ClientRequestToken") or asked.get("ClientToken", "")
        before, answer = self._begun.get(token, ("", {}))
        if before == operation:
            return answer
        if before:
            said = f"Token {token} already exists"
            raise Refused("TokenAlreadyExistsException", said)
        answer = act()
        if token:
            self._begun[token] = (operation, answer)
        return answer

    def _begin(self, stack: Stack, kind: str, steps: Steps, asked: Asked) -> Answer:
        for waiting in stack.change_sets.values():
            waiting.execution = "OBSOLETE"
        self._life.begin(stack, kind, steps, asked.get("ClientRequestToken", ""))
        return {"StackId": stack.id, "OperationId": stack.operations[0][1]}

    def _release(self, asked: Asked, before: Release) -> Release:
        body = before.body if asked.get("UsePreviousTemplate") else self._body(asked)
        template = templates.read(body)
        given = asked.get("Parameters", [])
        tags = before.tags
        if "Tags" in asked:
            tags = {row["Key"]: row["Value"] for row in asked["Tags"]}
        values = templates.parameters(template, given, before.parameters)
        return Release(
            body, template, values, tags, tuple(asked.get("Capabilities", ()))
        )

    def _keep(self, stack: Stack, asked: Asked) -> None:
        """What a stack goes on with until somebody says otherwise."""
        stack.role = asked.get("RoleARN", stack.role)
        stack.rollback = asked.get("RollbackConfiguration", stack.rollback)
        stack.retain_except_on_create = asked.get("RetainExceptOnCreate", False)
        stack.notify = tuple(asked.get("NotificationARNs", stack.notify))
        stack.disable_rollback = asked.get("DisableRollback", False)
        stack.mode = asked.get("DeploymentConfig", {}).get("Mode", stack.mode)

    def _same(
        self, stack: Stack, release: Release, wanted: Mapping[str, Resource]
    ) -> bool:
        old, new = (r.template.get("Outputs") for r in (stack.release, release))
        same = stack.release.tags == release.tags and old == new
        return same and not templates.changes(stack.resources, wanted)

    def add_change_set(self, stack: Stack, kind: str, asked: Asked) -> ChangeSet:
        """A change set that is ready, or has failed."""
        release = self._release(asked, stack.release)
        wanted = templates.resources(stack, release, self._life.replaced)
        name = asked["ChangeSetName"]
        arn = f"{self._place}:changeSet/{name}/{next(self._serial):08d}"
        changes = templates.changes(stack.resources, wanted)
        made = ChangeSet(arn, name, kind, release, changes, asked, self._now())
        if kind == "UPDATE" and self._same(stack, release, wanted):
            made.status, made.execution, made.reason = "FAILED", "UNAVAILABLE", NOTHING
        stack.change_sets[name] = made
        return made
