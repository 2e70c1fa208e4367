"""Users of a Cognito user pool: their tokens, and users made for one run."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any

from flowguard.smoke.sign_in import claims, srp
from flowguard.smoke.sign_in.cognito_calls import Pool
from flowguard.smoke.sign_in.cognito_user import Ephemeral
from flowguard.smoke.sign_in.signed import NotSignedInError, Signed, header
from flowguard.smoke.sign_ins import Cognito
from flowguard.smoke.world import World

EPHEMERAL = "ephemeral"
TOKENS = {"id": "IdToken", "access": "AccessToken"}
FLOWS = {
    "admin": ("admin_initiate_auth", "ADMIN_USER_PASSWORD_AUTH"),
    "password": ("initiate_auth", "USER_PASSWORD_AUTH"),
    "srp": ("initiate_auth", "USER_SRP_AUTH"),
}
SECOND_FACTOR = "sign in as a user without a second factor, or let user be ephemeral"
PERMANENT = (
    "set one for good (aws cognito-idp admin-set-user-password --permanent), or let "
    "user be ephemeral"
)
CHALLENGES = {
    "NEW_PASSWORD_REQUIRED": (
        "its user must choose a new password first",
        PERMANENT,
    ),
    "SMS_MFA": ("it wants a code that it has sent by SMS", SECOND_FACTOR),
    "EMAIL_OTP": ("it wants a code that it has sent by e-mail", SECOND_FACTOR),
    "SMS_OTP": ("it wants a code that it has sent by SMS", SECOND_FACTOR),
    "SOFTWARE_TOKEN_MFA": ("it wants the code of an authenticator", SECOND_FACTOR),
    "SELECT_MFA_TYPE": ("it wants a second factor", SECOND_FACTOR),
    "SELECT_CHALLENGE": ("it wants to know by what to sign in", "try another flow"),
    "MFA_SETUP": (
        "it wants every user to set up a second factor",
        "make the second factor of the pool optional, or give a token (bearer)",
    ),
    "DEVICE_SRP_AUTH": (
        "it remembers devices and wants to know this one",
        "sign in as a user of whom no device is remembered",
    ),
}
"""What a challenge means that nobody can answer in a pipeline, and what to do."""


@dataclass(frozen=True, slots=True)
class User:
    """Who signs in."""

    name: str
    password: str = field(repr=False)


def begin(name: str, definition: Cognito, world: World) -> Signed:
    """Sign a user in; one that is made for it is removed when that fails.

    Raises NotSignedInError.
    """
    if definition.flow not in FLOWS or definition.use not in TOKENS:
        raise NotSignedInError(
            f"sign-in {name!r} has no such flow or token",
            "let flow be admin, password or srp, and token be id or access",
        )
    pool = Pool(definition, world)
    if definition.user != EPHEMERAL:
        user = User(definition.user, definition.password)
        return _signed(pool, user, _tokens(pool, user), None)
    made = Ephemeral(pool, _run_id(world))
    try:
        made.create()
        user = User(made.name, made.password)
        return _signed(pool, user, _tokens(pool, user), made)
    except NotSignedInError as error:
        next_steps = "; ".join(filter(None, (error.help, made.remove())))
        raise NotSignedInError(error.message, next_steps) from None
    except BaseException:
        made.remove()
        raise


def _run_id(world: World) -> str:
    """What tells this run from others; nothing where nobody says."""
    return str(getattr(world.values("run", "id"), "text", ""))


def _signed(
    pool: Pool, user: User, tokens: dict[str, Any], made: Ephemeral | None
) -> Signed:
    use = pool.definition.use
    token = tokens.get(TOKENS[use])
    if not isinstance(token, str) or not token:
        raise NotSignedInError(
            f"user pool {pool.id} gives no {use} token",
            f"let token be {'access' if use == 'id' else 'id'}",
        )
    others = [tokens.get(key) for key in ("IdToken", "AccessToken", "RefreshToken")]
    secrets = {*pool.secrets, user.password, *others}
    who = "an ephemeral user" if made else f"user {user.name}"
    return Signed(
        header("Authorization", f"Bearer {token}"),
        tuple(sorted(filter(None, secrets))),
        user.name,
        f"the {use} token of {who} was sent{claims.in_words(token)}",
        made.remove if made else lambda: "",
        life=claims.seconds(tokens.get("ExpiresIn")) or claims.life(token),
        renew=lambda: _signed(pool, user, _tokens(pool, user), made),
    )


# -- the flows -------------------------------------------------------------------


def _tokens(pool: Pool, user: User) -> dict[str, Any]:
    """The tokens of a user. Raises NotSignedInError."""
    operation, flow = FLOWS[pool.definition.flow]
    pool.secrets.append(user.password)
    client = srp.Client(pool.id)
    given = {"USERNAME": user.name, **_secret_hash(pool, user.name)}
    if flow == "USER_SRP_AUTH":
        given["SRP_A"] = client.public
    else:
        given["PASSWORD"] = user.password
    where = {"UserPoolId": pool.id} if operation.startswith("admin") else {}
    answer = pool.call(
        operation,
        ClientId=pool.definition.client,
        AuthFlow=flow,
        AuthParameters=given,
        **where,
    )
    if answer.get("ChallengeName") == "PASSWORD_VERIFIER":
        answer = _proven(pool, user, client, answer)
    if challenge := answer.get("ChallengeName"):
        raise _cannot(pool, str(challenge))
    result: dict[str, Any] = answer.get("AuthenticationResult") or {}
    return result


def _proven(
    pool: Pool, user: User, client: srp.Client, answer: dict[str, Any]
) -> dict[str, Any]:
    """The answer once the password is proven without being sent."""
    challenge = answer.get("ChallengeParameters") or {}
    try:
        proof = client.proof(challenge, user.password)
    except srp.BadChallengeError as error:
        raise NotSignedInError(
            f"the SRP challenge of user pool {pool.id} is not valid: {error}",
            "check that pool and endpoint are right",
        ) from None
    session = {"Session": answer["Session"]} if answer.get("Session") else {}
    return pool.call(
        "respond_to_auth_challenge",
        ClientId=pool.definition.client,
        ChallengeName="PASSWORD_VERIFIER",
        ChallengeResponses={**proof, **_secret_hash(pool, proof["USERNAME"])},
        **session,
    )


def _secret_hash(pool: Pool, user_name: str) -> dict[str, str]:
    """What proves that we know the secret of the app client, where it has one."""
    secret = pool.definition.client_secret
    if not secret:
        return {}
    text = f"{user_name}{pool.definition.client}".encode()
    digest = hmac.digest(secret.encode(), text, hashlib.sha256)
    proof = base64.b64encode(digest).decode()
    pool.secrets.append(proof)
    return {"SECRET_HASH": proof}


def _cannot(pool: Pool, challenge: str) -> NotSignedInError:
    means, next_step = CHALLENGES.get(
        challenge,
        (
            "no pipeline can answer that",
            "sign in as a user who is asked for a password alone",
        ),
    )
    return NotSignedInError(
        f"user pool {pool.id} answers the sign-in with {pool.said(challenge)}: {means}",
        next_step,
    )
