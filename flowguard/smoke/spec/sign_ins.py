"""What a spec says of sign-ins: `auth`."""

from __future__ import annotations

from dataclasses import replace

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
from flowguard.smoke.spec.expectations import NAME
from flowguard.smoke.spec.faults import Fault, FaultsError, key_place
from flowguard.smoke.spec.records import Field, OneOf, Record, Values
from flowguard.smoke.spec.requests import (
    HEADERS,
    LOGIN_FIELDS,
    ONE_BODY,
    ONE_METHOD,
    SINGLE,
    step,
)
from flowguard.smoke.spec.scalars import Choice, Text
from flowguard.smoke.spec.shapes import Either, Listed, Made, Mapped
from flowguard.template.document import Node

_TEXT = Text(r"\S")
_SECRET = Text(r"\S", secret=True)
_TOKEN = "token"  # noqa: S105 — a name, not one
_HEADER = Text(HEADERS.key, "the name of a header")


def _basic(values: Values, _node: Node) -> Basic:
    return Basic(**values)


def _api_key(values: Values, _node: Node) -> ApiKey:
    return ApiKey(**values)


def _sigv4(values: Values, _node: Node) -> SigV4:
    return SigV4(**values)


def _oauth2(values: Values, _node: Node) -> OAuth2:
    return OAuth2(**values)


def _cognito(values: Values, node: Node) -> Cognito:
    made = Cognito(**{"use" if k == _TOKEN else k: v for k, v in values.items()})
    ephemeral = made.user == "ephemeral"
    if not ephemeral and not made.password:
        message = f"the key 'password' is missing, of the user {made.user!r}"
        raise FaultsError(Fault(key_place(node, "user"), message))
    for key in ("password",) if ephemeral else ("groups", "attributes"):
        if key in values:
            one = "another user" if ephemeral else "the ephemeral user"
            message = f"{key!r} is for {one} only"
            raise FaultsError(Fault(key_place(node, key), message))
    return made


def _login(values: Values, node: Node) -> Login:
    made = step(values, node)
    saved = dict(made.save)
    if _TOKEN not in saved:
        message = "'save' must keep the 'token', such as save: {token: access_token}"
        raise FaultsError(Fault(key_place(node, "save"), message))
    saved[_TOKEN] = replace(saved[_TOKEN], secret=True)
    how = {key: values[key] for key in ("header", "prefix") if key in values}
    return Login(step=replace(made, save=tuple(saved.items())), **how)


_SHORT_KEY = Made(_SECRET, ApiKey)
_SHORT_SIGV4 = Made(_TEXT, SigV4)

_BASIC = Record(
    "Basic",
    "A name and a password, in each request.",
    (
        Field("user", Text(), "The name.", required=True),
        Field("password", _SECRET, "The password.", required=True),
    ),
    _basic,
)
_API_KEY = Record(
    "ApiKey",
    "A key in a header.",
    (
        Field("value", _SECRET, "The key.", required=True),
        Field("header", _HEADER, "The header; `x-api-key` where it is not said."),
    ),
    _api_key,
)
_SIGV4 = Record(
    "SigV4",
    "AWS's own signature, with the credentials of the run.",
    (
        Field("service", _TEXT, "The service; `execute-api` where it is not said."),
        Field("region", _TEXT, "The region; the run's where it is not said."),
    ),
    _sigv4,
)
_OAUTH2 = Record(
    "OAuth2",
    "OAuth 2.0 client credentials.",
    (
        Field(
            "token_url",
            Text(r"^(https?://|\$\{)", "a URL"),
            "Where the token is.",
            required=True,
        ),
        Field("client_id", _TEXT, "The client.", required=True),
        Field("client_secret", _SECRET, "Its secret.", required=True),
        Field("scopes", Listed(_TEXT, alone=True), "What is asked for."),
        Field("audience", _TEXT, "For whom, where the server wants it said."),
        Field(
            "send",
            Choice({"basic": "basic", "body": "body"}),
            "Where the secret goes: a `basic` header, or the `body`.",
        ),
    ),
    _oauth2,
)
_COGNITO = Record(
    "Cognito",
    "A user of a Cognito user pool.",
    (
        Field("pool", _TEXT, "The user pool's id.", required=True),
        Field("client", _TEXT, "The app client's id.", required=True),
        Field("client_secret", _SECRET, "The app client's secret, if it has one."),
        Field(
            "user",
            _TEXT,
            "A name; `ephemeral`, as where it is not said, makes a user for the run "
            "and removes it.",
        ),
        Field("password", _SECRET, "Of a user that is named."),
        Field(
            "flow",
            Choice({word: word for word in ("admin", "password", "srp")}),
            "How to sign in; `admin` where it is not said.",
        ),
        Field(
            _TOKEN,
            Choice({"id": "id", "access": "access"}),
            "Which token is sent; `id` where it is not said.",
        ),
        Field("groups", Listed(_TEXT, alone=True), "Of the ephemeral user."),
        Field("attributes", Mapped(SINGLE), "Of the ephemeral user."),
        Field("region", _TEXT, "The pool's; the run's where it is not said."),
        Field(
            "endpoint", Text(r"^(https?://|\$\{)", "a URL"), "Another than AWS's own."
        ),
    ),
    _cognito,
)
_LOGIN = Record(
    "Login",
    "A request of the service's own, of whose answer the token is kept.",
    (
        *LOGIN_FIELDS,
        Field("header", _HEADER, "Where the token goes; `Authorization` otherwise."),
        Field("prefix", Text(), "What stands before it; `Bearer ` otherwise."),
    ),
    _login,
    (ONE_METHOD, ONE_BODY),
)


def _sign_in(values: Values, _node: Node) -> SignIn:
    made: SignIn = next(iter(values.values()))
    return made


_KINDS = (
    Field("bearer", Made(_SECRET, Bearer), "A token that somebody else got."),
    Field("basic", _BASIC, "A name and a password."),
    Field(
        "api_key", Either("a key, or a mapping", _SHORT_KEY, None, _API_KEY), "A key."
    ),
    Field(
        "sigv4",
        Either("a service, or a mapping", _SHORT_SIGV4, None, _SIGV4),
        "AWS's own signature.",
    ),
    Field("oauth2", _OAUTH2, "OAuth 2.0 client credentials."),
    Field("cognito", _COGNITO, "A user of a Cognito user pool."),
    Field("login", _LOGIN, "A request of the service's own."),
)

SIGN_INS = Mapped(
    Record(
        "SignIn",
        "How to sign in: one of the keys.",
        _KINDS,
        _sign_in,
        (OneOf(tuple(kind.name for kind in _KINDS), required=True),),
    ),
    NAME,
    "a name of letters, digits, `_` and `-`",
)
