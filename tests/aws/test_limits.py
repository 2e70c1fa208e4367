"""Calls wait for their turn, and a usual run does not notice."""

from __future__ import annotations

from flowguard.aws.limits import LIMITS, Limit, RateBudget, TokenBucket


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def budget(clock: Clock, **limits: Limit) -> RateBudget:
    """A budget in the clock's time."""
    return RateBudget(limits, clock=lambda: clock.now, sleep=clock.sleep)


def test_a_burst_then_the_rate() -> None:
    bucket = TokenBucket(Limit(per_second=2, burst=3), now=0.0)

    assert [bucket.reserve(0.0) for _ in range(6)] == [0, 0, 0, 0.5, 1.0, 1.5]


def test_a_turn_that_is_waited_for_is_not_given_twice() -> None:
    bucket = TokenBucket(Limit(per_second=1, burst=1), now=0.0)
    bucket.reserve(0.0)

    assert bucket.reserve(0.0) == 1
    assert bucket.reserve(1.0) == 1
    assert bucket.reserve(1.5) == 1.5


def test_rest_fills_the_bucket_and_no_more() -> None:
    bucket = TokenBucket(Limit(per_second=1, burst=2), now=0.0)
    for _ in range(4):
        bucket.reserve(0.0)

    assert [bucket.reserve(100.0) for _ in range(3)] == [0, 0, 1]


def test_time_that_goes_back_gives_no_turns() -> None:
    bucket = TokenBucket(Limit(per_second=1, burst=1), now=10.0)
    bucket.reserve(10.0)

    assert bucket.reserve(5.0) == 1


def test_operations_of_a_service_share_its_limit() -> None:
    clock = Clock()
    waits = budget(clock, ssm=Limit(per_second=1, burst=1))

    waits.wait("ssm", "GetParameters", "eu-central-1")
    waits.wait("ssm", "DescribeParameters", "eu-central-1")

    assert clock.now == 1


def test_cloudformation_limits_each_operation_by_itself() -> None:
    clock = Clock()
    waits = budget(clock, cloudformation=Limit(per_second=1, burst=1))

    waits.wait("cloudformation", "ListStacks", "eu-central-1")
    waits.wait("cloudformation", "GetTemplate", "eu-central-1")

    assert clock.now == 0


def test_an_operation_with_a_limit_of_its_own_takes_no_turn_of_the_others() -> None:
    clock = Clock()
    own = {"lambda": Limit(1, 1), "lambda:GetFunction": Limit(1, 1)}
    waits = budget(clock, **own)

    waits.wait("lambda", "GetFunction", "eu-central-1")
    waits.wait("lambda", "GetPolicy", "eu-central-1")

    assert clock.now == 0


def test_each_region_has_its_own_turns() -> None:
    clock = Clock()
    waits = budget(clock, ssm=Limit(per_second=1, burst=1))

    waits.wait("ssm", "GetParameters", "eu-central-1")
    waits.wait("ssm", "GetParameters", "us-east-1")

    assert clock.now == 0


def test_a_global_service_has_the_same_turns_everywhere() -> None:
    clock = Clock()
    waits = budget(clock, iam=Limit(per_second=1, burst=1))

    waits.wait("iam", "GetRole", "eu-central-1")
    waits.wait("iam", "GetRole", "us-east-1")

    assert clock.now == 1


def test_a_service_nobody_thought_of_is_limited_too() -> None:
    clock = Clock()
    waits = budget(clock)

    for _ in range(100):
        waits.wait("braket", "GetDevice", "eu-central-1")

    assert clock.now > 5


def test_no_limit_is_above_what_aws_publishes() -> None:
    published = {
        "apigateway": 10,
        "cloudformation:DescribeStacks": 5,
        "cloudwatch": 9,
        "dynamodb:DescribeTable": 2500,
        "kinesis": 5,
        "lambda": 15,
        "lambda:GetFunction": 100,
        "logs": 10,
        "resourcegroupstaggingapi": 15,
        "route53": 5,
        "service-quotas": 5,
        "ssm": 40,
    }

    assert [n for n, most in published.items() if LIMITS[n].per_second >= most] == []
