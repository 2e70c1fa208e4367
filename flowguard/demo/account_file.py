"""An AWS account as a file describes it: `account.yaml` of a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml

from flowguard.errors import FlowGuardError


@dataclass(frozen=True, slots=True)
class StackResource:
    """A resource of a stack."""

    logical_id: str
    resource_type: str
    physical_id: str


@dataclass(frozen=True, slots=True)
class DescribedStack:
    """A stack, and the status that it is in."""

    name: str
    status: str
    resources: tuple[StackResource, ...]


@dataclass(frozen=True, slots=True)
class DescribedTable:
    """A DynamoDB table: its key attributes with their types, and its items."""

    name: str
    key: tuple[tuple[str, str], ...]
    items: int


@dataclass(frozen=True, slots=True)
class DescribedBucket:
    """An S3 bucket, and how many objects it holds."""

    name: str
    objects: int


@dataclass(frozen=True, slots=True)
class DescribedRestApi:
    """A REST API of API Gateway."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class DescribedParameter:
    """A parameter of SSM's parameter store."""

    name: str
    value: str
    type: str


@dataclass(frozen=True, slots=True)
class DescribedMetric:
    """A CloudWatch metric, and its sum over the last seven days."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    sum: float


@dataclass(frozen=True, slots=True)
class DescribedAccount:
    """An account: what is in it, as far as a scenario cares."""

    account_id: str
    region: str
    stacks: tuple[DescribedStack, ...]
    tables: tuple[DescribedTable, ...]
    buckets: tuple[DescribedBucket, ...]
    functions: tuple[str, ...]
    rest_apis: tuple[DescribedRestApi, ...]
    parameters: tuple[DescribedParameter, ...]
    metrics: tuple[DescribedMetric, ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file; `FlowGuardError` when it is not such a description."""
        try:
            return cls._from(yaml.safe_load(path.read_text(encoding="utf-8")))
        except OSError as error:
            raise FlowGuardError(
                f"{path} cannot be read: {error.strerror}",
                help="give the path of an account.yaml",
            ) from error
        except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
            raise FlowGuardError(
                f"{path} describes no AWS account: {error!r}",
                help="compare it with flowguard/demo/scenario/account.yaml",
            ) from error

    @classmethod
    def _from(cls, file: Mapping[str, Any]) -> Self:
        return cls(
            account_id=str(file["account_id"]),
            region=str(file["region"]),
            stacks=tuple(map(_stack, _listed(file, "cloudformation", "stacks"))),
            tables=tuple(map(_table, _listed(file, "dynamodb", "tables"))),
            buckets=tuple(
                DescribedBucket(bucket["name"], int(bucket.get("objects", 0)))
                for bucket in _listed(file, "s3", "buckets")
            ),
            functions=tuple(
                function["name"] for function in _listed(file, "lambda", "functions")
            ),
            rest_apis=tuple(
                DescribedRestApi(api["id"], api["name"])
                for api in _listed(file, "apigateway", "rest_apis")
            ),
            parameters=tuple(
                DescribedParameter(
                    parameter["name"],
                    str(parameter["value"]),
                    parameter.get("type", "String"),
                )
                for parameter in _listed(file, "ssm", "parameters")
            ),
            metrics=tuple(map(_metric, _listed(file, "cloudwatch", "metrics"))),
        )


def _listed(
    file: Mapping[str, Any], service: str, kind: str
) -> list[Mapping[str, Any]]:
    listed: list[Mapping[str, Any]] = file.get(service, {}).get(kind, [])
    return listed


def _stack(stack: Mapping[str, Any]) -> DescribedStack:
    return DescribedStack(
        stack["name"],
        stack["status"],
        tuple(
            StackResource(r["logical_id"], r["type"], r["physical_id"])
            for r in stack.get("resources", ())
        ),
    )


def _table(table: Mapping[str, Any]) -> DescribedTable:
    key = tuple((str(name), str(type_)) for name, type_ in table["key"].items())
    return DescribedTable(table["name"], key, int(table.get("items", 0)))


def _metric(metric: Mapping[str, Any]) -> DescribedMetric:
    return DescribedMetric(
        metric["namespace"],
        metric["name"],
        tuple(metric.get("dimensions", {}).items()),
        float(metric["sum_7d"]),
    )
