"""The keys at the top of a Serverless configuration.

Facts: osls 4 and serverless 3 (lib/config-schema.js), and the guide of version 4.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from flowguard.model.places import Location
from flowguard.template.document import Node

KEYS = (
    *("app", "build", "configValidationMode", "custom", "dashboard"),
    *("deprecationNotificationMode", "disabledDeprecations", "frameworkVersion"),
    *("functions", "layers", "licenseKey", "org", "outputs", "package", "params"),
    *("plugins", "projectDir", "provider", "resources", "service", "stages", "state"),
    *("tenant", "unresolvedVariablesNotificationMode", "useDotenv"),
    "variablesResolutionMode",
)
"""What the framework reads at the top of a configuration, in versions 3 and 4."""


def misspelt(document: Node) -> Iterator[tuple[str, str, Location]]:
    """The top-level keys that nobody reads and that are nearly one of the framework's.

    Plugins read keys of their own (`stepFunctions`), so that only a slip counts.
    """
    for key, node in document.mapping.items():
        near = difflib.get_close_matches(key, KEYS, n=1, cutoff=0.85)
        if near and key not in KEYS and near[0] not in document.mapping:
            yield key, near[0], document.keys.get(key, node.location)
