"""An answer held against a JSON Schema, and against the service's OpenAPI document.

jsonschema is the reference that the drafts' authors keep, and is imported only by
checks that need it. It is given no way to fetch anything, and its patterns are
searched with a bound on time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from flowguard.errors import ConfigError
from flowguard.model.exchange import Response
from flowguard.model.smoke import Mismatch
from flowguard.smoke import body, operators

MAX_VIOLATIONS: Final = 5
_DRAFT_2020: Final = "https://json-schema.org/draft/2020-12/schema"
_PARAMETER = re.compile(r"\{[^{}]*\}")
_LITERAL: Final = frozenset({"example", "examples", "default", "enum", "const"})


def violations(schema: Any, document: Any) -> Iterator[Mismatch]:
    """Where a document is not what a JSON Schema says, the first few.

    Raises `ConfigError` for what is no schema, `Undecided` where a pattern takes
    too long.
    """
    from jsonschema import SchemaError
    from jsonschema.exceptions import UnknownType
    from referencing.exceptions import Unresolvable

    try:
        found = list(_validator(schema).iter_errors(document))
    except SchemaError as wrong:
        raise ConfigError(
            f"this is no JSON Schema: {body.cut(wrong.message)}"
        ) from None
    except Unresolvable as wrong:
        raise ConfigError(
            f"the schema refers to {getattr(wrong, 'ref', '')!r}, which is not in it",
            help="put what it refers to under its own $defs",
        ) from None
    except (UnknownType, AttributeError, TypeError, ValueError) as wrong:
        # What no metaschema covers: the components of an OpenAPI document.
        raise ConfigError(f"the schema is not valid: {body.cut(str(wrong))}") from None
    except RecursionError:
        raise operators.Undecided("the answer or its schema nests too deeply") from None
    found.sort(key=lambda error: [str(step) for step in error.path])
    for error in found[:MAX_VIOLATIONS]:
        yield Mismatch(f"schema {_place(error.path)}", _rule(error), _actual(error))
    if len(found) > MAX_VIOLATIONS:
        rest = len(found) - MAX_VIOLATIONS
        yield Mismatch("schema", "an answer that fits", f"{rest} more do not")


def _validator(schema: Any) -> Any:
    from jsonschema import Draft202012Validator, ValidationError, validators
    from referencing import Registry

    def pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Any:
        if isinstance(instance, str) and operators.search(pattern, instance) is None:
            yield ValidationError(f"{instance!r} does not match {pattern!r}")

    kind = validators.validator_for(schema, default=Draft202012Validator)
    kind.check_schema(schema)
    extend: Any = validators.extend
    bounded = extend(kind, {"pattern": pattern})
    return bounded(schema, registry=Registry())


def _place(path: Any) -> str:
    written = "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" for step in path
    )
    return body.cut(written.removeprefix(".")) or "@"


def _rule(error: Any) -> str:
    value = error.validator_value
    if error.validator == "required":
        missing = [name for name in value if name not in error.instance]
        return f"required: {', '.join(map(str, missing[:1])) or body.as_shown(value)}"
    return f"{error.validator}: {body.as_shown(value)}"


def _actual(error: Any) -> str:
    if isinstance(error.instance, Mapping) and error.validator == "required":
        return f"has {', '.join(map(str, [*error.instance][:8])) or 'nothing'}"
    return body.as_shown(error.instance)


# -- OpenAPI ---------------------------------------------------------------------


def described(
    openapi: Mapping[str, Any], method: str, url: str, response: Response
) -> Iterator[Mismatch]:
    """Where an answer is not what OpenAPI 3.0 or 3.1 says of it.

    Raises as `violations` does.
    """
    operation = _operation(openapi, method.lower(), urlsplit(url).path)
    if operation is None:
        path = unquote(urlsplit(url).path)
        yield Mismatch("openapi", "a described route", f"{method} {body.cut(path)}")
        return
    said = _of_status(openapi, operation.get("responses") or {}, response.status)
    if said is None:
        known = ", ".join(map(str, operation.get("responses") or {})) or "none"
        yield Mismatch("openapi status", known, str(response.status))
        return
    for name, header in (said.get("headers") or {}).items():
        required = _deref(openapi, header).get("required") is True
        if required and response.header(name) is None:
            yield Mismatch(f"openapi header {name}", "exists", "missing")
    yield from _content(openapi, said.get("content") or {}, response)


def _content(
    openapi: Mapping[str, Any], content: Mapping[str, Any], response: Response
) -> Iterator[Mismatch]:
    if not content or not response.body:
        if content and response.status not in {204, 304}:
            yield Mismatch("openapi body", ", ".join(content), "empty")
        return
    kind = body.media_type(response)
    media = next((content[one] for one in _accepting(kind) if one in content), None)
    if media is None:
        yield Mismatch("openapi content type", ", ".join(content), kind or "none")
        return
    if "schema" not in media or not (kind.endswith("json") or kind == ""):
        return
    try:
        document = body.document(response)
    except body.NotJsonError as error:
        yield Mismatch("openapi body", "JSON", f"{error.reason} ({error.shown})")
        return
    for mismatch in violations(_schema(openapi, media["schema"]), document):
        what = mismatch.what.replace("schema", "openapi", 1)
        yield Mismatch(what, mismatch.expected, mismatch.actual)


def _accepting(kind: str) -> tuple[str, ...]:
    return kind, f"{kind.partition('/')[0]}/*", "*/*"


def _operation(openapi: Any, method: str, path: str) -> Mapping[str, Any] | None:
    """The operation behind a path; of several, the one with the fewest parameters."""
    candidates = []
    for template, item in (openapi.get("paths") or {}).items():
        operations = _deref(openapi, item)
        if method in operations and _answers(openapi, template, path):
            candidates.append((template.count("{"), template, operations[method]))
    return min(candidates, key=lambda c: c[:2])[2] if candidates else None


def _answers(openapi: Any, template: str, path: str) -> bool:
    """Whether a path is of the template, behind any server's base path or a stage."""
    pieces = map(re.escape, _PARAMETER.split(template))
    pattern = "[^/]+".join(pieces).rstrip("/") + "/?"
    servers = [str(one.get("url", "")) for one in openapi.get("servers") or ()]
    bases = {urlsplit(_PARAMETER.sub("x", one)).path.rstrip("/") for one in servers}
    return any(
        re.fullmatch(pattern, path.removeprefix(base)) is not None
        for base in ("", *bases)
    )


