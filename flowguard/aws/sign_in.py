"""Signing in to AWS, and saying in one line why it does not work."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar, cast

import botocore.session
from botocore import exceptions
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    DeferredRefreshableCredentials,
)
from botocore.parsers import ResponseParserError

from flowguard import spoken
from flowguard.aws import answers, fence
from flowguard.aws.clients import client_config
from flowguard.errors import AccountError, nearest

T = TypeVar("T")

CONNECT_TIMEOUT = 2.0
READ_TIMEOUT = 3.0
ATTEMPTS = 2
SECONDS = 30.0
"""For all of a sign-in: a program or a server may be asked for the credentials."""

IN_ACTIONS = (
    "in GitHub Actions, run aws-actions/configure-aws-credentials before this step"
)
SIGN_IN_AGAIN = f"sign in again (aws sso login, aws login), or, {IN_ACTIONS}"
SIGN_IN = f"sign in (aws sso login, aws configure) or name a profile; {IN_ACTIONS}"
LOOK_AT_NETWORK = (
    "check the network, HTTPS_PROXY and AWS_ENDPOINT_URL, and that the region is right"
)

ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+")


def open_session(profile: str | None) -> botocore.session.Session:
    """A session with the credentials chain that AWS's tools share."""
    session = _new_session(profile)
    try:
        session.get_scoped_config()
    except exceptions.ProfileNotFound as error:
        name = profile or session.get_config_variable("profile")
        raise AccountError(
            f"there is no AWS profile called {name!r}",
            help=_profiles(session.available_profiles),
        ) from error
    except exceptions.BotoCoreError as error:
        raise _misconfigured(error) from error
    return session


def _new_session(profile: str | None) -> botocore.session.Session:
    session = botocore.session.Session(profile=profile)
    session.register("before-parse", _let_it_be_retried)
    fence.fence(session)
    return session


def _let_it_be_retried(**answer: Any) -> None:
    """Drop the text of a server's error that is not AWS's own.

    A gateway before AWS may answer 503 with a plain word. Where botocore
    expects XML it ends with a parser's error; without a text, it retries.
    """
    parts = answer["response_dict"]
    if parts["status_code"] < HTTPStatus.INTERNAL_SERVER_ERROR:
        return  # an object of S3 has a stream for a body
    if (parts.get("body") or b"").lstrip()[:1] not in {b"<", b"{"}:
        parts["body"] = b""


def _or_offline(advice: str) -> str:
    offline = spoken.switch("offline")
    return f"{advice}; preflight with {offline} checks the template without an account"


def _profiles(names: list[str]) -> str:
    if not names:
        return (
            "make one with aws configure sso, or leave the profile and AWS_PROFILE out"
        )
    return f"use one of {', '.join(sorted(names))}, or make it with aws configure sso"


def find_region(session: botocore.session.Session, given: str | None) -> str:
    """The region that was given, or else the session's; it must be one of AWS's."""
    region = given or session.get_config_variable("region")
    if not region:
        raise AccountError(
            "no AWS region is set",
            help=f"give {spoken.option('region')}, or set AWS_REGION, or a region in the AWS "
            "profile",
        )
    try:
        # Knows the pattern of regions too, so one newer than botocore passes.
        session.get_partition_for_region(region)
    except exceptions.UnknownRegionError as error:
        known = [
            name
            for partition in session.get_available_partitions()
            for name in session.get_available_regions("sts", partition)
        ]
        near = nearest(region, known)
        raise AccountError(
            f"there is no AWS region called {region!r}",
            help=f"did you mean {near}?" if near else "use one such as eu-central-1",
        ) from error
    return str(region)


class _RoleCredentials:
    """Where a session looks for credentials that were taken by a role."""

    def __init__(self, credentials: DeferredRefreshableCredentials) -> None:
        self._credentials = credentials

    def load_credentials(self) -> DeferredRefreshableCredentials:
        """What botocore calls when it first needs them."""
        return self._credentials


