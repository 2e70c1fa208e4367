"""Where the text of a template comes from."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from template.templates import inputs

from flowguard.errors import TemplateError
from flowguard.model.questions import AccountState
from flowguard.template import Template, files, open_template

TEXT = "Resources:\r\n  Topic: {Type: 'AWS::SNS::Topic'}\r\n"


@contextmanager
def pipe(text: str) -> Iterator[pathlib.Path]:
    """The reading end of a pipe that holds `text`, as a shell's `<(…)` names it."""
    reader, writer = os.pipe()
    os.write(writer, text.encode())
    os.close(writer)
    try:
        yield pathlib.Path(f"/dev/fd/{reader}")
    finally:
        os.close(reader)


def opened(path: pathlib.Path, root: pathlib.Path) -> Template:
    return open_template(path, root).resolve(inputs(), AccountState({}))


def test_a_pipe_is_read_and_called_stdin(tmp_path: pathlib.Path) -> None:
    with pipe(TEXT) as path:
        template = opened(path, tmp_path)

    place = template.resources["Topic"].at()
    assert (place.path, place.line) == ("stdin", 2)
    assert template.sources == {"stdin": TEXT.replace("\r", "")}


def test_a_folder_is_looked_through(tmp_path: pathlib.Path) -> None:
    (tmp_path / "template.yml").write_text(TEXT)

    assert "template.yml" in opened(tmp_path, tmp_path).sources


def test_what_cannot_be_read_is_named_once(tmp_path: pathlib.Path) -> None:
    with pytest.raises(TemplateError) as caught:
        open_template(tmp_path / "nope.yaml", tmp_path)

    assert str(caught.value) == "nope.yaml cannot be read: No such file or directory"


def test_an_odd_path_is_an_error_like_any_other(tmp_path: pathlib.Path) -> None:
    with pytest.raises(TemplateError, match="cannot be read"):
        open_template(pathlib.Path("x" * 5000), tmp_path)


def test_what_is_no_text(tmp_path: pathlib.Path) -> None:
    (tmp_path / "t.yaml").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(TemplateError, match=r"t\.yaml is no text in UTF-8"):
        open_template(tmp_path / "t.yaml", tmp_path)


def test_what_is_too_large(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe does not say beforehand how much it holds."""
    monkeypatch.setattr(files, "MAX_BYTES", 10)

    with pipe(TEXT) as path, pytest.raises(TemplateError, match="has more than"):
        open_template(path, tmp_path)
