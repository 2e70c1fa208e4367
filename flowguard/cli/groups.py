"""Options that several commands have, in groups."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping

from flowguard.cli.option import Settings, choice, many, option, pairs, path, switch
from flowguard.cli.values import hours, minutes, report_file
from flowguard.report import FORMATS

HEADINGS = (
    *("", "what is deployed", "how it is deployed", "the smoke tests"),
    *("what it goes back to", "what is done", "the account", "the verdict"),
    *("where the templates go, which may hold secrets", "input and output"),
)
"""The groups in the order in which `--help` has them."""


class Stage(Settings, group="what is deployed"):
    """The stage."""

    stage: str | None = option(
        "STAGE", "the stage, as the deploy tool gets it", input="stage"
    )


class Deployed(Stage, group="what is deployed"):
    """The template and what the deploy gives it."""

    template: pathlib.Path | None = path(
        "PATH",
        "template.yaml, serverless.yml or a template in cdk.out/",
        unless="the one that the folder has",
        input="template",
        input_help="path of the template, serverless.yml or a template in cdk.out/",
    )
    stack_name: str | None = option(
        "NAME",
        "the stack it is deployed to",
        input="stack-name",
        input_help="name of the stack; a Serverless project says it itself",
    )
    parameter: Mapping[str, str] = pairs(
        "a template parameter's value", input="parameter-overrides"
    )


class Role(Settings, group="what is deployed"):
    """The role of the deploy, for commands that hand it on or look into it."""

    role_arn: str | None = option(
        "ARN", "the role that CloudFormation deploys with", input="role-arn"
    )


class Granted(Role, group="what is deployed"):
    """What the deploy grants, for commands that hand it on or look into it."""

    capability: tuple[str, ...] = many(
        "C",
        "a capability that the deploy grants, such as CAPABILITY_NAMED_IAM",
        choices=("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"),
        input="capabilities",
    )


class Account(Settings, group="the account"):
    """How to sign in to AWS, and where."""

    region: str | None = option(
        "REGION",
        "the region of the deploy",
        input="aws-region",
        input_help="the region of the deploy; without it the job's AWS_REGION, or the "
        "template's own",
    )
    profile: str | None = option("NAME", "a profile of the AWS configuration")
    assume_role: str | None = option(
        "ARN",
        "a role to ask with",
        input="role-to-assume",
        input_help="ARN of a role to ask AWS with, taken with the credentials of the "
        "job",
    )


class Verdict(Settings, group="the verdict"):
    """What blocks."""

    fail_on: str = choice(
        ("error", "warning", "info", "never"),
        "the least severity that blocks",
        input="fail-on",
    )
    strict: bool = switch(
        "what could not be told blocks, too (exit 3)",
        input="strict",
    )


class Configured(Settings, group="input and output"):
    """The configuration."""

    config: pathlib.Path | None = path(
        "PATH",
        "the configuration",
        unless="flowguard.yml, if there is one",
        input="config",
    )


class Reporting(Configured, group="input and output"):
    """The configuration, and the reports."""

    output: tuple[tuple[str, pathlib.Path], ...] = many(
        "FORMAT=PATH",
        f"write a report to a file; formats: {', '.join(FORMATS)}",
        read=report_file,
    )
    format: str = choice(tuple(FORMATS), "the report on standard output")
    verbose: bool = switch("every finding and open question in full, and tracebacks")
    quiet: bool = switch("findings alone")
    no_color: bool = switch("no colours (also: NO_COLOR)")


class Suite(Settings, group="the smoke tests"):
    """Which smoke tests."""

    spec: pathlib.Path | None = path(
        "PATH",
        "the spec",
        unless="smoke.yml, or `smoke` in flowguard.yml",
        input="spec",
        input_help="path of the smoke tests",
    )
    base: str | None = option(
        "URL",
        "the service, in place of `base`",
        is_secret=True,
        input="base-url",
        input_help="address of the service, in place of the one in the smoke tests",
    )
    check: tuple[str, ...] = many(
        "NAME",
        "run this check alone",
        input="checks",
        input_help="smoke tests to run alone",
    )
    tag: tuple[str, ...] = many(
        "TAG",
        "run the checks with this tag alone",
        input="tags",
        input_help="tags of the smoke tests to run alone",
    )
    variable: Mapping[str, str] = pairs(
        "a value for `${vars.K}`",
        input="variables",
        input_help="values of variables of the smoke tests",
    )


class Tests(Suite, group="the smoke tests"):
    """How the smoke tests are run, and what they are held against."""

    no_commands: bool = switch(
        "run no `command` of the spec: such a check is told as not run"
    )
    against: pathlib.Path | None = path(
        "FILE",
        "after the deploy: judge by what was kept before it",
        apart="baseline",
        input="against",
        input_help="after the deploy: path of the baseline, so that what failed before "
        "it is told from what the deploy broke",
    )
    baseline_age: float = option(
        "HOURS",
        "how old a baseline may be; an older one is told, and not used",
        read=hours,
        default=24.0,
        unless="24",
    )


class Before(Settings, group="the smoke tests"):
    """Whether the smoke tests are run before the deploy, too."""

    no_baseline: bool = switch(
        "do not run the smoke tests before the deploy: what fails may have failed "
        "then, too",
        input="no-baseline",
    )


SNAPSHOT = (
    'path of the snapshot: "snapshot" writes it before the deploy, the others go back '
    "to it"
)
RECORD = (
    'path of the record: "record" writes it right after the deploy, the others take it '
    "as the proof of whose deploy it is, also in another job"
)


class RollbackPoint(Settings, group="what it goes back to"):
    """The snapshot, where it is not the stack as it is found."""

    snapshot: pathlib.Path | None = path(
        "FILE",
        "the snapshot from before the deploy",
        input="snapshot",
        input_help=SNAPSHOT,
    )
    snapshot_digest: str | None = option(
        "DIGEST",
        "what `flowguard snapshot` printed: another file is refused",
        input="snapshot-digest",
        input_help='the output of this name of "snapshot"; another snapshot is refused',
    )


class Meant(Settings, group="what it goes back to"):
    """Which deploy is yours."""

    deployed_change_set: str | None = option(
        "ARN",
        "the change set that you deployed: another deploy is left alone",
        apart="proof",
        input="deployed-change-set",
    )
    record: pathlib.Path | None = path(
        "FILE",
        "what `flowguard record` wrote right after your deploy: another deploy is left "
        "alone",
        apart="proof",
        input="record",
        input_help=RECORD,
    )


class Waiting(Settings, group="what is done"):
    """How long a run takes."""

    timeout: float = option(
        "MINUTES",
        "how long to wait; the stack goes on by itself",
        read=minutes,
        default=60.0,
        unless="60",
        input="timeout-minutes",
    )


class Approved(Waiting, group="what is done"):
    """What somebody has read and approved of."""

    approve: str | None = option(
        "HASH",
        "carry out what was printed with this hash, though it destroys something or "
        "nobody judged it",
        input="approve",
    )


class DryRun(Settings, group="what is done"):
    """Whether anything is changed."""

    dry_run: bool = switch(
        "print what would be done, and change nothing", input="dry-run"
    )


class Stack(Settings):
    """The stack, where nothing else can say which it is."""

    stack_name: str = option(
        "NAME",
        "the stack, by name or id",
        is_required=True,
        input="stack-name",
        input_help=Deployed.options["stack_name"].input_help,
    )


class Kept(Settings, group="where the templates go, which may hold secrets"):
    """Where a snapshot keeps what it is made of."""

    keep: str | None = option(
        "s3://BUCKET/PREFIX",
        "into a bucket that is private and keeps versions; what becomes of the deploy "
        "is written there, too, for the next run",
        apart="keep",
        is_required=True,
        input="keep",
        input_help="s3://BUCKET/PREFIX to keep the templates in, a private bucket with "
        "versions; they may hold secrets",
    )
    kms_key: str | None = option(
        "ARN",
        "into FILE.sealed, encrypted with a key of KMS",
        apart="keep",
        is_required=True,
    )
    no_templates: bool = switch(
        "nowhere: what was there can be compared, not restored",
        apart="keep",
        is_required=True,
        input="no-templates",
        input_help="whether to keep no template; a deploy that succeeded cannot be "
        "taken back then",
    )


class Chosen(Suite, Stage, Configured):
    """The smoke tests of a stage."""


class Tested(Tests, Chosen, Deployed, Account, Reporting):
    """What every command is told that runs smoke tests."""


class Guarding(Tested, RollbackPoint):
    """What every command is told that tests a deploy and may take it back."""
