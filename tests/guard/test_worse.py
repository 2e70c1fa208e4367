"""Two runs of the smoke tests held against each other: which release is less bad."""

from __future__ import annotations

import pytest

from flowguard.guard.worse import held_against
from flowguard.model.smoke import Samples, SmokeOutcome, SmokeReport, SmokeResult

WELL, BAD = (SmokeOutcome.PASSED, 20, 0), (SmokeOutcome.FAILED, 0, 4)
SO_FAR_BAD = (SmokeOutcome.INCONCLUSIVE, 0, 3)
SO_FAR_WELL = (SmokeOutcome.INCONCLUSIVE, 3, 0)
NOT_TRIED = (SmokeOutcome.INCONCLUSIVE, 0, 0)
ERRORED = (SmokeOutcome.ERRORED, 0, 0)

Seen = tuple[SmokeOutcome, int, int]


def run(*checks: Seen) -> SmokeReport:
    """A run whose checks ended so, after so many tries that passed and failed."""
    return SmokeReport(
        tuple(
            SmokeResult(f"c{n}", outcome, samples=Samples(passed, failed))
            for n, (outcome, passed, failed) in enumerate(checks)
        )
    )


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ((WELL, BAD), (BAD, BAD), "the one that was taken back is the less bad"),
        ((WELL, BAD), (BAD, SO_FAR_BAD), "the one that was taken back is the less bad"),
        (
            (SO_FAR_WELL, BAD),
            (SO_FAR_BAD, BAD),
            "the one that was taken back is the less bad",
        ),
        ((BAD, SO_FAR_BAD), (BAD, WELL), "the one that is live is the less bad"),
        ((BAD, BAD), (BAD, SO_FAR_WELL), "the one that is live is the less bad"),
        ((WELL, BAD), (BAD, WELL), "neither is better"),
        ((BAD, BAD), (SO_FAR_BAD, BAD), "neither is better"),
        ((NOT_TRIED, BAD), (BAD, BAD), "nobody can tell which is less bad"),
        ((BAD, BAD), (BAD, NOT_TRIED), "nobody can tell which is less bad"),
        ((WELL, BAD), (BAD, ERRORED), "nobody can tell which is less bad"),
    ],
)
def test_which_is_less_bad(
    was: tuple[Seen, ...], now: tuple[Seen, ...], said: str
) -> None:
    """A conviction ends a run, so that the rest counts by what it was seen to do."""
    held = held_against(run(*was), run(*now))

    assert said in held.text
    assert held.forward
