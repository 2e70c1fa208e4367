"""Whatever stands in `serverless.yml`: a template, or an error with a place."""

from __future__ import annotations

import shutil
import tempfile
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from serverless_projects import PROJECTS
from template.serverless.project import PLACE

from flowguard.errors import TemplateError
from flowguard.model.questions import AccountState
from flowguard.template import Inputs, Template
from flowguard.template.serverless import read
from flowguard.template.text import parse

WHOLE = [
    (folder, parse((folder / "serverless.yml").read_text(), "x", version="1.2").plain())
    for folder in sorted(PROJECTS.iterdir())
]
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        [
            [],
            {},
            [None],
            {"Ref": 1},
            {"Fn::GetAtt": []},
            {"Fn::Join": ["", []]},
            "${self:}",
            "${self:functions}",
            "${self:a",
            "${file(./serverless.yml)}",
            "${file(/etc/passwd)}",
            "${ssm:/x}",
            "a-${ssm:/x}",
            "${opt:x, null}",
            "${cf:a.b}",
            "${env:PATH}",
            "${param:x}",
            "arn:aws",
            "arn:aws:sqs",
            "*",
            "/",
        ]
    ),
)


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where every part of a document is."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    found = [at] if at else []
    for key, item in inner:
        found += paths(item, (*at, key))
    return found


@st.composite
def mutated(draw: st.DrawFn) -> tuple[Path, str]:
    """A real project with a few of its parts replaced, removed or put elsewhere."""
    folder, whole = draw(st.sampled_from(WHOLE))
    document = deepcopy(whole)
    for _ in range(draw(st.integers(1, 4))):
        places = paths(document)
        if not places:
            break
        *parents, last = draw(st.sampled_from(places))
        holder = document
        for key in parents:
            holder = holder[key]
        how = draw(st.sampled_from(["replace", "remove", "move"]))
        if how == "remove":
            del holder[last]
        elif how == "replace":
            holder[last] = deepcopy(draw(ODD))
        else:
            other = document
            for key in draw(st.sampled_from(places)):
                other = other[key]
            holder[last] = deepcopy(other)
    return folder, yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def resolved(text: str, beside: Path | None = None) -> Template | TemplateError:
    """What comes of a configuration: never anything else than these two."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if beside:
            shutil.copytree(beside, folder, dirs_exist_ok=True)
        (folder / "serverless.yml").write_text(
            text, encoding="utf-8", errors="surrogatepass"
        )
        try:
            source = read(folder / "serverless.yml", folder)
            return source.resolve(Inputs(PLACE, stage="prod"), AccountState({}))
        except TemplateError as error:
            return error


def check(result: Template | TemplateError) -> None:
    """An error has a place in the file; a template reveals no foreign file."""
    if isinstance(result, TemplateError):
        assert result.location is not None
        assert not result.location.path.startswith(("/", ".."))
        assert result.location.line >= 1
    assert "root:x:0:0" not in repr(result)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_mutated_projects(project: tuple[Path, str]) -> None:
    folder, text = project

    check(resolved(text, folder))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from([*"${}():,.\\'\" ab1", "${", "self:", "opt:", "file(", "env:"]),
        max_size=25,
    ).map("".join)
)
def test_broken_variables(value: str) -> None:
    document = {
        "service": "shop",
        "provider": {"name": "aws"},
        "custom": {"a": value, "b": "${self:custom.a}"},
    }

    check(resolved(yaml.safe_dump(document)))


@settings(max_examples=100, deadline=None)
@given(
    st.text(max_size=200) | st.binary(max_size=200).map(lambda b: b.decode("latin1"))
)
def test_random_text(text: str) -> None:
    check(resolved(text))


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from("abcd"),
        st.lists(st.sampled_from("abcd"), min_size=1, max_size=3),
        min_size=2,
    )
)
def test_variables_that_refer_to_each_other(references: dict[str, list[str]]) -> None:
    custom = {
        key: "-".join(f"${{self:custom.{other}, 'x'}}" for other in others)
        for key, others in references.items()
    }
    document = {"service": "shop", "provider": {"name": "aws"}, "custom": custom}

    check(resolved(yaml.safe_dump(document)))


@pytest.mark.parametrize("depth", [50, 5000])
def test_deep_nesting(depth: int) -> None:
    check(resolved("service: a\nprovider: aws\ncustom: " + "[" * depth + "]" * depth))


def test_a_long_chain_of_variables() -> None:
    lines = [f"  v{i}: ${{self:custom.v{i + 1}}}" for i in range(3000)]
    text = "service: a\nprovider: aws\ncustom:\n" + "\n".join(lines) + "\n  v3000: x\n"

    check(resolved(text))
