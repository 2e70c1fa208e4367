"""Make `flowguard/template/resource_types.json` from AWS's resource schemas.

    python scripts/resource_types.py [--check]

AWS publishes a schema for every resource type; cfn-lint's wheel carries a dated
copy of all of them. They are read from the wheel itself: cfn-lint's own API
would prefer whatever newer copy lies in the user's cache directory. `--check`
writes nothing and fails where the committed file is not what would be written.

The file has one line per type, so that a new release of the schemas can be
reviewed. A key that would be empty is left out:

- `id`: the primary identifier; `ids`: further identifiers, each a list
- `create_only`, `conditional` (create-only in some cases), `read_only` (of the
  last, the top-level ones and what identifies)
- `tags`: the property that holds the tags, where the type can be tagged
- `read`, `list`: what its handlers may do, as they need it. Permissions are
  kept for types that a name may be asked of; elsewhere the list is empty
- `imports`: whether it has all the handlers that an import needs

Property paths are relative to the properties, with "/" between names.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import pathlib
import sys
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

SCHEMAS = pathlib.Path(str(files("cfnlint"))) / "data" / "schemas"
TARGET = (
    pathlib.Path(__file__).parents[1] / "flowguard" / "template" / "resource_types.json"
)
FIRST = "us-east-1"
"""Where every global service lives; a type is taken from here if it is here."""
IMPORT_HANDLERS = {"create", "read", "delete"}


def read_schemas() -> dict[str, dict[str, Any]]:
    """Every type of every region, with its schema."""
    regions = sorted(
        (SCHEMAS / "providers").glob("*-*.json"), key=lambda p: (p.stem != FIRST, p)
    )
    hashes: dict[str, str] = {}
    for region in regions:
        for resource_type, digest in json.loads(region.read_text()).items():
            hashes.setdefault(resource_type, digest)
    return {
        resource_type: json.loads((SCHEMAS / f"resources/{digest}.json").read_text())
        for resource_type, digest in sorted(hashes.items())
    }


def paths(pointers: Iterable[str] | None) -> list[str]:
    """JSON pointers of a schema as property paths."""
    return [pointer.removeprefix("/properties/") for pointer in pointers or ()]


def facts(schema: Mapping[str, Any]) -> dict[str, Any]:
    """What FlowGuard wants to know of one type."""
    handlers = schema.get("handlers", {})
    read_only = paths(schema.get("readOnlyProperties"))
    identifiers = [
        paths(pointers)
        for pointers in (
            schema["primaryIdentifier"],
            *schema.get("additionalIdentifiers", ()),
        )
    ]
    named = any(name.endswith("Name") for name in schema["properties"])
    askable = named or any(not set(each) & set(read_only) for each in identifiers)
    tagging = schema.get("tagging", {})
    identifying = {path for each in identifiers for path in each}
    rows = {
        "id": identifiers[0],
        "ids": identifiers[1:],
        "create_only": sorted(paths(schema.get("createOnlyProperties"))),
        "conditional": sorted(paths(schema.get("conditionalCreateOnlyProperties"))),
        "read_only": sorted(p for p in read_only if "/" not in p or p in identifying),
        "tags": "".join(paths([tagging.get("tagProperty", "/properties/Tags")]))
        if tagging.get("taggable")
        else "",
        "imports": handlers.keys() >= IMPORT_HANDLERS,
    }
    return {key: value for key, value in rows.items() if value} | {
        kind: sorted(set(handlers[kind].get("permissions", ()))) if askable else []
        for kind in ("read", "list")
        if kind in handlers
    }


def render() -> str:
    """The whole file: a header, then one line per type."""
    dated = json.loads((SCHEMAS / "version.json").read_text())["schema_date"]
    header = {
        "source": f"cfn-lint {importlib.metadata.version('cfn-lint')}",
        "schemas": dated,
    }
    lines = [
        f"{json.dumps(key)}: {json.dumps(value)}," for key, value in header.items()
    ]
    rows = [
        f"{json.dumps(resource_type)}: {json.dumps(facts(schema), separators=(',', ':'))}"
        for resource_type, schema in read_schemas().items()
    ]
    return "\n".join(["{", *lines, '"types": {', ",\n".join(rows), "}}", ""])


def main() -> int:
    """Write the file, or compare it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    text = render()
    if parser.parse_args().check:
        if TARGET.read_text() != text:
            print(f"{TARGET.name} is out of date: run scripts/resource_types.py")
            return 1
        return 0
    TARGET.write_text(text)
    print(f"{TARGET.name}: {text.count(chr(10)) - 5} types, {len(text) // 1024} KiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
