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
from pathlib import Path

LARGEST_FILE = 300_000_000
"""Bytes; Lambda takes 250 MB unzipped."""
MOST_FILES = 20_000
LARGEST_FOLDER = 600_000_000
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Digests:
    """Of one file."""

    sha256: str
    """In base64, as Lambda gives it."""
    md5: str
    """In hex, as SAM and the AWS CLI name an upload."""


class TooLargeError(Exception):
    """There is more to read than any release has."""


def inside(root: Path, path: Path) -> Path | None:
    """The path without links and dots; None where it leads out of `root`."""
    with suppress(OSError, RuntimeError, ValueError):
        real = path.resolve()
        if real.is_relative_to(root.resolve()):
            return real
    return None


def of_file(root: Path, path: Path) -> Digests | None:
    """A file's digests; None where it lies outside of `root`, is none, is too large or
    cannot be read."""
    real = inside(root, path)
    if real is None:
        return None
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    try:
        for block in _blocks(real, LARGEST_FILE):
            sha256.update(block)
            md5.update(block)
    except (OSError, TooLargeError):
        return None
    return Digests(base64.b64encode(sha256.digest()).decode(), md5.hexdigest())


def of_folder(root: Path, path: Path) -> str:
    """SAM's checksum of a folder, or of a file that it zips: names and contents.

    As `dir_checksum` of samcli/lib/utils/hash.py. Empty where anything in it leads
    out of `root`, cannot be read, or is more than a release has.
    """
    real = inside(root, path)
    if real is None:
        return ""
    try:
        if real.is_file():
            return _checksum(root, [(real.name, real)])
        return _checksum(
            root, sorted(_files(root, real), key=lambda file: str(file[1]))
        )
    except (OSError, TooLargeError, UnicodeEncodeError):
        return ""


def is_zip(root: Path, path: Path) -> bool:
    """Whether a file within `root` is a zip, which is uploaded as it is."""
    real = inside(root, path)
    try:
        return real is not None and real.is_file() and zipfile.is_zipfile(real)
    except OSError:
        return False


def _checksum(root: Path, files: list[tuple[str, Path]]) -> str:
    whole = hashlib.md5(usedforsecurity=False)
    left = LARGEST_FOLDER
    for name, path in files:
        one = hashlib.md5(usedforsecurity=False)
        real = inside(root, path)
        if real is None:
            raise TooLargeError
        for block in _blocks(real, left):
            one.update(block)
            left -= len(block)
        whole.update(name.encode())
        whole.update(one.hexdigest().encode())
    return whole.hexdigest()


def _files(root: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """The files in a folder, by their names from there; links are followed."""
    count = 0
    for place, folders, names in os.walk(folder, followlinks=True):
        count += len(names) + len(folders)
        if count > MOST_FILES or inside(root, Path(place)) is None:
            raise TooLargeError
        for name in names:
            path = Path(place) / name
            yield os.path.relpath(path, folder), path


def _blocks(path: Path, most: int) -> Iterator[bytes]:
    """A regular file's content; never a pipe's or a device's."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise TooLargeError
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            most -= len(block)
            if most < 0:
                raise TooLargeError
            yield block
