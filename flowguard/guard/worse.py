"""Two runs of the same smoke tests, before and after a rollback: which release is the
less bad one, and the way forward. Nothing is done about it by itself."""

from __future__ import annotations

from dataclasses import dataclass

from flowguard.model.smoke import SmokeOutcome, SmokeReport

_FINE = {SmokeOutcome.PASSED, SmokeOutcome.SLOW, SmokeOutcome.PRE_EXISTING}

AGAIN = (
    "go forward: run your deploy command for the commit that was taken back, since even "
    "as it was it is less bad than what is live now"
)


@dataclass(frozen=True, slots=True)
class Held:
    """What the comparison comes to, in words."""

    text: str
    forward: tuple[str, ...]
    """What a person does next."""


def held_against(taken_back: SmokeReport, live: SmokeReport) -> Held:
    """The release that was taken back against the one that is live now."""
    (was, open_before), (now, open_now) = _failing(taken_back), _failing(live)
    numbers = (
        f"the release that was taken back failed {_of(was, taken_back)}, the one that is "
        f"live now fails {_of(now, live)}"
    )
    mend = "mend the release that was taken back, and deploy it again"
    if len(now) > len(was) + open_before:
        return Held(
            f"{numbers}: the one that was taken back is the less bad of the two",
            (
                AGAIN,
                f"{mend}: {_list(was)}",
            ),
        )
    if len(now) + open_now < len(was):
        said = f"{numbers}: the one that is live is the less bad of the two"
        return Held(said, (f"leave it live; {mend}: {_list(now)}",))
    if open_before or open_now:
        return Held(
            f"{numbers}: not all was tried, so that nobody can tell which is less bad",
            (f"test what is live to its end: flowguard smoke; {mend}: {_list(now)}",),
        )
    return Held(
        f"{numbers}: neither is better than the other",
        (f"go forward, since neither works: {mend}, or what both need: {_list(now)}",),
    )


def _failing(smoke: SmokeReport) -> tuple[tuple[str, ...], int]:
    """The checks and phases that failed, as far as they were tried, and how many are
    open: a run that has convicted a release tries the rest no further."""
    failing, open_ = set(named(smoke)), 0
    for result in smoke.results:
        undecided = result.outcome not in _FINE | {SmokeOutcome.FAILED}
        if not (result.critical and undecided):
            continue
        tries = result.samples
        if tries.failed > tries.passed:
            failing.add(result.name)
        elif tries.failed == tries.passed:
            open_ += 1
    ordered = (name for name, _ in _counted(smoke) if name in failing)
    return tuple(ordered), open_


def named(smoke: SmokeReport, *, failed: bool = True) -> tuple[str, ...]:
    """The checks and phases that failed, or all that did not come to a good end."""
    return tuple(
        name
        for name, outcome in _counted(smoke)
        if outcome not in _FINE and (not failed or outcome is SmokeOutcome.FAILED)
    )


def _counted(smoke: SmokeReport) -> list[tuple[str, SmokeOutcome]]:
    parts = [(r.name, r.outcome) for r in smoke.results if r.critical]
    return parts + [(p.name, p.outcome) for p in smoke.phases if p.judged]


def _of(failed: tuple[str, ...], smoke: SmokeReport) -> str:
    return f"{len(failed)} of {len(_counted(smoke))} ({_list(failed)})"


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"
