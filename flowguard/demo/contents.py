"""What is in a described account besides its stacks, and in their resources."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from flowguard.demo.account_file import (
    DescribedAccount,
    DescribedBucket,
    DescribedMetric,
    DescribedParameter,
    DescribedRestApi,
    DescribedTable,
)
from flowguard.demo.deployed import function_role, table_properties

_BATCH = 25
"""How many items a BatchWriteItem takes."""
_DAYS = 7


class Contents:
    """Makes what no stack makes; a physical id of a stack is only filled."""

    def __init__(self, account: DescribedAccount, handler: str) -> None:
        import boto3

        self._account = account
        self._handler = handler
        self._owned = {
            resource.physical_id
            for stack in account.stacks
            for resource in stack.resources
        }
        # Clients are safe to share between threads, making them is not.
        self._dynamodb: Any = boto3.client("dynamodb")
        self._s3: Any = boto3.client("s3")
        self._lambda: Any = boto3.client("lambda")
        self._apigateway: Any = boto3.client("apigateway")
        self._ssm: Any = boto3.client("ssm")
        self._cloudwatch: Any = boto3.client("cloudwatch")

    def tasks(self) -> Iterator[Callable[[], str]]:
        """Independent pieces of work; each returns what it made, in words."""
        account = self._account
        yield from (partial(self._table, table) for table in account.tables)
        yield from (partial(self._bucket, bucket) for bucket in account.buckets)
        yield from (
            partial(self._function, name)
            for name in account.functions
            if name not in self._owned
        )
        yield from (
            partial(self._rest_api, api)
            for api in account.rest_apis
            if api.id not in self._owned
        )
        yield from (partial(self._parameter, each) for each in account.parameters)
        yield from (partial(self._metric, metric) for metric in account.metrics)

    def _table(self, table: DescribedTable) -> str:
        if table.name not in self._owned:
            self._dynamodb.create_table(
                TableName=table.name, **table_properties(table.key)
            )
        for numbers in _batches(range(1, table.items + 1), _BATCH):
            puts = [{"PutRequest": {"Item": _item(table, n)}} for n in numbers]
            self._dynamodb.batch_write_item(RequestItems={table.name: puts})
        return f"the table {table.name} holds {table.items} items"

    def _bucket(self, bucket: DescribedBucket) -> str:
        if bucket.name not in self._owned:
            self._s3.create_bucket(
                Bucket=bucket.name,
                CreateBucketConfiguration={"LocationConstraint": self._account.region},
            )
        for number in range(1, bucket.objects + 1):
            key = f"objects/{number:04}.json"
            self._s3.put_object(Bucket=bucket.name, Key=key, Body=b"{}")
        return f"the bucket {bucket.name} holds {bucket.objects} objects"

    def _function(self, name: str) -> str:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as code:
            code.writestr("index.js", self._handler)
        self._lambda.create_function(
            FunctionName=name,
            Runtime="nodejs20.x",
            Handler="index.main",
            Role=function_role(self._account.account_id, name),
            Code={"ZipFile": archive.getvalue()},
        )
        return f"made the function {name}"

    def _rest_api(self, api: DescribedRestApi) -> str:
        # The tag is how ministack is told an id, which AWS chooses.
        self._apigateway.create_rest_api(name=api.name, tags={"ms-custom-id": api.id})
        return f"made the REST API {api.name}"

    def _parameter(self, parameter: DescribedParameter) -> str:
        self._ssm.put_parameter(
            Name=parameter.name, Value=parameter.value, Type=parameter.type
        )
        return f"made the parameter {parameter.name}"

    def _metric(self, metric: DescribedMetric) -> str:
        """One value a day; they add up to the described sum."""
        now = datetime.now(UTC)
        daily, rest = divmod(metric.sum, _DAYS)
        self._cloudwatch.put_metric_data(
            Namespace=metric.namespace,
            MetricData=[
                {
                    "MetricName": metric.name,
                    "Dimensions": [
                        {"Name": name, "Value": value}
                        for name, value in metric.dimensions
                    ],
                    "Timestamp": now - timedelta(days=day, hours=1),
                    "Value": daily + (rest if day == 0 else 0),
                    "Unit": "Count",
                }
                for day in range(_DAYS)
            ],
        )
        return f"the metric {metric.namespace}/{metric.name} adds up to {metric.sum:g}"


def _item(table: DescribedTable, number: int) -> dict[str, dict[str, str]]:
    key = {
        name: {kind: str(number) if kind == "N" else f"{name}-{number:05}"}
        for name, kind in table.key
    }
    return {**key, "content": {"S": json.dumps({"number": number})}}


def _batches(numbers: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (numbers[start : start + size] for start in range(0, len(numbers), size))
