"""CloudFormation's operations: what is refused, what begins, what is answered."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cloudformation import templates
from cloudformation.lifecycle import Lifecycle, exports, importers
from cloudformation.refusals import Refused, error, expected, invalid
from cloudformation.stacks import ChangeSet, Release, Resource, Stack, Steps

Asked = Mapping[str, Any]
Answer = dict[str, Any]

NO_MORE: Asked = {}
NOTHING = (
    "The submitted information didn't contain changes. Submit different information "
    "to create a change set."
)
STEPS_OF = {"IMPORT": "adopt", "CREATE": "create", "UPDATE": "update"}


class StackApi:
    """Each public method is an operation, by boto3's name for it."""

    def __init__(self, lifecycle: Lifecycle, account: str, region: str) -> None:
        self._life = lifecycle
        self._stacks: list[Stack] = []
        self._place = f"arn:aws:cloudformation:{region}:{account}"
        self._serial = itertools.count(1)
        self._begun: dict[str, tuple[str, Answer]] = {}
        """By token: which operation was begun with it, and the answer."""
        self.page_size = 100
        self.process: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict
        """The transforms, from what is sent to what is deployed."""

    # --- to be changed ------------------------------------------------------

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
            stack = self._find(asked["StackName"], "UpdateStack")
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
            stack = self._find(asked["StackName"], "CancelUpdateStack")
            self._check("CancelUpdateStack", stack)
            steps = self._life.restore(stack, "User Initiated")
            self._begin(stack, "ROLLBACK", steps, asked)
            return {}

        return self._once("CancelUpdateStack", asked, act)

    def rollback_stack(self, asked: Asked) -> Answer:
        def act() -> Answer:
            stack = self._find(asked["StackName"], "RollbackStack")
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
            stack = self._find(asked["StackName"], "ContinueUpdateRollback")
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
        stack = self._find(asked["StackName"], "DetectStackDrift")
        self._check("DetectStackDrift", stack)
        return {"StackDriftDetectionId": f"drift-of-{stack.name}"}

    # --- change sets --------------------------------------------------------

    def create_change_set(self, asked: Asked) -> Answer:
        def act() -> Answer:
            kind = asked.get("ChangeSetType", "UPDATE")
            operation = f"CreateChangeSet:{kind}"
            name = asked["StackName"]
            stack = self._find(name, operation) if kind == "UPDATE" else self._any(name)
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

    def describe_change_set(self, asked: Asked) -> Answer:
        stack, found = self._waiting(asked)
        values = bool(asked.get("IncludePropertyValues"))
        return self._summary(stack, found) | {
            "Parameters": _parameters(found.release),
            "NotificationARNs": list(stack.notify),
            "RollbackConfiguration": found.asked.get("RollbackConfiguration", {}),
            "Capabilities": list(found.release.capabilities),
            "Tags": _tags(found.release),
            "Changes": [c if values else _without_values(c) for c in found.changes],
        }

    def list_change_sets(self, asked: Asked) -> Answer:
        stack = self._find(asked["StackName"], "ListChangeSets")
        every = stack.change_sets.values()
        return {"Summaries": [self._summary(stack, found) for found in every]}

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

    # --- to be read ---------------------------------------------------------

    def describe_stacks(self, asked: Asked) -> Answer:
        if name := asked.get("StackName"):
            stack = self._any(name) if name.startswith("arn:") else self._named(name)
            if stack is None:
                raise error("NOT_EXIST_DESCRIBE", stack_name=name)
            return {"Stacks": [self._row(stack)]}
        every = [s for s in self._stacks if s.status != "DELETE_COMPLETE"]
        return {"Stacks": [self._row(stack) for stack in every]}

    def describe_stack_events(self, asked: Asked) -> Answer:
        stack = self._find(asked["StackName"], "DescribeStackEvents")
        return self._page(asked, "StackEvents", stack.events[::-1])

    def describe_stack_resources(self, asked: Asked) -> Answer:
        if wanted := asked.get("PhysicalResourceId"):
            found = next((s for s in self._stacks if s.find(wanted)), None)
            if found is None:
                raise invalid(f"Stack for {wanted} does not exist")
            stack = found
        else:
            stack = self._find(asked["StackName"], "DescribeStackResources")
        return {"StackResources": [self._resource(stack, r, "") for r in _all(stack)]}

    def list_stack_resources(self, asked: Asked) -> Answer:
        stack = self._find(asked["StackName"], "ListStackResources")
        rows = [self._resource(stack, r, "LastUpdated") for r in _all(stack)]
        return self._page(asked, "StackResourceSummaries", rows)

    def get_template(self, asked: Asked) -> Answer:
        release = self._find(asked["StackName"], "GetTemplate").release
        if asked.get("ChangeSetName"):
            release = self._waiting(asked)[1].release
        body = release.body
        if (
            asked.get("TemplateStage") == "Processed"
            and "Transform" in release.template
        ):
            body = json.dumps(self.process(release.template), default=str)
        return {"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}

    def get_template_summary(self, asked: Asked) -> Answer:
        if name := asked.get("StackName"):
            template = self._find(name, "GetTemplateSummary").release.template
        else:
            template = templates.read(self._body(asked))
        rows: Mapping[str, Any] = template.get("Parameters", {})
        return {
            "Parameters": [
                {
                    "ParameterKey": key,
                    "ParameterType": row.get("Type", "String"),
                    "NoEcho": _no_echo(row),
                }
                for key, row in rows.items()
            ],
            "ResourceTypes": sorted(
                {r["Type"] for r in template["Resources"].values()}
            ),
        }

    def validate_template(self, asked: Asked) -> Answer:
        templates.read(self._body(asked))
        return {}

    def get_stack_policy(self, asked: Asked) -> Answer:
        policy = self._find(asked["StackName"], "GetStackPolicy").policy
        return {"StackPolicyBody": policy} if policy else {}

    def list_exports(self, asked: Asked) -> Answer:
        rows = [
            {"ExportingStackId": stack.id, "Name": name, "Value": value}
            for stack in self._stacks
            if stack.status != "DELETE_COMPLETE"
            for name, value in exports(stack).items()
        ]
        return self._page(asked, "Exports", rows)

    def list_imports(self, asked: Asked) -> Answer:
        name = asked["ExportName"]
        if found := importers(self._stacks, name):
            return {"Imports": found}
        raise invalid(f"Export '{name}' is not imported by any stack.")

    # --- parts of them ------------------------------------------------------

    def add(self, name: str) -> Stack:
        """An empty stack of that name."""
        arn = f"{self._place}:stack/{name}/{next(self._serial):08d}-0000"
        stack = Stack(name, arn, Release("", {"Resources": {}}), self._now())
        self._stacks.append(stack)
        self._life.stacks[name] = stack
        return stack

    def _now(self) -> Any:
        return self._life.clock.at()

    def _named(self, name: str) -> Stack | None:
        found = self._life.stacks.get(name)
        return found if found and found.status != "DELETE_COMPLETE" else None

    def _any(self, name: str) -> Stack | None:
        """By name, or by id whatever became of it; nested ones too."""
        every = [*self._stacks, *self._life.stacks.values()]
        by_id = next((s for s in every if s.id == name), None)
        return by_id or self._life.stacks.get(name)

    def _find(self, name: str, operation: str) -> Stack:
        stack = self._any(name) if name.startswith("arn:") else self._named(name)
        if stack is None:
            raise error("NOT_EXIST", stack_name=name)
        return stack

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

    def _body(self, asked: Asked) -> str:
        if body := asked.get("TemplateBody"):
            if len(body) > 51_200:
                raise invalid(
                    "1 validation error detected: Value at 'templateBody' failed to "
                    "satisfy constraint: Member must have length less than or equal "
                    "to 51200"
                )
            return str(body)
        return self._life.world.text_at(asked.get("TemplateURL", ""))

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

    def _waiting(self, asked: Asked) -> tuple[Stack, ChangeSet]:
        """The change set that is named, by its id or with its stack."""
        name = asked["ChangeSetName"]
        every = list(self._life.stacks.values())
        if not name.startswith("arn:"):
            every = [self._find(asked["StackName"], "")]
        elif asked.get("StackName"):
            self._find(asked["StackName"], "")
        for stack in every:
            for found in stack.change_sets.values():
                if name in {found.id, found.name}:
                    return stack, found
        raise Refused("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)

    def _page(self, asked: Asked, key: str, rows: Sequence[Any]) -> Answer:
        begin = int(asked.get("NextToken", 0))
        end = begin + self.page_size
        more = {"NextToken": str(end)} if end < len(rows) else {}
        return {key: list(rows[begin:end]), **more}

    def _summary(self, stack: Stack, found: ChangeSet) -> Answer:
        return {
            "ChangeSetName": found.name,
            "ChangeSetId": found.id,
            "StackId": stack.id,
            "StackName": stack.name,
            "Status": found.status,
            "StatusReason": found.reason or None,
            "ExecutionStatus": found.execution,
            "CreationTime": found.created,
            "Description": found.asked.get("Description"),
        }

    def _row(self, stack: Stack) -> Answer:
        release = stack.release
        ids = {name: r.physical_id for name, r in stack.resources.items()}
        outputs: Mapping[str, Any] = release.template.get("Outputs", {})
        return {
            "StackId": stack.id,
            "StackName": stack.name,
            "ChangeSetId": stack.change_set_id or None,
            "StackStatus": stack.status,
            "StackStatusReason": stack.reason or None,
            "CreationTime": stack.created,
            "LastUpdatedTime": stack.updated,
            "Parameters": _parameters(release),
            "Tags": _tags(release),
            "Capabilities": list(release.capabilities),
            "RoleARN": stack.role or None,
            "RollbackConfiguration": stack.rollback,
            "DisableRollback": stack.disable_rollback,
            "DeploymentConfig": {"Mode": stack.mode},
            "NotificationARNs": list(stack.notify),
            "EnableTerminationProtection": stack.protected,
            "ParentId": stack.parent or None,
            "RootId": stack.parent or None,
            "LastOperations": [
                {"OperationType": kind, "OperationId": number}
                for kind, number in stack.operations[:2]
            ],
            "Outputs": [
                {
                    "OutputKey": key,
                    "OutputValue": str(
                        templates.resolve(row["Value"], stack, release, ids)
                    ),
                }
                for key, row in outputs.items()
            ],
        }

    def _resource(self, stack: Stack, resource: Resource, prefix: str) -> Answer:
        status, reason = stack.states.get(resource.logical_id, ("CREATE_COMPLETE", ""))
        return {
            "StackName": stack.name,
            "StackId": stack.id,
            "LogicalResourceId": resource.logical_id,
            "PhysicalResourceId": resource.physical_id,
            "ResourceType": resource.type,
            f"{prefix}Timestamp": stack.updated or stack.created,
            "ResourceStatus": status,
            "ResourceStatusReason": reason or None,
        }


def _all(stack: Stack) -> list[Resource]:
    """The resources of a stack, with those whose creation failed."""
    failed = [
        Resource(name, row["ResourceType"], row["PhysicalResourceId"], {})
        for name, (status, _) in stack.states.items()
        if name not in stack.resources and status.endswith("_FAILED")
        for row in stack.events[::-1]
        if row["LogicalResourceId"] == name
    ]
    return [*stack.resources.values(), *{r.logical_id: r for r in failed}.values()]


def _parameters(release: Release) -> list[Answer]:
    declared: Mapping[str, Any] = release.template.get("Parameters", {})
    return [
        {
            "ParameterKey": key,
            "ParameterValue": "****" if _no_echo(declared.get(key, {})) else value,
        }
        for key, value in release.parameters.items()
    ]


def _no_echo(row: Mapping[str, Any]) -> bool:
    return str(row.get("NoEcho", False)).lower() == "true"


def _tags(release: Release) -> list[Answer]:
    return [{"Key": key, "Value": value} for key, value in release.tags.items()]


def _without_values(change: Mapping[str, Any]) -> Answer:
    row = dict(change["ResourceChange"])
    row["Details"] = [
        {
            **detail,
            "Target": {
                name: value
                for name, value in detail["Target"].items()
                if name not in {"BeforeValue", "AfterValue"}
            },
        }
        for detail in row.get("Details", ())
    ]
    return {"Type": "Resource", "ResourceChange": row}
