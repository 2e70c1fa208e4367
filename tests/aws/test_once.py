"""The same call is made once in a run, whoever asks and whatever came of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from aws.stubbed import PLACE, account

from flowguard.aws.observe import Observer
from flowguard.aws.once import Memory, SharedItems, question
from flowguard.lookups import ExportNamed
from flowguard.model.questions import Absent, Present


def test_a_call_is_the_same_in_whatever_order_its_parameters_are() -> None:
    assert question("s3", a=1, b=2) == question("s3", b=2, a=1)
    assert question("s3", a=1) != question("s3", a="1")


def test_those_who_come_later_wait_for_the_first() -> None:
    memory = Memory()
    gate = threading.Event()
    asked: list[int] = []
    answers: list[object] = []

    def ask() -> str:
        asked.append(1)
        gate.wait(30)
        return "answer"

    readers = [
        threading.Thread(target=lambda: answers.append(memory.recall("q", ask)))
        for _ in range(4)
    ]
    for reader in readers:
        reader.start()
    gate.set()
    for reader in readers:
        reader.join()

    assert answers == ["answer"] * 4
    assert len(asked) == 1


def test_an_error_is_remembered_too() -> None:
    memory = Memory()
    asked: list[int] = []

    def ask() -> None:
        asked.append(1)
        raise ValueError("denied")

    for _ in range(2):
        with pytest.raises(ValueError, match="denied"):
            memory.recall("q", ask)

    assert len(asked) == 1


def test_a_list_is_read_only_as_far_as_somebody_reads() -> None:
    made: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(3):
            made.append(number)
            yield number

    shared = SharedItems(numbers())

    assert next(iter(shared)) == 0
    assert made == [0]
    assert list(shared) == list(shared) == [0, 1, 2]
    assert made == [0, 1, 2]


def test_every_reader_of_a_list_meets_its_error() -> None:
    def numbers() -> Iterator[int]:
        yield 1
        raise ValueError("page two")

    shared = SharedItems(numbers())

    for _ in range(2):
        with pytest.raises(ValueError, match="page two"):
            list(shared)


def test_a_later_round_uses_the_list_of_an_earlier() -> None:
    vpc, subnet = ExportNamed(PLACE, "vpc"), ExportNamed(PLACE, "subnet")
    with account() as aws:
        exports = {"Exports": [{"Name": "vpc", "Value": "v-1"}]}
        aws.answers("cloudformation", "list_exports", exports)
        observe = Observer(aws.aws)

        assert observe([vpc]) == {vpc: Present("v-1")}
        assert observe([subnet]) == {subnet: Absent()}
