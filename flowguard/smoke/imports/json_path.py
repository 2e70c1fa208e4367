"""Plain JSONPath → JMESPath."""

from __future__ import annotations

import json
import re
from typing import Final

from flowguard.smoke.imports.expected import NotTakenOver, path_of

_STEP: Final = re.compile(
    r"""\.(?P<name>[A-Za-z_][\w-]*)
    |\[\s*(?P<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\s*\]
    |\[\s*(?P<index>-?\d+)\s*\]
    |(?P<all>\.\*|\[\s*\*\s*\])
    |\[\?\(?\s*@\.(?P<key>[A-Za-z_]\w*)\s*==\s*(?P<value>'[^']*'|"[^"]*"|-?\d+|true|false)\s*\)?\]""",
    re.VERBOSE,
)


def jmespath(path: str) -> str:
    """The same expression in JMESPath. Raises `NotTakenOver` for what has no like."""
    if not path.startswith("$"):
        raise NotTakenOver
    text, position = "", 1
    while position < len(path):
        found = _STEP.match(path, position)
        if not found:
            raise NotTakenOver
        text = _with(text, found)
        position = found.end()
    return text or "@"


def _with(text: str, found: re.Match[str]) -> str:
    dot = "." if text else ""
    match found.lastgroup:
        case "name":
            return f"{text}{dot}{path_of([found['name']])}"
        case "quoted":
            name = re.sub(r"\\(.)", r"\1", found["quoted"][1:-1])
            return f"{text}{dot}{path_of([name])}"
        case "index":
            return f"{text}[{found['index']}]"
        case "all":
            return f"{text}{dot}*" if found["all"] == ".*" else f"{text}[*]"
        case _:
            value = found["value"]
            quoted = value[:1] in {"'", '"'}
            wanted = json.dumps(value[1:-1]) if quoted else value
            return f"{text}[?{found['key']} == `{wanted}`]"
