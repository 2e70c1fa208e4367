"""Bodies that are compressed, unpacked no further than is wanted."""

from __future__ import annotations

import zlib

from flowguard.model.exchange import FaultKind
from flowguard.probe.flight import NoAnswer

_GZIP = 16 + zlib.MAX_WBITS
_RAW = -zlib.MAX_WBITS
_DEFLATED = 8


class Decoder:
    """Unpacks gzip (of one member or several) and deflate, with or without its head."""

    def __init__(self, coding: str) -> None:
        self._gzip = coding != "deflate"
        self._stream = zlib.decompressobj(_GZIP) if self._gzip else None
        self._any = False

    def feed(self, data: bytes, room: int) -> bytes:
        """What some more of the packed bytes hold, up to `room` bytes of it.

        What does not fit is lost: who gets `room` bytes has enough. Raises
        `NoAnswer` where the bytes are not packed so.
        """
        unpacked = bytearray()
        try:
            while data and len(unpacked) < room:
                self._any = True
                stream = self._open(data)
                if stream is None:
                    break
                unpacked += stream.decompress(data, room - len(unpacked))
                data = stream.unused_data
        except zlib.error:
            text = "the body is not packed as its Content-Encoding says"
            raise NoAnswer(FaultKind.PROTOCOL, text) from None
        return bytes(unpacked)

    def finish(self) -> None:
        """Raise `NoAnswer` where the packed body breaks off."""
        if self._any and self._stream and not self._stream.eof:
            raise NoAnswer(FaultKind.PROTOCOL, "the packed body breaks off")

    def _open(self, data: bytes) -> zlib._Decompress | None:
        """The stream that takes these bytes; None where they follow its end."""
        if self._stream is None:
            # RFC 9110 means zlib's format; some servers leave its head out.
            self._stream = zlib.decompressobj(zlib.MAX_WBITS if _zlib(data) else _RAW)
        elif self._stream.eof:
            if not self._gzip or not data.startswith(b"\x1f"):
                return None
            self._stream = zlib.decompressobj(_GZIP)
        return self._stream


def _zlib(data: bytes) -> bool:
    """Whether it begins with zlib's head (RFC 1950, 2.2)."""
    method = data[0] & 0x0F
    return method == _DEFLATED and int.from_bytes(data[:2]) % 31 == 0
