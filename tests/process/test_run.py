"""Suites of the user's own: real processes, which leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from flowguard.model.smoke import SmokeOutcome
from flowguard.process import Processes
from flowguard.smoke.suite import Command
from flowguard.smoke.world import CommandResult


def python(code: str, **given: Any) -> Command:
    """A command that is a program."""
    return Command((sys.executable, "-c", textwrap.dedent(code)), **given)


def shell(text: str, **given: Any) -> Command:
    """A command that is a text for the shell."""
    return Command((text,), shell=True, **given)  # noqa: S604 — it is a value


def ran(command: Command, folder: Path = Path(), **given: Any) -> CommandResult:
    """What comes of a command."""
    return Processes(lambda _line: None, folder=folder, **given)(command)


def wait_for(path: Path) -> str:
    """What a process writes into a file, once it is there."""
    end = time.monotonic() + 20
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < end, f"nobody wrote {path.name}"
        time.sleep(0.01)
    return path.read_text()


def is_gone(pid: int) -> bool:
    """Whether a process ended, soon."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        status = Path(f"/proc/{pid}/stat")
        if status.exists() and ") Z " in status.read_text():
            return True
        time.sleep(0.01)
    return False


# -- what came of it -------------------------------------------------------------


@pytest.mark.parametrize("code", [0, 1, 42])
def test_the_exit_code_and_the_output_are_told(code: int) -> None:
    result = ran(python(f"print('hello'); import sys; sys.exit({code})"))

    assert result == CommandResult(code, "hello\n")


def test_what_it_prints_is_echoed_line_by_line() -> None:
    lines: list[str] = []
    code = """
        import sys
        print("out", flush=True)
        print("\\x1b[31merr", file=sys.stderr, flush=True)
        sys.stdout.write("no end of line")
    """

    Processes(lines.append)(python(code))

    assert lines == ["out", "\x1b[31merr", "no end of line"]


def test_of_much_output_the_end_is_kept() -> None:
    result = ran(python("print('x' * 5_000_000); print('the end')"))

    assert len(result.output) < 70_000
    assert result.output.startswith("…")
    assert result.output.endswith("the end\n")


def test_garbage_is_read_as_text() -> None:
    code = "import sys; sys.stdout.buffer.write(bytes(range(128, 140)) + b'!')"

    assert ran(python(code)).output.endswith("!")


def test_text_is_for_the_shell() -> None:
    result = ran(shell("echo one; echo two | tr t T; exit 3"))

    assert result == CommandResult(3, "one\nTwo\n")


def test_a_list_is_not_for_the_shell() -> None:
    result = ran(Command(("echo", "$HOME; exit 3")))

    assert result == CommandResult(0, "$HOME; exit 3\n")


def test_it_gets_nothing_to_read() -> None:
    assert ran(python("print(repr(input()))")).exit_code == 1


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (Command(("no-such-program",)), "no-such-program: No such file or directory"),
        (Command(("true",), folder="gone"), "there is no folder 'gone'"),
        (Command(("echo", "a\0b")), "echo: it cannot be run"),
    ],
)
def test_what_cannot_be_started_says_why(command: Command, why: str) -> None:
    assert ran(command) == CommandResult(None, "", error=why)


def test_it_runs_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()

    result = ran(python("import os; print(os.getcwd())", folder="web"), tmp_path)

    assert result.output.strip() == str((tmp_path / "web").resolve())


def test_it_gets_the_variables_of_the_run_and_its_own() -> None:
    environment = {"STAGE": "dev", "URL": "old", "INPUT_SECRET-KEY": "s"}
    code = """
        import os
        print(os.environ["STAGE"], os.environ["URL"])
        print(*[name for name in os.environ if name.startswith("INPUT_")])
    """

    result = ran(python(code, environment=(("URL", "new"),)), environment=environment)

    assert result.output == "dev new\n\n"


# -- what it leaves --------------------------------------------------------------

FAMILY = "sleep 60 & echo $$ $! > pids"


def test_when_its_time_is_over_its_children_end_too(tmp_path: Path) -> None:
    began = time.monotonic()

    result = ran(shell(f"{FAMILY}; wait", timeout=1), tmp_path)

    took = time.monotonic() - began
    pids = [int(pid) for pid in wait_for(tmp_path / "pids").split()]
    assert (result.exit_code, result.timed_out) == (None, True)
    assert all(map(is_gone, pids))
    assert took < 10


