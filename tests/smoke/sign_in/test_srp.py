"""The client's side of SRP, held against a server's that was written apart from it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from smoke_servers.srp import Attempt, prime, verifier

from flowguard.smoke.sign_in import srp

POOL = "eu-central-1_Users1234"
NOON = datetime(2026, 1, 8, 12, 3, 4, tzinfo=UTC)


def challenged(user: str, password: str) -> tuple[srp.Client, Attempt]:
    """A client, and the server's side of its attempt."""
    client = srp.Client(POOL)
    kept = verifier("Users1234", user, password)
    return client, Attempt(kept, int(client.public, 16))


def test_the_group_is_that_of_the_standard() -> None:
    assert prime() == srp.N


@settings(max_examples=10)
@given(user=st.text(min_size=1), password=st.text(min_size=1))
def test_the_right_password_is_proven(user: str, password: str) -> None:
    client, attempt = challenged(user, password)

    assert attempt.proves(client.proof(attempt.challenge(), password))


@pytest.mark.parametrize("password", ["", "wrong", "Right", "right "])
def test_no_other_password_is(password: str) -> None:
    client, attempt = challenged("ana", "right")

    assert not attempt.proves(client.proof(attempt.challenge(), password))


def test_the_time_is_written_as_cognito_reads_it() -> None:
    client, attempt = challenged("ana", "right")

    proof = client.proof(attempt.challenge(), "right", NOON)

    assert proof["TIMESTAMP"] == "Thu Jan 8 12:03:04 UTC 2026"


def test_no_two_attempts_are_alike() -> None:
    assert srp.Client(POOL).public != srp.Client(POOL).public


@pytest.mark.parametrize(
    ("number", "written"),
    [(0, "00"), (2, "02"), (0x7F, "7f"), (0x80, "0080"), (0xABC, "0abc")],
)
def test_numbers_are_written_as_cognito_hashes_them(number: int, written: str) -> None:
    assert srp.padded(number).hex() == written


@pytest.mark.parametrize(
    "spoilt",
    [
        {"SRP_B": "0"},
        {"SRP_B": f"{prime():x}"},
        {"SRP_B": f"{prime() * 2:x}"},
        {"SRP_B": "not hexadecimal"},
        {"SALT": ""},
        {"SECRET_BLOCK": "a"},
    ],
)
def test_numbers_that_give_the_password_away_are_refused(
    spoilt: dict[str, Any],
) -> None:
    client, attempt = challenged("ana", "right")

    with pytest.raises(srp.BadChallengeError):
        client.proof(attempt.challenge() | spoilt, "right")
