"""The files of a Serverless project, each read once.

A path in `serverless.yml` may lead anywhere, also to `/etc/passwd`; only files of
the repository are read, links followed.
"""

from __future__ import annotations

import os
import pathlib

from flowguard.errors import TemplateError
from flowguard.model.places import Location
from flowguard.template.document import Node
from flowguard.template.serverless import secrecy
from flowguard.template.text import parse

DATA = {".yml", ".yaml", ".json", ".tfstate"}
CODE = {".js", ".cjs", ".mjs", ".ts", ".mts", ".cts"}
_LIMIT = 5_000_000
"""Bytes; a larger file is no configuration."""


class Files:
    """The files of one service, as far as they were asked for."""

    def __init__(self, service: pathlib.Path, root: pathlib.Path) -> None:
        self.folder = service.resolve()
        self._root = root.resolve()
        self._fence = _repository(self._root)
        self._read: dict[pathlib.Path, Node | None] = {}
        self._parsed: dict[str, Node] = {}
        self._sealed: dict[pathlib.Path, Node] = {}
        self.sources: dict[str, str] = {}
        """The text of every file read, by its path in locations."""
        self.paths: list[pathlib.Path] = []
        """The files that the configuration depends on."""

    def locate(self, path: str | pathlib.Path) -> pathlib.Path:
        """The file that a path in the configuration names."""
        return pathlib.Path(os.path.normpath(self.folder / path))

    def allows(self, path: pathlib.Path) -> bool:
        """Whether `path` is the project's own."""
        return path.resolve().is_relative_to(self._fence)

    def label(self, path: pathlib.Path) -> str:
        """`path` as locations name it: relative to the root."""
        return pathlib.PurePath(os.path.relpath(path, self._root)).as_posix()

    def read(self, path: pathlib.Path) -> Node | None:
        """The content of a file: YAML and JSON parsed, anything else as text.

        None where there is no such file. Raises `TemplateError` where it cannot be
        read.
        """
        if path not in self._read:
            self._read[path] = self._load(path)
        return self._read[path]

    def is_secret(self, path: pathlib.Path) -> bool:
        """Whether a file is made for secrets, by its name or where it leads to."""
        target = path.resolve()
        inside = target.is_relative_to(self._fence)
        names = [path.name, target.relative_to(self._fence) if inside else target.name]
        own = self.label(path).removeprefix("../")
        return any(secrecy.is_secret(pathlib.PurePath(name)) for name in (own, *names))

    def hidden(self, path: pathlib.Path, written: str) -> Node | None:
        """As `read`, with every text hidden; `written` is how the file is named."""
        if (content := self.read(path)) is None:
            return None
        self.sources.pop(self.label(path), None)  # no report may quote it
        if path not in self._sealed:
            self._sealed[path] = secrecy.sealed(content, f"file({written})")
        return self._sealed[path]

    def depends_on(self, path: pathlib.Path) -> None:
        """Remember that the configuration depends on a file."""
        if path not in self.paths:
            self.paths.append(path)

    def parsed(self, label: str) -> Node | None:
        """What was read from the file that locations call `label`."""
        return self._parsed.get(label)

    def secret_text(self, name: str) -> str | None:
        """The text of a file whose content is never shown; None without the file."""
        path = self.locate(name)
        if not self.allows(path):
            return None
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, ValueError):
            return None
        self.depends_on(path)
        return text

    def _load(self, path: pathlib.Path) -> Node | None:
        label = self.label(path)
        try:
            if path.stat().st_size > _LIMIT:
                raise TemplateError(
                    f"{label} is too large to be a configuration",
                    help="keep data out of the configuration",
                    location=Location(label),
                )
            text = path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
            raise TemplateError(
                f"cannot read {label}: {reason}",
                help="make it a file that you may read, in UTF-8",
                location=Location(label),
            ) from error
        self.sources[label] = text
        self.depends_on(path)
        if path.suffix not in DATA:
            return Node(text, Location(label))
        if not any(map(_says_something, text.splitlines())):
            return None
        node = parse(text, label, version="1.2")
        self._parsed[label] = node
        return node


def _says_something(line: str) -> bool:
    line = line.strip()
    return bool(line) and not line.startswith("#") and line != "---"


def _repository(root: pathlib.Path) -> pathlib.Path:
    """The repository that `root` is part of; `root` itself where there is none."""
    for folder in (root, *root.parents):
        if (folder / ".git").exists():
            return folder
    return root
