"""Which operation AWS accepts in which state of a stack, and its words where not.

`cfn_states.json` says it, cell by cell; this reads it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

STATES: dict[str, Any] = json.loads(
    Path(__file__).with_name("cfn_states.json").read_text(encoding="utf-8")
)


class Refused(Exception):  # noqa: N818 - it is an answer of AWS's
    """AWS answers with an error."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def invalid(message: str) -> Refused:
    """CloudFormation's answer to nearly everything that it does not take."""
    return Refused("ValidationError", message)


def expected(operation: str, status: str, **asked: Any) -> str:
    """ "yes", or the key of the error; `asked` is what the cell's condition names."""
    cell: str = STATES["table"][status][operation]
    if cell.startswith("yes-if"):
        if asked.get("disable_rollback"):
            return "yes"
        nothing = asked.get("on_failure") == "DO_NOTHING" and "DONOTHING" in cell
        return "DONOTHING" if nothing else "NONTERM"
    if cell.startswith("yes"):
        return "yes"
    if " by name / " in cell:
        by_name, by_id = cell.split(" by name / ")
        cell = by_id if asked.get("by_id") else by_name
    return cell.split()[0].rstrip("?")


def error(key: str, **names: str) -> Refused:
    """The error of that key, with the names put in."""
    row = STATES["errors"][key]
    # Nobody has written down what AWS says to a drift detection out of turn.
    message = row["message"] or "DetectStackDrift cannot be called"
    return Refused(row["code"], message.format_map(names))
