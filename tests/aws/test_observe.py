"""Every question is asked once, of the right source, and gets an answer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from aws.stubbed import PLACE, account

from flowguard.aws.observe import Observer
from flowguard.aws.session import Aws
from flowguard.aws.source import Answers, Source, permits
from flowguard.model.places import Place
from flowguard.model.questions import Lookup, Observed, Present, Unknown, UnknownKind


@dataclass(frozen=True)
class Colour(Lookup[str]):
    """The colour of a thing."""

    thing: str


@dataclass(frozen=True)
class Size(Lookup[int]):
    """The size of a thing."""

    thing: str


def source(fetch: Any) -> Source:
    """A source that makes no calls."""
    return Source(fetch, permits())


def answered(_aws: Aws, lookups: Sequence[Lookup[Any]]) -> Answers:
    """Answer every lookup."""
    return {lookup: Present("answer") for lookup in lookups}


def observe(
    *asked: Lookup[Any], progress: Any = None, **fetches: Any
) -> Mapping[Lookup[Any], Observed[Any]]:
    """The answers to `asked` by sources that answer as `fetches` say."""
    types = {"colour": Colour, "size": Size}
    sources: Any = {types[name]: source(fetch) for name, fetch in fetches.items()}
    with account() as aws:
        return Observer(aws.aws, progress, sources=sources)(asked)


RED, BLUE, TALL = Colour(PLACE, "rose"), Colour(PLACE, "sky"), Size(PLACE, "tower")


def test_nothing_asked_nothing_answered() -> None:
    assert observe() == {}


def test_lookups_of_one_type_are_fetched_together_and_once() -> None:
    fetched: list[Sequence[Lookup[Any]]] = []

    def fetch(aws: Aws, lookups: Sequence[Lookup[Any]]) -> Answers:
        fetched.append(list(lookups))
        return answered(aws, lookups)

    answers = observe(RED, BLUE, RED, colour=fetch)

    assert fetched == [[RED, BLUE]]
    assert answers == {RED: Present("answer"), BLUE: Present("answer")}


def test_another_region_is_another_fetch() -> None:
    fetched: list[Sequence[Lookup[Any]]] = []

    def fetch(aws: Aws, lookups: Sequence[Lookup[Any]]) -> Answers:
        fetched.append(list(lookups))
        return answered(aws, lookups)

    abroad = Colour(Place(PLACE.account_id, "us-east-1"), "rose")
    observe(RED, abroad, colour=fetch)

    assert sorted(fetched, key=str) == sorted([[RED], [abroad]], key=str)


def test_sources_are_asked_side_by_side() -> None:
    meeting = threading.Barrier(2, timeout=30)

    def fetch(aws: Aws, lookups: Sequence[Lookup[Any]]) -> Answers:
        meeting.wait()
        return answered(aws, lookups)

    answers = observe(RED, TALL, colour=fetch, size=fetch)

    assert set(answers.values()) == {Present("answer")}


def test_a_source_that_fails_leaves_its_lookups_unknown_and_no_others() -> None:
    def fail(_aws: Aws, _lookups: object) -> Answers:
        raise KeyError("Table")

    answers = observe(RED, TALL, colour=fail, size=answered)

    assert answers == {
        RED: Unknown(UnknownKind.BROKEN, "FlowGuard broke: KeyError: 'Table'"),
        TALL: Present("answer"),
    }


def test_a_lookup_that_its_source_forgets_is_unknown() -> None:
    answers = observe(RED, BLUE, colour=lambda _aws, _lookups: {RED: Present("red")})

    assert answers[RED] == Present("red")
    assert isinstance(answers[BLUE], Unknown)


def test_a_lookup_without_a_source_is_not_knowable() -> None:
    answer = observe(RED)[RED]

    assert isinstance(answer, Unknown)
    assert answer.kind is UnknownKind.UNSUPPORTED


def test_another_account_is_not_asked_with_these_credentials() -> None:
    theirs = Colour(Place("999999999999", "eu-central-1"), "rose")

    answer = observe(theirs, colour=answered)[theirs]

    assert isinstance(answer, Unknown)
    assert "another account" in answer.reason


def test_progress_counts_over_all_rounds() -> None:
    seen: list[tuple[int, int]] = []
    with account() as aws:
        observer = Observer(
            aws.aws,
            lambda asked, done: seen.append((asked, done)),
            sources={Colour: source(answered)},
        )
        observer([RED, BLUE])
        observer([Colour(PLACE, "grass")])

    assert seen == [(2, 0), (2, 2), (3, 2), (3, 3)]


# Written past Python's buffer: a thread that holds its lock when the interpreter
# ends would abort it.
INTERRUPTED = """
import os, signal, threading
from aws.stubbed import PLACE, Account
from flowguard.aws.observe import Observer
from flowguard.aws.source import Source, each, permits
from flowguard.lookups import ExportNamed

def stop(*_):
    raise SystemExit(143)

def hang(aws, lookup):
    os.write(1, b"asking\\n")
    threading.Event().wait()

signal.signal(signal.SIGTERM, stop)
observer = Observer(Account().aws, sources={ExportNamed: Source(each(hang), permits())})
observer([ExportNamed(PLACE, str(number)) for number in range(50)])
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_whose_calls_hang(number: signal.Signals) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
    ) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "asking\n"
            process.send_signal(number)
            process.communicate(timeout=20)
        finally:
            process.kill()

    assert process.returncode in {-signal.SIGINT, 143}
