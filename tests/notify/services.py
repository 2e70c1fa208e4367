"""The services that messages go to, as far as these can be had on the loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from probe.certificates import authority, signed
from probe.servers import Asked, Server, Tunnel, answering, reply

SLACK = "https://hooks.slack.com/services/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"
TEAMS = (
    "https://default12.e4.environment.api.powerplatform.com:443/powerautomate"
    "/automations/direct/workflows/CANARYworkflow/triggers/manual/paths/invoke"
    "?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=CANARYsignature"
)


@dataclass
class Web:
    """Whatever host is asked for over HTTPS, asked here."""

    asked: list[Asked] = field(default_factory=list)
    status: str = "200 OK"

    def answer(self, asked: Asked) -> bytes:
        """Keep what came."""
        self.asked.append(asked)
        return reply(b"ok", status=self.status)  # as Slack says it


@contextmanager
def web(folder: Path, host: str, environment: pytest.MonkeyPatch) -> Iterator[Web]:
    """A proxy whose tunnels all end at one server, which shows a certificate of `host`.

    The certificate is trusted, so that the real libraries run as they are.
    """
    ca = authority(folder)
    there = Web()
    environment.setenv("REQUESTS_CA_BUNDLE", str(ca.path))
    serving = signed(ca, folder, host).serving()
    with (
        Server(answering(there.answer), tls=serving) as server,
        Server(Tunnel(server)) as proxy,
    ):
        environment.setenv("HTTPS_PROXY", proxy.url)
        yield there


@dataclass
class Mailbox:
    """A mail server that takes everything."""

    mails: list[EmailMessage] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    signed_in: bool = False

    def __call__(self, connection: socket.socket) -> None:
        """The server's side of RFC 5321, as far as one mail needs it."""
        with connection.makefile("rwb") as stream:

            def say(line: str) -> None:
                stream.write(f"{line}\r\n".encode())
                stream.flush()

            say("220 mail.test")
            while line := stream.readline().decode().strip():
                match line.split(maxsplit=1)[0].upper():
                    case "EHLO":
                        say("250-mail.test\r\n250 AUTH PLAIN")
                    case "AUTH":
                        self.signed_in = True
                        say("235 welcome")
                    case "RCPT":
                        self.to.append(line.partition("<")[2].rstrip(">"))
                        say("250 ok")
                    case "DATA":
                        say("354 go on")
                        self.mails.append(_mail(iter(stream.readline, b".\r\n")))
                        say("250 taken")
                    case "QUIT":
                        say("221 bye")
                        return
                    case _:
                        say("250 ok")


def _mail(lines: Iterator[bytes]) -> EmailMessage:
    return message_from_bytes(b"".join(lines), policy=policy.default)
