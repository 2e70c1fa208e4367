"""What an error from AWS means: no such thing, or no answer, and why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus
from typing import TypeVar

from botocore import exceptions
from botocore.exceptions import (
    ClientError,
    CredentialRetrievalError,
    EndpointProviderError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    MetadataRetrievalError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    UnknownRegionError,
    UnsupportedS3AccesspointConfigurationError,
    UnsupportedS3ArnError,
    UnsupportedS3ConfigurationError,
)
from botocore.exceptions import ConnectionError as NoConnectionError
from botocore.parsers import ResponseParserError

from flowguard.model.questions import Absent, Observed, Present, Unknown, UnknownKind

T = TypeVar("T")

LONGEST_REASON = 300

DENIED = frozenset(
    {
        "401",
        "403",
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "Forbidden",
        "ForbiddenException",
        "NotAuthorized",
        "NotAuthorizedException",
        "OptInRequired",
        "SubscriptionRequiredException",
        "Unauthorized",
        "UnauthorizedException",
        "UnauthorizedOperation",
    }
)
NO_RIGHT = frozenset({"OptInRequired", "SubscriptionRequiredException"})
"""The account itself has no access to the service: no IAM action would help."""
EXPIRED = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "TokenRefreshRequired",
    }
)
INVALID = frozenset(
    {
        "AuthFailure",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "InvalidToken",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
"""The credentials, or what is signed with them, are not what AWS knows."""
THROTTLED = frozenset(
    {
        "429",
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "Slow Down",
        "SlowDown",
        "Throttled",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
UNSUPPORTED = frozenset(
    {
        "InvalidAction",
        "InvalidRequest",
        "InvalidRequestException",
        "NotImplemented",
        "NotImplementedException",
        "TypeNotFoundException",
        "UnknownOperation",
        "UnknownOperationException",
        "UnsupportedActionException",
        "UnsupportedOperation",
        "UnsupportedOperationException",
    }
)
"""The service cannot answer; asking again would not help."""
CODES = {
    DENIED: UnknownKind.DENIED,
    EXPIRED | INVALID: UnknownKind.SIGNED_OUT,
    THROTTLED: UnknownKind.THROTTLED,
    UNSUPPORTED: UnknownKind.UNSUPPORTED,
}
STATUSES: Mapping[int, UnknownKind] = {
    HTTPStatus.UNAUTHORIZED: UnknownKind.DENIED,
    HTTPStatus.FORBIDDEN: UnknownKind.DENIED,
    HTTPStatus.TOO_MANY_REQUESTS: UnknownKind.THROTTLED,
    HTTPStatus.NOT_IMPLEMENTED: UnknownKind.UNSUPPORTED,
    HTTPStatus.SERVICE_UNAVAILABLE: UnknownKind.THROTTLED,
}
REFUSED = re.compile("Validation|InvalidParameter|InvalidInput|InvalidName|Malformed")
"""Codes by which a service says that the question itself is not a valid one."""

SIGNED_OUT = tuple(
    # LoginError is newer than the oldest botocore that serves.
    getattr(exceptions, name)
    for name in ("LoginError", "SSOError", "TokenRetrievalError")
    if hasattr(exceptions, name)
)
NO_CREDENTIALS = (
    NoCredentialsError,
    PartialCredentialsError,
    CredentialRetrievalError,
    *SIGNED_OUT,
)
NO_SUCH_CALL = (
    EndpointProviderError,
    UnknownRegionError,
    UnsupportedS3AccesspointConfigurationError,
    UnsupportedS3ArnError,
    UnsupportedS3ConfigurationError,
)
"""What the SDK says of a name or a region of the user's: AWS has no such."""
NO_CONNECTION = (NoConnectionError, HTTPClientError)
NO_ANSWER = (
    *NO_CONNECTION,
    FlexibleChecksumError,
    IncompleteReadError,
    MetadataRetrievalError,
    ResponseParserError,
)
"""Nobody answered, or what came is no answer of AWS's."""
_STILL_EXPIRED = "refreshed credentials are still expired"
"""What the SDK says, in an error without a type of its own, where the credentials that
it renewed have expired as well."""
_OF_A_VALUE = re.compile(r"Invalid (length|range|bucket name)\b")
"""How the SDK refuses a value that AWS could have no name for."""


class UnreadableError(Exception):
    """What came is no answer of AWS's; the text says what it is."""


class TooSlowError(Exception):
    """A call has taken longer than it may; the text says which, and how long."""


_ACTION = re.compile(r"not authorized to perform:? ([a-z0-9-]+:[A-Za-z0-9*]+)")


