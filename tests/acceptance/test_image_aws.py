"""The image calls AWS as a whole botocore does, each service of the image's.

The same program runs in the image and here, where botocore is as it was installed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from image_calls import CALLS, here, requests_are_equal, services, there

from flowguard.demo.server import EmbeddedAccount

pytestmark = pytest.mark.timeout(300)  # the first of them builds the image


def test_each_service_resolves_its_endpoint_and_asks_what_a_whole_botocore_asks() -> (
    None
):
    """A sample of the operations; `make proof` tries the thousands there are."""
    requests_are_equal(every=20)


@pytest.fixture(scope="module")
def account() -> Iterator[EmbeddedAccount]:
    """An empty one."""
    with EmbeddedAccount() as account:
        yield account


def test_each_service_is_called(account: EmbeddedAccount) -> None:
    environment = {"SERVICES": services(), **account.variables()}
    found = there(CALLS, environment, "--network=host")

    assert found == here(CALLS, {**account.environment(os.environ), **environment})
    broken = {service: said for service, said in found.items() if "breaks" in said}
    assert broken.keys() == {"signin"}, broken
    assert "EndpointConnectionError" in broken["signin"]  # no setting leads it here
    answered = {service for service, said in found.items() if "answered" in said}
    assert {"dynamodb", "iam", "lambda", "s3", "sqs", "sts"} <= answered
