"""A service whose answers take 50 ms, for `smoke.py` to test: prints its port.

It counts what it is asked: `GET /count` says how many requests there were since the
last one, and how many of them at once.
"""

from __future__ import annotations

import asyncio
import json
import sys

SECONDS = 0.05
BODY = b'{"status": "ok", "items": [{"id": "a1"}, {"id": "b2"}], "total": 2}'


class Service:
    """The endpoints, and the count."""

    def __init__(self) -> None:
        self.asked = 0
        self.in_flight = 0
        self.most = 0

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer what comes on one connection."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                body = self.count() if head.startswith(b"GET /count ") else b""
                writer.write(answer(body or await self.endpoint()))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def endpoint(self) -> bytes:
        """What every endpoint says, after its 50 ms."""
        self.asked += 1
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        await asyncio.sleep(SECONDS)
        self.in_flight -= 1
        return BODY

    def count(self) -> bytes:
        """The count, which begins anew."""
        said = json.dumps([self.asked, self.most]).encode()
        self.asked = self.most = 0
        return said


def answer(body: bytes) -> bytes:
    """A whole answer, on a connection that stays open."""
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Content-Type: application/json\r\n\r\n".encode() + body


async def main() -> None:
    """Serve until standard input ends, and so with the process that started it."""
    server = await asyncio.start_server(Service().serve, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