def observed(
    ask: Callable[[], T | None], *, absent: Collection[str] = (), permission: str
) -> Observed[T]:
    """Ask, and say what the answer is.

    `ask` returns what AWS knows, or None where it knows of no such thing; an
    error code in `absent` means the same. An error that AWS or the network is the
    cause of leaves the question unanswered: only what AWS said can count as an
    answer. Any other is ours or the SDK's, and raised.
    `permission` is the IAM action that is missing where AWS denies without
    naming one itself.
    """
    try:
        value = ask()
    except Exception as error:
        if isinstance(error, ClientError) and error_code(error) in absent:
            return Absent()
        unknown = unanswered(error, permission)
        if unknown.kind is UnknownKind.BROKEN:
            raise
        return unknown
    return Absent() if value is None else Present(value)


def unanswered(error: Exception, permission: str) -> Unknown:
    """Why `error` left a question without an answer.

    What nobody foresaw is *broken*: a fault of FlowGuard's or of the SDK's, of which
    no result may come.
    """
    if isinstance(error, ClientError):
        return _refused(error, permission)
    reason = one_line(str(error))
    if isinstance(error, SIGNED_OUT) or _STILL_EXPIRED in reason:
        why = f"the AWS sign-in has expired ({reason})"
        return Unknown(UnknownKind.SIGNED_OUT, one_line(why))
    if isinstance(error, NO_CREDENTIALS):
        why = f"no AWS credentials could be had ({reason})"
        return Unknown(UnknownKind.SIGNED_OUT, one_line(why))
    if isinstance(error, NO_SUCH_CALL) or _refuses_a_value(error):
        return Unknown(UnknownKind.UNSUPPORTED, reason)
    if isinstance(error, (*NO_ANSWER, TooSlowError)):
        return Unknown(UnknownKind.UNREACHABLE, reason)
    if isinstance(error, UnreadableError):
        return Unknown(UnknownKind.UNREACHABLE, f"no readable answer: {reason}")
    return broken(error)


def remedy(unknown: Unknown) -> str:
    """What helps where a question must have an answer and has none."""
    if unknown.kind is UnknownKind.SIGNED_OUT:
        return "sign in to AWS again, then run this again"
    return f"allow {unknown.permission}" if unknown.permission else "try again"


def broken(error: Exception) -> Unknown:
    """What is said of a question on which FlowGuard or the SDK broke."""
    name = type(error).__name__
    return Unknown(UnknownKind.BROKEN, one_line(f"FlowGuard broke: {name}: {error}"))


def _refuses_a_value(error: Exception) -> bool:
    """Whether the SDK refuses a value for its form, not a parameter that we named."""
    if not isinstance(error, ParamValidationError):
        return False
    lines = str(error.kwargs.get("report", "")).splitlines()
    return bool(lines) and all(map(_OF_A_VALUE.match, lines))


def _refused(error: ClientError, permission: str) -> Unknown:
    """Why AWS answered with an error."""
    kind = _kind(error)
    reason = f"{error_code(error)}: {error_message(error)}".removesuffix(": ")
    if kind is UnknownKind.SIGNED_OUT:
        return Unknown(kind, one_line(_signed_out(error, reason)))
    if kind is not UnknownKind.DENIED or error_code(error) in NO_RIGHT:
        return Unknown(kind, one_line(reason))
    named = _ACTION.search(error_message(error))
    return Unknown(kind, one_line(reason), named[1] if named else permission)


def _signed_out(error: ClientError, reason: str) -> str:
    """What AWS says of the credentials, of which no IAM action is a part."""
    if error_code(error) in EXPIRED:
        return f"the AWS credentials have expired ({reason})"
    return f"AWS does not accept the credentials ({reason})"


def _kind(error: ClientError) -> UnknownKind:
    """The kind of an error code; by the HTTP status where the code is not known."""
    code = error_code(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    for codes, kind in CODES.items():
        if code in codes:
            return kind
    if status in STATUSES:
        return STATUSES[status]
    refused = REFUSED.search(code) and status < HTTPStatus.INTERNAL_SERVER_ERROR
    return UnknownKind.UNSUPPORTED if refused else UnknownKind.UNREACHABLE


def error_code(error: ClientError) -> str:
    """The service's own code for what went wrong."""
    return str(error.response.get("Error", {}).get("Code", "")).strip()


def error_message(error: ClientError) -> str:
    """The service's own words for what went wrong."""
    return str(error.response.get("Error", {}).get("Message") or "")


def one_line(text: str) -> str:
    """The first line of `text`, no longer than a report can bear."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if len(line) <= LONGEST_REASON:
        return line
    return line[: LONGEST_REASON - 1] + "…"
