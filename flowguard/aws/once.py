"""What AWS was asked already, so that nothing is asked twice."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import Future


def question(*parts: object, **parameters: object) -> str:
    """A call and its parameters as one value to compare."""
    return json.dumps([parts, parameters], sort_keys=True, default=str)


class Memory:
    """The answers to calls, the errors among them; thread-safe."""

    def __init__(self) -> None:
        self._answers: dict[str, Future[Any]] = {}
        self._lock = threading.Lock()

    def recall(self, asked: str, ask: Callable[[], Any]) -> Any:
        """The answer to `asked`; `ask` is called by whoever comes first.

        The others wait for the same answer, or the same error.
        """
        from concurrent.futures import Future

        with self._lock:
            answer = self._answers.get(asked)
            first = answer is None
            if answer is None:
                answer = self._answers[asked] = Future()
        if first:
            try:
                answer.set_result(ask())
            except BaseException as error:  # noqa: BLE001 - raised just below
                answer.set_exception(error)
        return answer.result()


class SharedItems:
    """The items of a list that several read, each page asked for once.

    A page is asked for when somebody reads that far.
    """

    def __init__(self, items: Iterator[Any]) -> None:
        self._items = items
        self._read: list[Any] = []
        self._end: BaseException | None = None
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[Any]:
        """All items from the first; raises what the list ended with, if an error."""
        position = 0
        while self._reaches(position):
            yield self._read[position]
            position += 1

    def _reaches(self, position: int) -> bool:
        with self._lock:
            if position < len(self._read):
                return True
            if self._end is None:
                try:
                    self._read.append(next(self._items))
                except BaseException as error:  # noqa: BLE001 - raised for each reader
                    self._end = error
                else:
                    return True
            if isinstance(self._end, StopIteration):
                return False
            raise self._end
