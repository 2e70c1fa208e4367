"""Paths that the user gives, as the container sees them."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from flowguard.cli import output
from flowguard.errors import UsageError


def require_inside(name: str, value: str, workspace: pathlib.Path) -> pathlib.Path:
    """The place of the path `value` of the input `name`, links followed.

    Raises `UsageError` where it is outside of the workspace: the container has
    none of the runner's other folders, and what a link in a pull request leads to
    is nothing to read or to write.
    """
    place = pathlib.Path(value).resolve()
    if place.is_relative_to(workspace):
        return place
    raise UsageError(
        f"input {name!r} is {value!r}, which is outside of the workspace",
        help="write a path below the folder that actions/checkout fills, relative to "
        "working-directory; the container of the step sees nothing else of the runner",
    )


def found(name: str, value: str, workspace: pathlib.Path) -> str:
    """The path `value` of the input `name`, to be read from the current folder.

    It is relative to that folder, or, as outputs of other steps are, to the workspace;
    one that begins with a dot or a slash says which. Raises `UsageError` where it is
    outside of the workspace, and where there are two that it may be.
    """
    here = require_inside(name, value, workspace)
    if value.startswith((".", "/")):
        return value
    there = require_inside(name, str(workspace / value), workspace)
    if here == there or not there.exists():
        return value
    if here.exists():
        raise UsageError(
            f"input {name!r} is {value!r}, which is in working-directory and, as the "
            "output of another step would be, in the workspace",
            help=f"write ./{value} for the one in working-directory, or "
            f"${{{{ github.workspace }}}}/{value} for the other",
        )
    return os.path.relpath(workspace / value)


def write(what: str, text: str, path: pathlib.Path, workspace: pathlib.Path) -> None:
    """Write a file, which is `what`, that the owner of the workspace can delete.

    The container runs as root, and on a self-hosted runner the next job would
    not be able to clean up after it. Raises `UsageError` where it cannot be
    written.
    """
    with given_back((path,), workspace):
        output.write_text(what, path, text)


@contextmanager
def given_back(
    files: Iterable[pathlib.Path], workspace: pathlib.Path
) -> Iterator[None]:
    """What the block makes of these files and their folders gets the owner, as above."""
    new = {
        place for path in files for place in (path, *path.parents) if not place.exists()
    }
    try:
        yield
    finally:
        for place in new:
            # Not root, so that it is the owner's anyway; or it was not made; or the
            # file system knows no owners. None of these undoes what the block did.
            with suppress(OSError):
                owner = workspace.stat()
                os.chown(place, owner.st_uid, owner.st_gid)


def shown(path: pathlib.Path, workspace: pathlib.Path) -> str:
    """A path as outputs have it: relative to the workspace."""
    return str(path.relative_to(workspace))
