"""What a lower layer raised, as a kind of fault and in words."""

from __future__ import annotations

import http.client
import ssl

from flowguard.model.exchange import FaultKind
from flowguard.probe.flight import Flight, NoAnswer

BROKEN_OFF = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)
"""What is raised on a connection that the peer has ended."""

CAUGHT = (OSError, http.client.HTTPException, ValueError)
"""What the layers below raise."""

# OpenSSL's X509_V_ERR_… (x509_vfy.h).
_CERTIFICATE = {
    9: "the certificate is not valid yet",
    10: "the certificate has expired",
    18: "the certificate is self-signed",
    19: "the certificate's chain ends in a self-signed one that is not trusted",
    20: "the certificate's issuer is not known",
    21: "the certificate's issuer is not known",
    23: "the certificate is revoked",
    62: "the certificate is for another host",
    64: "the certificate is for another address",
}

_TLS = {
    "WRONG_VERSION_NUMBER": "it does not speak TLS on this port",
    "HTTP_REQUEST": "it does not speak TLS on this port",
    "UNSUPPORTED_PROTOCOL": "it only speaks versions of TLS that are no longer safe",
    "TLSV1_ALERT_PROTOCOL_VERSION": "it and we have no version of TLS in common",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "it refuses the TLS handshake",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "it wants a client certificate",
    "TLSV1_ALERT_UNKNOWN_CA": "it does not trust the client certificate",
    "TLSV1_UNRECOGNIZED_NAME": "it knows no host of this name",
}

_OTHERS = (
    (b"\x15\x03", "it speaks TLS on this port: the URL must begin with https"),
    (b"SSH-", "it is an SSH server"),
)


def as_no_answer(error: Exception, flight: Flight) -> NoAnswer:
    """Say what an error of a lower layer means for the request in flight."""
    try:
        flight.left()
    except NoAnswer as over:
        return over
    if isinstance(error, http.client.HTTPException):
        return _no_http(error)
    match error:
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            text = f"it broke the connection off, while {flight.phase}"
            return NoAnswer(FaultKind.PROTOCOL, text)
        case ssl.SSLError():
            return NoAnswer(FaultKind.TLS, _tls(error))
        case TimeoutError():
            return flight.late()
        case ConnectionRefusedError():
            return NoAnswer(FaultKind.REFUSED, "the connection is refused")
        case ConnectionError():
            text = f"it broke the connection off, while {flight.phase}"
            return NoAnswer(FaultKind.PROTOCOL, text)
        case OSError():
            why = error.strerror or type(error).__name__
            return NoAnswer(FaultKind.UNREACHABLE, why.lower())
        case _:
            return NoAnswer(FaultKind.PROTOCOL, "what came is no HTTP")


def _no_http(error: http.client.HTTPException) -> NoAnswer:
    match error:
        case http.client.RemoteDisconnected():
            text = "it closed the connection without an answer"
            return NoAnswer(FaultKind.PROTOCOL, text)
        case http.client.BadStatusLine():
            line = str(error.args[0]).encode("latin-1", "replace")
            said = (text for start, text in _OTHERS if line.startswith(start))
            return NoAnswer(FaultKind.PROTOCOL, next(said, "what came is no HTTP"))
        case http.client.UnknownProtocol():
            text = "it answers in a version of HTTP that was not asked for"
            return NoAnswer(FaultKind.PROTOCOL, text)
        case http.client.IncompleteRead():
            return NoAnswer(FaultKind.PROTOCOL, "the body breaks off")
        case _:
            return _beyond_bounds(error)


def _beyond_bounds(error: http.client.HTTPException) -> NoAnswer:
    # The only others: a line of more than 64 KB, and more than 100 header lines.
    if "header" in str(error):
        return NoAnswer(FaultKind.TOO_LARGE, "the headers are beyond all bounds")
    return NoAnswer(FaultKind.PROTOCOL, "what came is no HTTP")


def _tls(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        told = error.verify_message or "verification failed"
        return _CERTIFICATE.get(
            error.verify_code, f"the certificate is refused: {told}"
        )
    reason = error.reason or "unknown"
    return _TLS.get(reason, f"TLS failed: {reason.lower().replace('_', ' ')}")
