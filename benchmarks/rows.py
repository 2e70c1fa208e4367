"""What a benchmark writes: rows of tool, case, value and unit."""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import platform
import random
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

ROOT = pathlib.Path(__file__).resolve().parents[1]
CPU_INFO = pathlib.Path("/proc/cpuinfo")

SETTING = "setting"
"""The unit of a row that says what was measured with, not what came out."""

SEED = os.environ.get("SEED", "2")
"""Another one gives other services, of the same kinds."""

MACHINE = ("day", "system", "processor")
"""What `machine` says, by the names of the tools in its rows."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measured value, or with the unit `SETTING` what it was measured with."""

    tool: str
    case: str
    value: float | str
    unit: str


def setting(tool: str, value: str) -> Row:
    """What was measured with: the version of a tool, a part of the machine."""
    return Row(tool, "measured with", value, SETTING)


def chances(name: str) -> random.Random:
    """What is left to chance in one case, the same in each run with the same seed."""
    return random.Random(f"{SEED} {name}")  # noqa: S311 — to be repeatable


def machine() -> Iterator[Row]:
    """The machine and the day."""
    today = datetime.now(UTC).date().isoformat()
    system = f"{platform.system()} {platform.machine()}"
    processor = f"{os.cpu_count()} × {_processor()}"
    yield from map(setting, MACHINE, (today, system, processor))


def main(description: str | None, measured: Iterable[Row]) -> None:
    """Measure, print the rows, and write them to the file after `--json`."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", type=pathlib.Path, required=True, metavar="FILE")
    path: pathlib.Path = parser.parse_args().json
    rows = []
    for row in measured:
        print(f"{row.tool}/{row.case}: {row.value} {row.unit}", flush=True)
        rows.append(asdict(row))
    text = json.dumps(rows, indent=2, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def _processor() -> str:
    """The model of the processors, as far as the system tells."""
    lines = CPU_INFO.read_text().splitlines() if CPU_INFO.exists() else []
    names = (line.partition(": ")[2] for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "unknown")
