"""One attempt at a check: its steps in order, and what is always sent afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flowguard.errors import ConfigError
from flowguard.model.exchange import Fault, Request, Response
from flowguard.model.smoke import Exchange, Mismatch, Part
from flowguard.smoke import body, encode, evaluate, failing, fronts
from flowguard.smoke.curl import curl
from flowguard.smoke.expectation import Expect
from flowguard.smoke.failures import Failure, of_answer, of_state
from flowguard.smoke.fronts import Refusal
from flowguard.smoke.request import Step
from flowguard.smoke.runner import assets, origin, renewal
from flowguard.smoke.runner.complaint import complaint
from flowguard.smoke.runner.renewal import SignedOutError, Token
from flowguard.smoke.runner.session import Sent, Session
from flowguard.smoke.runner.step import Judged
from flowguard.smoke.sampling import FAILING, Seen
from flowguard.smoke.suite import Http
from flowguard.smoke.variables import Unmeasurable, Variables, names_in

EXPIRED = "the credential that was sent has expired, and nobody here can renew it"
CHALLENGED = "a firewall before the service wants to be shown a browser"

FIRST_POLL = 0.5
LONGEST_POLL = 4.0
"""Seconds between two looks of a step that polls; they grow."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """All steps: one sample of the check."""

    seen: Seen
    offset: float
    """Seconds from the start of the run to its first request."""
    steps: tuple[Judged, ...] = ()
    saved: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""
    help: str = ""
    left_behind: tuple[str, ...] = ()
    """What could not be cleaned up, in words."""
    wrong: tuple[Mismatch, ...] = ()
    """What is wrong where no request was sent."""
    old: bool | None = None
    """Whether it was so before the deploy began, where AWS itself says since when."""

    @property
    def failing(self) -> Judged | None:
        """The step that did not pass."""
        return next((one for one in self.steps if one.seen is not Seen.PASSED), None)

    @property
    def failure(self) -> Failure:
        """What failed; of an attempt that did."""
        failing = self.failing
        if failing is None:
            return of_state(self.wrong)
        step = self.steps.index(failing)
        return of_answer(failing.answer, failing.mismatches, step)

    @property
    def seconds(self) -> float | None:
        """How long the answers took; None where one did not pass."""
        if self.seen is not Seen.PASSED:
            return None
        return sum(one.exchange.timings.total for one in self.steps)

    @property
    def mismatches(self) -> tuple[Mismatch, ...]:
        """All that is wrong."""
        return (*self.wrong, *(m for step in self.steps for m in step.mismatches))


def attempt(
    session: Session, what: Http, number: int, *, anonymous: bool = False
) -> Attempt:
    """Send the steps, then whatever cleans up.

    A chain that is run again has its own `${run.id}`. Raises `ConfigError` for a
    spec that cannot be sent.
    """
    offset, saved = session.offset, dict[str, Any]()
    done: list[Judged] = []
    seen, message, help_ = Seen.PASSED, "", ""
    try:
        for step in what.steps:
            known = session.variables(saved, number)
            one = poll(session, step, known, anonymous=anonymous)
            if one.seen is Seen.PASSED:
                one = _save(session, step, one, saved)
            done.append(one)
            if one.seen is not Seen.PASSED:
                seen, message, help_ = one.seen, one.message, one.help
                break
    except SignedOutError as error:
        seen, message = Seen.UNMEASURED, session.secrets.mask(str(error))
    except Unmeasurable as error:
        seen, message = Seen.UNSENT, session.secrets.mask(str(error))
    finally:
        left = _clean_up(session, what.cleanup, saved, number)
    return Attempt(seen, offset, tuple(done), saved, message, help_, left)


def poll(
    session: Session, step: Step, known: Variables, *, anonymous: bool = False
) -> Judged:
    """A step; one that polls is sent until it holds, and its last answer is judged.

    Raises as `send` does.
    """
    if step.until is None:
        return send(session, step, known, anonymous=anonymous)
    end, gap = session.offset + step.until, FIRST_POLL
    while True:
        one = send(session, step, known, anonymous=anonymous)
        over = session.offset + gap > end
        if one.seen is Seen.PASSED or over or not session.pause(gap):
            return one
        gap = min(gap * 2, LONGEST_POLL)


def send(
    session: Session,
    step: Step,
    known: Variables,
    *,
    anonymous: bool = False,
    cleaning: bool = False,
) -> Judged:
    """Send a step, past a cache where one answers, and judge the answer.

    Raises `ConfigError` for a request that cannot be made, and `Unmeasurable` where
    that says nothing of the service.
    """
    return origin.ask(
        session,
        step,
        lambda step: _sent(
            session, step, known, anonymous=anonymous, cleaning=cleaning
        ),
    )


def _sent(
    session: Session,
    step: Step,
    known: Variables,
    *,
    anonymous: bool,
    cleaning: bool,
) -> Judged:
    """Send a step once, and judge the answer.

    Raises `ConfigError` for a request that cannot be made, and `Unmeasurable` where
    that says nothing of the service.
    """
    request, token = _request(session, step, known, anonymous=anonymous)
    expect = known.resolve(step.expect)
    sent = session.send(request, cleaning=cleaning)
    if token and _is_refused(session, step, expect, token, sent.answer):
        request, token = _request(session, step, known, anonymous=anonymous)
        sent = session.send(request, cleaning=cleaning)
    label = f"{step.request.method} {step.request.path.partition('?')[0]}"
    if isinstance(sent.answer, Fault):
        seen = _of_fault(session, sent.answer)
        message = f"{label} got no answer: {sent.answer.message}"
        return _judged(session, label, request, sent, seen=seen, message=message)
    context = session.context(request, expect)
    found = evaluate.evaluate(expect, sent.answer, context)
    needed = assets.judge(session, expect, request, sent.answer)
    found += replace(needed, unmeasured=())
    seen, message = _of_answer(label, expect, sent.answer, found)
    refusal = fronts.refusal(sent.answer)
    if refusal is Refusal.CHALLENGE:
        seen, message = Seen.UNMEASURED, f"{label}: {CHALLENGED}"
    elif seen is Seen.PASSED and needed.unmeasured:
        seen, message = Seen.UNMEASURED, f"{label}: {needed.unmeasured[0]}"
    elif token and seen is Seen.PASSED:
        session.renewals.passed(token, _route(step))
    expired = seen in FAILING and renewal.has_expired(token, sent.answer)
    if expired:
        seen, message = Seen.UNMEASURED, f"{message}: {EXPIRED}"
    return replace(
        _judged(session, label, request, sent, seen=seen, message=message),
        mismatches=tuple(_masked(session, m) for m in found.mismatches),
        slow=tuple(map(session.secrets.mask, found.slow)),
        unknown=tuple(map(session.secrets.mask, found.unmeasured)),
        parts=tuple(_masked_part(session, part) for part in found.parts),
        help=_help(sent.answer, token) if found.failed else "",
        refusal=refusal,
        expired=expired,
    )


def _request(
    session: Session, step: Step, known: Variables, *, anonymous: bool
) -> tuple[Request, Token | None]:
    suite = session.suite
    spec = known.request(step.request, suite.base)
    request = encode.request(
        spec,
        headers=suite.headers,
        timeout=suite.timeout,
        connect_timeout=suite.connect_timeout,
        tls=suite.tls,
    )
    if not spec.sign_in or anonymous:
        return request, None
    token = session.renewals.token(spec.sign_in)
    return token.signed.authorize(request), token


def _is_refused(
    session: Session,
    step: Step,
    expect: Expect,
    token: Token,
    answer: Response | Fault,
) -> bool:
    """Whether a token was refused that should not be, and there is another now."""
    if isinstance(answer, Response) and _is_expected(expect, answer):
        return False
    return session.renewals.refused(token, _route(step), answer)


def _route(step: Step) -> renewal.Route:
    return step.request.method, step.request.path


def _is_expected(expect: Expect, answer: Response) -> bool:
    return any(low <= answer.status <= high for low, high in expect.status)


def _of_fault(session: Session, fault: Fault) -> Seen:
    """What no answer says: of the service, only where this runner is online."""
    ours = fault.kind.ours or not session.online()
    return Seen.UNMEASURED if ours else failing.of_fault(fault)


def _of_answer(
    label: str, expect: Expect, answer: Response, found: evaluate.Evaluation
) -> tuple[Seen, str]:
    """What an answer counts as, and what is wrong with it."""
    expected = _is_expected(expect, answer)
    if found.failed:
        why = failing.of_status(answer.status, tells=bool(found.parts))
        seen = Seen.FAILED if expected else why
        return seen, complaint(label, answer, found)
    if found.unmeasured and not expected:
        return Seen.UNMEASURED, f"{label}: {found.unmeasured[0]}"
    return Seen.PASSED, ""


def _help(answer: Response, token: Token | None) -> str:
    if answer.status in {401, 403} and token and token.signed.describe:
        return f"{token.signed.describe}: see why the service refuses that"
    return ""


def _masked(session: Session, found: Mismatch) -> Mismatch:
    mask = session.secrets.mask
    return Mismatch(mask(found.what), mask(found.expected), mask(found.actual))


def _masked_part(session: Session, part: Part) -> Part:
    mask = session.secrets.mask
    return replace(part, name=mask(part.name), message=mask(part.message))


def _judged(
    session: Session,
    label: str,
    request: Request,
    sent: Sent,
    *,
    seen: Seen,
    message: str,
) -> Judged:
    """What was sent and came, as it may be shown."""
    mask, answer = session.secrets.mask, sent.answer
    there = isinstance(answer, Response)
    exchange = Exchange(
        label=label,
        method=request.method,
        url=mask(request.url),
        status=answer.status if isinstance(answer, Response) else None,
        offset=sent.offset,
        timings=answer.timings,
        passed=seen is Seen.PASSED,
        fault="" if isinstance(answer, Response) else mask(answer.message),
        # What passed is not repeated, and spells out nothing.
        curl="" if seen is Seen.PASSED else curl(request, session.secrets),
        request_id=mask(_first(answer, REQUEST_IDS)) if there else "",
        trace_id=mask(_first(answer, TRACE_IDS)) if there else "",
        body=""
        if seen is Seen.PASSED or not isinstance(answer, Response)
        else mask(body.text(answer))[:SHOWN],
    )
    return Judged(seen, exchange, request, answer, message=mask(message))


REQUEST_IDS = ("x-amzn-requestid", "x-amz-apigw-id", "apigw-requestid", "x-request-id")
TRACE_IDS = ("x-amzn-trace-id", "traceparent")
SHOWN = 2000
"""Characters of a body that are kept."""


def _first(answer: Response | Fault, names: tuple[str, ...]) -> str:
    if isinstance(answer, Fault):
        return ""
    return next((value for name in names if (value := answer.header(name))), "")


def _save(session: Session, step: Step, one: Judged, saved: dict[str, Any]) -> Judged:
    """Keep what the step saves; an answer that lacks it fails."""
    if not step.save or not isinstance(one.answer, Response):
        return one
    kept, missing = evaluate.capture(step.save, one.answer)
    saved |= kept
    for name, capture in step.save:
        if capture.secret and name in kept:
            session.secrets.add(str(kept[name]))
    if not missing:
        return one
    message = f"{one.exchange.label}: {missing[0].actual}"
    return replace(
        one,
        seen=Seen.FAILED,
        exchange=replace(one.exchange, passed=False),
        mismatches=tuple(_masked(session, m) for m in missing),
        message=session.secrets.mask(message),
    )


def _clean_up(
    session: Session, steps: tuple[Step, ...], saved: Mapping[str, Any], number: int
) -> tuple[str, ...]:
    """Send what cleans up, as far as what it refers to was saved; what is left."""
    left = []
    for step in steps:
        known = session.variables(saved, number)
        wanted = {name for name in names_in(step.request) if "." not in name}
        if missing := sorted(wanted - saved.keys()):
            request, never = step.request, ", ".join(f"${{{n}}}" for n in missing)
            what = f"`{request.method} {request.path.partition('?')[0]}`"
            were = "was" if len(missing) == 1 else "were"
            text = f"{what} was not sent: {never} {were} never saved"
            left.append(session.secrets.mask(text))
            continue
        try:
            one = send(session, step, known, cleaning=True)
        except (Unmeasurable, ConfigError) as error:
            left.append(session.secrets.mask(str(error)))
        else:
            if one.seen is not Seen.PASSED:
                left.append(one.message)
    return tuple(left)
