"""What the image asks of AWS is what a whole botocore asks."""

from __future__ import annotations

import pytest
from image_calls import requests_are_equal

pytestmark = pytest.mark.timeout(600)  # it builds the image, too


def test_every_operation_is_asked_as_a_whole_botocore_asks_it() -> None:
    """The requests of some thousands, each up to where it would be sent."""
    requests_are_equal(every=1)
