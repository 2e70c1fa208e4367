"""Cognito user pools that refuse what the real ones refuse.

moto lets a wrong password pass over SRP, ignores the flows of an app client and its
secret. This is for what it cannot show: the answers' codes and words are those that
Cognito's API reference and its users report.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from smoke_servers.serving import Answer, Asked
from smoke_servers.srp import Attempt, verifier

TARGET = "AWSCognitoIdentityProviderService."
JSON = {"Content-Type": "application/x-amz-json-1.1"}
WRONG = ("NotAuthorizedException", "Incorrect username or password.")
HOUR = 3600
Body = dict[str, Any]


class RefusedError(Exception):
    """Cognito says no: a code and words."""


@dataclass
class AppClient:
    """An app client: what it may, and what it must know."""

    flows: frozenset[str] = frozenset({"ALLOW_ADMIN_USER_PASSWORD_AUTH"})
    secret: str = ""


@dataclass
class User:
    """A user, who must choose a password as long as it is not permanent."""

    attributes: dict[str, str] = field(default_factory=dict)
    password: str = ""
    permanent: bool = True
    confirmed: bool = True
    mfa: str = ""
    """The challenge that asks for a second factor."""
    groups: set[str] = field(default_factory=set)
    sub: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass
class UserPool:
    """One user pool; serve it by `smoke_servers.serving.serving(pool)`."""

    id: str = "eu-central-1_Users1234"
    clients: dict[str, AppClient] = field(default_factory=lambda: {"web": AppClient()})
    users: dict[str, User] = field(default_factory=dict)
    groups: set[str] = field(default_factory=set)
    by_email: bool = False
    """Whether users are known by their address."""
    failures: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By operation, what it is refused with."""
    called: list[tuple[str, Body]] = field(default_factory=list)
    created: list[str] = field(default_factory=list)
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    on_call: Callable[[str], None] = lambda _operation: None
    _attempts: dict[str, Attempt] = field(default_factory=dict)

    def __call__(self, asked: Asked) -> Answer:
        """The answer to a request of Cognito's API."""
        operation = asked.headers.get("x-amz-target", "").removeprefix(TARGET)
        body = json.loads(asked.body)
        self.called.append((operation, body))
        self.on_call(operation)
        signed = "AWS4-HMAC-SHA256" in asked.headers.get("authorization", "")
        try:
            answer = self._carry_out(operation, body, signed=signed)
        except RefusedError as error:
            code, said = error.args
            document = {"__type": code, "message": said}
            return Answer(400, json.dumps(document).encode(), JSON)
        return Answer(200, json.dumps(answer).encode(), JSON)

    def _carry_out(self, operation: str, body: Body, *, signed: bool) -> Body:
        if operation.startswith("Admin") and not signed:
            raise RefusedError("MissingAuthenticationTokenException", "sign it")
        if operation in self.failures:
            raise RefusedError(*self.failures[operation])
        return OPERATIONS[operation](self, body)

    def claims(self, token: str) -> Body | None:
        """What a token of this pool says; None where it is not, or not any more."""
        signed, _, signature = token.rpartition(".")
        if not hmac.compare_digest(self._signature(signed), signature):
            return None
        claims: Body = json.loads(_decoded(signed.split(".")[1]))
        return claims if claims["exp"] > time.time() else None

    # -- users ---------------------------------------------------------------

    def create(self, body: Body) -> Body:
        """AdminCreateUser."""
        self._is_asked(body)
        name = body["Username"]
        if body.get("MessageAction") != "SUPPRESS":
            raise RefusedError("CodeDeliveryFailureDeliveryException", "no e-mail here")
        if self.by_email and "@" not in name:
            said = "Username should be an email."
            raise RefusedError("InvalidParameterException", said)
        if name in self.users:
            said = "User account already exists"
            raise RefusedError("UsernameExistsException", said)
        pairs = {row["Name"]: row["Value"] for row in body.get("UserAttributes", ())}
        self.users[name] = User(pairs, permanent=False)
        self.created.append(name)
        return {"User": {"Username": name, "UserStatus": "FORCE_CHANGE_PASSWORD"}}

    def set_password(self, body: Body) -> Body:
        """AdminSetUserPassword."""
        user = self._user(body)
        password = body["Password"]
        if len(password) < 12 or not any(
            c in "^$*.[]{}()?\"!@#%&/\\,><':;|_~`+=" for c in password
        ):
            raise RefusedError(
                "InvalidPasswordException", "Password does not conform to policy"
            )
        user.password, user.permanent = password, body.get("Permanent", False)
        return {}

    def add_to_group(self, body: Body) -> Body:
        """AdminAddUserToGroup."""
        if body["GroupName"] not in self.groups:
            raise RefusedError("ResourceNotFoundException", "Group not found.")
        self._user(body).groups.add(body["GroupName"])
        return {}

    def delete(self, body: Body) -> Body:
        """AdminDeleteUser."""
        self._user(body)
        del self.users[body["Username"]]
        return {}

    # -- signing in ----------------------------------------------------------

    def admin_initiate(self, body: Body) -> Body:
        """AdminInitiateAuth."""
        self._is_asked(body)
        client = self._client(body)
        flow = body["AuthFlow"]
        if flow != "ADMIN_USER_PASSWORD_AUTH" or f"ALLOW_{flow}" not in client.flows:
            said = "Auth flow not enabled for this client"
            raise RefusedError("InvalidParameterException", said)
        return self._by_password(body)

    def initiate(self, body: Body) -> Body:
        """InitiateAuth."""
        client = self._client(body)
        flow = body["AuthFlow"]
        if flow not in {"USER_PASSWORD_AUTH", "USER_SRP_AUTH"}:
            said = "Initiate Auth method not supported."
            raise RefusedError("InvalidParameterException", said)
        if f"ALLOW_{flow}" not in client.flows:
            words = {
                "USER_PASSWORD_AUTH": f"{flow} flow not enabled for this client",
                "USER_SRP_AUTH": f"{flow} is not enabled for the client.",
            }
            raise RefusedError("InvalidParameterException", words[flow])
        return (
            self._by_password(body) if flow == "USER_PASSWORD_AUTH" else self._srp(body)
        )

    def respond(self, body: Body) -> Body:
        """RespondToAuthChallenge."""
        self._client(body)
        responses = body["ChallengeResponses"]
        attempt = self._attempts.pop(body.get("Session", ""), None)
        if body["ChallengeName"] != "PASSWORD_VERIFIER" or attempt is None:
            said = "Invalid session for the user."
            raise RefusedError("NotAuthorizedException", said)
        self._knows_secret(body, responses, responses["USERNAME"])
        if not attempt.proves(responses):
            raise RefusedError(*WRONG)
        return self._tokens(body["ClientId"], responses["USERNAME"])

    def _by_password(self, body: Body) -> Body:
        given = body["AuthParameters"]
        self._knows_secret(body, given, given["USERNAME"])
        user = self.users.get(given["USERNAME"])
        if user is None or not user.password or user.password != given["PASSWORD"]:
            raise RefusedError(*WRONG)
        return self._tokens(body["ClientId"], given["USERNAME"])

    def _srp(self, body: Body) -> Body:
        given = body["AuthParameters"]
        name = given["USERNAME"]
        self._knows_secret(body, given, name)
        user = self.users.get(name)
        if user is None:
            raise RefusedError(*WRONG)
        kept = verifier(self.id.split("_")[1], name, user.password)
        attempt = Attempt(kept, int(given["SRP_A"], 16))
        if not attempt.acceptable:
            raise RefusedError("InvalidParameterException", "SRP_A is not valid")
        session = secrets.token_urlsafe(20)
        self._attempts[session] = attempt
        return {
            "ChallengeName": "PASSWORD_VERIFIER",
            "Session": session,
            "ChallengeParameters": attempt.challenge(),
        }

    def _tokens(self, client: str, name: str) -> Body:
        user = self.users[name]
        if not user.confirmed:
            said = "User is not confirmed."
            raise RefusedError("UserNotConfirmedException", said)
        challenge = user.mfa or ("" if user.permanent else "NEW_PASSWORD_REQUIRED")
        if challenge:
            return {"ChallengeName": challenge, "ChallengeParameters": {}}
        now = int(time.time())
        shared = {
            "sub": user.sub,
            "iss": f"https://cognito-idp.eu-central-1.amazonaws.com/{self.id}",
            "iat": now,
            "exp": now + HOUR,
            "cognito:groups": sorted(user.groups),
        }
        id_claims = {"token_use": "id", "aud": client, "cognito:username": name}
        access = {"token_use": "access", "client_id": client, "username": name}
        return {
            "AuthenticationResult": {
                "IdToken": self._token({**shared, **user.attributes, **id_claims}),
                "AccessToken": self._token({**shared, **access}),
                "RefreshToken": secrets.token_urlsafe(40),
                "ExpiresIn": HOUR,
                "TokenType": "Bearer",
            }
        }

    # -- what must be so -----------------------------------------------------

    def _is_asked(self, body: Body) -> None:
        if body.get("UserPoolId") != self.id:
            said = f"User pool {body.get('UserPoolId')} does not exist."
            raise RefusedError("ResourceNotFoundException", said)

    def _client(self, body: Body) -> AppClient:
        name = body.get("ClientId", "")
        if name not in self.clients:
            said = f"User pool client {name} does not exist."
            raise RefusedError("ResourceNotFoundException", said)
        return self.clients[name]

    def _user(self, body: Body) -> User:
        self._is_asked(body)
        if body["Username"] not in self.users:
            raise RefusedError("UserNotFoundException", "User does not exist.")
        return self.users[body["Username"]]

    def _knows_secret(self, body: Body, given: Body, name: str) -> None:
        client, secret = body["ClientId"], self.clients[body["ClientId"]].secret
        sent = given.get("SECRET_HASH")
        if secret and sent is None:
            said = f"Client {client} is configured with secret but SECRET_HASH was not received"
            raise RefusedError("NotAuthorizedException", said)
        digest = hmac.digest(secret.encode(), (name + client).encode(), hashlib.sha256)
        if secret and sent != base64.b64encode(digest).decode():
            said = f"SecretHash does not match for the client: {client}"
            raise RefusedError("NotAuthorizedException", said)
        if sent is not None and not secret:
            said = (
                f"Client {client} is not configured for secret but secret was received"
            )
            raise RefusedError("NotAuthorizedException", said)

    def _token(self, claims: Body) -> str:
        signed = ".".join(_encoded(part) for part in ({"alg": "HS256"}, claims))
        return f"{signed}.{self._signature(signed)}"

    def _signature(self, signed: str) -> str:
        digest = hmac.digest(self.key, signed.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


OPERATIONS: dict[str, Callable[[UserPool, Body], Body]] = {
    "AdminAddUserToGroup": UserPool.add_to_group,
    "AdminCreateUser": UserPool.create,
    "AdminDeleteUser": UserPool.delete,
    "AdminInitiateAuth": UserPool.admin_initiate,
    "AdminSetUserPassword": UserPool.set_password,
    "InitiateAuth": UserPool.initiate,
    "RespondToAuthChallenge": UserPool.respond,
}


def _encoded(part: Body) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
