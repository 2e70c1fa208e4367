"""`flowguard permissions`."""

from __future__ import annotations

import json
import sys
from argparse import Namespace

from flowguard.aws.permissions import policy
from flowguard.plan import BASIS
from flowguard.rules import BUILTIN


def run(arguments: Namespace) -> int:  # noqa: ARG001 — every command takes them
    """Print the policy and return 0."""
    asked = {*BASIS, *(lookup for rule in BUILTIN for lookup in rule.asks)}
    sys.stdout.write(json.dumps(policy(asked), indent=2) + "\n")
    return 0
