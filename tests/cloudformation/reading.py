"""CloudFormation's operations that only read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cloudformation import templates
from cloudformation.exports import exports, importers
from cloudformation.refusals import error, invalid
from cloudformation.registry import Answer, Asked, Registry
from cloudformation.stacks import ChangeSet, Release, Resource, Stack


class Reading(Registry):
    """Each public method is an operation, by boto3's name for it."""

    def describe_stacks(self, asked: Asked) -> Answer:
        if name := asked.get("StackName"):
            stack = self._any(name) if name.startswith("arn:") else self._named(name)
            if stack is None:
                raise error("NOT_EXIST_DESCRIBE", stack_name=name)
            return {"Stacks": [self._row(stack)]}
        every = [s for s in self._stacks if s.status != "DELETE_COMPLETE"]
        return {"Stacks": [self._row(stack) for stack in every]}

    def describe_stack_events(self, asked: Asked) -> Answer:
        stack = self._find(asked["StackName"])
        return self._page(asked, "StackEvents", stack.events[::-1])

    def describe_stack_resources(self, asked: Asked) -> Answer:
        if wanted := asked.get("PhysicalResourceId"):
            found = next((s for s in self._stacks if s.find(wanted)), None)
            if found is None:
                raise invalid(f"Stack for {wanted} does not exist")
            stack = found
        else:
            stack = self._find(asked["StackName"])
        return {"StackResources": [self._resource(stack, r, "") for r in _all(stack)]}

    def list_stack_resources(self, asked: Asked) -> Answer:
        stack = self._find(asked["StackName"])
        rows = [self._resource(stack, r, "LastUpdated") for r in _all(stack)]
        return self._page(asked, "StackResourceSummaries", rows)

    def get_template(self, asked: Asked) -> Answer:
        release = self._find(asked["StackName"]).release
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
            template = self._find(name).release.template
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
        policy = self._find(asked["StackName"]).policy
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
        stack = self._find(asked["StackName"])
        every = stack.change_sets.values()
        return {"Summaries": [self._summary(stack, found) for found in every]}

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
                    "ExportName": str(
                        templates.resolve(row["Export"]["Name"], stack, release, ids)
                    )
                    if "Export" in row
                    else None,
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
