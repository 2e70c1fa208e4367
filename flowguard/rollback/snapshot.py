"""What the snapshot of a stack is; `flowguard.aws.snapshot` takes one."""

from flowguard.model.snapshot import (
    WITHHELD,
    ApiStage,
    Artifact,
    DomainMapping,
    FunctionAlias,
    FunctionState,
    FunctionVersion,
    Kept,
    RollbackTrigger,
    Snapshot,
    StackOutput,
    StackParameter,
    StatefulResource,
)

__all__ = [
    "WITHHELD",
    "ApiStage",
    "Artifact",
    "DomainMapping",
    "FunctionAlias",
    "FunctionState",
    "FunctionVersion",
    "Kept",
    "RollbackTrigger",
    "Snapshot",
    "StackOutput",
    "StackParameter",
    "StatefulResource",
]
