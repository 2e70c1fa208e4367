"""Calls run side by side, and end when nobody wants them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError

import pytest

from flowguard.aws.pool import Pool


def test_results_are_in_order() -> None:
    assert Pool(4, "t").map(lambda n: n * n, range(50)) == [n * n for n in range(50)]


def test_as_many_at_once_as_there_are_threads() -> None:
    meeting = threading.Barrier(4, timeout=30)

    assert len(Pool(4, "t").map(lambda _: meeting.wait(), range(8))) == 8


def test_the_first_error_is_raised_and_the_rest_is_dropped() -> None:
    begun: list[int] = []
    raised = threading.Event()

    def fail(number: int) -> None:
        begun.append(number)
        if number == 0:
            raise ValueError("zero")
        raised.wait(30)

    pool = Pool(1, "t")
    with pytest.raises(ValueError, match="zero"):
        pool.map(fail, range(100))
    raised.set()

    assert pool.map(str, [1]) == ["1"]
    assert begun in ([0], [0, 1])


def test_who_waits_for_a_cancelled_call_is_told() -> None:
    pool = Pool(1, "t")
    submitted, gate = threading.Event(), threading.Event()
    outcome: list[BaseException] = []

    def items() -> Iterator[int]:
        yield 0
        yield 1
        submitted.set()

    def wait() -> None:
        try:
            pool.map(lambda _: gate.wait(30), items())
        except CancelledError as error:
            outcome.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    submitted.wait(30)
    pool.cancel()
    gate.set()
    waiting.join(30)

    assert len(outcome) == 1


def test_no_thread_keeps_the_process_alive() -> None:
    names = Pool(2, "spare").map(lambda _: threading.current_thread().daemon, range(4))

    assert names == [True] * 4


def test_no_thread_is_left_when_there_is_nothing_to_do() -> None:
    pool = Pool(4, "leftover")
    pool.map(str, range(100))

    for thread in threading.enumerate():
        if thread.name == "leftover":
            thread.join(30)
    assert "leftover" not in {thread.name for thread in threading.enumerate()}
    assert pool.map(str, range(3)) == ["0", "1", "2"]
