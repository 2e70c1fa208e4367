"""The backend on a port of the loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from smoke_servers.serving import Answer, Asked

from flowlogic_backend.breaks import Break
from flowlogic_backend.service import Backend, Dropped


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


@contextmanager
def serving(backend: Backend) -> Iterator[str]:
    """Serve it; gives the URL. One that is down has a URL that nobody listens on."""
    if Break.DOWN in backend.broken:
        with socket.socket() as taken:
            # Bound, so that nobody else takes the port, and never listened on.
            taken.bind(("127.0.0.1", 0))
            yield f"http://127.0.0.1:{taken.getsockname()[1]}"
        return
    server = _Server(("127.0.0.1", 0), _handler(backend))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        backend.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(backend: Backend) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # An answer is one packet: else it waits for the receipt of its first part.
        wbufsize = 1 << 16
        disable_nagle_algorithm = True

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

        def _serve(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            asked = Asked(self.command, self.path, headers, body)
            try:
                self._answer(backend(asked))
            except Dropped as dropped:
                self._answer(dropped.answer, half=True)

        def _answer(self, answer: Answer, *, half: bool = False) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.status != 204:  # No Content (RFC 9110, 8.6)
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            size = len(answer.body)
            self.wfile.write(answer.body[: size // 2 if half else size])
            self.close_connection |= half

        do_GET = do_POST = do_DELETE = do_OPTIONS = _serve  # noqa: N815

    return Handler
