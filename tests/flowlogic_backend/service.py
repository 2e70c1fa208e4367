"""Requests → answers, with whatever is broken at the moment."""

from __future__ import annotations

import itertools
import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from smoke_servers.cognito import UserPool
from smoke_servers.serving import Answer, Asked

from flowlogic_backend.breaks import Break

FRONTEND = "https://staging.flowlogic.shop"
CLIENT = "web"
RELEASE = "0123456789abcdef"
OLD = "fedcba9876543210"
SLOW, SLOWER = 0.45, 0.05
"""Seconds; the spec allows 0.4, and a quarter more than before the deploy."""
PEOPLE = 12
PLANS = (
    {"id": "free", "name": "Free", "price": 0, "currency": "EUR"},
    {"id": "pro", "name": "Prémium", "price": 9.9, "currency": "EUR"},
    {"id": "team", "name": "Team +5", "price": 39, "currency": "EUR"},
)
JSON = "application/json; charset=utf-8"


class Dropped(Exception):  # noqa: N818 — it is what becomes of the connection
    """The connection ends within the answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("the connection ends")
        self.answer = answer


@dataclass
class Backend:
    """One deployment of it."""

    pool: UserPool
    """Whose tokens it takes."""
    broken: Collection[Break] = ()
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    ended: threading.Event = field(default_factory=threading.Event)
    """Ends every answer that is never given."""
    _asked: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """The users that a stage has."""
        for number in range(PEOPLE):
            self._add(f"person-{number}@example.com")

    def __call__(self, asked: Asked) -> Answer:
        """The answer to a request. Raises `Dropped` for one that ends too early."""
        path = urlsplit(asked.target).path
        with self._lock:
            self._asked[path] += 1
            second = self._asked[path] % 2 == 0
        release = self._release(path, second=second)
        if Break.THROTTLED in self.broken:
            return _json(429, {"message": "Too Many Requests"}, **{"Retry-After": "1"})
        if Break.ALL_SLOW in self.broken:
            time.sleep(SLOW)
        answer = self._routed(asked, path, release, second=second)
        extra = {"X-Amzn-RequestId": str(uuid.uuid4()), "X-Release": release}
        if Break.HEADERS_GONE not in self.broken:
            extra["Strict-Transport-Security"] = "max-age=63072000"
        return Answer(answer.status, answer.body, {**answer.headers, **extra})

    def _release(self, path: str, *, second: bool) -> str:
        split = Break.MIXED_RELEASES in self.broken and path == "/version"
        return (
            OLD if (split and second) or Break.OLD_RELEASE in self.broken else RELEASE
        )

    # -- routes ----------------------------------------------------------------

    def _routed(self, asked: Asked, path: str, release: str, *, second: bool) -> Answer:
        if path == "/version":
            return _json(200, {"service": "flowlogic-backend", "release": release})
        if path == "/health":
            return self._health(release)
        if path == "/auth/login" and asked.method == "POST":
            return self._login(json.loads(asked.body))
        if path == "/plans":
            return self._plans(second=second)
        routes: dict[str, Callable[[Asked, str | None], Answer]] = {
            "/auth/me": self._me,
            "/users": self._users,
        }
        route = routes.get("/users" if path.startswith("/users/") else path)
        lost = Break.ROUTE_LOST in self.broken and route == self._users
        if route is None or lost:
            return _json(404, {"message": "Not Found"})
        if asked.method == "OPTIONS":
            return self._preflight()
        return self._signed_in(asked, route)

    def _signed_in(
        self, asked: Asked, route: Callable[[Asked, str | None], Answer]
    ) -> Answer:
        """Let pass who has an id token of the pool for this client."""
        if Break.REDIRECTS in self.broken:
            return Answer(302, b"", {"Location": f"{FRONTEND}/login"})
        kind, _, token = asked.headers.get("authorization", "").partition(" ")
        claims = self.pool.claims(token) if kind == "Bearer" else None
        if Break.AUTHORIZER_GONE in self.broken:
            return route(asked, claims["cognito:username"] if claims else None)
        audience = "mobile" if Break.WRONG_AUDIENCE in self.broken else CLIENT
        if (
            claims is None
            or (claims["token_use"], claims.get("aud")) != ("id", audience)
            or not claims["iss"].endswith(self.pool.id)
        ):
            return _json(401, {"message": "Unauthorized"})
        if Break.AUTHORIZER_DENIES in self.broken:
            return _json(403, {"message": "User is not authorized"})
        return route(asked, claims["cognito:username"])

    def _health(self, release: str) -> Answer:
        if Break.HEALTH_IS_A_PAGE in self.broken:
            page = b"<!doctype html><title>FlowLogic</title>"
            return Answer(200, page, {"Content-Type": "text/html; charset=utf-8"})
        said: dict[str, dict[str, Any]] = {
            "dynamodb:responseTime": {"status": "pass", "observedValue": 4},
            "s3:responseTime": {"status": "pass", "observedValue": 9},
            "cognito:responseTime": {"status": "pass", "observedValue": 7},
            "migrations:applied": {"status": "pass", "observedValue": 17},
        }
        for one, (name, state, why) in DEPENDENCIES.items():
            if one in self.broken:
                said[name] = {"status": state, "output": why}
        if Break.MIGRATIONS_UNREPORTED in self.broken:
            del said["migrations:applied"]
        states = {one["status"] for one in said.values()}
        overall = next((s for s in ("fail", "warn") if s in states), "pass")
        document = {
            "status": overall,
            "releaseId": OLD if Break.HEALTH_CACHED in self.broken else release,
            "checks": {name: [one] for name, one in said.items()},
        }
        status = 503 if Break.BUCKET_DOWN in self.broken else 200
        kind = {"Content-Type": "application/health+json"}
        return _json(status, document, **kind)

    def _login(self, given: dict[str, str]) -> Answer:
        if Break.LOGIN_CRASHES in self.broken:
            return _json(500, {"message": "User pool eu-central-1_old does not exist."})
        user = self.pool.users.get(given["email"])
        known = user is not None and user.password == given["password"]
        if not known and Break.LOGIN_TAKES_ANYBODY not in self.broken:
            return _json(401, {"message": "Incorrect username or password."})
        return _json(200, {"username": given["email"]})

    def _me(self, asked: Asked, name: str | None) -> Answer:
        if name is None:
            said = "Cannot read properties of undefined (reading 'claims')"
            return _json(500, {"message": said})
        other = Break.SOMEBODY_ELSE in self.broken
        return _json(200, {"username": self.pool.id if other else name})

    def _preflight(self) -> Answer:
        if Break.CORS_GONE in self.broken:
            return _json(403, {"message": "Missing Authentication Token"})
        methods = {"Access-Control-Allow-Methods": "GET,POST,DELETE,OPTIONS"}
        return Answer(204, b"", {"Access-Control-Allow-Origin": FRONTEND, **methods})

    # -- users -----------------------------------------------------------------

    def _users(self, asked: Asked, _name: str | None) -> Answer:
        url = urlsplit(asked.target)
        if Break.HANGS in self.broken:
            self.ended.wait(30)
        if url.path != "/users":
            return self._user(asked.method, url.path.rpartition("/")[2])
        if asked.method == "POST":
            return self._create(json.loads(asked.body))
        if Break.LIST_CRASHES in self.broken:
            said = "The table does not have the specified index: email-index"
            return _json(500, {"message": said})
        limit = int(parse_qs(url.query).get("limit", ["20"])[0])
        with self._lock:
            wanted = None if Break.LIST_ENDLESS in self.broken else limit
            items = list(itertools.islice(self.users.values(), wanted))
        return _json(200, {"items": items})

    def _create(self, given: dict[str, str]) -> Answer:
        if Break.CREATE_CRASHES in self.broken:
            said = "User is not authorized to perform: dynamodb:PutItem"
            return _json(500, {"message": said})
        user = self._add(given["email"])
        if Break.CREATE_LOSES in self.broken:
            del self.users[user["id"]]
        if Break.CREATE_ANSWERS_OTHERWISE in self.broken:
            user = {"userId": user["id"], "email": user["email"], "plan": user["plan"]}
        return _json(201, user)

    def _user(self, method: str, id: str) -> Answer:
        with self._lock:
            user = self.users.get(id)
        if user is None:
            return _json(404, {"message": f"there is no user {id}"})
        if method == "GET":
            return _json(200, user)
        if Break.DELETE_CRASHES in self.broken:
            said = "User is not authorized to perform: dynamodb:DeleteItem"
            return _json(500, {"message": said})
        if Break.DELETE_KEEPS not in self.broken:
            with self._lock:
                self.users.pop(id, None)
        return Answer(204)

    def _add(self, email: str) -> dict[str, Any]:
        user = {"id": str(uuid.uuid4()), "email": email, "plan": "free"}
        with self._lock:
            self.users[user["id"]] = user
        return user

    # -- plans -----------------------------------------------------------------

    def _plans(self, *, second: bool) -> Answer:
        if Break.SLOW in self.broken:
            time.sleep(SLOW)
        if Break.SLOWER in self.broken:
            time.sleep(SLOWER)
        if Break.HALF_FAIL in self.broken and second:
            return _json(502, {"message": "Internal server error"})
        plans: list[dict[str, Any]] = [dict(plan) for plan in PLANS]
        for plan in plans:
            if Break.PRICE_IS_TEXT in self.broken:
                plan["price"] = f"{plan['price']} €"
            if Break.CURRENCY_GONE in self.broken:
                del plan["currency"]
        if Break.PLANS_EMPTY in self.broken:
            plans = []
        return self._garbled(_json(200, plans))

    def _garbled(self, whole: Answer) -> Answer:
        body, kind = whole.body, JSON
        if Break.GARBAGE in self.broken:
            body = b"[object Object]"
        if Break.EMPTY in self.broken:
            body = b""
        if Break.LATIN_1 in self.broken:
            body = body.decode().encode("latin-1")
        if Break.HTML_TYPE in self.broken:
            kind = "text/html; charset=utf-8"
        answer = Answer(whole.status, body, {"Content-Type": kind})
        if Break.CUT_SHORT in self.broken:
            raise Dropped(answer)
        return answer


DEPENDENCIES = {
    Break.TABLE_DOWN: (
        "dynamodb:responseTime",
        "fail",
        "ResourceNotFoundException: flowlogic-staging-users",
    ),
    Break.BUCKET_DOWN: (
        "s3:responseTime",
        "fail",
        "AccessDenied: flowlogic-staging-videos",
    ),
    Break.POOL_DOWN: (
        "cognito:responseTime",
        "fail",
        "User pool eu-central-1_prod does not exist",
    ),
    Break.MIGRATIONS_PENDING: (
        "migrations:applied",
        "fail",
        "3 of 20 migrations are pending",
    ),
    Break.DEGRADED: ("s3:responseTime", "warn", "took 3900 ms"),
}


def _json(status: int, document: Any, **headers: str) -> Answer:
    body = json.dumps(document, ensure_ascii=False).encode()
    return Answer(HTTPStatus(status), body, {"Content-Type": JSON, **headers})
