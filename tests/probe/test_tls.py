"""TLS: whom we trust, what we say of those we do not."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from probe.certificates import Signed, authority, signed
from probe.servers import Script, Server, answering, dripping, reply, saying, silent

from flowguard.model.exchange import Fault, FaultKind, Request, Response, Tls
from flowguard.probe import Probe

HELLO = answering(lambda _: reply(b"hello"))


@dataclass(frozen=True)
class Certificates:
    """What the tests of this module show each other."""

    folder: Path
    ca: Signed
    good: Signed

    @property
    def trusting(self) -> Tls:
        """The way to take certificates that trusts the authority."""
        return Tls(ca_file=str(self.ca.path))


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    folder = tmp_path_factory.mktemp("certificates")
    ca = authority(folder)
    good = signed(ca, folder, "api.test", days=20.5, address="127.0.0.1")
    return Certificates(folder, ca, good)


@pytest.fixture
def probe() -> Iterator[Probe]:
    with Probe(environment={}) as made:
        yield made


def ask(
    probe: Probe, server: Server, tls: Tls, host: str = "api.test"
) -> Response | Fault:
    """Ask the server as that host."""
    url = f"https://{host}/"
    to = server.authority
    return probe(Request("GET", url, tls=tls, connect_to=to, timeout=5.0))


def test_certificate_is_told_of(probe: Probe, certificates: Certificates) -> None:
    with Server(HELLO, tls=certificates.good.serving()) as server:
        came = ask(probe, server, certificates.trusting)
        again = ask(probe, server, certificates.trusting)

    assert isinstance(came, Response)
    assert isinstance(again, Response)
    assert came.body == b"hello"
    assert came.certificate is not None
    assert came.certificate.subject == "api.test"
    assert came.certificate.days_left == pytest.approx(20.5, abs=0.01)
    assert came.certificate.tls_version == "TLSv1.3"
    assert came.timings.tls is not None
    assert again.certificate == came.certificate
    assert server.connections == 1


def test_address_has_a_certificate_too(
    probe: Probe, certificates: Certificates
) -> None:
    with Server(HELLO, tls=certificates.good.serving()) as server:
        came = probe(Request("GET", server.url, tls=certificates.trusting))

    assert isinstance(came, Response)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (("api.test", -1.0, "by the authority"), "the certificate has expired"),
        (("api.test", 9.0, "by itself"), "the certificate is self-signed"),
        (
            ("other.test", 9.0, "by the authority"),
            "the certificate is for another host",
        ),
    ],
)
def test_bad_certificate_is_named(
    probe: Probe, certificates: Certificates, made: tuple[str, float, str], words: str
) -> None:
    name, days, by = made
    signer = certificates.ca if by == "by the authority" else None
    bad = signed(signer, certificates.folder, name, days=days)
    with Server(HELLO, tls=bad.serving()) as server:
        refused = ask(probe, server, certificates.trusting)
        taken = ask(probe, server, Tls(verify=False))

    assert isinstance(refused, Fault)
    assert refused.kind is FaultKind.TLS
    assert refused.message == f"api.test:443: {words}"
    assert isinstance(taken, Response)


def test_unknown_authority_is_named(probe: Probe, certificates: Certificates) -> None:
    with Server(HELLO, tls=certificates.good.serving()) as server:
        came = ask(probe, server, Tls())

    assert isinstance(came, Fault)
    assert came.kind is FaultKind.TLS
    assert came.message == "api.test:443: the certificate's issuer is not known"


def test_connection_that_verified_nothing_serves_no_other(
    probe: Probe, certificates: Certificates
) -> None:
    with Server(HELLO, tls=certificates.good.serving()) as server:
        careless = ask(probe, server, Tls(verify=False))
        careful = ask(probe, server, Tls())

    assert isinstance(careless, Response)
    assert isinstance(careful, Fault)


def test_server_is_told_the_host(probe: Probe, certificates: Certificates) -> None:
    names: list[str | None] = []
    context = certificates.good.serving()
    context.sni_callback = lambda _object, name, _context: names.append(name)
    with Server(HELLO, tls=context) as server:
        ask(probe, server, certificates.trusting)

    assert names == ["api.test"]


def test_client_shows_its_certificate(probe: Probe, certificates: Certificates) -> None:
    client = signed(certificates.ca, certificates.folder, "client")
    context = certificates.good.serving(clients_of=certificates.ca)
    ca_file = certificates.trusting.ca_file
    with Server(HELLO, tls=context) as server:
        shown = ask(
            probe, server, Tls(ca_file=ca_file, client_certificate=str(client.path))
        )
        without = ask(probe, server, certificates.trusting)

    assert isinstance(shown, Response)
    assert isinstance(without, Fault)
    assert without.kind is FaultKind.TLS
    assert without.message == "api.test:443: it wants a client certificate"


@pytest.mark.parametrize(
    "tls",
    [
        Tls(ca_file="/nowhere/ca.pem"),
        Tls(client_certificate="/nowhere/client.pem"),
        Tls(client_certificate=__file__),
    ],
)
def test_file_that_is_no_certificate_is_named(probe: Probe, tls: Tls) -> None:
    came = probe(Request("GET", "https://127.0.0.1:9/", tls=tls))

    assert isinstance(came, Fault)
    assert came.kind is FaultKind.TLS
    assert came.message.endswith("cannot be read")


def test_old_version_of_tls_is_refused(
    probe: Probe, certificates: Certificates
) -> None:
    context = certificates.good.serving()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with Server(HELLO, tls=context) as server:
        came = ask(probe, server, certificates.trusting)

    assert isinstance(came, Fault)
    assert came.kind is FaultKind.TLS


def test_plain_server_is_not_taken_for_tls(probe: Probe) -> None:
    with Server(saying(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as server:
        came = ask(probe, server, Tls())

    assert isinstance(came, Fault)
    assert came.kind is FaultKind.TLS
    assert came.message == "api.test:443: it does not speak TLS on this port"


@pytest.mark.parametrize("script", [silent, dripping(b"\x16\x03\x03\x40\x00" * 9)])
def test_handshake_without_end_is_given_up(probe: Probe, script: Script) -> None:
    with Server(script) as server:
        request = Request(
            "GET", "https://api.test", connect_to=server.authority, connect_timeout=0.3
        )
        came = probe(request)

    assert isinstance(came, Fault)
    assert came.kind is FaultKind.TIMEOUT
    assert came.message.endswith("gave up after 0.3 s, while agreeing on TLS")


def test_end_of_a_handshake_is_not_taken_for_a_bad_certificate(probe: Probe) -> None:
    with Server(socket.socket.close) as server:
        came = ask(probe, server, Tls())

    assert isinstance(came, Fault)
    assert came.kind is FaultKind.PROTOCOL
    assert came.message.endswith("broke the connection off, while agreeing on TLS")
