"""The file of a snapshot: JSON of the schema `flowguard.snapshot/1`, and its digest.

The digest is of the canonical form (sorted keys, no spaces), so that it stays the
same whatever lays the file out anew. It travels on another way than the file, as an
output of the step that took the snapshot.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import pathlib
import re
from typing import Any

import msgspec

from flowguard import spoken
from flowguard.errors import FlowGuardError, UsageError
from flowguard.model.snapshot import Snapshot

SCHEMA_ID = "flowguard.snapshot/1"
"""Changed only when a field is removed or means something else."""
_ADDED = ("nested_exports",)
"""Fields that older files do not have: left out where unset, so that such a file keeps
its digest."""
_PREFIX = "sha256:"
_ARN_PARTS = 6
_DIGEST = re.compile(rf"(?:{_PREFIX})?[0-9a-f]{{64}}", re.ASCII)


def take_one() -> str:
    """What to do for want of a snapshot."""
    command = spoken.command(
        "snapshot", stack_name="NAME", output="FILE", keep="s3://BUCKET/PREFIX"
    )
    return f"take one before the deploy: {command}"


def dump(snapshot: Snapshot) -> str:
    """The text of the file."""
    return json.dumps(_document(snapshot), indent=2, sort_keys=True) + "\n"


def digest(snapshot: Snapshot) -> str:
    """What the snapshot is known by: `sha256:` and 64 hexadecimal digits."""
    return _digest(_document(snapshot))


def load(path: pathlib.Path, digest: str = "") -> Snapshot:
    """Read the file; with `digest`, only the very snapshot that has it.

    Raises `FlowGuardError` for a file that is none, or another.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise FlowGuardError(
            f"cannot read the snapshot {path}: {why}",
            help=take_one(),
        ) from error
    return parse(text, digest, str(path))


def parse(text: str, digest: str = "", name: str = "snapshot") -> Snapshot:
    """The snapshot that `text` is; raises `FlowGuardError` as `load` does."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _none(name, "it is no JSON") from error
    found = document.pop("schema", None) if isinstance(document, dict) else None
    if found != SCHEMA_ID:
        raise _none(name, f"its schema is {found!r}, not {SCHEMA_ID!r}")
    document["schema"] = found
    actual = _digest(document)
    if digest and not hmac.compare_digest(actual, _full(digest)):
        raise FlowGuardError(
            f"{name} is another snapshot than the one that is meant: its digest is "
            f"{actual}, not {_full(digest)}",
            help="use the file of the same run, as the step wrote it",
        )
    return _checked(document, name)


def schema() -> dict[str, Any]:
    """The JSON Schema of the file."""
    (_,), parts = msgspec.json.schema_components(
        [Snapshot], ref_template="#/$defs/{name}"
    )
    made = parts.pop(Snapshot.__name__)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "properties": {"schema": {"const": SCHEMA_ID}, **made["properties"]},
        "required": ["schema", *made["required"]],
        "$defs": parts,
    }


def _checked(document: dict[str, Any], name: str) -> Snapshot:
    try:
        found = msgspec.convert(document, Snapshot)
    except msgspec.ValidationError as error:
        raise _none(name, str(error)) from error
    if why := _contradicts(found):
        raise _none(name, why)
    return found


def _contradicts(found: Snapshot) -> str:
    """How the stack's id and the other fields contradict each other; empty where they
    do not. The id is what is acted on, and the names are what people check."""
    if not found.exists:
        return ""
    parts = found.stack_id.split(":", 5)
    if len(parts) != _ARN_PARTS or not parts[5].startswith("stack/"):
        return f"{found.stack_id!r} is no id of a stack"
    name = parts[5].split("/")[1]
    said = {
        "region": (found.region, parts[3]),
        "account_id": (found.account_id, parts[4]),
        "stack_name": (found.stack_name, name),
    }
    for field, (given, real) in said.items():
        if given and given != real:
            return f"its {field} is {given!r}, and its stack's id says {real!r}"
    return ""


def _none(name: str, why: str) -> FlowGuardError:
    return FlowGuardError(
        f"{name} is no snapshot: {why}",
        help=take_one(),
    )


def _document(snapshot: Snapshot) -> dict[str, Any]:
    told = msgspec.to_builtins(snapshot)
    unset = {name for name in _ADDED if told[name] is None}
    kept = {name: value for name, value in told.items() if name not in unset}
    return {"schema": SCHEMA_ID, **kept}


def _digest(document: dict[str, Any]) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return _PREFIX + hashlib.sha256(text.encode()).hexdigest()


def _full(digest: str) -> str:
    if not _DIGEST.fullmatch(digest):
        raise UsageError(
            f"{digest!r} is no digest of a snapshot",
            help="give what `flowguard snapshot` printed: sha256: and 64 hexadecimal "
            "digits",
        )
    return digest if digest.startswith(_PREFIX) else _PREFIX + digest
