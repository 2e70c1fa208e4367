"""An imported OpenAPI document gives the results that openapi-core gives.

One server answers in many ways, of which some are not as the document says; FlowGuard
runs the spec that it makes of the document, openapi-core judges the same answers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

from flowguard.smoke import imports

JSON = "application/json"
USER = {"id": 1, "name": "Ada"}
ANSWERS: dict[str, tuple[int, str, Any]] = {
    "as-described": (200, JSON, USER),
    "all-of-it": (200, JSON, {**USER, "tags": ["a"], "plan": "pro", "nick": None}),
    "with-charset": (200, "application/json; charset=utf-8", USER),
    "accepted": (202, JSON, {"any": "thing"}),
    "no-name": (200, JSON, {"id": 1}),
    "id-as-text": (200, JSON, {**USER, "id": "1"}),
    "id-as-fraction": (200, JSON, {**USER, "id": 1.5}),
    "id-too-small": (200, JSON, {**USER, "id": 0}),
    "name-too-short": (200, JSON, {**USER, "name": ""}),
    "name-is-null": (200, JSON, {**USER, "name": None}),
    "plan-unknown": (200, JSON, {**USER, "plan": "gold"}),
    "tags-no-list": (200, JSON, {**USER, "tags": "a"}),
    "tag-no-text": (200, JSON, {**USER, "tags": ["a", 1]}),
    "nick-no-text": (200, JSON, {**USER, "nick": 5}),
    "more-than-described": (200, JSON, {**USER, "other": 1}),
    "a-list": (200, JSON, [USER]),
    "null": (200, JSON, None),
    "no-json": (200, JSON, b"{"),
    "other-type": (200, "text/html", b"<html>"),
    "other-status": (201, JSON, USER),
    "an-error": (500, JSON, {}),
}
NICK = {
    "3.0.3": {"type": "string", "nullable": True},
    "3.1.0": {"type": ["string", "null"]},
}


def described(version: str) -> dict[str, Any]:
    """A document in which every answer is described in the same way."""
    reference = {"schema": {"$ref": "#/components/schemas/User"}}
    responses = {
        "200": {"description": "a user", "content": {JSON: reference}},
        "202": {"description": "soon", "content": {JSON: {}}},
    }
    return {
        "openapi": version,
        "info": {"title": "Users", "version": "1"},
        "servers": [{"url": "/v1"}],
        "paths": {
            f"/{name}": {"get": {"operationId": name, "responses": responses}}
            for name in ANSWERS
        },
        "components": {
            "schemas": {
                "User": {
                    "type": "object",
                    "required": ["id", "name"],
                    "additionalProperties": False,
                    "properties": {
                        "id": {"type": "integer", "minimum": 1},
                        "name": {"type": "string", "minLength": 1},
                        "plan": {"type": "string", "enum": ["free", "pro"]},
                        "tags": {"type": "array", "items": {"type": "string"}},
                        "nick": NICK[version],
                    },
                }
            }
        },
    }


class Handler(BaseHTTPRequestHandler):
    """Answers as `ANSWERS` says."""

    def do_GET(self) -> None:
        """Answer by the last part of the path."""
        status, kind, body = ANSWERS[self.path.rpartition("/")[2]]
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Where the server is."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def openapi_core(document: Mapping[str, Any], url: str) -> dict[str, bool]:
    """Whether each answer is as the document says."""
    openapi = OpenAPI.from_dict(dict(document))
    found = {}
    for name in ANSWERS:
        try:
            answer: Any = urllib.request.urlopen(f"{url}/v1/{name}")  # noqa: S310
        except HTTPError as error:
            answer = error
        with answer:
            response = MockResponse(
                answer.read(),
                status_code=answer.status,
                content_type=answer.headers["Content-Type"],
            )
        request = MockRequest(url, "get", f"/v1/{name}")
        try:
            openapi.validate_response(request, response)
        except OpenAPIError:
            found[name] = False
        else:
            found[name] = True
    return found


def flowguard(folder: Path, url: str) -> dict[str, bool]:
    """Whether each check of the imported spec passes."""
    path = folder / "openapi.json"
    draft = imports.convert(path.read_text(), path.name)
    gate = "gate: {flake: 1%, broken: 99%, false_rollback: 90%, spread: 1ms}\n"
    (folder / "smoke.yml").write_text(draft.text + gate)
    command = [
        sys.executable,
        "-m",
        "flowguard",
        "smoke",
        "--output",
        "json=report.json",
    ]
    environment = {**os.environ, "BASE_URL": url}
    done = subprocess.run(
        command,
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert (folder / "report.json").exists(), done.stderr
    results = json.loads((folder / "report.json").read_text())["smoke"]["results"]
    assert draft.left_out == ()
    return {row["name"]: row["outcome"] == "passed" for row in results}


@pytest.mark.parametrize("version", NICK)
def test_each_answer_is_judged_alike(url: str, tmp_path: Path, version: str) -> None:
    document = described(version)
    (tmp_path / "openapi.json").write_text(json.dumps(document))

    theirs = openapi_core(document, url)
    ours = flowguard(tmp_path, url)

    assert ours == theirs
    assert sum(ours.values()) == 4
