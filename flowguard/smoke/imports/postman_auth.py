"""How a Postman request signs in, in the keys of a spec."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from flowguard.smoke.imports.loose import mappings, text
from flowguard.smoke.imports.postman_text import has_variable, marked
from flowguard.smoke.imports.scenario import Call, mark, names_in

_TOKEN: Final = "SMOKE_TOKEN"  # noqa: S105 — the name of a variable
_NONE: Final = {"", "noauth"}


@dataclass(slots=True)
class SignIns:
    """The sign-ins of a collection, each once."""

    found: dict[str, Any] = field(default_factory=dict)

    def apply(self, auth: dict[str, Any], call: Call, saved: set[str]) -> bool:
        """Sign a request in as `auth` says; False where a spec cannot say it.

        `saved` are the captures of the requests before.
        """
        kind = text(auth.get("type"))
        if kind in _NONE:
            return True
        given = _given(auth.get(kind))
        key = given.get("key", "")
        if kind == "apikey" and given.get("in") == "query" and key:
            query = call.fields.setdefault("query", {})
            query[marked(key)] = _secret(given.get("value", ""), "SMOKE_API_KEY")
            return True
        made = _sign_in(kind, given)
        if made is None:
            return False
        if names_in(made) & saved:
            return _as_header(made, call)
        call.fields["as"] = self._named(made)
        call.optional_sign_in = True
        return True

    def _named(self, made: dict[str, Any]) -> str:
        (kind,) = made
        for name, known in self.found.items():
            if known == made:
                return name
        same = sum(1 for known in self.found.values() if kind in known)
        name = f"{kind}-{same + 1}" if same else kind
        self.found[name] = made
        return name


def _as_header(made: dict[str, Any], call: Call) -> bool:
    """What another request of the suite fetches cannot be a sign-in of it."""
    headers = call.fields.setdefault("headers", {})
    match made:
        case {"bearer": token}:
            headers["Authorization"] = f"Bearer {token}"
        case {"api_key": {"value": value, "header": header}}:
            headers[header] = value
        case _:
            return False
    return True


def _given(rows: Any) -> dict[str, str]:
    """The parameters, which v2.1 lists and v2.0 maps."""
    if isinstance(rows, dict):
        return {key: text(value) for key, value in rows.items()}
    return {text(row.get("key")): text(row.get("value")) for row in mappings(rows)}


def _secret(value: str, name: str) -> str:
    """What is secret is never copied into the spec."""
    return marked(value) if has_variable(value) else mark(name)


def _sign_in(kind: str, given: dict[str, str]) -> dict[str, Any] | None:
    match kind:
        case "bearer":
            return {"bearer": _secret(given.get("token", ""), _TOKEN)}
        case "basic":
            password = _secret(given.get("password", ""), "SMOKE_PASSWORD")
            return {
                "basic": {
                    "user": marked(given.get("username", "")),
                    "password": password,
                }
            }
        case "apikey" if given.get("key") and not has_variable(given["key"]):
            value = _secret(given.get("value", ""), "SMOKE_API_KEY")
            return {"api_key": {"value": value, "header": given["key"]}}
        case "oauth2":
            return _oauth2(given)
        case "awsv4":
            names = (("service", given.get("service")), ("region", given.get("region")))
            return {"sigv4": {key: marked(value) for key, value in names if value}}
        case _:
            return None


def _oauth2(given: dict[str, str]) -> dict[str, Any]:
    url = given.get("accessTokenUrl", "")
    if given.get("grant_type") != "client_credentials" or not url:
        return {"bearer": _secret(given.get("accessToken", ""), _TOKEN)}
    made: dict[str, Any] = {
        "token_url": marked(url),
        "client_id": marked(given.get("clientId", "")) or mark("SMOKE_CLIENT_ID"),
        "client_secret": _secret(given.get("clientSecret", ""), "SMOKE_CLIENT_SECRET"),
    }
    if scopes := given.get("scope", "").split():
        made["scopes"] = [marked(scope) for scope in scopes]
    if given.get("client_authentication") == "body":
        made["send"] = "body"
    return {"oauth2": made}
