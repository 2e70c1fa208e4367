"""An imported Postman collection gives the results that Newman gives.

Both send the same requests to the same server, whole and broken, and judge each in the
same way. Tests that were left out are not compared, and few are left out.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from flowguard.smoke import imports
from flowguard.smoke.imports.scenario import slug

QUICK = """\
concurrency: 50
gate:
  flake: 1%
  broken: 99%
  false_rollback: 90%
  spread: 1ms
  samples: {pass: 1}
"""
"""The server does what it does each time: two answers say all."""
SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
DOCUMENT = {
    "id": 1,
    "name": "Ada",
    "zero": 0,
    "empty": "",
    "void": None,
    "on": True,
    "list": [1, "a", None],
    "nothing": [],
    "deep": {"a": {"b": [{"c": "x"}]}},
    "odd-key": 2.5,
}
PATHS = [
    *("", ".id", ".name", ".zero", ".empty", ".void", ".on", ".list", ".nothing"),
    *(".deep", ".deep.a.b[0].c", ".list[0]", ".list[1]", ".list.length", '["odd-key"]'),
    *(".missing", ".deep.missing", ".missing.missing"),
]
ASSERTIONS = [
    *("to.eql(1)", "to.equal('Ada')", "to.eql([])", "to.eql(2.5)", "to.not.eql(1)"),
    *("to.eql(null)", "to.not.equal(null)", "to.be.true", "to.be.null", "to.exist"),
    *("to.not.be.null", "to.be.undefined", "to.not.be.undefined", "to.not.exist"),
    *("to.be.above(0)", "to.be.below(1)", "to.be.at.least(3)", "to.be.at.most(2.5)"),
    *("to.be.a('string')", "to.be.an('array')", "to.be.an('object')"),
    *("to.be.a('number')", "to.be.a('boolean')", "to.have.lengthOf(3)"),
    *("to.include('a')", "to.include(1)", "to.match(/^a/i)", "to.be.oneOf([1, 'x'])"),
    *(
        "to.have.property('a')",
        "to.have.property('id', 1)",
        "to.not.have.property('a')",
    ),
    *("to.be.empty", "to.not.be.empty", "to.have.property('void')"),
]
OTHERS = [
    *("pm.response.to.have.status(200)", "pm.response.to.have.status(201)"),
    *("pm.response.to.be.ok", "pm.response.to.be.error", "pm.response.to.be.json"),
    *("pm.response.to.not.be.error", "pm.response.to.have.status('OK')"),
    "pm.expect(pm.response.code).to.be.oneOf([200, 201])",
    "pm.expect(pm.response.code).to.be.below(200)",
    "pm.response.to.have.header('Content-Type')",
    "pm.response.to.have.header('X-Missing')",
    "pm.response.to.have.header('X-Version', '7')",
    "pm.expect(pm.response.headers.get('X-Version')).to.eql('8')",
    "pm.expect(pm.response.text()).to.include('Ada')",
    "pm.expect(pm.response.text()).to.include('Bob')",
    'pm.expect(pm.response.text()).to.match(/"id": ?1/)',
    "pm.response.to.have.jsonBody('deep.a.b[0].c', 'x')",
    "pm.response.to.have.jsonBody('deep.a.c')",
    "pm.expect(JSON.parse(responseBody).id).to.eql(1)",
]


DIFFERENT = {"pm.expect(pm.response.json().deep).to.include('a');"}
"""Chai looks for no text in an object, whatever its keys are, and always fails."""


@dataclass
class Service:
    """A real server of users behind a sign-in, which can be broken."""

    broken: str = ""
    users: dict[str, Any] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    url: str = ""

    def answer(self, handler: Handler) -> None:
        """Answer a request, and note what it was."""
        parts = urlsplit(handler.path)
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length).decode()
        names = ("authorization", "x-api-key", "content-type", "x-trace", "cookie")
        headers = {n: handler.headers[n] for n in names if handler.headers[n]}
        query = sorted(parse_qsl(parts.query, keep_blank_values=True))
        kind = headers.get("content-type", "")
        noted: Any = json.loads(body) if "json" in kind and body else body
        if "form" in kind:  # a space may be written in two ways
            noted = parse_qsl(body)
        row = [handler.command, parts.path, query, headers, noted]
        self.seen.add(json.dumps(row, sort_keys=True))
        status, value, more = self.route(handler.command, parts.path, headers, body)
        payload = value if isinstance(value, bytes) else json.dumps(value).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("X-Version", "7")
        for name, text in more.items():
            handler.send_header(name, text)
        handler.send_header("Content-Length", str(len(payload)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(payload)

    def route(
        self, method: str, path: str, headers: dict[str, str], body: str
    ) -> tuple[int, Any, dict[str, str]]:
        """The status, the body, and the headers of an answer."""
        match method, path.strip("/").split("/"):
            case _, ["document"]:
                return 200, DOCUMENT, {}
            case "GET", ["health"]:
                return (503 if self.broken == "health" else 200), {"ok": True}, {}
            case "GET", ["old"]:
                return 302, {}, {"Location": "/document"}
            case "GET", ["garbage"]:
                return 200, b"<html>", {}
            case "POST", ["login"]:
                key = "jwt" if self.broken == "login" else "access_token"
                return 200, {key: "t0ken", "expires": 3600}, {}
            case "POST", ["form"]:
                return 200, dict(parse_qsl(body)), {}
            case _, ["basic" | "key" | "users" as name, *_] if not _let_in(
                name, headers
            ):
                return 401, {"message": "Unauthorized"}, {}
            case _, ["users", *rest]:
                return self.user(method, rest, body)
            case "GET", ["basic" | "key"]:
                return 200, {}, {}
            case _:
                return 404, {"message": "Not Found"}, {}

    def user(
        self, method: str, rest: list[str], body: str
    ) -> tuple[int, Any, dict[str, str]]:
        """Create, read, list and delete."""
        match method, rest:
            case "GET", []:
                none = self.broken == "list"
                return 200, {"items": [] if none else [{"id": "u0"}], "next": None}, {}
            case "POST", []:
                number = f"u{len(self.users) + 1}"
                self.users[number] = {**json.loads(body), "id": number}
                status = 500 if self.broken == "create" else 201
                return status, self.users[number], {"Location": f"/users/{number}"}
            case "GET", [number] if number in self.users:
                wrong = {"name": "?"} if self.broken == "read" else {}
                return 200, {**self.users[number], **wrong}, {}
            case "DELETE", [number] if number in self.users:
                del self.users[number]
                return (500 if self.broken == "delete" else 204), b"", {}
            case _:
                return 404, {"message": "Not Found"}, {}


def _let_in(name: str, headers: dict[str, str]) -> bool:
    given = headers.get("x-api-key" if name == "key" else "authorization")
    basic = base64.b64encode(b"smoke:s3cret").decode()
    return given == {"basic": f"Basic {basic}", "key": "k3y"}.get(name, "Bearer t0ken")


class Handler(BaseHTTPRequestHandler):
    """Hands a request over."""

    protocol_version = "HTTP/1.1"
    service: Service

    def _answer(self) -> None:
        self.service.answer(self)

    do_GET = do_POST = do_DELETE = do_PUT = do_HEAD = _answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[Service]:
    """A server of its own for each test."""
    service = Service()
    handler = type("Bound", (Handler,), {"service": service})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        service.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield service
        server.shutdown()
        thread.join()


# -- the two tools ---------------------------------------------------------------


def newman(collection: dict[str, Any], folder: Path, url: str) -> dict[str, bool]:
    """Whether each request passes, as Newman says."""
    program = shutil.which("newman")
    assert program is not None
    (folder / "collection.json").write_text(json.dumps(collection))
    environment = {
        "name": "e",
        "values": [{"key": k, "value": v} for k, v in variables(url).items()],
    }
    (folder / "environment.json").write_text(json.dumps(environment))
    exported = folder / "newman.json"
    command = [
        program, "run", "collection.json", "--environment", "environment.json",
        "--reporters", "json", "--reporter-json-export", str(exported),
    ]  # fmt: skip
    subprocess.run(command, cwd=folder, check=False, capture_output=True)
    found = {}
    for execution in json.loads(exported.read_text())["run"]["executions"]:
        failed = [a for a in execution.get("assertions", ()) if a.get("error")]
        scripts = execution.get("testScript") or ()
        broke = any(script.get("error") for script in scripts)
        refused = execution.get("requestError")
        found[execution["item"]["name"]] = not (failed or broke or refused)
    return found


def variables(url: str) -> dict[str, str]:
    """What both are told."""
    return {
        "baseUrl": url,
        "SMOKE_PASSWORD": "s3cret",
        "SMOKE_API_KEY": "k3y",
    }


def flowguard(text: str, folder: Path, url: str) -> dict[str, bool]:
    """Whether each check passes, as FlowGuard says."""
    (folder / "smoke.yml").write_text(text + QUICK)
    command = [
        sys.executable, "-m", "flowguard", "smoke", "--spec", "smoke.yml",
        "--output", "json=report.json",
    ]  # fmt: skip
    environment = {**os.environ, **variables(url)}
    done = subprocess.run(
        command,
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert (folder / "report.json").exists(), done.stderr
    report = json.loads((folder / "report.json").read_text())
    results = report["smoke"]["results"]
    return {row["name"]: row["outcome"] in {"passed", "slow"} for row in results}


# -- the tests -------------------------------------------------------------------


def request(name: str, url: Any, *script: str, **more: Any) -> dict[str, Any]:
    """An item of a collection."""
    event = {"listen": "test", "script": {"exec": list(script)}}
    return {
        "name": name,
        "request": {"method": "GET", "url": url, **more},
        "event": [event] if script else [],
    }


def collection(*items: Any, **more: Any) -> dict[str, Any]:
    """A collection of items."""
    return {"info": {"name": "c", "schema": SCHEMA}, "item": [*items], **more}


def test_each_assertion_means_what_it_means_to_newman(
    service: Service, tmp_path: Path
) -> None:
    every = [
        f"pm.expect(pm.response.json(){path}).{assertion};"
        for path in PATHS
        for assertion in ASSERTIONS
    ]
    scripts = [*every[::3], *OTHERS]
    made = collection(
        *(
            request(
                f"n{index}", "{{baseUrl}}/document", f"pm.test('t', () => {{{s}}});"
            )
            for index, s in enumerate(scripts)
        )
    )
    draft = imports.convert(json.dumps(made), "collection.json")
    left_out = {line.partition(":")[0] for line in draft.left_out}

    theirs = newman(made, tmp_path, service.url)
    ours = flowguard(draft.text, tmp_path, service.url)

    compared = ours.keys() - left_out
    different = {scripts[int(n[1:])] for n in compared if ours[n] is not theirs[n]}
    assert different <= DIFFERENT
    assert len(compared) > 0.9 * len(scripts)
    assert len({ours[name] for name in compared}) == 2


BEARER = {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}"}]}
JSON = {"raw": {"language": "json"}}
REAL = collection(
    request(
        "Health", "{{baseUrl}}/health", "pm.test('up', () => pm.response.to.be.ok)"
    ),
    request(
        "Old address", "{{baseUrl}}/old", "tests['200'] = responseCode.code === 200;"
    ),
    request("Garbage", "{{baseUrl}}/garbage", "pm.response.json();"),
    request(
        "Login",
        "{{baseUrl}}/login",
        "const body = pm.response.json();",
        "pm.test('a token', () => pm.expect(body.access_token).to.be.a('string'));",
        "pm.environment.set('token', body.access_token);",
        method="POST",
        auth={"type": "noauth"},
        body={"mode": "raw", "raw": '{"user": "smoke"}', "options": JSON},
    ),
    request(
        "Form",
        "{{baseUrl}}/form",
        "pm.test('a', () => pm.expect(pm.response.json().a).to.eql('1 2&3'));",
        method="POST",
        body={
            "mode": "urlencoded",
            "urlencoded": [
                {"key": "a", "value": "1 2&3"},
                {"key": "off", "value": "x", "disabled": True},
            ],
        },
    ),
    request(
        "Basic",
        "{{baseUrl}}/basic",
        "pm.test('in', () => pm.response.to.have.status(200));",
        auth={
            "type": "basic",
            "basic": [
                {"key": "username", "value": "smoke"},
                {"key": "password", "value": "{{SMOKE_PASSWORD}}"},
            ],
        },
    ),
    request(
        "Key",
        "{{baseUrl}}/key",
        "pm.test('in', () => pm.response.to.have.status(200));",
        auth={
            "type": "apikey",
            "apikey": [
                {"key": "key", "value": "X-Api-Key"},
                {"key": "value", "value": "{{SMOKE_API_KEY}}"},
            ],
        },
    ),
    {
        "name": "Users",
        "auth": BEARER,
        "item": [
            request(
                "List",
                {
                    "raw": "{{baseUrl}}/users?limit=5&q={{who}}&off=1",
                    "host": ["{{baseUrl}}"],
                    "path": ["users"],
                    "query": [
                        {"key": "limit", "value": "5"},
                        {"key": "q", "value": "{{who}}"},
                        {"key": "off", "value": "1", "disabled": True},
                    ],
                },
                "var data = pm.response.json();",
                "pm.test('some', () => {",
                "  pm.expect(data.items.length).to.be.above(0);",
                "  pm.expect(data.next).to.be.null;",
                "});",
                header=[
                    {"key": "X-Trace", "value": "abc"},
                    {"key": "X-Off", "value": "abc", "disabled": True},
                ],
            ),
            request(
                "Create",
                "{{baseUrl}}/users",
                "pm.test('created', () => pm.response.to.have.status('Created'));",
                "pm.collectionVariables.set('id', pm.response.json().id);",
                method="POST",
                body={"mode": "raw", "raw": '{"name": "{{who}}"}', "options": JSON},
            ),
            request(
                "Read",
                {
                    "raw": "{{baseUrl}}/users/:user",
                    "host": ["{{baseUrl}}"],
                    "path": ["users", ":user"],
                    "variable": [{"key": "user", "value": "{{id}}"}],
                },
                "pm.test('its name', () => pm.expect(pm.response.json().name)",
                "  .to.eql(pm.collectionVariables.get('who')));",
            ),
            request(
                "Delete",
                "{{baseUrl}}/users/{{id}}",
                "pm.test('gone', () => pm.expect(pm.response.code).to.eql(204));",
                method="DELETE",
            ),
        ],
    },
    variable=[{"key": "who", "value": "Ada Lovelace"}],
)
CHAIN = ("Create", "Read", "Delete")


def merged(results: dict[str, bool]) -> dict[str, bool]:
    """By check: what Newman tells of a chain is one check of FlowGuard's."""
    rest = {slug(n): passed for n, passed in results.items() if n not in CHAIN}
    return {**rest, "users": all(results[name] for name in CHAIN)}


@pytest.mark.parametrize(
    "broken", ["", "health", "login", "list", "create", "read", "delete"]
)
def test_a_whole_collection_gives_the_same_results(
    service: Service, tmp_path: Path, broken: str
) -> None:
    draft = imports.convert(json.dumps(REAL), "collection.json")
    service.broken = broken

    theirs = newman(REAL, tmp_path, service.url)
    sent_by_newman, service.seen = service.seen, set()
    service.users.clear()
    ours = flowguard(draft.text, tmp_path, service.url)

    assert draft.left_out == ()
    if broken == "login":  # nothing that needs the token can be measured
        assert (ours["login"], theirs["Login"]) == (False, False)
        assert not ours["list"]
    else:
        assert ours == merged(theirs)
    if not broken:
        assert not service.users
        assert service.seen == sent_by_newman
