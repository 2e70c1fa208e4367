"""A registry of images on the loopback, as far as `docker push` and `pull` ask for it."""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_BLOB = "application/octet-stream"


@contextmanager
def registry() -> Iterator[str]:
    """Serve one that is empty; gives what names of images begin with."""
    server = _Registry(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Registry(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.held: dict[str, tuple[str, bytes]] = {}
        """By path: the media type and the bytes."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Registry

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        found = self.server.held.get(self.path)
        if found or self.path == "/v2/":
            kind, content = found or (_BLOB, b"")
            self._answer(200, {"Content-Type": kind}, content)
        else:
            self._answer(404)

    do_HEAD = do_GET  # noqa: N815 - http.server's names

    def do_POST(self) -> None:
        """An upload begins."""
        self._answer(202, {"Location": f"{self.path}{uuid.uuid4().hex}"})

    def do_PATCH(self) -> None:
        """A part of it comes."""
        _, before = self.server.held.get(self.path, (_BLOB, b""))
        content = before + self._body()
        self.server.held[self.path] = (_BLOB, content)
        self._answer(202, {"Location": self.path, "Range": f"0-{len(content) - 1}"})

    def do_PUT(self) -> None:
        """An upload ends, or a manifest comes."""
        path, _, digest = self.path.partition("?digest=")
        if digest:
            _, content = self.server.held.pop(path, (_BLOB, b""))
            blobs = path.partition("uploads/")[0]
            content += self._body()
            self.server.held[blobs + unquote(digest)] = (_BLOB, content)
        else:
            content = self._body()
            manifests = path.rsplit("/", 1)[0]
            for place in (path, f"{manifests}/{_digest(content)}"):
                self.server.held[place] = (_MANIFEST, content)
        self._answer(201, {"Docker-Content-Digest": _digest(content)})

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(
        self, status: int, headers: dict[str, str] | None = None, content: bytes = b""
    ) -> None:
        self.send_response(status)
        if content:
            self.send_header("Docker-Content-Digest", _digest(content))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