def take_role(
    session: botocore.session.Session,
    role_arn: str,
    region: str,
    endpoint_url: str | None,
) -> botocore.session.Session:
    """A session that goes on as the role; its credentials renew themselves."""
    if not ROLE_ARN.fullmatch(role_arn):
        raise AccountError(
            f"{role_arn!r} is not the ARN of a role",
            help="give one such as arn:aws:iam::123456789012:role/deploy",
        )
    source = _plainly(session.get_credentials)
    if source is None:
        raise AccountError("no AWS credentials were found", help=_or_offline(SIGN_IN))
    fetcher = AssumeRoleCredentialFetcher(
        partial(
            session.create_client,
            region_name=region,
            endpoint_url=endpoint_url,
            config=_impatient(),
        ),
        source,
        role_arn,
        extra_args={"RoleSessionName": "flowguard"},
    )
    credentials = DeferredRefreshableCredentials(
        fetcher.fetch_credentials, method="assume-role"
    )
    as_role = _new_session(session.profile)
    as_role.register_component("credential_provider", _RoleCredentials(credentials))
    return as_role


def account_id(
    session: botocore.session.Session, region: str, endpoint_url: str | None
) -> str | None:
    """The account that the session is signed in to; None where AWS won't say."""

    def ask() -> str | None:
        client: Any = session.create_client(
            "sts", region_name=region, endpoint_url=endpoint_url, config=_impatient()
        )
        try:
            return str(client.get_caller_identity()["Account"])
        except exceptions.ClientError as error:
            code = answers.error_code(error)
            named = error.operation_name == "GetCallerIdentity"
            if named and code in {"AccessDenied", "AccessDeniedException"}:
                return None
            raise

    return _plainly(ask)


def _impatient() -> Any:
    """Settings that tell within seconds that AWS cannot be reached."""
    return client_config(
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
    )


def _plainly(ask: Callable[[], T]) -> T:
    """Ask, and turn every error of botocore into an AccountError."""
    try:
        return cast("T", fence.within(SECONDS, ask, "signing in", fence.running()))
    except answers.TooSlowError as error:
        raise AccountError(
            f"AWS cannot be reached ({error})", help=_or_offline(LOOK_AT_NETWORK)
        ) from error
    except exceptions.ClientError as error:
        raise _refused(error) from error
    except exceptions.BotoCoreError as error:
        raise _failed(error) from error
    except (ResponseParserError, KeyError, answers.UnreadableError) as error:
        raise AccountError(
            f"AWS cannot be reached (something else answers: {type(error).__name__})",
            help=_or_offline(LOOK_AT_NETWORK),
        ) from error
    except ValueError as error:  # botocore's for an endpoint that is no URL
        raise _misconfigured(error) from error


def _refused(error: exceptions.ClientError) -> AccountError:
    """What to say where AWS answered, and did not let us in."""
    code = answers.error_code(error)
    said = answers.one_line(f"{code}: {answers.error_message(error)}")
    if code in answers.EXPIRED:
        return AccountError("the AWS credentials have expired", help=SIGN_IN_AGAIN)
    if code in answers.INVALID:
        return AccountError(
            f"AWS does not accept the credentials ({said})",
            help=f"check them, and that the region is enabled; {SIGN_IN_AGAIN}",
        )
    if error.operation_name.startswith("AssumeRole"):
        return AccountError(
            f"AWS does not let these credentials assume the role ({said})",
            help="allow sts:AssumeRole on the role, and let its trust policy name you",
        )
    return AccountError(f"AWS cannot be asked ({said})", help="try again later")


def _failed(error: exceptions.BotoCoreError) -> AccountError:
    """What to say where there was nothing to sign in with, or nobody to ask."""
    reason = answers.one_line(str(error))
    if isinstance(error, exceptions.NoCredentialsError):
        return AccountError("no AWS credentials were found", help=_or_offline(SIGN_IN))
    if isinstance(error, answers.SIGNED_OUT):
        return AccountError(
            f"the AWS sign-in has expired ({reason})", help=SIGN_IN_AGAIN
        )
    if isinstance(error, answers.NO_CREDENTIALS):
        return AccountError(
            f"no AWS credentials could be had ({reason})", help=_or_offline(SIGN_IN)
        )
    if isinstance(error, answers.NO_CONNECTION):
        return AccountError(
            f"AWS cannot be reached ({reason})", help=_or_offline(LOOK_AT_NETWORK)
        )
    return _misconfigured(error)


def _misconfigured(error: Exception) -> AccountError:
    return AccountError(
        f"AWS is configured wrongly ({answers.one_line(str(error))})",
        help="check AWS's environment variables and ~/.aws/config",
    )
