"""The server's side of SRP-6a (RFC 5054) as Cognito speaks it.

Written from the protocol, apart from FlowGuard's own side: the group is computed by
the formula of RFC 3526, and each number is written as two's complement.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

G = 2


@functools.cache
def prime() -> int:
    """2^3072 - 2^3008 - 1 + 2^64 * ([2^2942 pi] + 1690314) (RFC 3526, 4)."""
    digits = 10**950

    def arctan_of_inverse(x: int) -> int:
        term = total = digits // x
        for n in range(1, 2000):
            term //= -x * x
            total += term // (2 * n + 1)
            if term in {0, -1}:
                break
        return total

    # Machin's formula.
    pi = 4 * (4 * arctan_of_inverse(5) - arctan_of_inverse(239))
    return 2**3072 - 2**3008 - 1 + 2**64 * ((pi * 2**2942) // digits + 1690314)


def signed(number: int) -> bytes:
    """Big-endian, with a leading zero byte where the first bit is set."""
    text = f"{number:x}"
    text = text if len(text) % 2 == 0 else f"0{text}"
    return bytes.fromhex(f"00{text}" if text[0] in "89abcdef" else text)


def _hash(*parts: bytes) -> int:
    return int(hashlib.sha256(b"".join(parts)).hexdigest(), 16)


@dataclass(frozen=True)
class Verifier:
    """What a server keeps of a password."""

    pool: str
    """The name of the pool, after the underscore."""
    user: str
    salt: int
    value: int


def verifier(pool: str, user: str, password: str) -> Verifier:
    """What is kept of a new password."""
    salt = secrets.randbits(128)
    inner = hashlib.sha256(f"{pool}{user}:{password}".encode()).digest()
    return Verifier(pool, user, salt, pow(G, _hash(signed(salt), inner), prime()))


@dataclass
class Attempt:
    """One sign-in by SRP."""

    verifier: Verifier
    their_public: int
    secret: int = field(default_factory=lambda: secrets.randbits(1024))
    block: bytes = field(default_factory=lambda: secrets.token_bytes(300))

    @property
    def acceptable(self) -> bool:
        """Whether the client's public number is one (RFC 5054, 2.5.4)."""
        return self.their_public % prime() != 0

    @property
    def public(self) -> int:
        """B."""
        n = prime()
        k = _hash(signed(n), signed(G))
        return (k * self.verifier.value + pow(G, self.secret, n)) % n

    def challenge(self) -> dict[str, str]:
        """The parameters of PASSWORD_VERIFIER."""
        return {
            "SALT": f"{self.verifier.salt:x}",
            "SRP_B": f"{self.public:x}",
            "SECRET_BLOCK": base64.b64encode(self.block).decode(),
            "USER_ID_FOR_SRP": self.verifier.user,
            "USERNAME": self.verifier.user,
        }

    def proves(self, responses: dict[str, str]) -> bool:
        """Whether the responses prove that the client knows the password."""
        n = prime()
        u = _hash(signed(self.their_public), signed(self.public))
        v = self.verifier
        shared = pow(self.their_public * pow(v.value, u, n), self.secret, n)
        # HKDF (RFC 5869) with SHA-256.
        extracted = hmac.digest(signed(u), signed(shared), "sha256")
        key = hmac.digest(extracted, b"Caldera Derived Key" + b"\x01", "sha256")[:16]
        text = (v.pool + v.user).encode() + self.block
        text += responses.get("TIMESTAMP", "").encode()
        expected = base64.b64encode(hmac.digest(key, text, "sha256")).decode()
        sent = responses.get("PASSWORD_CLAIM_SIGNATURE", "")
        block = responses.get("PASSWORD_CLAIM_SECRET_BLOCK", "")
        same_block = block == base64.b64encode(self.block).decode()
        return same_block and hmac.compare_digest(expected, sent)
