"""Standard output and standard error, also where they are full, closed or gone."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

_NAME = "standard output"


def write(text: str) -> None:
    """Write to standard output at once.

    Raises `OSError` where it cannot be; Python then does not try again at its end,
    which would end with an exit code of its own.
    """
    stream = cast("TextIO | None", sys.stdout)
    if stream is None:  # it was closed before Python began
        raise OSError(errno.EBADF, os.strerror(errno.EBADF), _NAME)
    try:
        try:
            stream.write(text)
        except UnicodeEncodeError as error:
            stream.write(
                text.encode(error.encoding, "backslashreplace").decode(error.encoding)
            )
        stream.flush()
    except ValueError as error:
        raise OSError(errno.EBADF, str(error), _NAME) from error
    except OSError as error:
        _let_go(stream)
        raise OSError(error.errno, error.strerror, _NAME) from error


def print_text(text: str) -> None:
    """Print what a command has to say; raises `OSError` where that is lost.

    A reader that has left, as `| head` does, has read enough.
    """
    with suppress(BrokenPipeError):
        write(text)


def settle() -> bool:
    """Flush standard output; False where something that was printed is lost.

    A reader that has left, as `| head` does, has read enough.
    """
    try:
        write("")
    except BrokenPipeError:
        return True
    except OSError:
        return sys.stdout is None
    return True


@contextmanager
def steady_stderr() -> Iterator[None]:
    """While the block runs, nothing breaks where standard error cannot be written.

    It carries progress, and no rollback may end half-way for want of a reader.
    """
    before = sys.stderr
    sys.stderr = cast("TextIO", _Steady(before))
    try:
        yield
    finally:
        sys.stderr = before


class _Steady:
    """A stream whose text is lost where it cannot be written."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write what can be written."""
        if self._stream is not None:
            try:
                return self._stream.write(text)
            except OSError:
                _let_go(self._stream)
            except ValueError:  # it was closed meanwhile
                pass
        return len(text)

    def flush(self) -> None:
        """Flush what can be flushed."""
        if self._stream is not None:
            try:
                self._stream.flush()
            except OSError:
                _let_go(self._stream)
            except ValueError:
                pass

    def isatty(self) -> bool:
        """Whether a person reads along."""
        with suppress(OSError, ValueError):
            return self._stream is not None and self._stream.isatty()
        return False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _let_go(stream: TextIO) -> None:
    """Send what is still in the stream's buffer nowhere."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
