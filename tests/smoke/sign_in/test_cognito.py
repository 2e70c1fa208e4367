"""Users of a user pool that refuses as Cognito does; each flow, and each refusal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from smoke_servers.cognito import AppClient, User, UserPool
from smoke_servers.serving import serving
from smoke_servers.worlds import WallClock, a_world

from flowguard.aws.session import Aws
from flowguard.errors import AccountError
from flowguard.model.exchange import Request
from flowguard.smoke.sign_in import Signed, SignInFault, begin
from flowguard.smoke.sign_ins import Cognito
from flowguard.smoke.world import World

GET = Request("GET", "https://api.example.org/")
ANA: dict[str, Any] = {"user": "ana", "password": "P4ss!word-of-ana"}
ALLOWED = {
    "admin": "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "password": "ALLOW_USER_PASSWORD_AUTH",
    "srp": "ALLOW_USER_SRP_AUTH",
}
FLOWS = tuple(ALLOWED)


def a_pool(*flows: str, secret: str = "", **more: Any) -> UserPool:
    """A pool with the user ana; its client allows the flows, or all of them."""
    allowed = frozenset(ALLOWED[flow] for flow in flows or FLOWS)
    client = AppClient(allowed, secret)
    users = {"ana": User(password=ANA["password"])}
    return UserPool(clients={"web": client}, users=users, **more)


@contextmanager
def served(users: UserPool, **given: Any) -> Iterator[tuple[Cognito, World]]:
    """The pool on a port, the definition of a sign-in to it, and a world."""
    clock = given.pop("clock", None)
    with serving(users) as url, a_world(clock=clock) as world:
        yield (
            Cognito(**{"pool": users.id, "client": "web", "endpoint": url} | given),
            world,
        )


def signed_in(users: UserPool, **given: Any) -> Signed | SignInFault:
    """What comes of signing in."""
    with served(users, **given) as (definition, world):
        return begin("user", definition, world)


def token_of(signed: Signed) -> str:
    """The token that a request is sent with."""
    ((name, value),) = signed.authorize(GET).headers
    assert (name, value[:7]) == ("Authorization", "Bearer ")
    return value[7:]


def operations(pool: UserPool) -> list[str]:
    """What was called, in order."""
    return [operation for operation, _ in pool.called]


# -- a named user ----------------------------------------------------------------


@pytest.mark.parametrize("secret", ["", "canary-client-secret"])
@pytest.mark.parametrize("flow", FLOWS)
def test_each_flow_gives_a_token_of_the_user(flow: str, secret: str) -> None:
    pool = a_pool(flow, secret=secret)

    signed = signed_in(pool, flow=flow, client_secret=secret, **ANA)

    assert isinstance(signed, Signed)
    claims = pool.claims(token_of(signed))
    assert claims
    assert (claims["token_use"], claims["cognito:username"]) == ("id", "ana")
    assert signed.user_name == "ana"


def test_over_srp_the_password_never_leaves() -> None:
    pool = a_pool("srp")

    signed_in(pool, flow="srp", **ANA)

    assert operations(pool) == ["InitiateAuth", "RespondToAuthChallenge"]
    assert ANA["password"] not in str(pool.called)


@pytest.mark.parametrize("flow", ["password", "srp"])
def test_without_an_aws_role_the_open_flows_work(flow: str) -> None:
    def connect() -> Aws:
        raise AccountError("no AWS credentials were found")

    with serving(a_pool()) as url, a_world(connect) as world:
        definition = Cognito(UserPool().id, "web", flow=flow, endpoint=url, **ANA)
        signed = begin("user", definition, world)

    assert isinstance(signed, Signed)


def test_the_access_token_is_sent_where_the_spec_says_so() -> None:
    pool = a_pool()

    signed = signed_in(pool, use="access", **ANA)

    assert isinstance(signed, Signed)
    claims = pool.claims(token_of(signed))
    assert claims
    assert (claims["token_use"], claims["client_id"]) == ("access", "web")


def test_what_was_sent_is_told_in_words() -> None:
    signed = signed_in(a_pool(), **ANA)

    assert isinstance(signed, Signed)
    assert signed.describe.startswith(
        "the id token of user ana was sent (token_use id,"
    )
    assert "aud web" in signed.describe
    assert "expires 20" in signed.describe
    assert token_of(signed) not in signed.describe


@pytest.mark.parametrize("flow", FLOWS)
def test_a_wrong_password_is_refused(flow: str) -> None:
    fault = signed_in(a_pool(), flow=flow, user="ana", password="P4ss!word-of-bob")

    assert isinstance(fault, SignInFault)
    assert "NotAuthorizedException: Incorrect username or password." in fault.message
    assert fault.help == "check user and password"


@pytest.mark.parametrize("flow", FLOWS)
def test_a_flow_that_is_not_allowed_is_named(flow: str) -> None:
    others = [other for other in FLOWS if other != flow]

    fault = signed_in(a_pool(*others), flow=flow, **ANA)

    assert isinstance(fault, SignInFault)
    assert ALLOWED[flow] in fault.help


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize(
    ("has", "given"), [("canary-secret", ""), ("canary-secret", "wrong"), ("", "extra")]
)
def test_a_client_secret_that_does_not_fit_is_refused(
    flow: str, has: str, given: str
) -> None:
    fault = signed_in(a_pool(secret=has), flow=flow, client_secret=given, **ANA)

    assert isinstance(fault, SignInFault)
    assert "client_secret" in fault.help


@pytest.mark.parametrize(
    ("user", "means"),
    [
        (User(password=ANA["password"], permanent=False), "NEW_PASSWORD_REQUIRED"),
        (User(password=ANA["password"], mfa="SOFTWARE_TOKEN_MFA"), "authenticator"),
        (User(password=ANA["password"], mfa="SMS_MFA"), "SMS"),
        (User(password=ANA["password"], mfa="MFA_SETUP"), "set up a second factor"),
        (User(password=ANA["password"], mfa="CUSTOM_CHALLENGE"), "no pipeline"),
        (User(password=ANA["password"], confirmed=False), "UserNotConfirmedException"),
    ],
)
@pytest.mark.parametrize("flow", FLOWS)
def test_what_a_pipeline_cannot_answer_is_a_fault(
    flow: str, user: User, means: str
) -> None:
    pool = a_pool()
    pool.users["ana"] = user

    fault = signed_in(pool, flow=flow, **ANA)

    assert isinstance(fault, SignInFault)
    assert means in fault.message
    assert fault.help


@pytest.mark.parametrize("given", [{"client": "other"}, {"pool": "eu-central-1_Other"}])
def test_a_pool_or_client_that_is_not_there_is_a_fault(given: dict[str, str]) -> None:
    fault = signed_in(a_pool(), **ANA, **given)

    assert isinstance(fault, SignInFault)
    assert fault.help == "check pool, client and region"


def test_a_named_user_is_left_as_it_is() -> None:
    pool = a_pool()

    signed = signed_in(pool, **ANA)

    assert isinstance(signed, Signed)
    assert signed.release() == ""
    assert operations(pool) == ["AdminInitiateAuth"]


# -- a user for the run ----------------------------------------------------------


@pytest.mark.parametrize("flow", FLOWS)
def test_an_ephemeral_user_lives_as_long_as_the_run(flow: str) -> None:
    pool = a_pool(groups={"admins"})
    given = {"groups": ("admins",), "attributes": (("email", "a@example.org"),)}
    with served(pool, flow=flow, **given) as (definition, world):
        signed = begin("user", definition, world)
        assert isinstance(signed, Signed)
        claims = pool.claims(token_of(signed))
        during = set(pool.users)
        left = signed.release(), signed.release()

    assert claims
    assert claims["cognito:groups"] == ["admins"]
    assert claims["email"] == "a@example.org"
    assert signed.user_name.startswith("flowguard-smoke-run-77-")
    assert during == {"ana", signed.user_name}
    assert set(pool.users) == {"ana"}
    assert left == ("", "")
    assert operations(pool).count("AdminDeleteUser") == 1


def test_two_sign_ins_have_two_users() -> None:
    pool = a_pool()
    with served(pool) as (definition, world):
        both = [begin(name, definition, world) for name in ("one", "two")]

    assert len({signed.user_name for signed in both if isinstance(signed, Signed)}) == 2


@pytest.mark.parametrize(
    "operation", ["AdminSetUserPassword", "AdminAddUserToGroup", "AdminInitiateAuth"]
)
def test_the_user_is_removed_when_a_later_call_fails(operation: str) -> None:
    pool = a_pool(groups={"admins"})
    pool.failures[operation] = ("UserLambdaValidationException", "no")

    fault = signed_in(pool, groups=("admins",))

    assert isinstance(fault, SignInFault)
    assert operation in fault.message
    assert len(pool.created) == 1
    assert set(pool.users) == {"ana"}


@pytest.mark.parametrize(
    "operation", ["AdminCreateUser", "AdminSetUserPassword", "AdminInitiateAuth"]
)
def test_the_user_is_removed_when_the_run_is_cancelled(operation: str) -> None:
    clock = WallClock()
    pool = a_pool()
    pool.on_call = lambda called: clock.cancelled.set() if called == operation else None

    with served(pool, clock=clock) as (definition, world):
        came = begin("user", definition, world)
        if isinstance(came, Signed):
            came.release()

    assert pool.created
    assert set(pool.users) == {"ana"}


def test_nobody_is_made_once_the_run_is_cancelled() -> None:
    clock = WallClock()
    clock.cancelled.set()
    pool = a_pool()

    fault = signed_in(pool, clock=clock)

    assert fault == SignInFault("the run was cancelled")
    assert pool.called == []


def test_who_is_left_behind_is_told() -> None:
    pool = a_pool()
    pool.failures["AdminDeleteUser"] = ("AccessDeniedException", "not you")
    with served(pool) as (definition, world):
        signed = begin("user", definition, world)
        assert isinstance(signed, Signed)
        left = signed.release()
        pool.failures.clear()
        later = signed.release()

    assert f"user {signed.user_name} may be left behind (AccessDenied" in left
    assert (
        "aws cognito-idp admin-delete-user --region eu-central-1 "
        f"--user-pool-id {pool.id} --username {signed.user_name}"
    ) in left
    assert later == ""
    assert set(pool.users) == {"ana"}


def test_a_failed_sign_in_tells_who_is_left_behind() -> None:
    pool = a_pool("srp")
    pool.failures["AdminDeleteUser"] = ("AccessDeniedException", "not you")

    fault = signed_in(pool)

    assert isinstance(fault, SignInFault)
    assert ALLOWED["admin"] in fault.help
    assert "admin-delete-user" in fault.help


def test_what_a_denied_call_needs_is_named() -> None:
    pool = a_pool()
    denied = "User: x is not authorized to perform: cognito-idp:AdminCreateUser"
    pool.failures["AdminCreateUser"] = ("AccessDeniedException", denied)

    fault = signed_in(pool)

    assert isinstance(fault, SignInFault)
    assert fault.help == "allow cognito-idp:AdminCreateUser on the user pool"
    assert "AdminDeleteUser" not in operations(pool)


def test_a_pool_of_addresses_gets_a_user_with_one() -> None:
    pool = a_pool(by_email=True)
    with served(pool) as (definition, world):
        signed = begin("user", definition, world)
        assert isinstance(signed, Signed)
        claims = pool.claims(token_of(signed))
        signed.release()

    assert claims
    assert claims["email"] == signed.user_name
    assert signed.user_name.endswith("@example.com")
    assert set(pool.users) == {"ana"}


def test_somebody_elses_user_is_never_removed() -> None:
    pool = a_pool(by_email=True)
    pool.users["smoke@example.org"] = User(password="theirs")

    fault = signed_in(pool, attributes=(("email", "smoke@example.org"),))

    assert isinstance(fault, SignInFault)
    assert "smoke@example.org" in pool.users


def test_no_aws_role_is_a_fault() -> None:
    def connect() -> Aws:
        raise AccountError("no AWS credentials were found")

    with serving(a_pool()) as url, a_world(connect) as world:
        fault = begin("user", Cognito(UserPool().id, "web", endpoint=url), world)

    assert isinstance(fault, SignInFault)
    assert "no AWS credentials were found" in fault.message
    assert "sign in to AWS" in fault.help


def test_nobody_answers() -> None:
    with a_world() as world:
        definition = Cognito(
            UserPool().id, "web", flow="password", endpoint="http://127.0.0.1:1", **ANA
        )
        fault = begin("user", definition, world)

    assert isinstance(fault, SignInFault)
    assert "does not answer" in fault.message
