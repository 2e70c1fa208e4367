"""The digests of what lies in the project, in bounded time and memory."""

from __future__ import annotations

import base64
import hashlib
import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

MOST_BYTES = 1_500_000_000
MOST_FILES = 50_000
"""What is read for all releases of a folder, taken together; Lambda takes 250 MB."""
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Digests:
    """Of one file."""

    sha256: str
    """In base64, as Lambda gives it."""
    md5: str
    """In hex, as SAM and the AWS CLI name an upload."""


class _TooMuchError(Exception):
    """There is more to read than any release has, or it is not the project's."""


def inside(root: Path, path: Path) -> Path | None:
    """The path without links and dots; None where it leads out of `root`."""
    with suppress(OSError, RuntimeError, ValueError):
        real = path.resolve()
        if real.is_relative_to(root.resolve()):
            return real
    return None


class Digester:
    """Reads what lies in a project's folder, each once, and nothing out of it."""

    def __init__(
        self, root: Path, *, most_bytes: int = MOST_BYTES, most_files: int = MOST_FILES
    ) -> None:
        self.root = root
        self._bytes = most_bytes
        self._files = most_files
        self._known: dict[Path, Digests | None] = {}
        self._folders: dict[Path, str] = {}

    def file(self, path: Path) -> Digests | None:
        """A file's digests; None where it lies outside of the folder, is none, cannot
        be read, or is more than is read of all."""
        real = inside(self.root, path)
        if real is None:
            return None
        if real not in self._known:
            with suppress(OSError, _TooMuchError):
                self._known[real] = self._digests(real)
        return self._known.setdefault(real, None)

    def folder(self, path: Path) -> str:
        """SAM's checksum of a folder, or of a file that it zips: names and contents.

        As `dir_checksum` of samcli/lib/utils/hash.py. Empty where anything in it leads
        out of the project, cannot be read, or is more than is read of all.
        """
        real = inside(self.root, path)
        if real is None:
            return ""
        if real not in self._folders:
            with suppress(OSError, _TooMuchError, UnicodeEncodeError):
                self._folders[real] = self._checksum(real)
        return self._folders.setdefault(real, "")

    def is_zip(self, path: Path) -> bool:
        """Whether a file of the project is a zip, which is uploaded as it is."""
        real = inside(self.root, path)
        try:
            return real is not None and real.is_file() and zipfile.is_zipfile(real)
        except OSError:
            return False

    def _checksum(self, real: Path) -> str:
        if real.is_file():
            files = [(real.name, real)]
        else:
            files = sorted(self._walk(real), key=lambda file: str(file[1]))
        whole = hashlib.md5(usedforsecurity=False)
        for name, path in files:
            digests = self.file(path)
            if digests is None:
                raise _TooMuchError
            whole.update(name.encode())
            whole.update(digests.md5.encode())
        return whole.hexdigest()

    def _walk(self, folder: Path) -> Iterator[tuple[str, Path]]:
        """The files in a folder, by their names from there; links are followed."""
        for place, folders, names in os.walk(folder, followlinks=True):
            self._files -= len(names) + len(folders)
            if self._files < 0 or inside(self.root, Path(place)) is None:
                raise _TooMuchError
            for name in names:
                path = Path(place) / name
                yield os.path.relpath(path, folder), path

    def _digests(self, real: Path) -> Digests:
        found = real.stat()
        self._bytes -= found.st_size
        if not stat.S_ISREG(found.st_mode) or self._bytes < 0:
            raise _TooMuchError
        return _read(real, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=MOST_FILES)
def _read(path: Path, size: int, _changed: int) -> Digests:
    """The digests of a regular file; while a deploy is watched it is asked for often."""
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            size -= len(block)
            if size < 0:  # it grows, or is none that has a size
                raise _TooMuchError
            sha256.update(block)
            md5.update(block)
    return Digests(base64.b64encode(sha256.digest()).decode(), md5.hexdigest())
