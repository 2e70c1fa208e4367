"""What the user gives beside the template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flowguard.model.places import Place

SHOWN = (
    *("STAGE", "STAGE_NAME", "SLS_STAGE", "SERVERLESS_STAGE", "DEPLOY_STAGE"),
    *("ENV", "ENV_NAME", "ENVIRONMENT", "ENVIRONMENT_NAME", "APP_ENV", "DEPLOY_ENV"),
    *("NODE_ENV", "REGION", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCOUNT_ID"),
    *("ACCOUNT_ID", "SERVICE", "SERVICE_NAME", "APP_NAME", "PROJECT", "PROJECT_NAME"),
    *("STACK_NAME", "BRANCH", "BRANCH_NAME", "GIT_BRANCH", "GIT_COMMIT", "GIT_SHA"),
    *("COMMIT_SHA", "VERSION", "APP_VERSION", "RELEASE", "BUILD_NUMBER", "CI"),
    *("GITHUB_SHA", "GITHUB_REF", "GITHUB_REF_NAME", "GITHUB_HEAD_REF"),
    *("GITHUB_BASE_REF", "GITHUB_REPOSITORY", "GITHUB_RUN_ID", "GITHUB_RUN_NUMBER"),
    *("LOG_LEVEL", "DEBUG", "TZ"),
)
"""The variables of the environment whose values are shown without being listed."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the user gives beside the template."""

    place: Place
    stack_name: str | None = None
    """As given; None leaves it to the template (Serverless) or to nobody."""
    stage: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    previous: Mapping[str, str] = field(default_factory=dict)
    """The parameters as deployed: they stand before a template's defaults."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """The process's environment, for `${env:…}`."""
    shown: tuple[str, ...] = SHOWN
    """The variables of it whose values may be shown: names, and globs."""
    region: str | None = None
    """The region as given (`--region`), which stands before a template's own."""
    capabilities: tuple[str, ...] = ()
    """What the deploy grants; none where the user does not say."""
    role_arn: str | None = None
    """The role that CloudFormation deploys with."""
