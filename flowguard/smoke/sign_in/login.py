"""A sign-in by a request of the service's own, of whose answer the token is kept.

The answer is a secret itself: nothing of it is ever told.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flowguard.model.exchange import Fault, Request, Response
from flowguard.smoke import body, captures, encode
from flowguard.smoke.evaluate import Context, evaluate
from flowguard.smoke.expectation import Capture
from flowguard.smoke.request import RequestSpec
from flowguard.smoke.secrets import Secrets
from flowguard.smoke.sign_in import claims
from flowguard.smoke.sign_in.signed import NotSignedInError, Signed, header
from flowguard.smoke.sign_ins import Login
from flowguard.smoke.suite import Suite
from flowguard.smoke.variables import Unmeasurable, Variables
from flowguard.smoke.world import World

TOKEN = "token"  # noqa: S105 — the name of what is saved


def begin(definition: Login, world: World, suite: Suite) -> Signed:
    """Send the request, and keep what its step saves. Raises NotSignedInError."""
    spec = definition.step.request
    label = f"{spec.method} {urlsplit(spec.path).path or '/'}"
    request = _request(spec, world, suite)
    answer = world.send(request)
    if isinstance(answer, Fault):
        raise NotSignedInError(
            f"{label} does not answer: {answer.message}",
            "check its URL, and that this runner may reach it",
        )
    judged = evaluate(definition.step.expect, answer, Context(request))
    if not judged.passed:
        wrong = ", ".join(mismatch.what for mismatch in judged.mismatches)
        raise NotSignedInError(
            f"{label} answers {answer.status}, not what is expected"
            + (f" ({wrong})" if wrong else ""),
            "check what the sign-in sends",
        )
    saved = {
        name: _taken(capture, answer, name, label)
        for name, capture in definition.step.save
    }
    token = saved.get(TOKEN, "")
    if not token:
        raise NotSignedInError(f"{label} gives no token", "save it as 'token'")
    secret = [saved[name] for name, kept in definition.step.save if kept.secret]
    return Signed(
        header(definition.header, f"{definition.prefix}{token}"),
        tuple(dict.fromkeys((token, *secret))),
        describe=f"the token that {label} gave was sent as {definition.header}"
        + claims.in_words(token),
        life=_life(answer, token),
        renew=lambda: begin(definition, world, suite),
    )


def _life(answer: Response, token: str) -> float | None:
    """How long the token holds, where it says so, or the answer does as OAuth 2.0 has it
    (RFC 6749, 5.1)."""
    try:
        document = body.document(answer)
    except body.NotJsonError:
        document = None
    told = document.get("expires_in") if isinstance(document, dict) else None
    return claims.seconds(told) or claims.life(token)


def _request(spec: RequestSpec, world: World, suite: Suite) -> Request:
    known = Variables(world.values, Secrets())
    try:
        return encode.request(
            known.request(spec, suite.base),
            headers=suite.headers,
            timeout=suite.timeout,
            connect_timeout=suite.connect_timeout,
            tls=suite.tls,
        )
    except Unmeasurable as error:
        raise NotSignedInError(str(error)) from None


def _taken(capture: Capture, answer: Response, name: str, label: str) -> str:
    try:
        return str(captures.take(capture, answer))
    except captures.NotCaptured:
        where = captures.describe(capture)
        raise NotSignedInError(
            f"the answer to {label} holds no {name} ({where})",
            "correct 'save' of the sign-in",
        ) from None
