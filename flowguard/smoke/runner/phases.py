"""What comes before the checks, and the signing out after them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from flowguard.errors import ConfigError
from flowguard.model.exchange import Fault, Response
from flowguard.model.questions import Absent, Present, Unknown
from flowguard.model.smoke import ANOTHER, OURS, Mismatch, SmokeOutcome, SmokePhase
from flowguard.smoke import sign_in
from flowguard.smoke.request import Step
from flowguard.smoke.runner.attempt import send
from flowguard.smoke.runner.session import Session
from flowguard.smoke.runner.step import Judged
from flowguard.smoke.sampling import Seen
from flowguard.smoke.sign_in.signed import Signed, SignInFault
from flowguard.smoke.sign_ins import Login
from flowguard.smoke.suite import Check, Http, Release, Wait
from flowguard.smoke.variables import Unmeasurable, names_in

FIRST_ERROR = 400
"""The least status that says that a request failed."""
PASSED, ERRORED, FAILED = (
    SmokeOutcome.PASSED,
    SmokeOutcome.ERRORED,
    SmokeOutcome.FAILED,
)


# -- signing in ------------------------------------------------------------------


def names_of(steps: Iterable[Step]) -> set[str]:
    """The sign-ins that the steps use."""
    return {step.request.sign_in for step in steps} - {""}


def steps_of(check: Check) -> tuple[Step, ...]:
    """All steps of a check."""
    what = check.what
    return (*what.steps, *what.cleanup) if isinstance(what, Http) else ()


def sign_ins(session: Session, names: set[str]) -> SmokePhase | None:
    """Sign in as all of them, side by side; None where there is nobody to be.

    Raises `ConfigError`, once all of them have come to an end.
    """
    wanted = sorted(names - session.signed.keys())
    if not wanted:
        return None
    started = session.offset
    session.world.progress(f"signing in as {', '.join(wanted)}")
    errors: list[ConfigError] = []

    def one(name: str) -> None:
        try:
            signed = _sign_in(session, name)
        except ConfigError as error:
            errors.append(error)
            return
        session.signed[name] = signed
        session.renewals.began(name)
        for secret in signed.secrets if isinstance(signed, Signed) else ():
            session.secrets.add(secret)

    with ThreadPoolExecutor(len(wanted)) as pool:
        list(pool.map(one, wanted))
    if errors:
        raise errors[0]
    faults = {
        name: fault
        for name in wanted
        if isinstance(fault := session.signed[name], SignInFault)
    }
    texts = [f"{name}: {fault.message}" for name, fault in faults.items()]
    help_ = dict.fromkeys(fault.help for fault in faults.values() if fault.help)
    return SmokePhase(
        "sign-in",
        ERRORED if faults else PASSED,
        session.secrets.mask("; ".join(texts)),
        session.offset - started,
        session.secrets.mask("; ".join(help_)),
    )


OUTSIDE = frozenset({"env", "ssm", "secret"})


def _sign_in(session: Session, name: str) -> Signed | SignInFault:
    known = session.variables()
    try:
        definition = known.resolve(session.suite.sign_ins[name])
        if isinstance(definition, Login):
            # Nobody says which of it is the password.
            for given in names_in(session.suite.sign_ins[name]):
                if given.partition(".")[0] in OUTSIDE:
                    session.secrets.add(known.text(f"${{{given}}}"))
    except Unmeasurable as error:
        return SignInFault(str(error))
    return sign_in.begin(name, definition, session.world, session.suite)


def sign_out(session: Session) -> tuple[str, ...]:
    """Remove what the sign-ins made; what is left behind, in words."""
    signed = [one for one in session.signed.values() if isinstance(one, Signed)]
    if not signed:
        return ()
    # In threads, which end what they do also when a second signal comes.
    with ThreadPoolExecutor(len(signed)) as pool:
        left = [*pool.map(lambda one: one.release(), signed)]
    return tuple(session.secrets.mask(text) for text in left if text)


def renewals(session: Session) -> SmokePhase | None:
    """The sign-ins that did not work any more in the end; None where all did."""
    texts = [
        f"{name}: signing in anew failed: {fault.message}"
        for name, fault in session.renewals.faults()
    ]
    help_ = dict.fromkeys(f.help for _, f in session.renewals.faults() if f.help)
    if not texts:
        return None
    mask = session.secrets.mask
    return SmokePhase(
        "sign-in", ERRORED, mask("; ".join(texts)), help=mask("; ".join(help_))
    )


# -- before the checks -----------------------------------------------------------


def wait(
    session: Session, what: Wait, *, answered_before: bool
) -> tuple[SmokePhase, bool]:
    """Poll until the service is up; what it says meanwhile is no evidence.

    Also says whether it answers at all. Not being up in time is a failure where it answers, or where it answered before
    the deploy; where nobody has ever seen it answer, it was not measured.
    """
    started = session.offset
    session.world.progress("waiting until the service is up")
    held, last = _until(session, what.step, what.up, what.stable, what.interval)
    took = session.offset - started
    if held:
        session.up = True
        return SmokePhase("wait", PASSED, "", took), True
    if last is None or isinstance(last, str):
        return SmokePhase("wait", ERRORED, last or "the run was over", took), False
    text = f"not up within {what.up:g} s: {last.message}"
    answers = not isinstance(last.answer, Fault)
    measured = last.seen is not Seen.UNMEASURED
    proven = measured and (answers or answered_before)
    return SmokePhase("wait", FAILED if proven else ERRORED, text, took), answers


_NO_NEW_CODE = (
    "see whether the deploy went through and is that of this commit, and what `release` "
    "in smoke.yml expects; where the new code takes longer to arrive, raise its `within`"
)


def release(session: Session, what: Release) -> SmokePhase:
    """Poll until the new code answers; else nothing that follows proves it."""
    started = session.offset
    session.world.progress("waiting until the new code answers")
    text, answered = _code(session, what)
    if not text and what.step is not None:
        held, last = _until(session, what.step, what.within, what.stable, what.interval)
        answered = OURS
        session.up = session.up or held
        if not held:
            answered = ANOTHER if _names_another(last) else ""
            text = last if isinstance(last, str) else last.message if last else ""
            text = f"within {what.within:g} s: {text or 'the run was over'}"
    said = f"the new code did not answer {text}" if text else ""
    took = session.offset - started
    outcome = ERRORED if text else PASSED
    help_ = _NO_NEW_CODE if text else ""
    return SmokePhase("release", outcome, said, took, help=help_, answered=answered)


def _names_another(last: Judged | str | None) -> bool:
    """Whether an answer came that works, and names another release.

    One with an error's status comes from a release that is broken, whoever's it is.
    """
    if last is None or isinstance(last, str) or not isinstance(last.answer, Response):
        return False
    wrong = last.mismatches
    fine = last.answer.status < FIRST_ERROR
    return fine and bool(wrong) and all(_is_value(w) for w in wrong)


def _is_value(wrong: Mismatch) -> bool:
    return wrong.what != "status" and wrong.actual not in {"", "null", "none"}


def _code(session: Session, what: Release) -> tuple[str, str]:
    """Why a function does not run the code that was deployed, empty where all do; and
    whose code it runs."""
    if not what.functions:
        return "", ""
    known = session.variables()
    try:
        expected = known.text(what.code_sha256)
        functions = [known.text(name) for name in what.functions]
    except Unmeasurable as error:
        return f"for all that is known: {session.secrets.mask(str(error))}", ""
    end = session.offset + what.within
    while wrong := [*_other_code(session, functions, expected)]:
        if session.offset + what.interval > end or not session.pause(what.interval):
            text, answered = wrong[0]
            return f"within {what.within:g} s: {text}", answered
    return "", OURS


def _other_code(
    session: Session, functions: Iterable[str], expected: str
) -> Iterator[tuple[str, str]]:
    for name in functions:
        match session.world.code_sha256(name):
            case Present(digest) if digest == expected:
                pass
            case Present(digest):
                yield f"{name} runs the code {digest}, not {expected}", ANOTHER
            case Absent():
                yield f"{name} is not there", ""
            case Unknown(_, reason):
                yield f"{name} could not be asked: {reason}", ""


def _until(
    session: Session, step: Step, within: float, stable: int, interval: float
) -> tuple[bool, Judged | str | None]:
    """Poll until so many answers in a row hold; and the last one that did not."""
    end, in_a_row = session.offset + within, 0
    last: Judged | str | None = None
    while True:
        try:
            one = send(session, step, session.variables())
        except Unmeasurable as error:
            return False, session.secrets.mask(str(error))
        in_a_row = in_a_row + 1 if one.seen is Seen.PASSED else 0
        if in_a_row >= stable:
            return True, None
        last = last if one.seen is Seen.PASSED else one
        if session.offset + interval > end or not session.pause(interval):
            return False, last
