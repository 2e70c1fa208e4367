"""The built-in rules, in the order they are reported and documented."""

from __future__ import annotations

from typing import Any

from flowguard.fleet import Fleet
from flowguard.plan import Plan
from flowguard.rules._rule import Rule
from flowguard.rules.capability_missing import CapabilityMissing
from flowguard.rules.deployed_resource_gone import DeployedResourceGone
from flowguard.rules.duplicate_environment import DuplicateEnvironment
from flowguard.rules.export_claimed_twice import ExportClaimedTwice
from flowguard.rules.export_in_use import ExportInUse
from flowguard.rules.ignore_without_effect import IgnoreWithoutEffect
from flowguard.rules.import_of_removed_export import ImportOfRemovedExport
from flowguard.rules.key_misspelt import KeyMisspelt
from flowguard.rules.logical_id_renamed import LogicalIdRenamed
from flowguard.rules.name_claimed_twice import NameClaimedTwice
from flowguard.rules.name_taken import NameTaken
from flowguard.rules.name_used_twice import NameUsedTwice
from flowguard.rules.named_resource_replaced import NamedResourceReplaced
from flowguard.rules.naming_drift import NamingDrift
from flowguard.rules.parameter_refused import ParameterRefused
from flowguard.rules.parameter_without_value import ParameterWithoutValue
from flowguard.rules.reference_missing import ReferenceMissing
from flowguard.rules.resource_type_changed import ResourceTypeChanged
from flowguard.rules.resource_type_unknown import ResourceTypeUnknown
from flowguard.rules.stack_blocked import StackBlocked
from flowguard.rules.stack_targeted_twice import StackTargetedTwice
from flowguard.rules.stateful_resource_unprotected import StatefulResourceUnprotected
from flowguard.rules.wrong_account import WrongAccount

__all__ = ["BUILTIN", "EVERY", "FLEET", "Rule"]

_CHECKS: tuple[Rule[Plan], ...] = (
    WrongAccount(),
    StackBlocked(),
    NameTaken(),
    LogicalIdRenamed(),
    NameUsedTwice(),
    NamedResourceReplaced(),
    DeployedResourceGone(),
    ResourceTypeChanged(),
    ReferenceMissing(),
    ParameterWithoutValue(),
    ParameterRefused(),
    CapabilityMissing(),
    ResourceTypeUnknown(),
    KeyMisspelt(),
    ExportInUse(),
    DuplicateEnvironment(),
    NamingDrift(),
    StatefulResourceUnprotected(),
)

FLEET: tuple[Rule[Fleet], ...] = (
    StackTargetedTwice(),
    NameClaimedTwice(),
    ExportClaimedTwice(),
    ImportOfRemovedExport(),
)
"""Those of a merge: what only all targets of a run together can say."""

BUILTIN: tuple[Rule[Plan], ...] = (
    *_CHECKS,
    IgnoreWithoutEffect([*(r.id for r in _CHECKS), *(r.id for r in FLEET)]),
)
"""Those of a preflight: what one target's plan says."""

EVERY: tuple[Rule[Any], ...] = (*BUILTIN, *FLEET)
"""All that can be explained, configured and accepted."""
