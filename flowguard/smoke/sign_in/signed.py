"""What a sign-in comes to: a way to authorize requests, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from flowguard.model.exchange import Request
from flowguard.smoke.secrets import Secrets
from flowguard.smoke.world import Authorize

LONGEST = 300
"""Characters of what a service says that are passed on."""


def _nothing() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Signed:
    """A sign-in that worked."""

    authorize: Authorize
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """All that must be masked wherever it is shown."""
    user_name: str = ""
    """Who is signed in, as `${auth.NAME.name}` gives it."""
    describe: str = ""
    """What is sent, in words: which token, its claims, never the token."""
    release: Callable[[], str] = _nothing
    """Removes what the sign-in made; may be called again.

    Returns what is left behind and how to remove it; empty where nothing is.
    """
    life: float | None = None
    """Seconds that the token holds from when it was given; None where nobody says."""
    expires: float | None = None
    """When it says that it ends, in seconds since 1970."""
    renew: Callable[[], Signed] | None = None
    """Signs the same user in anew; None for what somebody else got.

    Raises NotSignedInError or FlowGuardError: call it by `sign_in.renew`.
    """


@dataclass(frozen=True, slots=True)
class SignInFault:
    """Nobody is signed in: the checks that need it could not be measured."""

    message: str
    """Lower case, no full stop, no secret."""
    help: str = ""


class NotSignedInError(Exception):
    """Carries a fault out of the midst of a flow."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.help = help


def header(name: str, value: str) -> Authorize:
    """Authorize by one header, in place of any that has its name.

    Raises NotSignedInError where the value would end the header.
    """
    if not value.isprintable():
        raise NotSignedInError(
            f"what was to be sent as {name} has a line break or other controls in it",
            "look where the value comes from, and strip it",
        )

    def authorize(request: Request) -> Request:
        others = [pair for pair in request.headers if pair[0].lower() != name.lower()]
        return replace(request, headers=(*others, (name, value)))

    return authorize


def said(text: object, secrets: Iterable[str]) -> str:
    """What a service says, on one line, short, without the secrets it may repeat."""
    masked = Secrets()
    for secret in secrets:
        masked.add(secret)
    line = " ".join(masked.mask(str(text)).split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