def _of_status(
    openapi: Any, responses: Mapping[Any, Any], status: int
) -> Mapping[str, Any] | None:
    """An exact status before its class, before the default (OpenAPI, "Responses")."""
    by_name = {str(name).upper(): said for name, said in responses.items()}
    for name in (str(status), f"{status // 100}XX", "DEFAULT"):
        if name in by_name:
            return _deref(openapi, by_name[name])
    return None


def _deref(openapi: Any, value: Any) -> Mapping[str, Any]:
    """What a `$ref` into the same document stands for."""
    for _ in range(10):
        if not isinstance(value, Mapping):
            break
        reference = value.get("$ref")
        if not isinstance(reference, str):
            return value
        value = openapi
        for step in reference.removeprefix("#/").split("/"):
            name = unquote(step).replace("~1", "/").replace("~0", "~")
            value = value.get(name) if isinstance(value, Mapping) else None
    raise ConfigError(
        "the OpenAPI document refers to what is not in it",
        help="bundle it into one file, as `redocly bundle` does",
    )


def _schema(openapi: Mapping[str, Any], schema: Any) -> dict[str, Any]:
    """A schema of OpenAPI as JSON Schema, with all that it may refer to."""
    old = str(openapi.get("openapi", "")).startswith("3.0")
    converted: dict[str, Any] = {
        "$schema": _DRAFT_2020,
        "allOf": [_converted(schema, old=old)],
    }
    for key in ("components", "paths"):
        if key in openapi:
            converted[key] = _converted(openapi[key], old=old)
    return converted


def _converted(value: Any, *, old: bool) -> Any:
    """3.1 is JSON Schema 2020-12; 3.0 has `nullable` and boolean bounds of its own.

    In both, a property that is `writeOnly` is not owed by an answer.
    """
    if isinstance(value, list):
        return [_converted(one, old=old) for one in value]
    if not isinstance(value, Mapping):
        return value
    if old and isinstance(value.get("$ref"), str):
        return {"$ref": value["$ref"]}  # what stands beside it is ignored in 3.0
    new = {
        str(key): one if key in _LITERAL else _converted(one, old=old)
        for key, one in value.items()
    }
    properties = value.get("properties")
    if isinstance(properties, Mapping) and isinstance(value.get("required"), list):
        new["required"] = [
            name for name in value["required"] if not _is_write_only(properties, name)
        ]
    return _modern(new) if old else new


def _is_write_only(properties: Mapping[str, Any], name: Any) -> bool:
    said = properties.get(name)
    return isinstance(said, Mapping) and said.get("writeOnly") is True


def _modern(schema: dict[str, Any]) -> dict[str, Any]:
    for exclusive, bound in (
        ("exclusiveMinimum", "minimum"),
        ("exclusiveMaximum", "maximum"),
    ):
        if isinstance(said := schema.get(exclusive), bool):
            del schema[exclusive]
            if said and bound in schema:
                schema[exclusive] = schema.pop(bound)
    if schema.get("nullable") is True:
        del schema["nullable"]
        return {"anyOf": [schema, {"type": "null"}]}
    return schema
