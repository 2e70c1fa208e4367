"""What the folder, the options and the job say of the release that is deployed."""

from __future__ import annotations

import os
import pathlib
from argparse import Namespace
from functools import partial

from flowguard.cli.project import pairs
from flowguard.guard.evidence import AtHand
from flowguard.model.snapshot import Snapshot
from flowguard.release import LocalRelease, find
from flowguard.rollback import record


def of(arguments: Namespace, before: Snapshot | None) -> AtHand:
    """The release at hand, and what was live `before` the deploy.

    Raises `FlowGuardError` for a record that is none.
    """
    known = vars(arguments)
    path = known.get("record")
    return AtHand(
        partial(_releases, arguments),
        record.load(pathlib.Path(path)) if path else None,
        os.environ.get("GITHUB_SHA", ""),
        before if before and before.exists else None,
    )


def _releases(arguments: Namespace) -> tuple[LocalRelease, ...]:
    """Those that lie in the folder, as they are now."""
    known = vars(arguments)
    given = known.get("template")
    template = pathlib.Path(given) if given else None
    return find(
        pathlib.Path.cwd(),
        arguments.stack_name,
        template=template if template and template.is_file() else None,
        parameters=pairs(known.get("parameter") or []),
        argv=tuple(known.get("argv") or ()),
    )
