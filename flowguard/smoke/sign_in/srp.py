"""The client's side of Cognito's Secure Remote Password protocol.

SRP-6a (RFC 5054) over the 3072-bit group of RFC 3526, with Cognito's own ways to
write numbers and to derive the key, as AWS's SDKs for browsers and phones have them
(amazon-cognito-identity-js, `AuthenticationHelper`). Passwords never leave.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from datetime import UTC, datetime

N = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74"
    "020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
    "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05"
    "98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB"
    "9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718"
    "3995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33"
    "A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864"
    "D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E2"
    "08E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
G = 2
KEY_INFO = b"Caldera Derived Key\x01"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


class BadChallengeError(ValueError):
    """The server's numbers are none that the protocol allows."""


class Client:
    """One attempt to sign in; its secret number is never used twice."""

    def __init__(self, pool: str) -> None:
        self._pool = pool.partition("_")[2]
        self._a = secrets.randbits(1024) | 1 << 1023
        self._public = pow(G, self._a, N)

    @property
    def public(self) -> str:
        """`SRP_A`: what the server is given first, in hexadecimal."""
        return f"{self._public:x}"

    def proof(
        self, challenge: dict[str, str], password: str, now: datetime | None = None
    ) -> dict[str, str]:
        """The responses to the challenge `PASSWORD_VERIFIER`.

        Raises BadChallengeError where the challenge cannot be answered.
        """
        user = challenge.get("USER_ID_FOR_SRP", "")
        block = challenge.get("SECRET_BLOCK", "")
        timestamp = _timestamp(now or datetime.now(UTC))
        try:
            key = self._key(challenge["SALT"], challenge["SRP_B"], user, password)
            data = base64.b64decode(block)
        except (KeyError, ValueError, binascii.Error) as error:
            raise BadChallengeError("its numbers cannot be read") from error
        text = f"{self._pool}{user}".encode() + data + timestamp.encode()
        signature = hmac.digest(key, text, hashlib.sha256)
        return {
            "USERNAME": challenge.get("USERNAME") or user,
            "TIMESTAMP": timestamp,
            "PASSWORD_CLAIM_SECRET_BLOCK": block,
            "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(signature).decode(),
        }

    def _key(self, salt: str, public: str, user: str, password: str) -> bytes:
        theirs = int(public, 16)
        if theirs % N == 0:  # RFC 5054, 2.5.3: the client must abort
            raise BadChallengeError("its public number is zero")
        u = _number(padded(self._public) + padded(theirs))
        if u == 0:
            raise BadChallengeError("its public number leaves no secret")
        identity = hashlib.sha256(f"{self._pool}{user}:{password}".encode()).digest()
        x = _number(padded(int(salt, 16)) + identity)
        k = _number(padded(N) + padded(G))
        shared = pow(theirs - k * pow(G, x, N), self._a + u * x, N)
        return derived(shared, u)


def padded(number: int) -> bytes:
    """A number as Cognito hashes it: big-endian, its first bit never set."""
    return number.to_bytes(number.bit_length() // 8 + 1)


def derived(shared: int, u: int) -> bytes:
    """The key of both sides: HKDF (RFC 5869), cut to 16 bytes."""
    secret = hmac.digest(padded(u), padded(shared), hashlib.sha256)
    return hmac.digest(secret, KEY_INFO, hashlib.sha256)[:16]


def _number(data: bytes) -> int:
    return int.from_bytes(hashlib.sha256(data).digest())


def _timestamp(now: datetime) -> str:
    """`Sun Jan 18 12:00:00 UTC 2026`, whatever the locale."""
    day, month = DAYS[now.weekday()], MONTHS[now.month - 1]
    return f"{day} {month} {now.day} {now:%H:%M:%S} UTC {now.year}"
