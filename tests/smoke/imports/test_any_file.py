"""Whatever another tool's file holds, it becomes a spec or a plain error."""

import contextlib
import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from flowguard.errors import ConfigError
from flowguard.smoke import spec
from flowguard.smoke.imports import convert
from flowguard.smoke.imports.yaml_text import block
from flowguard.template.text import parse

TEXT = st.text(max_size=12) | st.sampled_from(
    ["${x}", "{{x}}", "${", "$${", "{{", "a: b", "- a", "2xx", "null", "~", "'", '"',
     "#", " #", "https://x/", "/a", "\n", "\\", "e", "1e5", "GET", "bearer", "\ue000"]
)  # fmt: skip
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
    ),
    max_leaves=8,
)
SCRIPT = st.lists(
    st.sampled_from(
        ["pm", ".", "expect", "(", ")", "test", "'a'", ",", "=>", "{", "}", "response",
         "json", "to", "be", "eql", "1", "/a/", "[", "]", "const", "x", "=", ";", "\n",
         "function", "`", "//", "/*", "not", "status", "200", "set", "environment"]
    ),
    max_size=30,
).map("".join)  # fmt: skip


def converted(text: str, path: str) -> None:
    """It is a spec that can be read, or an error with words."""
    with contextlib.suppress(ConfigError):
        draft = convert(text, path)
        spec.parse(draft.text, "smoke.yml")


@given(st.dictionaries(TEXT, JSON, max_size=4))
def test_what_is_written_as_yaml_is_read_again(value: dict[str, Any]) -> None:
    text = "\n".join(block({"it": value}))

    assert parse(text, "x", version="1.2").plain() == {"it": value}


@given(st.tuples(TEXT, TEXT, TEXT), SCRIPT, JSON, JSON)
@example(("a", "https://x.example/", "GET"), "pm.test('a', () => {", None, None)
def test_any_collection(
    words: tuple[str, str, str], script: str, auth: Any, body: Any
) -> None:
    name, url, method = words
    events = [{"listen": "test", "script": {"exec": [script]}}]
    request = {"method": method or "GET", "url": url, "auth": auth, "body": body}
    items = [{"name": name, "request": request, "event": events}]
    document = {"info": {}, "item": [*items, {"item": items, "auth": body}]}

    converted(json.dumps(document), "c.json")


@given(JSON, JSON, TEXT)
def test_any_openapi_document(path: Any, operation: Any, server: str) -> None:
    document = {
        "openapi": "3.1.0",
        "servers": [{"url": server}],
        "paths": {"/a": path, "/b/{c}": {"get": operation}, server: {"get": {}}},
        "security": operation,
    }

    converted(json.dumps(document), "openapi.json")


@given(
    st.lists(
        st.sampled_from(
            ["GET https://x.example/", "POST {{h}}/a", "HTTP 200", "HTTP *", "[Asserts]",
             "[Captures]", "[Options]", "[Query]", "[BasicAuth]", "a: b", "{", "}", "```",
             '"a": 1', 'jsonpath "$.a" == 1', "retry: 3", "location: true", "key: k",
             'a: jsonpath "$.a"', "{{x}}", "`a`", "file,a;", "# c", "status == 2", "x"]
        )
        | st.text(max_size=10),
        max_size=14,
    )
)  # fmt: skip
def test_any_hurl_file(lines: list[str]) -> None:
    converted("\n".join(lines), "a.hurl")
