"""The built-in rules, in the order they are reported and documented."""

from __future__ import annotations

from typing import Any

from flowguard.fleet import Fleet
from flowguard.plan import Plan
from flowguard.rules._rule import Rule
from flowguard.rules.artifact_gone import ArtifactGone
from flowguard.rules.backup_off import BackupOff
from flowguard.rules.capability_missing import CapabilityMissing
from flowguard.rules.change_irreversible import ChangeIrreversible
from flowguard.rules.deploy_role_changed import DeployRoleChanged
from flowguard.rules.deployed_resource_gone import DeployedResourceGone
from flowguard.rules.duplicate_environment import DuplicateEnvironment
from flowguard.rules.export_claimed_twice import ExportClaimedTwice
from flowguard.rules.export_in_use import ExportInUse
from flowguard.rules.first_deploy import FirstDeploy
from flowguard.rules.ignore_without_effect import IgnoreWithoutEffect
from flowguard.rules.import_of_removed_export import ImportOfRemovedExport
from flowguard.rules.index_changes_irreversible import IndexChangesIrreversible
from flowguard.rules.key_misspelt import KeyMisspelt
from flowguard.rules.logical_id_renamed import LogicalIdRenamed
from flowguard.rules.name_claimed_twice import NameClaimedTwice
from flowguard.rules.name_taken import NameTaken
from flowguard.rules.name_used_twice import NameUsedTwice
from flowguard.rules.named_resource_replaced import NamedResourceReplaced
from flowguard.rules.naming_drift import NamingDrift
from flowguard.rules.no_monitoring_window import NoMonitoringWindow
from flowguard.rules.orphan_on_rollback import OrphanOnRollback
from flowguard.rules.parameter_refused import ParameterRefused
from flowguard.rules.parameter_without_value import ParameterWithoutValue
from flowguard.rules.reference_missing import ReferenceMissing
from flowguard.rules.resource_type_changed import ResourceTypeChanged
from flowguard.rules.resource_type_unknown import ResourceTypeUnknown
from flowguard.rules.rollback_alarm_missing import RollbackAlarmMissing
from flowguard.rules.rollback_disabled import RollbackDisabled
from flowguard.rules.route_untested import RouteUntested
from flowguard.rules.secret_parameter_not_restorable import SecretParameterNotRestorable
from flowguard.rules.side_effect_irreversible import SideEffectIrreversible
from flowguard.rules.stack_blocked import StackBlocked
from flowguard.rules.stack_policy_denies import StackPolicyDenies
from flowguard.rules.stack_targeted_twice import StackTargetedTwice
from flowguard.rules.stage_prefix_shared import StagePrefixShared
from flowguard.rules.stateful_resource_lost import StatefulResourceLost
from flowguard.rules.stateful_resource_unprotected import StatefulResourceUnprotected
from flowguard.rules.value_resolved_anew import ValueResolvedAnew
from flowguard.rules.wrong_account import WrongAccount

__all__ = ["BUILTIN", "EVERY", "FLEET", "READINESS", "Rule"]

_READINESS: tuple[Rule[Plan], ...] = (
    StatefulResourceLost(),
    ArtifactGone(),
    IndexChangesIrreversible(),
    StackPolicyDenies(),
    RollbackAlarmMissing(),
    DeployRoleChanged(),
    ChangeIrreversible(),
    SideEffectIrreversible(),
    ValueResolvedAnew(),
    StagePrefixShared(),
    RollbackDisabled(),
    BackupOff(),
    SecretParameterNotRestorable(),
    OrphanOnRollback(),
    FirstDeploy(),
)
"""Those that say what stands in the way of taking the deploy back."""

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
    RouteUntested(),
    NoMonitoringWindow(),
    *_READINESS,
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

READINESS = frozenset({*(rule.id for rule in _READINESS), ExportInUse.id})
"""The rules whose findings say that a deploy cannot be taken back, or not by itself.

An export that is in use is among them: once another stack imports the new one, the old
template cannot be deployed again.
"""

EVERY: tuple[Rule[Any], ...] = (*BUILTIN, *FLEET)
"""All that can be explained, configured and accepted."""
