"""The text of the files that a template is made of."""

from __future__ import annotations

import pathlib
import stat

from flowguard import spoken
from flowguard.errors import TemplateError

MAX_BYTES = 10_000_000
"""The largest file that is read; CloudFormation takes 1 MB."""
_DESCRIPTORS = ("/dev/stdin", "/dev/fd/", "/proc/self/fd/")


def is_stream(path: pathlib.Path) -> bool:
    """Whether it is what another program writes: a pipe, or the standard input."""
    try:
        piped = stat.S_ISFIFO(path.stat().st_mode)
    except OSError:
        piped = False
    return piped or path.as_posix().startswith(_DESCRIPTORS)


def relative(path: pathlib.Path, root: pathlib.Path) -> str:
    """How locations name the file at `path`: from `root`, with forward slashes."""
    if is_stream(path):
        return "stdin"
    path, root = path.resolve(), root.resolve()
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def read_file(path: pathlib.Path, name: str) -> str:
    """The text of a file, which locations call `name`.

    Raises `TemplateError` where it cannot be read, is too large, or is no text.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)  # a pipe does not say how much it holds
        if len(content) > MAX_BYTES:
            raise TemplateError(
                f"{name} has more than {MAX_BYTES // 1_000_000} MB",
                help=f"name the template itself: {spoken.option('template', 'PATH')}",
            )
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise TemplateError(
            f"{name} is no text in UTF-8",
            help="save the file as UTF-8, or name another one: "
            + spoken.option("template", "PATH"),
        ) from None
    except OSError as error:
        raise TemplateError(
            f"{name} cannot be read: {error.strerror}",
            help=f"name a file that you may read: {spoken.option('template', 'PATH')}",
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")
