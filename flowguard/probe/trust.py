"""TLS: whom to trust, and what a server's certificate says."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from typing import Any

from flowguard.model.exchange import Certificate, FaultKind, Tls
from flowguard.probe.flight import Flight, NoAnswer

_DAY = 24 * 60 * 60


class Contexts:
    """OpenSSL's settings for each way to take a certificate, each made once.

    To load the system's certificates takes longer than a handshake.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[Tls, ssl.SSLContext] = {}

    def context(self, tls: Tls) -> ssl.SSLContext:
        """The settings; raises `NoAnswer` where a file of theirs is no good."""
        with self._lock:
            if (context := self._made.get(tls)) is None:
                context = self._made[tls] = _context(tls)
            return context


def secure(
    connection: socket.socket, host: str, context: ssl.SSLContext, flight: Flight
) -> tuple[ssl.SSLSocket, Certificate | None]:
    """Agree on TLS; raises what OpenSSL raises.

    There is no certificate where none is verified: OpenSSL tells nothing of it then.
    """
    try:
        secured = context.wrap_socket(
            connection,
            server_hostname=host.rstrip("."),
            do_handshake_on_connect=False,
        )
    except BaseException:
        connection.close()
        raise
    try:
        flight.hold(secured)
        secured.settimeout(flight.left())
        secured.do_handshake()
        return secured, _certificate(secured)
    except BaseException:
        secured.close()
        raise


def _context(tls: Tls) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    # From 3.13 on Python refuses certificates for formal faults that neither
    # browsers nor curl mind, and that authorities of companies often have.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls.ca_file:
        try:
            context.load_verify_locations(tls.ca_file)
        except OSError:
            raise _unusable("the CA file") from None
    if tls.client_certificate:
        try:
            # Without a password of its own OpenSSL would ask the terminal for one.
            context.load_cert_chain(
                tls.client_certificate, tls.client_key or None, password=_no_password
            )
        except (OSError, ValueError):
            raise _unusable("the client certificate or its key") from None
    return context


def _no_password() -> str:
    raise ValueError("the key is encrypted")


def _unusable(what: str) -> NoAnswer:
    return NoAnswer(FaultKind.TLS, f"{what} cannot be read")


def _certificate(secured: ssl.SSLSocket) -> Certificate | None:
    shown = secured.getpeercert()
    if not shown:
        return None
    expires = ssl.cert_time_to_seconds(str(shown["notAfter"]))
    return Certificate(
        subject=_subject(shown),
        days_left=(expires - time.time()) / _DAY,
        tls_version=secured.version() or "",
    )


def _subject(shown: dict[str, Any]) -> str:
    """Its common name, or the first other name where it has none."""
    parts = (pair for part in shown.get("subject", ()) for pair in part)
    names = [value for key, value in parts if key == "commonName"]
    names += [value for _, value in shown.get("subjectAltName", ())]
    return next(iter(names), "")
