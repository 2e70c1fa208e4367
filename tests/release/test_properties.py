"""Whatever a template holds: how it is written tells nothing, what it says all.

Releases are drawn at random, written as tools write them, and changed in one place:
a property, a resource, a byte of code, a parameter.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import hypothesis.strategies as st
import yaml
from hypothesis import given, settings
from release import recorded
from release.recorded import live

from flowguard.release import Artifact, Likeness, LocalRelease, compare

EXAMPLES = 80
Template = dict[str, Any]

NAMES = st.text("abcdefgXYZ0123456789", min_size=1, max_size=6)
WORDS = st.text(
    st.characters(codec="ascii", exclude_characters="\x7f", min_codepoint=32),
    max_size=12,
)
SCALARS = (
    WORDS
    | st.integers(-9, 10**12)
    | st.booleans()
    | st.sampled_from(["yes", "010", "1.0", "2012-10-17", "null", ""])
)
INTRINSICS = st.one_of(
    NAMES.map(lambda name: {"Ref": name}),
    st.tuples(NAMES, NAMES).map(lambda pair: {"Fn::GetAtt": [*pair]}),
    NAMES.map(lambda name: {"Fn::Sub": f"${{{name}}}-x"}),
    st.lists(NAMES, min_size=2, max_size=3).map(
        lambda parts: {"Fn::Join": ["-", parts]}
    ),
)
VALUES = st.recursive(
    SCALARS | INTRINSICS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3)
    ),
    max_leaves=8,
)
RESOURCES = st.fixed_dictionaries(
    {
        "Type": st.sampled_from(["AWS::SQS::Queue", "AWS::IAM::Role", "Custom::Thing"]),
        "Properties": st.dictionaries(NAMES, VALUES, min_size=1, max_size=4),
    },
    optional={
        "DependsOn": st.lists(NAMES, min_size=1, max_size=3, unique=True),
        "DeletionPolicy": st.sampled_from(["Retain", "Delete"]),
    },
)


@dataclass(frozen=True)
class Drawn:
    """A release, and what AWS has of it once it is deployed."""

    template: Template
    code: bytes
    parameters: Mapping[str, str]

    @property
    def digest(self) -> str:
        """Of the code, as Lambda gives it."""
        return base64.b64encode(hashlib.sha256(self.code).digest()).decode()

    def local(self) -> LocalRelease:
        """As it lies in the project."""
        artifact = Artifact("Api", "Code", self.digest)
        return LocalRelease("drawn", self.template, (artifact,), self.parameters)


@st.composite
def releases(draw: st.DrawFn) -> Drawn:
    """Resources at random, a function of Serverless's, one of the CDK's, inline code."""
    template = recorded.osls(code=draw(st.sampled_from(["YQ==", "Yg=="])))
    section = {
        "Api": template["Resources"]["ApiLambdaFunction"],
        "Asset": copy.deepcopy(recorded.CDK_TEMPLATE["Resources"]["Fn9270CBC0"]),
        "Inline": {
            "Type": "AWS::Lambda::Function",
            "Properties": {"Code": {"ZipFile": draw(WORDS) + "x"}},
        },
    }
    for name, resource in draw(st.dictionaries(NAMES, RESOURCES, max_size=3)).items():
        section[f"R{name}"] = resource
    parameters = draw(st.dictionaries(NAMES, WORDS, max_size=2))
    whole = {"Resources": section, "Description": draw(WORDS) + "."}
    if parameters:
        whole["Parameters"] = {name: {"Type": "String"} for name in parameters}
    return Drawn(whole, draw(st.binary(min_size=1, max_size=8)), parameters)


# --- how tools write ----------------------------------------------------------------


class Long(yaml.SafeDumper):
    """As the AWS CLI writes: no aliases, long names of functions."""

    def ignore_aliases(self, data: Any) -> bool:
        """Never."""
        return data is not None or True


class Short(Long):
    """As people write: short tags."""


def short(dumper: Short, value: dict[str, Any]) -> yaml.Node:
    """`!Ref X` for `Ref: X`, `!GetAtt A.B` for the long list."""
    if len(value) == 1:
        [(name, inner)] = value.items()
        if name == "Fn::GetAtt":
            return dumper.represent_scalar("!GetAtt", ".".join(inner))
        if name in {"Ref", "Fn::Sub"} and isinstance(inner, str):
            return dumper.represent_scalar(f"!{name.removeprefix('Fn::')}", inner)
        if name == "Fn::Join":
            return dumper.represent_sequence("!Join", inner)
    return dumper.represent_mapping("tag:yaml.org,2002:map", value)


Short.add_representer(dict, short)


def quoted(value: Any) -> Any:
    """Numbers and booleans as strings, as CloudFormation keeps them."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case dict():
            return {key: quoted(inner) for key, inner in value.items()}
        case list():
            return [quoted(inner) for inner in value]
        case _:
            return value


