"""Threads that make calls, and that nobody has to wait for."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

A = TypeVar("A")
B = TypeVar("B")

Task = tuple["Future[Any]", Callable[[], Any]]

WAKE_UP = 0.25
"""Seconds after which a waiting thread looks up."""


class DeadlinePassedError(Exception):
    """What was waited for has not come in its time."""


class Pool:
    """Up to `size` threads, started as they are needed, ended when they are not.

    Unlike those of `ThreadPoolExecutor` they are daemons: on Ctrl-C the
    process ends at once instead of waiting for calls that nobody wants.
    """

    def __init__(self, size: int, name: str) -> None:
        self._size = size
        self._name = name
        self._tasks: deque[Task] = deque()
        self._threads = 0
        self._lock = threading.Lock()

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> list[B]:
        """Call `function` with each item, in parallel; the results are in order.

        The first error is raised and what has not begun is dropped. `function`
        must not call `map` of the same pool: all threads could wait for others.
        """
        futures = [self._submit(partial(function, item)) for item in items]
        try:
            return [_result(future) for future in futures]
        except BaseException:
            for future in futures:
                future.cancel()
            raise

    def cancel(self) -> None:
        """Drop every task that has not begun; who waits for one is told."""
        with self._lock:
            dropped, self._tasks = self._tasks, deque()
        for future, _ in dropped:
            future.cancel()

    def _submit(self, task: Callable[[], B]) -> Future[B]:
        future: Future[B] = Future()
        with self._lock:
            self._tasks.append((future, task))
            if self._threads < self._size:
                self._threads += 1
                threading.Thread(
                    target=self._work, name=self._name, daemon=True
                ).start()
        return future

    def _work(self) -> None:
        while task := self._next():
            future, call = task
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(call())
            except BaseException as error:  # noqa: BLE001 - raised where it is awaited
                future.set_exception(error)

    def _next(self) -> Task | None:
        """The next task; where there is none, the thread that asks must end."""
        with self._lock:
            if self._tasks:
                return self._tasks.popleft()
            self._threads -= 1
            return None


def run_until(ends: Callable[[], float], call: Callable[[], B], name: str) -> B:
    """What `call` returns, or raises, in a thread of its own.

    `ends` is asked again and again for the end by the monotonic clock, which may move.
    After it, `DeadlinePassedError` is raised, and the thread is left to itself.
    """
    future: Future[B] = Future()

    def work() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001 - raised where it is awaited
            future.set_exception(error)

    threading.Thread(target=work, name=name, daemon=True).start()
    return _result(future, ends)


def _result(future: Future[B], ends: Callable[[], float] = lambda: math.inf) -> B:
    """The result, waited for in short turns, and until `ends` at the longest.

    A signal that comes just before a thread begins to wait without end does not
    wake it: Ctrl-C would be lost (CPython runs handlers between bytecodes only).
    """
    while True:
        try:
            left = max(ends() - time.monotonic(), 0)
            return future.result(min(left, WAKE_UP))
        except TimeoutError:
            if future.done():  # the call itself has timed out, or just ended
                return future.result()
            if time.monotonic() >= ends():
                raise DeadlinePassedError from None
