"""OAuth 2.0 client credentials (RFC 6749, 4.4)."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote_plus, urlencode

from flowguard.model.exchange import Fault, Request, Response
from flowguard.smoke.sign_in import claims
from flowguard.smoke.sign_in.signed import NotSignedInError, Signed, header, said
from flowguard.smoke.sign_ins import OAuth2
from flowguard.smoke.suite import Suite
from flowguard.smoke.world import World

OK = 200
AGAIN = frozenset({429, 500, 502, 503, 504})
"""Statuses that may be another the next time."""
ATTEMPTS = 3
PAUSE = 1.0
FORM = "application/x-www-form-urlencoded"

NEXT = {
    "invalid_client": "check client_id and client_secret, and whether they are to be "
    "sent in the body (send: body)",
    "invalid_scope": "ask for scopes that the client is allowed",
    "unauthorized_client": "allow the client the grant client_credentials",
    "unsupported_grant_type": "allow the client the grant client_credentials",
}
"""What to do about each error code of RFC 6749, 5.2."""


def begin(definition: OAuth2, world: World, suite: Suite) -> Signed:
    """Get a token. Raises NotSignedInError."""
    basic = _basic(definition)
    secrets = (definition.client_secret, basic)
    answer = _ask(_request(definition, basic, suite), world)
    where = said(definition.token_url, secrets)
    if isinstance(answer, Fault):
        raise NotSignedInError(
            f"{where} does not answer: {said(answer.message, secrets)}",
            "check token_url, and that this runner may reach it",
        )
    token = _token(answer, where, secrets)
    said_life = claims.seconds(_document(answer).get("expires_in"))
    return Signed(
        header("Authorization", f"Bearer {token}"),
        (token, *filter(None, secrets)),
        definition.client_id,
        f"an access token of the client {definition.client_id} was sent"
        + claims.in_words(token),
        life=said_life or claims.life(token),
        renew=lambda: begin(definition, world, suite),
    )


def _basic(definition: OAuth2) -> str:
    """The client's credentials as RFC 6749, 2.3.1 has them: encoded, then joined."""
    pair = (definition.client_id, definition.client_secret)
    return base64.b64encode(":".join(map(quote_plus, pair)).encode()).decode()


def _request(definition: OAuth2, basic: str, suite: Suite) -> Request:
    form = {"grant_type": "client_credentials"}
    headers = [("Content-Type", FORM), ("Accept", "application/json")]
    if definition.scopes:
        form["scope"] = " ".join(definition.scopes)
    if definition.audience:
        form["audience"] = definition.audience
    if definition.send == "body":
        form["client_id"] = definition.client_id
        form["client_secret"] = definition.client_secret
    else:
        headers.append(("Authorization", f"Basic {basic}"))
    return Request(
        "POST",
        definition.token_url,
        tuple(headers),
        urlencode(form).encode(),
        timeout=suite.timeout,
        connect_timeout=suite.connect_timeout,
        tls=suite.tls,
    )


def _ask(request: Request, world: World) -> Response | Fault:
    """The answer; asked for again where it may be another. A token changes nothing."""
    answer = world.send(request)
    for attempt in range(1, ATTEMPTS):
        if not _in_vain(answer) or not world.clock.wait(PAUSE * attempt):
            break
        answer = world.send(request)
    return answer


def _in_vain(answer: Response | Fault) -> bool:
    if isinstance(answer, Fault):
        return not (answer.kind.hopeless or answer.kind.ours)
    return answer.status in AGAIN


def _token(answer: Response, where: str, secrets: tuple[str, ...]) -> str:
    document = _document(answer)
    token = document.get("access_token")
    if answer.status == OK and isinstance(token, str) and token:
        kind = str(document.get("token_type", "bearer"))
        if kind.lower() == "bearer":
            return token
        raise NotSignedInError(
            f"{where} gives a token of the type {said(kind, (token, *secrets))!r}",
            "let the client have bearer tokens",
        )
    if answer.status == OK:
        raise NotSignedInError(
            f"{where} answers without an access_token", "check token_url"
        )
    code = said(document.get("error", ""), secrets)
    text = said(document.get("error_description", ""), secrets)
    why = ": ".join(filter(None, (code, text)))
    raise NotSignedInError(
        f"{where} refuses with {answer.status}" + (f" ({why})" if why else ""),
        NEXT.get(code, "check token_url, client_id and client_secret"),
    )


def _document(answer: Response) -> dict[str, Any]:
    try:
        read = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
