"""Certificates, good and bad, made for the test."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Signed:
    """A certificate and its key, in one file."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    path: Path

    def serving(self, *, clients_of: Signed | None = None) -> ssl.SSLContext:
        """What a server that shows it is set up with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path)
        if clients_of:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(clients_of.path)
        return context


def authority(folder: Path) -> Signed:
    """One that signs others."""
    return _make(folder / "ca.pem", "Test CA", None, days=30)


def signed(
    by: Signed | None, folder: Path, name: str, *, days: float = 30, address: str = ""
) -> Signed:
    """For a host, signed by an authority, or by itself."""
    return _make(folder / f"{name}-{uuid4()}.pem", name, by, days=days, address=address)


def _make(
    path: Path, name: str, by: Signed | None, *, days: float, address: str = ""
) -> Signed:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names: list[x509.GeneralName] = [x509.DNSName(name.replace(" ", "-"))]
    if address:
        names.append(x509.IPAddress(ipaddress.ip_address(address)))
    now = datetime.now(UTC)
    is_authority = name == "Test CA"
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        # Python 3.13 is strict: it wants to know whose key signed, and what for.
        .add_extension(_identifier(key), critical=False)
        .add_extension(_signer(by.key if by else key), critical=False)
        .add_extension(_usage(is_authority=is_authority), critical=True)
    )
    certificate = builder.sign(by.key if by else key, hashes.SHA256())
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return Signed(certificate, key, path)


def _identifier(key: ec.EllipticCurvePrivateKey) -> x509.SubjectKeyIdentifier:
    return x509.SubjectKeyIdentifier.from_public_key(key.public_key())


def _signer(key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )
