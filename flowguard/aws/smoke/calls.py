"""Calls of AWS's and signatures, as sign-ins want them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from flowguard.aws.smoke.connection import Connection
from flowguard.errors import AccountError, InternalError
from flowguard.model.exchange import Request
from flowguard.model.questions import UnknownKind
from flowguard.smoke.world import Authorize, AwsRefusal

OPEN = frozenset({"initiate_auth", "respond_to_auth_challenge"})
"""Operations that anybody may call: AWS takes them unsigned, IAM has no say."""
S3 = frozenset({"s3", "s3express"})
"""Services that have a path encoded once, and want the body's hash as a header."""
PATH = "/%:@!$&'()*+,;=~-._"
"""What stands in a path as it is; what is encoded already stays so."""
RETRIES = {"mode": "standard", "total_max_attempts": 3}
BYTES = "surrogateescape"
"""What is no UTF-8 stays as it is."""
ADDED = ("authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256")


class Calls:
    """Makes single calls; thread-safe."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._anybody: dict[tuple[str, str, str], Any] = {}
        self._lock = threading.Lock()

    def __call__(
        self, service: str, operation: str, *, region: str, endpoint: str, **given: Any
    ) -> dict[str, Any]:
        """Call it; see `flowguard.smoke.world.CallAws`. Raises AwsRefusal."""
        try:
            client = self._client(service, operation, region, endpoint)
        except AccountError as error:
            raise AwsRefusal("NoCredentials", error.message) from None
        from botocore.exceptions import ClientError

        from flowguard.aws.answers import error_code, error_message, one_line

        try:
            answer: dict[str, Any] = getattr(client, operation)(**given)
        except ClientError as error:
            said = one_line(error_message(error))
            raise AwsRefusal(error_code(error), said) from None
        except Exception as error:  # noqa: BLE001 - its words may repeat a secret
            raise _unanswered(error) from None
        return answer

    def _client(self, service: str, operation: str, region: str, endpoint: str) -> Any:
        if operation not in OPEN:
            return self._connection.aws().client(
                service, region, endpoint_url=endpoint, retries=RETRIES
            )
        key = (service, region, endpoint)
        with self._lock:
            if key not in self._anybody:
                self._anybody[key] = _unsigned(*key)
            return self._anybody[key]


def _unsigned(service: str, region: str, endpoint: str) -> Any:
    """A client that needs no credentials, so that none are looked for."""
    from botocore import UNSIGNED

    from flowguard.aws.clients import client_config

    with _LOCK:
        return _session().create_client(
            service,
            region_name=region or None,
            endpoint_url=endpoint or None,
            config=client_config(signature_version=UNSIGNED, retries=RETRIES),
        )


_LOCK = threading.Lock()
"""botocore's sessions may not be shared by threads."""


@cache
def _session() -> Any:
    """One for all, since it keeps the descriptions of services that it has read."""
    import botocore.session

    from flowguard.aws import fence

    session = botocore.session.Session()
    fence.fence(session)
    return session


def _unanswered(error: Exception) -> AwsRefusal | InternalError:
    """Nobody answered; or botocore would not ask, and its words repeat what it got."""
    from botocore.exceptions import ParamValidationError

    from flowguard.aws.answers import NO_CREDENTIALS, unanswered

    unknown = unanswered(error, "")
    if isinstance(error, ParamValidationError):
        return AwsRefusal("InvalidParameterException", "a parameter is not valid")
    if isinstance(error, NO_CREDENTIALS):
        return AwsRefusal("NoCredentials", unknown.reason)
    if unknown.kind is UnknownKind.BROKEN:  # its words may repeat a secret
        return InternalError(f"{type(error).__name__} in a call of AWS's")
    return AwsRefusal("Unreachable", unknown.reason)


def signer(connection: Connection) -> Callable[[str, str], Authorize]:
    """What makes signatures (SigV4) for a service and a region.

    It raises AccountError where there are no credentials to sign with.
    """

    def sign(service: str, region: str) -> Authorize:
        aws = connection.aws()
        credentials = aws.credentials()
        if credentials is None:
            raise AccountError("no AWS credentials were found", help="sign in to AWS")
        where = region or aws.place.region
        return lambda request: signed(request, credentials, service, where)

    return sign


def signed(request: Request, credentials: Any, service: str, region: str) -> Request:
    """The request with AWS's signature over what it is now.

    Its query is written as AWS writes it before it compares: a space is no plus.
    """
    from botocore.auth import S3SigV4Auth, SigV4Auth
    from botocore.awsrequest import AWSRequest

    request = replace(request, url=_canonical(request.url))
    others = tuple(pair for pair in request.headers if pair[0].lower() not in ADDED)
    ready = AWSRequest(request.method, request.url, data=request.body or b"")
    for name, value in others:
        ready.headers.add_header(name, value)
    if service in S3:
        S3SigV4Auth(credentials.get_frozen_credentials(), service, region).add_auth(
            ready
        )
    else:
        SigV4Auth(credentials.get_frozen_credentials(), service, region).add_auth(ready)
    made = [(n, v) for n, v in ready.headers.items() if n.lower() in ADDED]
    return replace(request, headers=(*others, *made))


def _canonical(url: str) -> str:
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True, errors=BYTES)
    query = urlencode(pairs, quote_via=quote, safe="-_.~", errors=BYTES)
    path = quote(parts.path or "/", safe=PATH)
    return urlunsplit(parts._replace(path=path, query=query))
