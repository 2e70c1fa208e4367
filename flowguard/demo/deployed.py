"""The templates that a described account's stacks were deployed from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from flowguard.demo.account_file import (
    DescribedAccount,
    DescribedStack,
    StackResource,
)
from flowguard.demo.strict.existence import NAMED_TYPES
from flowguard.errors import FlowGuardError

Resource = dict[str, Any]

_DRAWN = re.compile(r"(?P<stack>.+)-(?P<logical>[^-]+)-[0-9A-Za-z]{12,13}")
"""A name that CloudFormation draws: the stack's and the logical id's beginnings,
and twelve or thirteen characters of chance."""


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags, whose values nobody needs here."""


_Loader.add_multi_constructor("!", lambda *_: None)


class DeployedTemplates:
    """Makes the template of a stack from the project's own resources.

    A resource has the properties of its namesake in the project, where there
    is one; its physical name is the described one.
    """

    def __init__(
        self, account: DescribedAccount, resources: Path, handler: str
    ) -> None:
        self._account = account
        self._handler = handler
        self._namesakes = _resources(resources)
        self._tables = {table.name: table for table in account.tables}
        self._apis = {api.id: api for api in account.rest_apis}

    def template(self, stack: DescribedStack) -> dict[str, Any]:
        """The template of a stack, whole."""
        return {
            "Resources": {
                resource.logical_id: {
                    "Type": resource.resource_type,
                    "Properties": self._properties(stack, resource),
                }
                for resource in stack.resources
            }
        }

    def _properties(self, stack: DescribedStack, resource: StackResource) -> Resource:
        namesake = self._namesakes.get(resource.logical_id, {})
        if namesake.get("Type") == resource.resource_type:
            properties = dict(namesake.get("Properties", {}))
        else:
            properties = self._own_properties(resource)
        if not is_drawn(stack, resource):
            named = NAMED_TYPES[resource.resource_type]
            properties[named.property] = resource.physical_id
        return properties

    def _own_properties(self, resource: StackResource) -> Resource:
        """The properties of a resource that the project does not write itself."""
        match resource.resource_type:
            case "AWS::S3::Bucket":
                return {}
            case "AWS::ApiGateway::RestApi":
                return {"Name": self._apis[resource.physical_id].name}
            case "AWS::DynamoDB::Table":
                return table_properties(self._tables[resource.physical_id].key)
            case "AWS::Lambda::Function":
                return self._function(resource.physical_id)
            case other:
                raise FlowGuardError(
                    f"the demo cannot make a resource of type {other}",
                    help="give it the properties of a namesake in the project",
                )

    def _function(self, name: str) -> Resource:
        return {
            "Runtime": "nodejs20.x",
            "Handler": "index.main",
            "Role": function_role(self._account.account_id, name),
            "Code": {"ZipFile": self._handler},
        }


def is_drawn(stack: DescribedStack, resource: StackResource) -> bool:
    """Whether AWS chose the physical id, rather than the template."""
    if resource.resource_type not in NAMED_TYPES:
        return True
    drawn = _DRAWN.fullmatch(resource.physical_id)
    return bool(
        drawn
        and stack.name.startswith(drawn["stack"])
        and resource.logical_id.lower().startswith(drawn["logical"].lower())
    )


def drawn_names(account: DescribedAccount) -> dict[str, dict[str, str]]:
    """stack → logical id → the physical id that AWS chose."""
    return {
        stack.name: {
            resource.logical_id: resource.physical_id
            for resource in stack.resources
            if is_drawn(stack, resource)
        }
        for stack in account.stacks
    }


def function_role(account_id: str, function: str) -> str:
    """The role that a described function runs in; nothing looks it up."""
    return f"arn:aws:iam::{account_id}:role/{function}-lambda"


def table_properties(key: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    """The properties of a plain table with that key, as CreateTable takes them."""
    roles = ("HASH", "RANGE")
    return {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind} for name, kind in key
        ],
        "KeySchema": [
            {"AttributeName": name, "KeyType": role}
            for (name, _), role in zip(key, roles, strict=False)
        ],
    }


def _resources(path: Path) -> Mapping[str, Resource]:
    # The loader is yaml's safe one, with one more constructor.
    document = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506
    found: Mapping[str, Resource] = document["Resources"]
    return found
