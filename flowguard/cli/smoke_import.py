"""`flowguard smoke import FILE`."""

from __future__ import annotations

import sys

from flowguard.cli import streams
from flowguard.cli.commands import Smoke
from flowguard.errors import UsageError
from flowguard.report.escape import line


def run(settings: Smoke) -> int:
    """Print the spec that another tool's file says, and return 0.

    What was left out is told on standard error, and stands in the spec, too.
    """
    from flowguard.smoke import imports

    path = settings.file
    if not path:
        raise UsageError(
            "nothing to import",
            help="name a hurl file, an OpenAPI document or a Postman collection: "
            "flowguard smoke import FILE > smoke.yml",
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(
            f"cannot read {path}: {error.strerror}", help="name another file"
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8", help="save it as UTF-8") from error
    found = imports.convert(text, path.as_posix())
    streams.print_text(found.text)
    for left in found.left_out:
        sys.stderr.write(f"left out: {line(left)}\n")
    return 0
