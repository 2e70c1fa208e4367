"""Write the pages that are made from the code, or check that they are fresh.

`python scripts/docs.py` writes `docs/rules.md`, `docs/permissions.md`,
`docs/irreversible-changes.md`, `docs/commands.md`, `action.yml`, the JSON Schemas, and the parts of README.md between `<!-- made: NAME -->` and
`<!-- /made -->`. With `--check` nothing is written, and what is stale is an error.
"""

from __future__ import annotations

import json
import pathlib
import re
import sys
from collections.abc import Iterator
from textwrap import dedent
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from flowguard.action import metadata  # noqa: E402 — the checkout's own
from flowguard.action.input import INPUTS  # noqa: E402
from flowguard.action.outputs import DESCRIPTIONS  # noqa: E402
from flowguard.aws.permissions import policy  # noqa: E402
from flowguard.cli.commands import COMMANDS  # noqa: E402
from flowguard.cli.option import Settings  # noqa: E402
from flowguard.cli.parse import EXIT_CODES, help_of, name_of, ordered  # noqa: E402
from flowguard.cli.schema import config_schema  # noqa: E402
from flowguard.model.questions import Lookup  # noqa: E402
from flowguard.plan import BASIS  # noqa: E402
from flowguard.report.schema import report_schema  # noqa: E402
from flowguard.rollback import causes_page, snapshot_file  # noqa: E402
from flowguard.rules import BUILTIN, EVERY  # noqa: E402
from flowguard.rules.pages import irreversible_changes, page, table  # noqa: E402
from flowguard.smoke import spec  # noqa: E402

MADE = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- /made -->)", re.DOTALL)


def pages() -> Iterator[tuple[pathlib.Path, str]]:
    """Each page that is made, with the text that it should have."""
    docs = ROOT / "docs"
    yield docs / "rules.md", _rules()
    yield docs / "irreversible-changes.md", irreversible_changes()
    yield docs / "permissions.md", _permissions()
    yield docs / "causes.md", causes_page.page()
    yield docs / "flowguard.schema.json", _json(config_schema())
    yield docs / "smoke.schema.json", _json(spec.json_schema())
    yield docs / "report.schema.json", _json(report_schema())
    yield docs / "snapshot.schema.json", _json(snapshot_file.schema())
    iam = ROOT / "examples" / "flowlogic" / "iam"
    yield iam / "flowguard-read.permissions.json", _json(policy(_asked()))
    yield ROOT / "action.yml", metadata.document()
    yield docs / "commands.md", _commands()
    readme = ROOT / "README.md"
    yield readme, MADE.sub(_made, readme.read_text(encoding="utf-8"))


def _made(part: re.Match[str]) -> str:
    texts = {
        "rules": table(EVERY),
        "exits": f"```text\n{EXIT_CODES}```",
        "inputs": _inputs(),
        "outputs": _outputs(),
    }
    return f"{part[1]}{texts[part[2]]}\n{part[3]}"


def _inputs() -> str:
    rows = (
        f"| `{entry.name}` | {f'`{entry.default}`' if entry.default else ''} "
        f"| {entry.told} |"
        for entry in INPUTS
    )
    return "\n".join(["| input | default | what it is |", "| --- | --- | --- |", *rows])


def _outputs() -> str:
    rows = (f"| `{name}` | {text} |" for name, text in DESCRIPTIONS.items())
    return "\n".join(["| output | what it is |", "| --- | --- |", *rows])


def _commands() -> str:
    head = (
        "# Commands\n\nMade by `make docs` from what `flowguard COMMAND --help` says.\n"
    )
    return "\n".join([head, *map(_command, COMMANDS.values())])


def _command(kind: type[Settings]) -> str:
    text, _, examples = f"    {kind.__doc__}".partition("\n\n")
    shown = f"\n```text\n{dedent(examples).strip()}\n```\n" if examples.strip() else ""
    rows = [
        f"| `{name_of(option)}` | {help_of(option)} | "
        f"{f'`{option.input}`' if option.input else ''} |"
        for option in ordered(kind)
    ]
    head = ["", "| option | what it is | input of the Action |", "| --- | --- | --- |"]
    table = "".join(f"{row}\n" for row in (*head, *rows)) if rows else ""
    return f"## flowguard {kind.command()}\n\n{dedent(text).strip()}\n{shown}{table}"


def _rules() -> str:
    head = "# Rules\n\nMade from the rules' docstrings by `make docs`.\n"
    parts = [re.sub(r"^#", "##", page(rule), flags=re.MULTILINE) for rule in EVERY]
    return "\n".join([head, *parts])


def _permissions() -> str:
    return (
        "# Permissions\n\nThe IAM policy that `flowguard preflight` needs, as "
        "`flowguard permissions` prints it. All of it is read-only; it is the union of "
        f"what the rules may ask.\n\n```json\n{_json(policy(_asked()))}```\n"
    )


def _asked() -> set[type[Lookup[Any]]]:
    return {*BASIS, *(lookup for rule in BUILTIN for lookup in rule.asks)}


def _json(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"


def main() -> int:
    """Write or check; the exit code says whether all is fresh."""
    stale = [
        (path, text)
        for path, text in pages()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    if "--check" in sys.argv:
        for path, _ in stale:
            print(f"{path.relative_to(ROOT)} is stale: run `make docs`")
        return 1 if stale else 0
    for path, text in stale:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
