"""How AWS is asked for a resource by its name: calls as values.

A `Call` is a row of the table in `named_calls`: an API operation, what it is
asked with and where the answer has the name, the physical id and the ARN.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import botocore
import jmespath

from flowguard.lookups import Deletion, NamedResource, ResourceNamed
from flowguard.model.places import Place
from flowguard.template import resource_types

NAMES = object()
"""Stands for the list of the names that are asked for at once."""
PREFIX = object()
"""Stands for what those names begin with; left out where that is nothing."""

GLOBAL = frozenset({"budgets", "cloudfront", "iam", "route53"})
"""Services that are asked in one region of their partition."""
HOME_REGION = {
    "aws": "us-east-1",
    "aws-cn": "cn-northwest-1",
    "aws-us-gov": "us-gov-west-1",
}
IAM_PREFIX = {
    "accessanalyzer": "access-analyzer",
    "apigatewayv2": "apigateway",
    "bedrock-agent": "bedrock",
    "efs": "elasticfilesystem",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "opensearch": "es",
    "opensearchserverless": "aoss",
    "s3control": "s3",
    "sesv2": "ses",
    "stepfunctions": "states",
}
"""How IAM calls a service that boto3 calls otherwise."""


@dataclass(frozen=True, slots=True)
class Call:
    """One operation that tells whether names are taken.

    Parameters are templates: `{TableName}` is a part of the identity, `{arn}`
    the ARN that follows from it, besides `{account}` and `{region}`.
    """

    service: str
    operation: str
    """As the API spells it, such as `DescribeTable`."""
    rows: str
    """JMESPath to the row, or the rows, of the answer (of each page)."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    """JMESPath in a row; empty where the answer is about what was asked alone."""
    also: Mapping[str, str] = field(default_factory=dict)
    """Other parts of the identity, each with the JMESPath to it in a row."""
    tail: bool = False
    """The name is what stands after the last `/` or `:` of what `name` finds."""
    id: str = ""
    """JMESPath to the physical id; empty where it follows from the name."""
    arn: str = ""
    """JMESPath to the ARN; empty where it follows from the name."""
    state: str = ""
    """JMESPath to what is special about it."""
    account: str = ""
    """JMESPath to the account that has it, where that may be another."""
    absent: tuple[str, ...] = ()
    """The error codes that mean "no such thing"."""
    next_page: str = ""
    """`Parameter=path.to.next` for a list that botocore cannot page by itself."""
    at_most: int = 0
    """How many names one call may be asked for; 0 for a list of everything."""
    permission: str = ""
    """The IAM action, where it is not called as the operation is."""

    @property
    def action(self) -> str:
        """The IAM action that the call needs."""
        prefix = IAM_PREFIX.get(self.service, self.service)
        return self.permission or f"{prefix}:{self.operation}"

    @property
    def method(self) -> str:
        """The operation as boto3 spells it."""
        return botocore.xform_name(self.operation)


def region(call: Call, lookup: ResourceNamed) -> str:
    """The region to ask in."""
    home = HOME_REGION.get(lookup.place.partition, lookup.place.region)
    if call.service in GLOBAL or ("Scope", "CLOUDFRONT") in lookup.key:
        return home
    return lookup.place.region


def parameters(call: Call, lookups: Sequence[ResourceNamed]) -> dict[str, Any]:
    """The parameters for a call about these names, which have one parent.

    Raises KeyError where a part is not known, such as the account's id.
    """
    names = [own_name(lookup) for lookup in lookups]
    filled: dict[str, Any] = _fill(call.parameters, words(lookups[0]), names)
    return filled


def parent(call: Call, lookup: ResourceNamed) -> str:
    """What tells apart the names that one call can be asked for together."""
    return repr((_fill(call.parameters, words(lookup), ()), region(call, lookup)))


def _fill(template: Any, values: Mapping[str, str], names: Sequence[str]) -> Any:
    if template is NAMES:
        return list(names)
    if template is PREFIX:
        return os.path.commonprefix(list(names))  # noqa: RUF071 - of names, not paths
    if isinstance(template, str):
        return template.format_map(values)
    if isinstance(template, Mapping):
        filled = {key: _fill(part, values, names) for key, part in template.items()}
        return {
            key: part
            for key, part in filled.items()
            if template[key] is not PREFIX or part
        }
    if isinstance(template, list):
        return [_fill(part, values, names) for part in template]
    return template


def words(lookup: ResourceNamed) -> dict[str, str]:
    """What may stand in a template."""
    place = lookup.place
    values = {path: str(value) for path, value in lookup.key}
    if made := resource_types.arn(lookup.resource_type, lookup.key, place):
        values["arn"] = made
    if place.account_id:
        values["account"] = place.account_id
    return values | {"region": place.region}


def own_name(lookup: ResourceNamed) -> str:
    """The part of the identity that is the name itself."""
    return str(resource_types.own_name(lookup.resource_type, lookup.key))


def rows(answer: Mapping[str, Any], call: Call) -> list[Any]:
    """What an answer, or a page of it, has to say."""
    found = jmespath.search(call.rows, answer)
    if found is None or isinstance(found, list):
        return found or []
    return [found]


def is_about(row: Any, call: Call, lookup: ResourceNamed) -> bool:
    """Whether a row tells what the lookup asks for."""
    if call.name and row_name(row, call) != own_name(lookup):
        return False
    values = {path: str(value) for path, value in lookup.key}
    return all(_text(found, row) == values[path] for path, found in call.also.items())


def row_name(row: Any, call: Call) -> str:
    """The name that a row is about."""
    name = str(jmespath.search(call.name, row) or "")
    return re.split("[/:]", name)[-1] if call.tail else name


def describe(row: Any, call: Call, lookup: ResourceNamed) -> NamedResource:
    """The resource of a row, as the lookup's answer."""
    if isinstance(row, Mapping):
        row = dict(lookup.key) | dict(row)
    arn = _text(call.arn, row) or resource_types.arn(
        lookup.resource_type, lookup.key, lookup.place
    )
    known = resource_types.physical_ids(lookup.resource_type, lookup.key, lookup.place)
    physical_id = _text(call.id, row) or (known[0] if known else own_name(lookup))
    owner = _text(call.account, row)
    return NamedResource(
        physical_id=physical_id,
        arn=arn,
        elsewhere="another account" if _is_other(owner, lookup.place) else "",
        state=_text(call.state, row),
    )


def _text(path: str, row: Any) -> str:
    return str(jmespath.search(path, row) or "") if path else ""


def _is_other(account_id: str, place: Place) -> bool:
    return bool(account_id and place.account_id) and account_id != place.account_id


@dataclass(frozen=True, slots=True)
class Native:
    """How the service itself is asked about the names of one type."""

    one: Call | None
    """About one name; None where `many` is asked for one as well."""
    many: Call | None = None
    """About many: with `at_most`, about that many given ones; else about all."""

    @property
    def calls(self) -> tuple[Call, ...]:
        """Both."""
        return tuple(call for call in (self.one, self.many) if call)


NOT_FOUND = ("ResourceNotFoundException",)
"""What most services say of what is not there."""


def deleting(path: str, *statuses: str) -> str:
    """The state of what is on its way out, as JMESPath; most call it *deleting*."""
    known = statuses or ("DELETING", "deleting")
    going = " || ".join(f"{path} == '{status}'" for status in known)
    return f"({going}) && '{Deletion.UNDER_WAY}'"
