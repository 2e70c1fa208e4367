"""Which calls of AWS's each command may make: what its parts declare, and no other.

The reads are those of the sources of the lookups, of a snapshot, of a rollback's
account and of the smoke tests, each as the IAM action that it declares to need. What
writes is allowed to the commands alone that write.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from flowguard.aws.fence import Command

SIGN_IN = frozenset(
    {
        "signin:CreateOAuth2Token",
        "sso-oidc:CreateToken",
        "sso:GetRoleCredentials",
        "sts:AssumeRole",
        "sts:AssumeRoleWithSAML",
        "sts:AssumeRoleWithWebIdentity",
        "sts:GetCallerIdentity",
    }
)
"""What the SDK asks for credentials, and FlowGuard for the account."""
KEEPS = frozenset({"kms:GenerateDataKey", "s3:PutObject"})
"""What keeps a snapshot."""
PROVES_A_BUCKET = frozenset({"s3:GetBucketPublicAccessBlock", "s3:GetBucketVersioning"})
"""What is asked of a bucket before something is kept in it."""
SMOKES = frozenset(
    {
        "cognito-idp:AdminAddUserToGroup",
        "cognito-idp:AdminCreateUser",
        "cognito-idp:AdminDeleteUser",
        "cognito-idp:AdminInitiateAuth",
        "cognito-idp:AdminRespondToAuthChallenge",
        "cognito-idp:AdminSetUserPassword",
        "cognito-idp:InitiateAuth",
        "cognito-idp:RespondToAuthChallenge",
        "lambda:InvokeFunction",
    }
)
"""What a smoke spec may ask for that is no read."""
TELLS = frozenset({"sns:Publish"})
"""What tells people."""
NAMED_OTHERWISE: Mapping[str, tuple[str, ...]] = {
    "cloudcontrol:GetResource": ("cloudformation:GetResource",),
    "cloudcontrol:ListResources": ("cloudformation:ListResources",),
    "lambda:GetLayerVersionByArn": ("lambda:GetLayerVersion",),
    "lambda:Invoke": ("lambda:InvokeFunction",),
    "resourcegroupstaggingapi:GetResources": ("tag:GetResources",),
    "s3:CopyObject": ("s3:PutObject",),
    "s3:DeleteObject": ("s3:DeleteObjectVersion",),
    "s3:GetObject": ("s3:GetObject", "s3:GetObjectVersion"),
    "s3:GetPublicAccessBlock": ("s3:GetBucketPublicAccessBlock",),
    "s3:HeadBucket": ("s3:ListBucket",),
    "s3:HeadObject": ("s3:GetObject", "s3:GetObjectVersion"),
    "s3:ListBuckets": ("s3:ListAllMyBuckets",),
    "s3:ListObjectVersions": ("s3:ListBucketVersions",),
    "s3:ListObjectsV2": ("s3:ListBucket",),
}
"""Operations whose IAM action is not called as they are: any of those will do."""
_METHODS = {"Get": "GET", "Update": "PATCH"}
"""API Gateway's actions are the methods of its HTTP."""
_ACTING = frozenset({"deploy", "guard", "rollback", "verify"})
_TESTING = frozenset({"deploy", "guard", "smoke", "verify"})
_KEEPING = frozenset({"snapshot"})


def command(name: str, option: str = "") -> Command:
    """The command of that name, with the calls that it may make.

    With the option `--offline` it makes none, with another one it takes nothing back.
    """

    def allows(service: str, operation: str) -> bool:
        if name == "demo":  # the account is its own
            return True
        allowed = reads() | writes(name, acts=not option)
        return option != "--offline" and not allowed.isdisjoint(
            actions_of(service, operation)
        )

    return Command(f"{name} {option}".rstrip(), allows)


@cache
def reads() -> frozenset[str]:
    """Every IAM action that something which reads declares."""
    from flowguard.aws import operations, outcomes
    from flowguard.aws.observe import SOURCES
    from flowguard.aws.permissions import actions
    from flowguard.aws.smoke import permissions as smoke
    from flowguard.aws.smoke.asks import KINDS

    asked = (kind.permissions for name, kind in KINDS.items() if name != "function")
    return frozenset(
        {
            *SIGN_IN,
            *PROVES_A_BUCKET,
            *actions(SOURCES),
            *operations.READS,
            *outcomes.READS,
            *smoke.EXPLAINS,
            smoke.NAMES,
            "lambda:GetFunctionConfiguration",
            *(action for named in smoke.VALUES.values() for action in named),
            *(action for permissions in asked for action in permissions),
        }
    )


@cache
def writes(name: str, *, acts: bool) -> frozenset[str]:
    """What the command of that name may change, as IAM actions.

    `acts` says whether it may carry out what it decides.
    """
    from flowguard.aws.allowed import ALLOWED

    found = set[str]()
    if name in _ACTING:
        found |= TELLS
    if name in _ACTING and acts:
        found |= {permit.permission for permit in ALLOWED.values()}
    if name in _TESTING:
        found |= SMOKES
    if name in _KEEPING:
        found |= KEEPS
    return frozenset(found)


def actions_of(service: str, operation: str) -> tuple[str, ...]:
    """The IAM actions of which one allows the operation."""
    from flowguard.aws.named_call import IAM_PREFIX

    call = f"{service}:{operation}"
    if call in _declared_otherwise():
        return (_declared_otherwise()[call],)
    if service.startswith("apigateway"):
        methods = (m for begin, m in _METHODS.items() if operation.startswith(begin))
        return tuple(f"apigateway:{method}" for method in methods)
    prefix = IAM_PREFIX.get(service, service)
    return NAMED_OTHERWISE.get(call, (f"{prefix}:{operation}",))


@cache
def _declared_otherwise() -> Mapping[str, str]:
    """The calls by name that say themselves what IAM calls them."""
    from flowguard.aws.named_calls import CALLS

    every = (call for native in CALLS.values() for call in native.calls)
    return {f"{c.service}:{c.operation}": c.action for c in every if c.permission}
