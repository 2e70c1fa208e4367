"""A user of a Cognito user pool who lives as long as one run."""

from __future__ import annotations

import re
import secrets
import shlex
import threading

from flowguard.smoke.sign_in.cognito_calls import UNREACHABLE, Pool
from flowguard.smoke.world import AwsRefusal

PREFIX = "flowguard-smoke-"
"""What the name of every such user begins with, so that one left behind is found."""
LONGEST_RUN_ID = 40
MAIL_DOMAIN = "example.com"
"""Nobody's (RFC 2606)."""


class Ephemeral:
    """The user; thread-safe."""

    def __init__(self, pool: Pool, run_id: str) -> None:
        told = re.sub(r"[^A-Za-z0-9-]+", "-", run_id)[:LONGEST_RUN_ID].strip("-")
        unique = secrets.token_hex(4)
        self.name = PREFIX + "-".join(filter(None, (told, unique)))
        # Long enough for any policy, with one of each kind that one may ask for.
        self.password = secrets.token_urlsafe(60) + "aA1!"
        self._pool = pool
        self._username = ""
        """As the pool has it; empty while there is nobody to remove."""
        self._lock = threading.Lock()
        pool.secrets.append(self.password)

    def create(self) -> None:
        """Make the user, without a message to anybody. Raises NotSignedInError."""
        definition = self._pool.definition
        attributes = dict(definition.attributes)
        self._pool.go_on()
        try:
            self._create(attributes)
        except AwsRefusal as refusal:
            if not _wants_address(refusal):
                raise self._pool.fault("admin_create_user", refusal) from None
            self._create_by_address(attributes)
        user = {"UserPoolId": self._pool.id, "Username": self._username}
        self._pool.call(
            "admin_set_user_password", **user, Password=self.password, Permanent=True
        )
        for group in definition.groups:
            self._pool.call("admin_add_user_to_group", **user, GroupName=group)

    def _create_by_address(self, attributes: dict[str, str]) -> None:
        """Make it in a pool whose users sign in with their address."""
        self.name = attributes.get("email") or f"{self.name}@{MAIL_DOMAIN}"
        mail = {"email": self.name, "email_verified": "true"}
        try:
            self._create(mail | attributes)
        except AwsRefusal as refusal:
            raise self._pool.fault("admin_create_user", refusal) from None

    def _create(self, attributes: dict[str, str]) -> None:
        """Make it. Raises AwsRefusal."""
        pairs = [{"Name": key, "Value": value} for key, value in attributes.items()]
        try:
            answer = self._pool.ask(
                "admin_create_user",
                UserPoolId=self._pool.id,
                Username=self.name,
                UserAttributes=pairs,
                MessageAction="SUPPRESS",
            )
        except AwsRefusal as refusal:
            # The answer to a call that was carried out may have been lost: then the
            # user is there, or the next try says so. A name of ours is nobody else's.
            taken = refusal.code == "UsernameExistsException"
            ours = self.name.startswith(PREFIX)
            if ours and (taken or refusal.code == UNREACHABLE):
                self._username = self.name
            if not (ours and taken):
                raise
        else:
            made = answer.get("User") or {}
            self._username = str(made.get("Username") or self.name)

    def remove(self) -> str:
        """Remove the user, once; say who is left behind, and how to remove it."""
        with self._lock:
            if not self._username:
                return ""
            try:
                self._pool.ask(
                    "admin_delete_user",
                    UserPoolId=self._pool.id,
                    Username=self._username,
                )
            except AwsRefusal as refusal:
                if refusal.code != "UserNotFoundException":
                    return self._left(refusal)
            self._username = ""
            return ""

    def _left(self, refusal: AwsRefusal) -> str:
        command = shlex.join(
            (
                *("aws", "cognito-idp", "admin-delete-user"),
                *("--region", self._pool.region),
                *("--user-pool-id", self._pool.id, "--username", self._username),
            )
        )
        code = self._pool.said(refusal.code)
        return (
            f"user {self._username} may be left behind ({code}); remove it: {command}"
        )


def _wants_address(refusal: AwsRefusal) -> bool:
    """Whether a pool has users by their address (its UsernameAttributes)."""
    invalid = refusal.code == "InvalidParameterException"
    return invalid and "email" in refusal.message.lower()
