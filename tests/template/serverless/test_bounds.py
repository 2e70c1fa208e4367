"""What variables make has a size, and what is larger is an error at its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from template.serverless.project import HEAD, PLACE, resolve, write

from flowguard.errors import TemplateError
from flowguard.model.questions import AccountState
from flowguard.template import Inputs
from flowguard.template.serverless import read


def chain(first: str, form: str) -> str:
    """Forty values that each refer twice to the next; `form` is how."""
    lines = [
        f"  v{step}: {form.replace('NEXT', f'${{self:custom.v{step + 1}}}')}\n"
        for step in range(40)
    ]
    return f"{HEAD}custom:\n{''.join(lines)}  v40: {first}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            chain("aaaaaaaaaa", "'NEXTNEXT'"),
            "variables make a text of more than 1,000,000 characters",
        ),
        (
            chain("[a, b]", "['NEXT', 'NEXT']"),
            "variables expand this to more than 200,000 values",
        ),
    ],
    ids=["texts", "lists"],
)
def test_values_that_double_are_refused_at_their_line(
    text: str, message: str, tmp_path: Path
) -> None:
    text += "resources: {Resources: {}}\n"

    with pytest.raises(TemplateError) as caught:
        resolve(tmp_path, {"serverless.yml": text})

    assert caught.value.message == message
    assert caught.value.help
    assert caught.value.location is not None
    line = text.splitlines()[caught.value.location.line - 1]
    assert "${self:custom.v" in line


def test_many_long_texts_are_refused_together(tmp_path: Path) -> None:
    lines = [f"  v{i}: x${{self:custom.long}}\n" for i in range(60)]
    text = f"{HEAD}custom:\n  long: {'x' * 900_000}\n{''.join(lines)}"

    with pytest.raises(TemplateError) as caught:
        resolve(tmp_path, {"serverless.yml": text})

    assert caught.value.message == (
        "variables make texts of more than 50,000,000 characters"
    )


def test_variables_that_make_nothing_are_counted(tmp_path: Path) -> None:
    """Empty texts have no length, and yet each is looked up."""
    environment = {f"V{i}": f"${{env:V{i + 1}}}" * 20 for i in range(9)} | {"V9": ""}
    write(tmp_path, {"serverless.yml": f"{HEAD}custom: {{a: 'x${{env:V0}}'}}\n"})

    with pytest.raises(TemplateError) as caught:
        read(tmp_path / "serverless.yml", tmp_path).resolve(
            Inputs(PLACE, environment=environment), AccountState({})
        )

    assert caught.value.message == "${env:V0} reads variables that cannot be resolved"
