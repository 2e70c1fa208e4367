"""The text of the files that a template is made of."""

from __future__ import annotations

import pathlib

from flowguard.errors import TemplateError
from flowguard.model import Location

MAX_BYTES = 10_000_000
"""The largest file that is read; CloudFormation takes 1 MB."""


def relative(path: pathlib.Path, root: pathlib.Path) -> str:
    """How locations name the file at `path`: from `root`, with forward slashes."""
    path, root = path.resolve(), root.resolve()
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def read_file(path: pathlib.Path, name: str) -> str:
    """The text of a file, which locations call `name`.

    Raises `TemplateError` where it cannot be read, is too large, or is no text.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise TemplateError(
                f"{name} has more than {MAX_BYTES // 1_000_000} MB",
                location=Location(name),
                help="name the template itself: --template PATH",
            )
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise TemplateError(
            f"{name} is no text in UTF-8",
            location=Location(name),
            help="save the file as UTF-8, or name another one: --template PATH",
        ) from None
    except OSError as error:
        raise TemplateError(
            f"{name} cannot be read: {error.strerror}",
            location=Location(name),
            help="name a file that you may read: --template PATH",
        ) from None
