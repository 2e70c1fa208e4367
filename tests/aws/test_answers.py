"""What AWS's errors are taken for: only its word counts as an answer."""

from __future__ import annotations

from typing import NoReturn

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    DataNotFoundError,
    EndpointConnectionError,
    NoCredentialsError,
    OperationNotPageableError,
    ParamValidationError,
    ReadTimeoutError,
    SSOTokenLoadError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
    UnknownServiceError,
)
from botocore.parsers import ResponseParserError

from flowguard.aws.answers import (
    LONGEST_REASON,
    TooSlowError,
    UnreadableError,
    observed,
    unanswered,
)
from flowguard.model.questions import Absent, Observed, Present, Unknown, UnknownKind

DENIED, THROTTLED = UnknownKind.DENIED, UnknownKind.THROTTLED
SIGNED_OUT = UnknownKind.SIGNED_OUT
UNREACHABLE, UNSUPPORTED = UnknownKind.UNREACHABLE, UnknownKind.UNSUPPORTED


def client_error(code: str, message: str = "", status: int = 400) -> ClientError:
    """The error that botocore raises for an answer with `code`."""
    return ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {"HTTPStatusCode": status},  # type: ignore[typeddict-item]
        },
        "DescribeTable",
    )


def after(error: Exception) -> Observed[None]:
    """The answer to a question that ended with `error`."""

    def ask() -> NoReturn:
        raise error

    return observed(ask, absent={"NotFound"}, permission="dynamodb:DescribeTable")


def kind_after(error: Exception) -> UnknownKind:
    """Why a question that ended with `error` has no answer."""
    answer = after(error)

    assert isinstance(answer, Unknown)
    return answer.kind


def test_an_answer_is_present() -> None:
    assert observed(lambda: (), permission="a:B") == Present(())


def test_none_is_absent() -> None:
    assert observed(lambda: None, permission="a:B") == Absent()


def test_only_the_named_codes_are_absent() -> None:
    assert after(client_error("NotFound")) == Absent()
    assert after(client_error("ResourceNotFoundException")) != Absent()


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("AccessDenied", 403, DENIED),
        ("AccessDeniedException", 400, DENIED),
        ("AuthorizationError", 403, DENIED),
        ("ExpiredToken", 400, SIGNED_OUT),
        ("InvalidClientTokenId", 403, SIGNED_OUT),
        ("OptInRequired", 403, DENIED),
        ("UnauthorizedOperation", 403, DENIED),
        ("UnrecognizedClientException", 400, SIGNED_OUT),
        ("403", 403, DENIED),
        ("NeverHeardOf", 403, DENIED),
        ("NeverHeardOf", 401, DENIED),
        ("RequestLimitExceeded", 503, THROTTLED),
        ("SlowDown", 503, THROTTLED),
        ("Throttling", 400, THROTTLED),
        ("ThrottlingException", 400, THROTTLED),
        ("TooManyRequestsException", 429, THROTTLED),
        ("503", 503, THROTTLED),
        ("NeverHeardOf", 429, THROTTLED),
        ("InternalFailure", 500, UNREACHABLE),
        ("502", 502, UNREACHABLE),
        ("NeverHeardOf", 400, UNREACHABLE),
        ("NeverHeardOf", 404, UNREACHABLE),
        ("", 0, UNREACHABLE),
        ("ValidationServiceIsDown", 500, UNREACHABLE),
        ("InvalidAction", 400, UNSUPPORTED),
        ("NotImplemented", 501, UNSUPPORTED),
        ("UnknownOperationException", 404, UNSUPPORTED),
        ("UnsupportedActionException", 400, UNSUPPORTED),
        ("InvalidParameterValue", 400, UNSUPPORTED),
        ("ValidationError", 400, UNSUPPORTED),
        ("ValidationException", 400, UNSUPPORTED),
    ],
)
def test_codes(code: str, status: int, kind: UnknownKind) -> None:
    assert kind_after(client_error(code, status=status)) is kind


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (EndpointConnectionError(endpoint_url="https://x"), UNREACHABLE),
        (ConnectTimeoutError(endpoint_url="https://x"), UNREACHABLE),
        (ReadTimeoutError(endpoint_url="https://x"), UNREACHABLE),
        (ResponseParserError("<html>a proxy's page</html>"), UNREACHABLE),
        (NoCredentialsError(), SIGNED_OUT),
        (ParamValidationError(report="Invalid length for TableName"), UNSUPPORTED),
        (ParamValidationError(report='Invalid bucket name "A": …'), UNSUPPORTED),
        (TooSlowError("s3.HeadBucket took longer than 60 s"), UNREACHABLE),
        (UnreadableError("a list, and no row"), UNREACHABLE),
    ],
)
def test_errors_without_a_code(error: Exception, kind: UnknownKind) -> None:
    assert kind_after(error) is kind


