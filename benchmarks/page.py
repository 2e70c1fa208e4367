"""Make docs/performance.md from the results, or check that it is fresh.

`python benchmarks/page.py` reads `benchmarks/results/NAME.json` of each benchmark
`benchmarks/NAME.py` that has one. With `--check` nothing is written.
"""

from __future__ import annotations

import ast
import json
import pathlib
import sys
from collections.abc import Iterable, Iterator

from rows import MACHINE, ROOT, SETTING, Row

BENCHMARKS = ROOT / "benchmarks"
PAGE = ROOT / "docs" / "performance.md"

HEAD = """\
# Performance

Made from `benchmarks/results` by `make docs`. `python benchmarks/NAME.py --json FILE`
measures anew; all tools of a table are measured in the same run, on the same machine.
"""


def page() -> str:
    """The page."""
    results = sorted((BENCHMARKS / "results").glob("*.json"))
    return "\n".join([HEAD, *(_section(path) for path in results)])


def _section(path: pathlib.Path) -> str:
    rows = [Row(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
    program = BENCHMARKS / f"{path.stem}.py"
    said = ast.get_docstring(ast.parse(program.read_text(encoding="utf-8"))) or ""
    title, *paragraphs = said.split("\n\n")
    text = "\n\n".join(part for part in paragraphs if "--json" not in part)
    parts = (f"## {title.rstrip('.')}", text, "\n".join(_table(rows)), _settings(rows))
    return "\n\n".join(filter(None, parts)) + "\n"


def _table(rows: Iterable[Row]) -> Iterator[str]:
    yield "| what | measured | value |"
    yield "| --- | --- | ---: |"
    for row in rows:
        if row.unit != SETTING:
            yield f"| {row.tool} | {row.case} | {row.value} {row.unit} |"


def _settings(rows: Iterable[Row]) -> str:
    said = {row.tool: row.value for row in rows if row.unit == SETTING}
    day, system, processor = (said.pop(name) for name in MACHINE)
    tools = ", ".join(f"{tool} {value}" for tool, value in said.items())
    return f"Measured on {day}, on {system} with {processor}: {tools}."


def main() -> None:
    """Write the page, or say that it is stale."""
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page(), encoding="utf-8")
    elif PAGE.read_text(encoding="utf-8") != page():
        sys.exit(f"stale: {PAGE.relative_to(ROOT)} (run `make docs`)")


if __name__ == "__main__":
    main()
