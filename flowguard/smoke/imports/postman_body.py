"""The body of a Postman request, in the keys of a spec."""

from __future__ import annotations

import json
from typing import Any, Final

from flowguard.smoke.imports.loose import items, mapping, mappings, text
from flowguard.smoke.imports.postman_text import has_variable, marked
from flowguard.smoke.imports.scenario import literal

_TYPES: Final = {
    "json": "application/json",
    "xml": "application/xml",
    "html": "text/html",
    "javascript": "application/javascript",
}
_BODILESS: Final = {"get", "head", "options"}


def body_of(
    request: dict[str, Any], method: str, left_out: list[str]
) -> dict[str, Any]:
    """The keys of the body; Postman sends none with a GET either."""
    body = mapping(request.get("body"))
    mode = text(body.get("mode"))
    if not mode or body.get("disabled") or method in _BODILESS:
        return {}
    match mode:
        case "raw":
            return _raw(body, request)
        case "graphql":
            return _graphql(mapping(body.get("graphql")))
        case "urlencoded":
            return _some("form", _pairs(body.get("urlencoded")))
        case "formdata":
            return _some("multipart", _pairs(body.get("formdata")))
        case "file":
            return _some("file", literal(text(mapping(body.get("file")).get("src"))))
        case _:
            left_out.append(f"its body, of the kind {mode!r}")
            return {}


def _some(key: str, value: Any) -> dict[str, Any]:
    return {key: value} if value else {}


def _raw(body: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    raw = text(body.get("raw"))
    if not raw:
        return {}
    options = mapping(mapping(body.get("options")).get("raw"))
    said = _content_type(request)
    media_type = said or _TYPES.get(text(options.get("language")), "text/plain")
    if "json" in media_type and not has_variable(raw):
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError):
            pass
        else:
            same = media_type == "application/json"
            kind = {} if same or said else {"content_type": media_type}
            return {"json": _literals(value), **kind}
    return {"text": marked(raw), **({} if said else {"content_type": media_type})}


def _content_type(request: dict[str, Any]) -> str:
    for row in mappings(request.get("header")):
        if text(row.get("key")).lower() == "content-type" and not row.get("disabled"):
            return text(row.get("value"))
    return ""


def _graphql(body: dict[str, Any]) -> dict[str, Any]:
    """The variables are JSON in a text, as Postman keeps them."""
    query = text(body.get("query"))
    variables = text(body.get("variables")) or "{}"
    if has_variable(query) or has_variable(variables):
        raw = f'{{"query": {json.dumps(query)}, "variables": {variables}}}'
        return {"text": marked(raw), "content_type": "application/json"}
    try:
        value = json.loads(variables)
    except (ValueError, RecursionError):
        value = {}
    return {"json": _literals({"query": query, "variables": value})}


def _literals(value: Any) -> Any:
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, list):
        return [_literals(item) for item in value]
    if isinstance(value, dict):
        return {literal(key): _literals(item) for key, item in value.items()}
    return value


def _pairs(rows: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in mappings(rows):
        if row.get("disabled"):
            continue
        source = row.get("src")
        paths = [text(path) for path in items(source)] or [text(source)]
        file = row.get("type") == "file"
        values = (
            [f"@{literal(p)}" for p in paths]
            if file
            else [marked(text(row.get("value")))]
        )
        before = found.get(marked(text(row.get("key"))), [])
        found[marked(text(row.get("key")))] = [*before, *values]
    return {key: v[0] if len(v) == 1 else v for key, v in found.items()}
