"""The ways to sign in that a spec may name (`auth`), each with what it needs."""

from __future__ import annotations

from dataclasses import dataclass

from flowguard.smoke.request import Step


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token that somebody else got."""

    token: str


@dataclass(frozen=True, slots=True)
class Basic:
    """A name and a password, in each request (RFC 7617)."""

    user: str
    password: str


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key in a header."""

    value: str
    header: str = "x-api-key"


@dataclass(frozen=True, slots=True)
class SigV4:
    """AWS's own signature, with the credentials of the run."""

    service: str = "execute-api"
    region: str = ""


@dataclass(frozen=True, slots=True)
class OAuth2:
    """Client credentials (RFC 6749, 4.4)."""

    token_url: str
    client_id: str
    client_secret: str
    scopes: tuple[str, ...] = ()
    audience: str = ""
    send: str = "basic"
    """`basic` or `body`: where the client's secret goes."""


@dataclass(frozen=True, slots=True)
class Cognito:
    """A user of a Cognito user pool."""

    pool: str
    client: str
    client_secret: str = ""
    user: str = "ephemeral"
    """A name; `ephemeral` makes one for the run, and always removes it."""
    password: str = ""
    flow: str = "admin"
    """`admin`, `password` or `srp`."""
    use: str = "id"
    """The token that is sent: `id` or `access`; `token:` in the spec."""
    groups: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    """Of the ephemeral user."""
    region: str = ""
    endpoint: str = ""
    """Where another than AWS's own answers."""


@dataclass(frozen=True, slots=True)
class Login:
    """A request of the service's own, of whose answer the token is kept."""

    step: Step
    """Its captures hold `token`."""
    header: str = "Authorization"
    prefix: str = "Bearer "


SignIn = Bearer | Basic | ApiKey | SigV4 | OAuth2 | Cognito | Login
