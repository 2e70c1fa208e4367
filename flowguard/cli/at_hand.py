"""What the folder, the options and the job say of the release that is deployed."""

from __future__ import annotations

import os
import pathlib
from functools import partial

from flowguard.cli.commands import Guard
from flowguard.cli.groups import Guarding, Meant
from flowguard.guard.evidence import AtHand
from flowguard.model.snapshot import Snapshot
from flowguard.release import LocalRelease, find
from flowguard.rollback import record


def of(settings: Guarding, before: Snapshot | None) -> AtHand:
    """The release at hand, and what was live `before` the deploy.

    Raises `FlowGuardError` for a record that is none.
    """
    path = settings.record if isinstance(settings, Meant) else None
    return AtHand(
        partial(_releases, settings),
        record.load(path) if path else None,
        os.environ.get("GITHUB_SHA", ""),
        before if before and before.exists else None,
    )


def _releases(settings: Guarding) -> tuple[LocalRelease, ...]:
    """Those that lie in the folder, as they are now."""
    template = settings.template
    return find(
        pathlib.Path.cwd(),
        settings.stack_name or "",
        template=template if template and template.is_file() else None,
        parameters=settings.parameter,
        argv=settings.argv if isinstance(settings, Guard) else (),
    )