def turned(value: Any) -> Any:
    """The last key first."""
    match value:
        case dict():
            return {key: turned(value[key]) for key in reversed(value)}
        case list():
            return [turned(inner) for inner in value]
        case _:
            return value


WRITERS: Mapping[str, Callable[[Template], str]] = {
    "JSON": json.dumps,
    "JSON, indented and sorted": lambda t: json.dumps(t, indent="\t", sort_keys=True),
    "YAML of the AWS CLI": lambda t: yaml.dump(
        t, Dumper=Long, default_flow_style=False
    ),
    "YAML with short tags": lambda t: yaml.dump(t, Dumper=Short, sort_keys=False),
    "YAML in flow style": lambda t: yaml.dump(t, Dumper=Long, default_flow_style=True),
    "quoted": lambda t: json.dumps(quoted(t)),
    "turned": lambda t: json.dumps(turned(t)),
}


@settings(max_examples=EXAMPLES)
@given(releases(), st.sampled_from(sorted(WRITERS)))
def test_however_it_is_written_it_is_equal(drawn: Drawn, writer: str) -> None:
    text = WRITERS[writer](drawn.template)
    there = live(text, codes={"Api": drawn.digest}, parameters=drawn.parameters)

    match = compare(drawn.local(), there)

    assert (match.likeness, match.differences) == (Likeness.EQUAL, ())


# --- what another release says ------------------------------------------------------


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of each scalar, and of each empty part."""
    keys: list[Any] = []
    if isinstance(value, dict):
        keys = [*value]
    elif isinstance(value, list):
        keys = [*range(len(value))]
    for key in keys:
        yield from leaves(value[key], (*path, key))
    if not keys and path:
        yield path


def changed(template: Template, path: tuple[Any, ...], how: str) -> Template:
    """The template with one leaf changed or removed."""
    whole = copy.deepcopy(template)
    holder: Any = whole
    for key in path[:-1]:
        holder = holder[key]
    if how == "remove":
        del holder[path[-1]]
    elif how == "wrap":
        holder[path[-1]] = [holder[path[-1]]]
    else:
        holder[path[-1]] = f"{quoted(holder[path[-1]])}x"
    return whole


def is_told(path: tuple[Any, ...]) -> bool:
    """Whether a change there is one of the release, and no stamp of the CDK's."""
    return not (len(path) > 2 and path[2] == "Metadata")


@settings(max_examples=EXAMPLES)
@given(releases(), st.data(), st.sampled_from(["change", "wrap", "remove"]))
def test_any_change_to_the_template_is_another_release(
    drawn: Drawn, data: st.DataObject, how: str
) -> None:
    at = [path for path in leaves(drawn.template) if is_told(path)]
    other = changed(drawn.template, data.draw(st.sampled_from(at)), how)
    there = live(other, codes={"Api": drawn.digest}, parameters=drawn.parameters)

    assert compare(drawn.local(), there).likeness is not Likeness.EQUAL


@settings(max_examples=EXAMPLES)
@given(releases(), st.data())
def test_any_change_to_the_code_is_another_release(
    drawn: Drawn, data: st.DataObject
) -> None:
    """Also under the same key: somebody wrote over it."""
    at = data.draw(st.integers(0, len(drawn.code) - 1))
    flipped = bytes(byte ^ (i == at) for i, byte in enumerate(drawn.code))
    other = replace(drawn, code=flipped).digest
    there = live(drawn.template, codes={"Api": other}, parameters=drawn.parameters)

    assert compare(drawn.local(), there).likeness is Likeness.DIFFERENT


@settings(max_examples=EXAMPLES)
@given(releases().filter(lambda drawn: drawn.parameters), st.data())
def test_any_change_to_a_known_parameter_is_another_release(
    drawn: Drawn, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(drawn.parameters)))
    value = data.draw(WORDS.filter(lambda word: word != drawn.parameters[name]))
    given_ = {**drawn.parameters, name: value}
    there = live(drawn.template, codes={"Api": drawn.digest}, parameters=given_)

    match = compare(drawn.local(), there)

    assert match.likeness is Likeness.DIFFERENT
    assert match.differences == (f"parameter {name} has another value",)


@settings(max_examples=EXAMPLES)
@given(
    st.text(max_size=300) | st.binary(max_size=300).map(lambda b: b.decode("latin-1"))
)
def test_whatever_aws_gives_back_is_compared_or_not_known(text: str) -> None:
    match = compare(LocalRelease("drawn", recorded.osls()), live(text))

    assert match.likeness is not Likeness.EQUAL
