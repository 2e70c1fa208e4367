"""Files that hold what is not for everybody."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from flowguard.files import write_private


@pytest.fixture(autouse=True)
def _open_to_all() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_its_owner_alone_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "values.json"

    write_private(path, "{}\n")

    assert mode(path) == 0o600
    assert path.read_text() == "{}\n"
    assert [one.name for one in path.parent.iterdir()] == ["values.json"]


def test_a_file_that_all_could_read_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "values.json"
    path.write_text("old and long")
    path.chmod(0o644)
    (tmp_path / "link.json").symlink_to(path)

    write_private(tmp_path / "link.json", "new")

    assert (mode(path), path.read_text()) == (0o600, "new")
    assert (tmp_path / "link.json").is_symlink()


def test_what_is_no_file_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    write_private(pipe, "text")

    assert os.read(reader, 10) == b"text"
    os.close(reader)


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "values.json"
    path.write_text("old")

    with pytest.raises(UnicodeEncodeError):
        write_private(path, "\ud800")

    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["values.json"]
