"""Signing in to the service under test.

What cannot be signed in was not measured: a fault here makes checks errored, and
never failed.
"""

from __future__ import annotations

import base64
from dataclasses import replace

from flowguard.errors import FlowGuardError
from flowguard.smoke.sign_in import claims
from flowguard.smoke.sign_in.signed import (
    NotSignedInError,
    Signed,
    SignInFault,
    header,
)
from flowguard.smoke.sign_ins import (
    ApiKey,
    Basic,
    Bearer,
    Cognito,
    Login,
    OAuth2,
    SignIn,
    SigV4,
)
from flowguard.smoke.suite import Suite
from flowguard.smoke.world import World

__all__ = ["SignInFault", "Signed", "begin", "renew"]

NO_SUITE = Suite(())


def begin(
    name: str, definition: SignIn, world: World, suite: Suite = NO_SUITE
) -> Signed | SignInFault:
    """Sign in as the spec's `name`; thread-safe.

    No `${…}` is left in the definition. `suite` has the settings of the requests
    that a sign-in sends. Whoever gets a `Signed` must call its `release`.
    """
    # A kind is imported by those who sign in so: few runs know more than one.
    try:
        match definition:
            case Cognito():
                from flowguard.smoke.sign_in import cognito

                return cognito.begin(name, definition, world)
            case OAuth2():
                from flowguard.smoke.sign_in import oauth2

                return oauth2.begin(definition, world, suite)
            case Login():
                from flowguard.smoke.sign_in import login

                return login.begin(definition, world, suite)
            case SigV4():
                return _signature(definition, world)
            case Bearer() | Basic() | ApiKey():
                return _given(definition)
    except (NotSignedInError, FlowGuardError) as error:
        return SignInFault(error.message, error.help)


def renew(signed: Signed) -> Signed | SignInFault:
    """Sign the same user in anew; thread-safe.

    What the first sign-in made is still removed by the `release` of any of them. A
    credential that somebody else got cannot be renewed.
    """
    if signed.renew is None:
        return SignInFault("it was given, and cannot be renewed")
    try:
        return replace(signed.renew(), renew=signed.renew)
    except (NotSignedInError, FlowGuardError) as error:
        return SignInFault(error.message, error.help)


def _signature(definition: SigV4, world: World) -> Signed:
    service = definition.service
    return Signed(
        world.sign(service, definition.region),
        describe=f"it was signed (SigV4) for {service} with the credentials of the run",
    )


def _given(definition: Bearer | Basic | ApiKey) -> Signed:
    """A credential that somebody else got."""
    match definition:
        case Bearer(token):
            return Signed(
                header("Authorization", f"Bearer {_some(token, 'token')}"),
                (token,),
                describe=f"the bearer token of the spec was sent{claims.in_words(token)}",
                expires=claims.ends(token),
            )
        case Basic(user, password):
            pair = base64.b64encode(f"{user}:{password}".encode()).decode()
            return Signed(
                header("Authorization", f"Basic {pair}"),
                tuple(filter(None, (password, pair))),
                user,
                f"the name {user} and its password were sent",
            )
        case ApiKey(value, name):
            return Signed(
                header(name, _some(value, "API key")),
                (value,),
                describe=f"the API key of the spec was sent as {name}",
            )


def _some(value: str, what: str) -> str:
    if not value.strip():
        raise NotSignedInError(
            f"the {what} is empty", "look where its value comes from"
        )
    return value
