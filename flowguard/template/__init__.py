"""Templates: text → values that know where they were written, in each dialect.

`find` names the template of a folder, `open_template` reads it once, and
`Source.resolve` turns it into a `Template`, as often as answers come in: what
the account must be asked (`${ssm:…}`, `Fn::ImportValue`) is asked as any rule
asks, and stays `Unresolved` until the next round.
"""

from __future__ import annotations

import os
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from flowguard.errors import TemplateError
from flowguard.model import (
    AccountState,
    Export,
    Ignore,
    Located,
    Location,
    Lookup,
    NotLookedInto,
    Place,
    Reference,
    Unresolved,
)

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


@dataclass(frozen=True, slots=True)
class Resource(Located):
    """A resource of a template, resolved as far as it can be."""

    logical_id: str
    resource_type: str
    properties: Mapping[str, Any]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    """DeletionPolicy, UpdateReplacePolicy, DependsOn, Metadata, …"""
    condition: bool | Unresolved = True
    """Whether it will be there."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why CloudFormation refuses the value that a deploy has for a parameter."""

    parameter: str
    reason: str
    """Completes "the value …"; it does not hold the value."""
    location: Location
    value: str = ""
    """The value, where it is no secret."""
    advice: str = ""
    """What the template says of the values that it takes."""


@dataclass(frozen=True, slots=True)
class Template:
    """A template with the inputs of one deploy worked into it."""

    dialect: str
    """cloudformation, sam, serverless or cdk."""
    resources: Mapping[str, Resource]
    """By logical id; those whose condition is false are left out."""
    stack_name: str | None
    """As the template says (Serverless), or as given."""
    name_location: Location
    """Where the stack's name comes from, or the first line."""
    region: str | None = None
    """As the template says, for the dialects that say it."""
    service: str | None = None
    """The service's name, for the dialects that have one."""
    stage: str | None = None
    exports: tuple[Export, ...] = ()
    imports: tuple[tuple[str | Unresolved, Location], ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Every parameter with the value the deploy would use."""
    parameters_missing: tuple[tuple[str, Location], ...] = ()
    """The parameters that have neither a value nor a default."""
    parameters_refused: tuple[Refusal, ...] = ()
    parameters_hidden: tuple[str, ...] = ()
    """The NoEcho parameters to which this deploy gives a value."""
    parameters_undeclared: tuple[str, ...] = ()
    """Those that are given, and that the template does not declare."""
    parameters_stored: tuple[tuple[str, Lookup[Any], Location], ...] = ()
    """Those whose value is read from the Parameter Store, with the question."""
    references: tuple[Reference, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    """The text of each file that was read, by its path."""
    made_by_tool: frozenset[str] = frozenset()
    """Logical ids that the user never wrote and cannot edit, such as the
    deployment bucket of the Serverless Framework."""
    not_looked_into: tuple[NotLookedInto, ...] = ()
    """What the deploy brings and nobody can see here, such as a nested stack."""
    misspelt: tuple[tuple[str, str, Location], ...] = ()
    """Keys that the tool ignores, each with the known key that it resembles."""
    monitored: bool = False
    """Whether the project itself sets a monitoring time for its deploys."""
    open_ended: bool = False
    """Whether the deploy may add what is not seen here (a plugin, a program whose
    result is not known), so that what is missing is not for certain removed."""


class Source(Protocol):
    """A template that was read and waits to be resolved."""

    def resolve(self, inputs: Inputs, account: AccountState) -> Template:
        """Work `inputs` and the account's answers into the template.

        Raises `TemplateError`, with a location, for what no deploy could use.
        """


NAMES = (
    "serverless.yml",
    "serverless.yaml",
    "serverless.json",
    "template.yaml",
    "template.yml",
    "template.json",
    "serverless.template",
)
"""What a template is called in a project's folder, the likeliest first."""


def find(folder: pathlib.Path, stack_name: str | None = None) -> pathlib.Path:
    """The template of `folder`, where it can be only one.

    Without one of the usual names it is that of the only stack in `cdk.out/`, or of
    the one called `stack_name`. Raises `TemplateError` where there is none, or more
    than one.
    """
    for name in NAMES:
        if (folder / name).is_file():
            return folder / name
    from flowguard.template import cdk

    if (assembled := cdk.find(folder, stack_name)) is not None:
        return assembled
    raise TemplateError(
        f"no template in {folder}",
        help="name it: --template PATH (a CloudFormation template, serverless.yml, "
        "or a stack's template in cdk.out/)",
    )


def open_template(path: pathlib.Path, root: pathlib.Path) -> Source:
    """Read the template at `path`; findings name files relative to `root`.

    In a folder it is what `find` finds; a pipe or `/dev/stdin` is read to its end,
    and called `stdin`. Raises `TemplateError` where it cannot be read or is none.
    """
    if os.path.isdir(path):  # noqa: PTH112 — false, not an error, for odd paths
        path = find(path)
    # AWS's own .NET templates call a SAM template `serverless.template`.
    if path.name.startswith("serverless.") and path.suffix != ".template":
        from flowguard.template import serverless

        return serverless.read(path, root)
    if path.name.startswith("cloudformation-template-"):
        from flowguard.template import serverless

        if (source := serverless.read_compiled(path, root)) is not None:
            return source
    from flowguard.template import cloudformation

    return cloudformation.read(path, root)
