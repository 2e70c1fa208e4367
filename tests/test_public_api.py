"""The public API is what `flowguard` says it is, and its example runs."""

from __future__ import annotations

import doctest

import pytest

import flowguard


def test_the_example_of_the_docstring_runs() -> None:
    result = doctest.testmod(flowguard)

    assert result.attempted
    assert not result.failed


@pytest.mark.parametrize("name", flowguard.__all__)
def test_every_public_name_is_there_and_says_what_it_is(name: str) -> None:
    assert getattr(flowguard, name).__doc__


def test_another_name_is_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        flowguard.nothing  # noqa: B018
