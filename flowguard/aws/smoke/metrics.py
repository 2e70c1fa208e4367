"""How Lambda functions fared in a stretch of time, from CloudWatch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flowguard.aws.session import Aws

MINUTE = 60
METRICS = {
    "errors": ("Errors", "Sum"),
    "throttles": ("Throttles", "Sum"),
    "invocations": ("Invocations", "Sum"),
    "p95": ("Duration", "p95"),
}


def of_function(
    aws: Aws, name: str, seconds: float, now: datetime | None = None
) -> Mapping[str, float | None]:
    """`errors`, `throttles`, `invocations` and `p95` (ms) of the last `seconds`.

    None where CloudWatch has no data: that is no evidence, and never zero. It keeps
    whole minutes; one that began earlier may hold what was before, and does not
    count. Raises botocore's errors.
    """
    end = now or datetime.now(UTC)
    first = math.ceil((end.timestamp() - seconds) / MINUTE) * MINUTE
    minutes = math.ceil((end.timestamp() - first) / MINUTE)
    if minutes < 1:
        return dict.fromkeys(METRICS)
    period = minutes * MINUTE
    dimensions = [{"Name": "FunctionName", "Value": name}]
    queries = [
        {
            "Id": key,
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/Lambda",
                    "MetricName": metric,
                    "Dimensions": dimensions,
                },
                "Period": period,
                "Stat": statistic,
            },
        }
        for key, (metric, statistic) in METRICS.items()
    ]
    rows = aws.pages(
        "cloudwatch",
        "get_metric_data",
        "MetricDataResults",
        MetricDataQueries=queries,
        StartTime=datetime.fromtimestamp(first, UTC),
        EndTime=datetime.fromtimestamp(first + period, UTC),
    )
    found: dict[str, list[float]] = {key: [] for key in METRICS}
    for row in rows:
        found[row["Id"]] += row.get("Values", ())
    return {key: _together(key, values) for key, values in found.items()}


def _together(key: str, values: list[float]) -> float | None:
    """The values of the stretch as one; its periods may lie across two of AWS's."""
    if not values:
        return None
    return max(values) if key == "p95" else sum(values)
