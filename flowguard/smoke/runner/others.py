"""Checks that send no request of their own: AWS asked directly, a suite of the user's.

Both come out as attempts, so that what follows need not tell them from HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flowguard.model.questions import Absent, Present, Unknown
from flowguard.model.smoke import Mismatch, Part, SmokeOutcome, SmokeResult
from flowguard.smoke import alarms, asks, evaluate, operators
from flowguard.smoke.runner.attempt import Attempt
from flowguard.smoke.runner.session import Session
from flowguard.smoke.sampling import Seen
from flowguard.smoke.suite import Ask, Command
from flowguard.smoke.variables import Unmeasurable
from flowguard.smoke.world import CommandResult


def ask(session: Session, what: Ask, number: int) -> Attempt:
    """Ask AWS about a dependency, once. Raises `ConfigError`."""
    offset = session.offset
    try:
        asked = session.variables(number=number).resolve(what)
    except Unmeasurable as error:
        return Attempt(
            Seen.UNMEASURED, offset, message=session.secrets.mask(str(error))
        )
    said = f"{asked.kind} {asked.name}"
    match session.world.ask(asked):
        case Present(value):
            try:
                wrong = evaluate.holds_all(asks.expected(asked), value)
            except operators.Undecided as error:
                return Attempt(Seen.UNMEASURED, offset, message=f"{said}: {error}")
            found = _answered(session, said, offset, wrong)
            return _dated(session, found, value) if asked.kind == "alarm" else found
        case Absent():
            return Attempt(Seen.FAILED, offset, message=f"{said} is not there")
        case Unknown(_, reason):
            text = session.secrets.mask(f"{said} could not be asked: {reason}")
            return Attempt(Seen.UNMEASURED, offset, message=text)


def _answered(
    session: Session, said: str, offset: float, wrong: tuple[Mismatch, ...]
) -> Attempt:
    if not wrong:
        return Attempt(Seen.PASSED, offset)
    first = wrong[0]
    text = f"{said}: {first.what} is {first.actual}, not {first.expected}"
    return Attempt(Seen.FAILED, offset, message=session.secrets.mask(text), wrong=wrong)


def _dated(session: Session, found: Attempt, value: Mapping[str, Any]) -> Attempt:
    """With whether an alarm sounded before the deploy, which is no fault of it then."""
    sounds = found.seen is Seen.FAILED and value.get("state") == alarms.SOUNDS
    if not sounds:
        return found
    old = alarms.sounded_before(value, session.began)
    why = "" if session.baseline else alarms.unasked(session.began)
    if why:
        said = session.secrets.mask(f"{found.message}; {why}")
        return replace(found, seen=Seen.UNMEASURED, message=said, wrong=())
    then = ", from before the deploy" if old else ""
    message = f"{found.message}{alarms.since_when(value)}{then}"
    return replace(found, old=old, message=message)


def command(session: Session, what: Command, name: SmokeResult) -> SmokeResult:
    """Run a suite of the user's own, once. Raises `ConfigError`.

    It is judged by its exit code and by what its JUnit files tell; what could not be
    run to its end was not measured. One whose arguments hold a secret is not run.
    """
    started = session.offset
    try:
        ready = session.variables().resolve(what)
    except Unmeasurable as error:
        text = session.secrets.mask(str(error))
        return replace(name, outcome=SmokeOutcome.ERRORED, message=text)
    if _tells(session, what, ready):
        return replace(name, outcome=SmokeOutcome.ERRORED, message=_TELLING)
    left = session.left
    cut = left < ready.timeout
    ran = session.world.run(replace(ready, timeout=left) if cut else ready)
    outcome, message = _of_command(ran, session)
    return replace(
        name,
        outcome=outcome,
        message=session.secrets.mask(message),
        parts=tuple(_masked(session, part) for part in ran.parts),
        help=_tail(session.secrets.mask(ran.output))
        if outcome is not SmokeOutcome.PASSED
        else "",
        duration=session.offset - started,
    )


_TELLING = (
    "its command line holds a secret, which every process could read: hand it over in "
    "`env`"
)


def _tells(session: Session, written: Command, ready: Command) -> bool:
    """Whether a variable would put a secret into the list of processes."""
    filled = (b for a, b in zip(written.argv, ready.argv, strict=True) if a != b)
    pieces = (piece for text in filled for piece in session.secrets.split(text))
    return any(secret for _, secret in pieces)


def _of_command(ran: CommandResult, session: Session) -> tuple[SmokeOutcome, str]:
    failed = [p for p in ran.parts if p.outcome is SmokeOutcome.FAILED]
    if ran.timed_out:
        return SmokeOutcome.ERRORED, "it did not end in its time, and was stopped"
    if ran.exit_code is None:
        return SmokeOutcome.ERRORED, ran.error or "it could not be run"
    if failed:
        first = failed[0]
        said = f"{first.name}: {first.message}" if first.message else first.name
        more = f"{len(failed)} of {len(ran.parts)} tests failed"
        return SmokeOutcome.FAILED, f"{more}: {said}"
    if ran.exit_code:
        if not session.online():
            return SmokeOutcome.ERRORED, "it failed while this runner was offline"
        return SmokeOutcome.FAILED, f"it ended with exit code {ran.exit_code}"
    if ran.error:
        return SmokeOutcome.ERRORED, ran.error
    return SmokeOutcome.PASSED, ""


def _masked(session: Session, part: Part) -> Part:
    mask = session.secrets.mask
    return replace(part, name=mask(part.name), message=mask(part.message))


def _tail(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip()]
    return f"its last words: {' / '.join(lines[-3:])}" if lines else ""
