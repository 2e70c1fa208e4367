"""The calls of a Cognito sign-in, and what their refusals mean."""

from __future__ import annotations

import re
from typing import Any

from flowguard.smoke.sign_in.signed import NotSignedInError, said
from flowguard.smoke.sign_ins import Cognito
from flowguard.smoke.world import AwsRefusal, World

CHECK_NAMES = "check pool, client and region"
ALLOWED = {
    "admin": "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "password": "ALLOW_USER_PASSWORD_AUTH",
    "srp": "ALLOW_USER_SRP_AUTH",
}
HELP = {
    "NotAuthorizedException": "check user and password",
    "UserNotFoundException": "check user, or let it be ephemeral",
    "UserNotConfirmedException": "confirm the user (aws cognito-idp "
    "admin-confirm-sign-up), or let user be ephemeral",
    "PasswordResetRequiredException": "set a password for good (aws cognito-idp "
    "admin-set-user-password --permanent), or let user be ephemeral",
    "ResourceNotFoundException": CHECK_NAMES,
    "TooManyRequestsException": "try again later",
    "LimitExceededException": "try again later",
    "UserLambdaValidationException": "a trigger of the pool refuses; sign in as a "
    "user that it lets pass",
    "UnexpectedLambdaException": "a trigger of the pool fails; look into its logs",
    "InvalidLambdaResponseException": "a trigger of the pool fails; look into its logs",
}
DENIED = re.compile("^AccessDenied")
SIGNED_OUT = re.compile(
    "^(ExpiredToken|InvalidClientTokenId|InvalidSignature|NoCredentials"
    "|UnrecognizedClient)"
)
"""Codes of a call whose AWS credentials are none, or none any longer."""
UNREACHABLE = "Unreachable"
"""The code of a refusal that is none of AWS's: nobody answered."""


class Pool:
    """A user pool, as one sign-in asks it; it knows what must not be repeated."""

    def __init__(self, definition: Cognito, world: World) -> None:
        self.definition = definition
        self.id = definition.pool
        self.region = definition.region or definition.pool.partition("_")[0]
        self.secrets = [definition.client_secret, definition.password]
        self._world = world

    def call(self, operation: str, **given: Any) -> dict[str, Any]:
        """Call an operation. Raises NotSignedInError, also when we are cancelled."""
        self.go_on()
        try:
            return self.ask(operation, **given)
        except AwsRefusal as refusal:
            raise self.fault(operation, refusal) from None

    def go_on(self) -> None:
        """Raise NotSignedInError when the run was cancelled."""
        if not self._world.clock.wait(0):
            raise NotSignedInError("the run was cancelled")

    def ask(self, operation: str, **given: Any) -> dict[str, Any]:
        """Call an operation whatever has happened. Raises AwsRefusal."""
        return self._world.call(
            "cognito-idp",
            operation,
            region=self.region,
            endpoint=self.definition.endpoint,
            **given,
        )

    def fault(self, operation: str, refusal: AwsRefusal) -> NotSignedInError:
        """What a refusal means to who wrote the spec."""
        code, text = self.said(refusal.code), self.said(refusal.message)
        name = "".join(part.capitalize() for part in operation.split("_"))
        why = f"{code}: {text}".removesuffix(": ")
        if code == UNREACHABLE:
            return NotSignedInError(
                f"user pool {self.id} does not answer: {text}",
                "check region and endpoint, and that this runner may reach it",
            )
        return NotSignedInError(
            f"user pool {self.id} refuses {name} ({why})",
            self._help(name, code, text),
        )

    def said(self, text: str) -> str:
        """What AWS says, without a secret of this sign-in."""
        return said(text, self.secrets)

    def _help(self, name: str, code: str, text: str) -> str:
        wanted = text.lower()
        if SIGNED_OUT.match(code):
            return "sign in to AWS again, then run this again"
        if DENIED.match(code) or "is not authorized to perform" in wanted:
            return f"allow cognito-idp:{name} on the user pool"
        if "secret" in wanted:
            return "give the app client's secret as client_secret, and no other"
        if "not enabled" in wanted or "not supported" in wanted:
            allow = ALLOWED[self.definition.flow]
            return f"add {allow} to ExplicitAuthFlows of the app client, or choose flow"
        return HELP.get(code, CHECK_NAMES)