def test_what_it_left_running_ends_with_it(tmp_path: Path) -> None:
    result = ran(shell(FAMILY, timeout=30), tmp_path)

    _, child = wait_for(tmp_path / "pids").split()
    assert result.exit_code == 0
    assert is_gone(int(child))


def test_who_does_not_listen_is_ended(tmp_path: Path) -> None:
    text = 'trap "" TERM; echo $$ > pids; while :; do sleep 0.1; done'

    result = ran(shell(text, timeout=1), tmp_path, grace=0.3)

    assert result.timed_out
    assert is_gone(int(wait_for(tmp_path / "pids")))


def test_who_listens_may_clean_up(tmp_path: Path) -> None:
    text = """
        trap 'echo yes > cleaned; exit 0' TERM
        echo ready
        while :; do sleep 0.1; done
    """

    result = ran(shell(text, timeout=1), tmp_path)

    assert (result.exit_code, result.timed_out) == (None, True)
    assert result.output.startswith("ready\n")
    assert wait_for(tmp_path / "cleaned") == "yes\n"


def test_a_run_that_is_cancelled_ends_it(tmp_path: Path) -> None:
    cancelled = threading.Event()
    command = shell(f"{FAMILY}; wait")
    results: list[CommandResult] = []
    runner = Processes(lambda _line: None, cancelled.is_set, folder=tmp_path)
    thread = threading.Thread(target=lambda: results.append(runner(command)))
    thread.start()
    pids = [int(pid) for pid in wait_for(tmp_path / "pids").split()]
    cancelled.set()
    thread.join(20)

    assert results == [CommandResult(None, "", error="the run was cancelled")]
    assert all(map(is_gone, pids))


def test_ctrl_c_ends_it_with_its_children(tmp_path: Path) -> None:
    code = f"""
        from flowguard.process import Processes
        from flowguard.smoke.suite import Command
        Processes(print)(Command(({FAMILY + "; wait"!r},), shell=True))
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stderr=subprocess.DEVNULL,
    )
    pids = [int(pid) for pid in wait_for(tmp_path / "pids").split()]
    process.send_signal(signal.SIGINT)
    process.wait(20)

    assert all(map(is_gone, pids))


# -- JUnit -----------------------------------------------------------------------

JUNIT = """<testsuites><testsuite name="e2e">
    <testcase classname="login" name="works" time="0.1"/>
    <testcase classname="login" name="refuses"><failure message="200 != 401"/></testcase>
</testsuite></testsuites>"""


def writes(text: str, name: str = "junit.xml", **given: Any) -> Command:
    """A command that writes a file, and looks for such files."""
    code = f"import pathlib; pathlib.Path({name!r}).write_text({text!r})"
    return python(code, **{"junit": "**/*.xml", **given})


def test_its_junit_is_read(tmp_path: Path) -> None:
    result = ran(writes(JUNIT), tmp_path)

    assert [(part.name, part.outcome, part.message) for part in result.parts] == [
        ("login > works", SmokeOutcome.PASSED, ""),
        ("login > refuses", SmokeOutcome.FAILED, "200 != 401"),
    ]
    assert result.error == ""


def test_a_file_of_an_earlier_run_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "junit.xml").write_text(JUNIT)

    result = ran(python("", junit="*.xml"), tmp_path)

    assert result == CommandResult(
        0, "", error="it wrote no JUnit file that matches '*.xml'"
    )


def test_a_file_that_is_written_again_counts(tmp_path: Path) -> None:
    (tmp_path / "junit.xml").write_text(JUNIT)

    result = ran(writes(JUNIT), tmp_path)

    assert len(result.parts) == 2


def test_an_absolute_pattern_is_taken(tmp_path: Path) -> None:
    result = ran(writes(JUNIT, junit=str(tmp_path / "*.xml")), tmp_path)

    assert len(result.parts) == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<testsuite/>", "it ran no test"),
        (
            "<testsuite><testcase name='a'><skipped/></testcase></testsuite>",
            "all of its 1 tests were skipped",
        ),
        ("<testsuite>", "junit.xml: it is no XML"),
    ],
)
def test_where_no_test_was_run_it_is_said(tmp_path: Path, text: str, why: str) -> None:
    assert ran(writes(text), tmp_path).error.startswith(why)


def test_what_it_wrote_before_its_time_was_over_is_read(tmp_path: Path) -> None:
    (tmp_path / "written").write_text(JUNIT)

    result = ran(
        shell("cp written a.xml; sleep 60", timeout=1, junit="*.xml"), tmp_path
    )

    assert result.timed_out
    assert len(result.parts) == 2
