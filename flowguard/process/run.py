"""Runs a suite of the user's own, and leaves nothing of it running."""

from __future__ import annotations

import contextlib
import glob
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import IO, Any, Self

from flowguard.model.smoke import Part
from flowguard.process import junit, shield
from flowguard.smoke.suite import Command
from flowguard.smoke.world import CommandResult

GRACE = 5.0
"""Seconds between asking a process to end and ending it."""
KEPT = 64 * 1024
"""Bytes of the output that are kept, from its end."""
LINE = 16 * 1024
"""Bytes of a line that are shown at once."""
GLANCE = 0.02
MAX_FILES = 500

Stamp = tuple[int, int, int]
"""What of a file differs once it was written again."""


class Processes:
    """Runs commands; thread-safe.

    `echo` is told each line that a command prints, as it is: hostile, unmasked.
    `cancelled` says whether the run is; then the command is stopped, too. `folder`
    is the root of the repository, from which a command's own folder counts. Unless
    it is not `fenced`, a command gets nothing that the runner hands to the step alone
    (`process.shield`).
    """

    def __init__(
        self,
        echo: Callable[[str], None],
        cancelled: Callable[[], bool] = lambda: False,
        *,
        folder: Path = Path(),
        environment: Mapping[str, str] = os.environ,
        grace: float = GRACE,
        fenced: bool = True,
    ) -> None:
        self._echo = echo
        self._cancelled = cancelled
        self._folder = folder
        self._environment = environment
        self._grace = grace
        self._fenced = fenced

    def __call__(self, command: Command) -> CommandResult:
        """Run it to its end, or to that of its time; stop all that it started."""
        folder = self._folder / command.folder
        if not folder.is_dir():
            return CommandResult(
                None, "", error=f"there is no folder {command.folder!r}"
            )
        before = _stamps(command, folder)
        with _HeldBack() as interrupts:
            try:
                process = self._start(command, folder)
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or "it cannot be run"
                return CommandResult(None, "", error=f"{command.argv[0]}: {reason}")
            result = self._watched(process, command.timeout, interrupts)
        if not command.junit:
            return result
        changed = [
            path
            for path, at in _stamps(command, folder).items()
            if before.get(path) != at
        ]
        parts, wrong = _tests(changed, command.junit)
        return replace(result, parts=parts, error=result.error or wrong)

    def _start(self, command: Command, folder: Path) -> subprocess.Popen[bytes]:
        argv = ("/bin/sh", "-c", *command.argv) if command.shell else command.argv
        handed = shield.handed_down if self._fenced else dict
        given = {**handed(self._environment), **dict(command.environment)}

        def start() -> subprocess.Popen[bytes]:
            return subprocess.Popen(
                argv,
                cwd=folder,
                env=given,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

        if not self._fenced:
            return start()
        shield.close()
        return shield.fenced_off(start)

    def _watched(
        self, process: subprocess.Popen[bytes], timeout: float, interrupts: _HeldBack
    ) -> CommandResult:
        assert process.stdout is not None  # noqa: S101 — it was asked for
        output = _Output(process.stdout, self._echo)
        deadline = time.monotonic() + timeout
        timed_out = cancelled = False
        try:
            interrupts.let_go()
            while not _ended(process):
                timed_out = time.monotonic() >= deadline
                cancelled = self._cancelled()
                if timed_out or cancelled:
                    break
                time.sleep(GLANCE)
        finally:
            self._stop(process, output)
            text = output.end()
        if timed_out or cancelled:
            why = "" if timed_out else "the run was cancelled"
            return CommandResult(None, text, timed_out=timed_out, error=why)
        return CommandResult(process.returncode, text)

    def _stop(self, process: subprocess.Popen[bytes], output: _Output) -> None:
        """End the whole group, gently and then not, and only then let its id go.

        What its leader left running is seen by the output that is still open.
        """
        _signal(process, signal.SIGTERM)
        deadline = time.monotonic() + self._grace
        while time.monotonic() < deadline:
            if _ended(process) and output.closed.wait(GLANCE):
                break
            time.sleep(GLANCE)
        _signal(process, signal.SIGKILL)
        process.wait()


def _ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has, while its id, which is that of its group, stays taken."""
    flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, process.pid, flags) is not None


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    # A group of which nobody is left, but the one who waits to be told of.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


class _HeldBack:
    """Keeps Ctrl-C and SIGTERM back while a process starts that nobody watches yet.

    Outside of the main thread, which alone is interrupted, it does nothing.
    """

    def __init__(self) -> None:
        self._handlers: dict[int, Any] = {}
        self._came: list[tuple[int, FrameType | None]] = []

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._handlers[number] = signal.signal(number, self._keep)
        return self

    def __exit__(self, *_error: object) -> None:
        self.let_go()

    def let_go(self) -> None:
        """Handle them as ever, also one that came meanwhile."""
        while self._handlers:
            number, handler = self._handlers.popitem()
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        while self._came:
            number, frame = self._came.pop()
            handler = signal.getsignal(number)
            if callable(handler):
                handler(number, frame)
            elif handler == signal.SIG_DFL:
                signal.raise_signal(number)

    def _keep(self, number: int, frame: FrameType | None) -> None:
        self._came.append((number, frame))


class _Output:
    """Passes on what a process prints, and keeps the end of it."""

    def __init__(self, pipe: IO[bytes], echo: Callable[[str], None]) -> None:
        self.closed = threading.Event()
        self._pipe = pipe
        self._echo = echo
        self._kept = bytearray()
        self._cut = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def end(self) -> str:
        """What was kept. All who could print are gone by now."""
        self._reader.join(GRACE)
        text = bytes(self._kept).decode(errors="replace")
        return f"…{text}" if self._cut else text

    def _read(self) -> None:
        with contextlib.closing(self._pipe):
            while line := self._pipe.readline(LINE):
                self._kept += line
                if len(self._kept) > KEPT:
                    del self._kept[: len(self._kept) - KEPT]
                    self._cut = True
                self._echo(line.decode(errors="replace").rstrip("\r\n"))
        self.closed.set()


# -- JUnit -----------------------------------------------------------------------


def _stamps(command: Command, folder: Path) -> dict[Path, Stamp]:
    """The files that match the command's pattern, and how they are now."""
    found: dict[Path, Stamp] = {}
    if command.junit:
        # Path.glob takes no absolute pattern.
        names = glob.glob(command.junit, root_dir=folder, recursive=True)  # noqa: PTH207
        for name in sorted(names):
            with contextlib.suppress(OSError):
                stat = (folder / name).stat()
                found[folder / name] = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
    return found


def _tests(files: list[Path], pattern: str) -> tuple[tuple[Part, ...], str]:
    """What the files that the command wrote tell of, and what is wrong with them."""
    if not files:
        return (), f"it wrote no JUnit file that matches {pattern!r}"
    parts: list[Part] = []
    skipped = 0
    for path in files[:MAX_FILES]:
        try:
            tests = junit.read(path)
        except junit.UnreadableError as error:
            return tuple(parts), f"{path.name}: {error}"
        parts += tests.parts
        skipped += tests.skipped
    if parts:
        return tuple(parts), ""
    none = f"all of its {skipped} tests were skipped" if skipped else "it ran no test"
    return (), none
