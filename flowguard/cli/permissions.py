"""`flowguard permissions`."""

from __future__ import annotations

import json

from flowguard.aws.permissions import policy
from flowguard.cli.commands import Permissions
from flowguard.cli.streams import print_text
from flowguard.plan import BASIS
from flowguard.rules import BUILTIN


def run(settings: Permissions) -> int:
    """Print the policy and return 0."""
    if settings.smoke:
        from flowguard.aws.smoke import permissions
        from flowguard.cli.project import Suites

        needed = permissions.policy(Suites(settings).suite())
    else:
        asked = {*BASIS, *(lookup for rule in BUILTIN for lookup in rule.asks)}
        needed = policy(asked)
    print_text(json.dumps(needed, indent=2) + "\n")
    return 0