@pytest.mark.parametrize(
    "error",
    [
        KeyError("documentation"),
        TypeError("None is no list"),
        DataNotFoundError(data_path="endpoints"),
        UnknownServiceError(service_name="x", known_service_names="y"),
        OperationNotPageableError(operation_name="DescribeTable"),
        ParamValidationError(report="Missing required parameter in input: x"),
        ParamValidationError(report="Invalid length for A\nUnknown parameter x"),
        ParamValidationError(report=""),
    ],
)
def test_a_fault_of_ours_is_no_answer(error: Exception) -> None:
    """Nor is one of the SDK's: it ends the run, and no result comes of it."""
    with pytest.raises(type(error)):
        after(error)

    assert unanswered(error, "a:B").kind is UnknownKind.BROKEN


def test_a_denial_names_the_permission() -> None:
    answer = after(client_error("AccessDenied"))

    assert answer == Unknown(DENIED, "AccessDenied", "dynamodb:DescribeTable")


def test_a_denial_names_the_permission_that_aws_names() -> None:
    said = "User: arn:aws:iam::1:user/x is not authorized to perform: kms:Decrypt on …"

    answer = after(client_error("AccessDenied", said))

    assert answer == Unknown(DENIED, f"AccessDenied: {said}", "kms:Decrypt")


@pytest.mark.parametrize(
    "code",
    ["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"],
)
def test_credentials_that_expired_lack_no_permission(code: str) -> None:
    answer = after(client_error(code, "The token is expired"))

    said = f"the AWS credentials have expired ({code}: The token is expired)"
    assert answer == Unknown(SIGNED_OUT, said, "")


@pytest.mark.parametrize(
    "code",
    [
        "AuthFailure",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidToken",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    ],
)
def test_credentials_that_aws_does_not_take_lack_no_permission(code: str) -> None:
    answer = after(client_error(code))

    said = f"AWS does not accept the credentials ({code})"
    assert answer == Unknown(SIGNED_OUT, said, "")


@pytest.mark.parametrize(
    "error",
    [
        UnauthorizedSSOTokenError(),
        SSOTokenLoadError(error_msg="Token for https://x does not exist"),
        TokenRetrievalError(provider="sso", error_msg="Token has expired"),
        RuntimeError(
            "Credentials were refreshed, but the refreshed credentials are still "
            "expired."
        ),
    ],
)
def test_a_sign_in_that_expired_lacks_no_permission(error: Exception) -> None:
    answer = after(error)

    said = f"the AWS sign-in has expired ({error})"
    assert answer == Unknown(SIGNED_OUT, said, "")


def test_a_service_that_the_account_has_not_lacks_no_permission() -> None:
    answer = after(client_error("OptInRequired", status=403))

    assert answer == Unknown(DENIED, "OptInRequired", "")


def test_nothing_but_a_denial_names_a_permission() -> None:
    answer = after(client_error("Throttling", "Rate exceeded"))

    assert answer == Unknown(THROTTLED, "Throttling: Rate exceeded", "")


def test_a_long_message_is_cut_to_its_first_line() -> None:
    answer = after(client_error("AccessDenied", "x" * 5000 + "\n::error::y"))

    assert isinstance(answer, Unknown)
    assert len(answer.reason) == LONGEST_REASON
    assert "error" not in answer.reason
