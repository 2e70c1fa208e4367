"""The file that `flowguard record` writes right after a deploy: which one it was.

It holds nothing secret, and people may read it. Whoever verifies the deploy in another
job, or later, holds it against what AWS says then.
"""

from __future__ import annotations

import json
import pathlib
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from flowguard import spoken
from flowguard.errors import FlowGuardError
from flowguard.model.ownership import Evidence, Source, Whose
from flowguard.model.snapshot import Snapshot
from flowguard.rollback.ownership import Deploy

SCHEMA_ID = "flowguard.record/1"
"""Changed only when a field is removed or means something else."""
LARGEST = 1_000_000
"""Bytes of a file that may be a record."""


@dataclass(frozen=True, slots=True)
class Record:
    """The deploy that was made last when it was written."""

    stack_id: str
    stack_name: str
    region: str
    account_id: str
    last_event: str
    """The id of the stack's newest event."""
    operation_id: str = ""
    """Of that event, where AWS gives one."""
    change_set_id: str = ""
    template_sha256: str = ""
    """Of the template as it was given; empty where nobody could read it."""
    functions: dict[str, str] = field(default_factory=dict)
    """The digest of each function's code (`CodeSha256`), by logical id."""

    @property
    def deploy(self) -> Deploy:
        """What it names of AWS's."""
        return Deploy(operation_id=self.operation_id, record=self.last_event)

    def agrees(self, live: Snapshot) -> Evidence:
        """Whether the same is live as then, whoever deployed it."""
        now = of(live, self.last_event, self.operation_id)
        mine = (self.template_sha256, self.functions)
        if mine[0] and mine == (now.template_sha256, now.functions):
            text = "the live template and code are those of the record"
            return Evidence(Source.CONTENT, Whose.OURS, text)
        text = "the live template or code is not that of the record"
        return Evidence(Source.CONTENT, Whose.UNPROVEN, text, refutes=True)


def of(taken: Snapshot, last_event: str, operation_id: str = "") -> Record:
    """The record of a stack as it is now."""
    return Record(
        taken.stack_id,
        taken.stack_name,
        taken.region,
        taken.account_id,
        last_event,
        operation_id,
        taken.change_set_id,
        taken.original.sha256 if taken.original else "",
        {f.logical_id: f.code_sha256 for f in taken.functions},
    )


def dump(record: Record) -> str:
    """The text of the file."""
    return json.dumps({"schema": SCHEMA_ID, **asdict(record)}, indent=2) + "\n"


def load(path: pathlib.Path) -> Record:
    """Read the file; raises `FlowGuardError` for one that is no record."""
    try:
        if path.stat().st_size > LARGEST:
            raise _none(path, f"it has more than {LARGEST:,} bytes")
        document = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise _none(path, error.strerror or "it cannot be read") from error
    except (ValueError, RecursionError) as error:
        raise _none(path, "it is no JSON") from error
    if not isinstance(document, dict) or document.pop("schema", "") != SCHEMA_ID:
        raise _none(path, f"its schema is not {SCHEMA_ID!r}")
    return _checked(path, document)


def _checked(path: pathlib.Path, document: dict[str, Any]) -> Record:
    known = {f.name for f in fields(Record)}
    if missing := sorted(known - document.keys()):
        raise _none(path, f"{missing[0]} is missing")
    code = document["functions"]
    texts = [document[name] for name in known - {"functions"}]
    texts += [*code, *code.values()] if isinstance(code, dict) else [None]
    if not all(isinstance(text, str) for text in texts):
        raise _none(path, "its values are no texts")
    return Record(**{name: document[name] for name in known})


def _none(path: pathlib.Path, why: str) -> FlowGuardError:
    return FlowGuardError(
        f"{path} is no record of a deploy: {why}",
        help="write one right after the deploy: "
        + spoken.command("record", output="FILE"),
    )
