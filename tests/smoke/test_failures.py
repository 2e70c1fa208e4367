"""What failed before a deploy excuses the same failure after it, and no other."""

from __future__ import annotations

from collections import Counter

import pytest
from smoke.services import said

from flowguard.model.exchange import Fault, FaultKind, Response
from flowguard.model.smoke import Mismatch
from flowguard.smoke.failures import (
    Failure,
    Kind,
    all_not_there,
    all_silent,
    is_known,
    mostly_new,
    of_answer,
    of_state,
)

STATUS = (Mismatch("status", "2xx", "?"),)
NO_ROUTE = Response(
    403, headers=(("x-amzn-ErrorType", "MissingAuthenticationTokenException"),)
)
NO_ROUTE_IN_WORDS = Response(403, body=b'{"message":"Missing Authentication Token"}')


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Fault(FaultKind.REFUSED, "refused"), Kind.SILENT),
        (said(404), Kind.NOT_THERE),
        (said(405), Kind.NOT_THERE),
        (NO_ROUTE, Kind.NOT_THERE),
        (NO_ROUTE_IN_WORDS, Kind.NOT_THERE),
        (said(403), Kind.REFUSED),
        (said(401), Kind.REFUSED),
        (said(500), Kind.SERVER_ERROR),
        (said(503), Kind.SERVER_ERROR),
        (said(422), Kind.STATUS),
    ],
)
def test_the_kind_of_a_failure_is_how_far_the_request_came(
    answer: Response | Fault, kind: Kind
) -> None:
    assert of_answer(answer, STATUS).kind is kind


def test_what_an_answer_names_itself_is_told_by_one_word() -> None:
    """The next release's script has another name, and is the same failure."""
    wrong = (
        Mismatch("asset /main.3f9a.js", "is there", "answers 404"),
        Mismatch("json releaseId", "new", "null"),
    )

    assert of_answer(said(), wrong).what == ("asset", "json releaseId")


def test_a_resource_of_which_nothing_is_wrong_is_not_there() -> None:
    assert of_state(()).kind is Kind.NOT_THERE
    assert of_state((Mismatch("status", "ACTIVE", "x"),)).kind is Kind.ANSWER


def failure(words: str) -> Failure:
    """`server-error`, `answer@2:json a,json b`."""
    kind, _, what = words.partition(":")
    kind, _, step = kind.partition("@")
    return Failure(Kind(kind), int(step or 0), tuple(filter(None, what.split(","))))


@pytest.mark.parametrize(
    ("before", "now", "known"),
    [
        ("server-error", "server-error", True),
        ("not-there", "not-there", True),
        ("no-answer", "no-answer", True),
        # A route that this deploy adds could not have worked before.
        ("not-there", "server-error", False),
        ("not-there", "refused", False),
        ("not-there", "answer:json a", False),
        ("not-there", "server-error@1", False),
        # Worse than before.
        ("server-error", "no-answer", False),
        ("server-error", "not-there", False),
        ("refused", "server-error", False),
        ("answer:json a", "server-error", False),
        ("answer:json a", "answer:json a,json b", False),
        ("answer:json a", "answer:json b", False),
        ("status:422", "status:409", False),
        ("server-error@1", "server-error", False),
        # It comes further than before.
        ("server-error", "answer:json a", True),
        ("answer:json a,json b", "answer:json a", True),
        ("refused", "server-error@1", True),
        # Somebody is let in who was to be refused: no failure of before excuses that.
        ("server-error", "status:200", False),
    ],
)
def test_only_the_same_or_what_comes_further_is_no_news(
    before: str, now: str, known: bool
) -> None:
    assert is_known(failure(now), [failure(before)]) is known


def test_one_flake_among_what_failed_before_is_no_news() -> None:
    old, new = failure("not-there"), failure("server-error")

    assert not mostly_new(Counter({old: 4, new: 1}), [old])
    assert mostly_new(Counter({old: 1, new: 4}), [old])


def test_silence_is_told_from_everything_else() -> None:
    assert all_silent([failure("no-answer")])
    assert not all_silent([failure("no-answer"), failure("refused")])
    assert not all_silent([])


def test_what_is_not_there_is_told_from_everything_else() -> None:
    assert all_not_there([failure("not-there")])
    assert not all_not_there([failure("not-there"), failure("refused")])
    assert not all_not_there([])
