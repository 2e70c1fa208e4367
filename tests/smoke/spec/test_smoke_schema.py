"""Editors and FlowGuard agree on what a spec may say."""

import copy
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from flowguard.cli.schema import config_schema
from flowguard.errors import ConfigError
from flowguard.smoke import spec
from flowguard.template.document import Node
from flowguard.template.text import parse as parse_document

PAGE = Path(__file__).parents[3] / "docs" / "smoke.md"
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
EXAMPLES = [parse_document(block, "smoke.yml", version="1.2") for block in BLOCKS]
VALIDATOR = Draft202012Validator(spec.json_schema())


def accepted(node: Node) -> bool:
    """Whether FlowGuard reads it; what it refuses has a place and a message."""
    try:
        spec.from_node(node, "smoke.yml", {})
    except ConfigError as error:
        return not told(error)
    return True


def told(error: ConfigError) -> bool:
    """Whether an error says what is wrong, on one line, and where."""
    place = error.location
    return bool(
        place
        and place.path == "smoke.yml"
        and error.message
        and "\n" not in error.message
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_of_the_page_is_a_suite(example: Node) -> None:
    assert accepted(example)
    VALIDATOR.validate(example.plain())


def test_the_page_names_every_key() -> None:
    text = PAGE.read_text("utf-8")
    schema = spec.json_schema()
    keys = {key for part in _records(schema) for key in part["properties"]}

    assert not {key for key in keys if not re.search(rf"\b{re.escape(key)}\b", text)}


def test_every_key_is_described() -> None:
    undescribed = [
        key
        for part in _records(spec.json_schema())
        for key, field in part["properties"].items()
        if not field.get("description")
    ]

    assert not undescribed


def _records(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [p for p in (schema, *schema["$defs"].values()) if "properties" in p]


def test_the_schema_of_the_configuration_holds_it() -> None:
    validator = Draft202012Validator(config_schema())

    for example in EXAMPLES:
        validator.validate({"smoke": example.plain()})
    assert validator.is_valid({"smoke": "smoke.yml"})
    assert not validator.is_valid({"smoke": {"checks": {"a": {"gte": "/"}}}})


REFUSED = [
    "checks: {}",
    "base: x\nchecks: {a: {get: /}}",
    "checks: {a: {}}",
    "checks: {a: {get: /, post: /}}",
    "checks: {a: {get: /, command: x}}",
    "checks: {a: {get: /, unknown: 1}}",
    "checks: {a: {get: health}}",
    "checks: {a: {get: /, timeout: 10}}",
    "checks: {a: {get: /, timeout: 0s}}",
    "checks: {a: {get: /, timeout: 10d}}",
    "checks: {a: {get: /, expect: 99}}",
    "checks: {a: {get: /, expect: 2x}}",
    "checks: {a: {get: /, expect: []}}",
    "checks: {a: {get: /, deps: {db: maybe}}}",
    "checks: {a: {get: /, critical: 1}}",
    "checks: {a: {get: /, tags: [a b]}}",
    "checks: {a: {get: /, as: }}",
    "checks: {a: {post: /, json: 1, text: a}}",
    "checks: {a: {steps: []}}",
    "checks: {a: {steps: [{get: /}], as: x}}",
    "checks: {a: {table: a, bucket: b}}",
    "checks: {a: {queue: {max_depth: 1}}}",
    "checks: {a: {queue: {name: q, payload: 1}}}",
    "checks: {'a b': {get: /}}",
    "checks: {a: {get: /, save: {x: {json: a, css: b}}}}",
    "checks: {a: {get: /, save: {x: {secret: true}}}}",
    "auth: {a: {}}\nchecks: {a: {get: /}}",
    "auth: {a: {basic: {user: x}}}\nchecks: {a: {get: /}}",
    "auth: {a: {bearer: x, sigv4: {}}}\nchecks: {a: {get: /}}",
    "wait: {post: /}\nchecks: {a: {get: /}}",
    "soak: {errors: 1}\nchecks: {a: {get: /}}",
    "gate: {flake: 2}\nchecks: {a: {get: /}}",
    "gate: {verdict: {failed: rollback}}\nchecks: {a: {get: /}}",
    "concurrency: 0\nchecks: {a: {get: /}}",
    "version: 2\nchecks: {a: {get: /}}",
]


@pytest.mark.parametrize("text", REFUSED)
def test_both_refuse_what_is_misshapen(text: str) -> None:
    node = parse_document(text, "smoke.yml", version="1.2")

    assert not accepted(node)
    assert not VALIDATOR.is_valid(node.plain())


# -- whatever is written ---------------------------------------------------------

VALUES = st.sampled_from(
    [None, True, 0, -1, 3, 10**30, 0.5, "", "x", "/", "2xx", "5s", "50%", "get", "a[",
     "~ (", "> x", "${", "${}", "${a}", "${vars.a}", "${checks.a.b}", "$${", "\0", "é",
     [], {}, ["x"], [[1]], {"a": 1}, {"get": "/"}, {"json": "a"}, {"name": "x"}]
)  # fmt: skip
KEYS = st.sampled_from(
    ["get", "post", "as", "until", "steps", "finally", "save", "json", "expect", "zzz",
     "checks", "auth", "status", "samples", "refusal", "openapi", "${x}", "${", "a b"]
)  # fmt: skip


def _paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    rows: Any = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        rows = enumerate(value)
    return [at, *(path for key, one in rows for path in _paths(one, (*at, key)))]


def _node(value: Any) -> Node:
    """The same value, as if it were written somewhere."""
    place = EXAMPLES[0].location
    if isinstance(value, dict):
        inner = {key: _node(one) for key, one in value.items()}
        return Node(inner, place, dict.fromkeys(inner, place))
    if isinstance(value, list):
        return Node([_node(one) for one in value], place)
    return Node(value, place)


@st.composite
def changed(draw: st.DrawFn) -> Any:
    """An example of the page in which something is replaced, added or taken away."""
    document = copy.deepcopy(draw(st.sampled_from([e.plain() for e in EXAMPLES])))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(_paths(document)))
        parent: Any = None
        target = document
        for key in path:
            parent, target = target, target[key]
        if isinstance(target, dict) and draw(st.booleans()):
            target[draw(KEYS)] = copy.deepcopy(draw(VALUES))
        elif parent is None:
            document = copy.deepcopy(draw(VALUES))
        elif draw(st.booleans()):
            parent[path[-1]] = copy.deepcopy(draw(VALUES))
        else:
            del parent[path[-1]]
    return document


@given(changed())
def test_whatever_is_changed_is_read_or_refused_with_a_place(document: Any) -> None:
    """And FlowGuard accepts nothing that an editor marks as wrong."""
    assert not accepted(_node(document)) or VALIDATOR.is_valid(document)


@given(
    st.sampled_from(BLOCKS),
    st.integers(0, 600),
    st.integers(0, 9),
    st.sampled_from(["", " ", "\n", ":", "- ", "{", "]", '"', "&a ", "*a", "!x ", "\0"])
    | st.text(max_size=4),
)
def test_no_text_ends_in_anything_else(
    block: str, start: int, length: int, new: str
) -> None:
    text = block[:start] + new + block[start + length :]
    try:
        spec.parse(text, "smoke.yml")
    except ConfigError as error:
        fault = error
    else:
        return

    assert told(fault)
