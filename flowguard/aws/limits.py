"""How fast AWS may be asked: a token bucket for each of its limits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """What FlowGuard allows itself, below what AWS allows the whole account."""

    per_second: float
    burst: int


class TokenBucket:
    """`burst` turns at once, then `per_second`; turns are given in order."""

    def __init__(self, limit: Limit, now: float) -> None:
        self._limit = limit
        self._tokens = float(limit.burst)
        self._filled_at = now
        self._lock = threading.Lock()

    def reserve(self, now: float) -> float:
        """Take the next turn; returns the seconds until it comes."""
        limit = self._limit
        with self._lock:
            elapsed = max(0.0, now - self._filled_at)
            self._filled_at = max(now, self._filled_at)
            filled = self._tokens + elapsed * limit.per_second
            # Below zero are the turns that were given and are still to come.
            self._tokens = min(float(limit.burst), filled) - 1
            return max(0.0, -self._tokens / limit.per_second)


# Sources: [q] the service's quota page or API reference; [s] AWS Support, quoted
# in aws-sam-cli #2671 (DescribeStacks: 5 a second, not raisable); [u] unpublished,
# chosen low. The account's other tools are asking too, so about half is taken.
LIMITS: Mapping[str, Limit] = {
    "apigateway": Limit(5, 20),  # [q] 10, bursts of 40, both APIs together
    "apigatewayv2": Limit(3, 10),
    "cloudformation": Limit(4, 20),  # [u] for each operation
    "cloudformation:DescribeStacks": Limit(3, 10),  # [s]
    "cloudcontrol": Limit(5, 10),  # [u]
    "cloudwatch": Limit(5, 9),  # [q] 9 for DescribeAlarms
    "dynamodb": Limit(10, 20),  # [u]
    "dynamodb:DescribeTable": Limit(100, 200),  # [q] 2,500
    "iam": Limit(5, 20),  # [u] global
    "kinesis": Limit(3, 5),  # [q] 5 for ListStreams
    "lambda": Limit(8, 15),  # [q] 15 for most operations together
    "lambda:GetFunction": Limit(50, 100),  # [q] 100
    "logs": Limit(5, 10),  # [q] 10 for DescribeLogGroups
    "resourcegroupstaggingapi": Limit(7, 15),  # [q] 15
    "route53": Limit(2, 5),  # [q] 5, whole account
    "s3": Limit(50, 100),  # [q] far more, by prefix
    "service-quotas": Limit(3, 5),  # [q] 5
    "sqs": Limit(50, 100),  # [u]
    "ssm": Limit(20, 40),  # [q] 40
}
"""By service, shared by its operations, or by "service:Operation"."""

OTHERWISE = Limit(10, 20)

APART = frozenset({"cloudformation"})
"""Services that limit each operation by itself."""

GLOBAL = frozenset({"cloudfront", "iam", "route53", "s3"})
"""Services whose limits are those of the account, whatever the region."""


class RateBudget:
    """The turns of one account's calls, shared by all threads."""

    def __init__(
        self,
        limits: Mapping[str, Limit] = LIMITS,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._sleep = sleep
        self._buckets: dict[tuple[str, str], TokenBucket] = {}
        self._lock = threading.Lock()

    def wait(self, service: str, operation: str, region: str) -> None:
        """Return when the operation (such as "DescribeTable") may be called."""
        delay = self._bucket(service, operation, region).reserve(self._clock())
        if delay > 0:
            self._sleep(delay)

    def _bucket(self, service: str, operation: str, region: str) -> TokenBucket:
        exact = f"{service}:{operation}"
        family = exact if exact in self._limits or service in APART else service
        key = (family, "" if service in GLOBAL else region)
        with self._lock:
            if key not in self._buckets:
                limit = self._limits.get(family) or self._limits.get(service, OTHERWISE)
                self._buckets[key] = TokenBucket(limit, self._clock())
            return self._buckets[key]
