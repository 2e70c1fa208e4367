"""The commands: what each is told, and the help that teaches it."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping

from flowguard.cli.groups import (
    RECORD,
    SNAPSHOT,
    Account,
    Approved,
    Before,
    Chosen,
    Configured,
    Deployed,
    DryRun,
    Granted,
    Guarding,
    Kept,
    Meant,
    Reporting,
    Role,
    RollbackPoint,
    Stack,
    Stage,
    Tested,
    Verdict,
    Waiting,
)
from flowguard.cli.option import (
    Settings,
    a_path,
    choice,
    many,
    option,
    pairs,
    path,
    switch,
)
from flowguard.cli.values import window


class Preflight(
    Deployed,
    Granted,
    Account,
    Verdict,
    Reporting,
    summary="predict how the deploy would fail; changes nothing",
    group="the verdict",
):
    """Read the template, ask the account, and say whether to deploy.

    flowguard preflight --stage staging                     a Serverless project
    flowguard preflight --template t.yaml --stack-name app  a template
    flowguard preflight --offline                           without AWS
    """

    offline: bool = switch(
        "ask nothing: judge what the template says by itself", group="the account"
    )
    accept: tuple[str, ...] = many(
        "RULE",
        "let the findings of a rule pass this time; the report says so",
        input="accept",
    )


class Snapshot(
    Stack, Kept, Account, summary="write down what a stack is, to take a deploy back"
):
    """Write all that is needed to undo the next deploy of a stack to a file, and
    print its digest. Changes nothing but for where the templates are kept.

      flowguard snapshot --stack-name app --output before.json --keep s3://b/p
    """

    output: pathlib.Path = path(
        "FILE",
        "the file of the snapshot",
        is_required=True,
        is_written=True,
        input="snapshot",
        input_help=SNAPSHOT,
    )
    preflight: pathlib.Path | None = path(
        "REPORT",
        "the JSON report of the deploy's preflight: whether it can be taken back is "
        "written down, too",
        input="preflight-report",
    )


class Record(
    Stack, Account, summary="write down which deploy was yours, right after it"
):
    """Write which operation of the stack was the last one to a small file, for
    `flowguard verify --record` in another job: it proves whose deploy it is.
    Run it right after the deploy, in the same job. Changes nothing.

      flowguard record --stack-name app --output deploy.json
    """

    output: pathlib.Path = path(
        "FILE",
        "the file of the record",
        is_required=True,
        is_written=True,
        input="record",
        input_help=RECORD,
    )


class Smoke(
    Tested,
    summary="test the service after the deploy; draft and import specs",
    group="the smoke tests",
):
    """Send the requests of the spec, and say by a test with a stated error rate
    whether the service works, and whether it did before.

      flowguard smoke init > smoke.yml              draft a spec
      flowguard smoke import api.postman.json       make one of a collection
      flowguard smoke --baseline before.json        before the deploy
      flowguard smoke --against before.json         after it
    """

    action: str = choice(
        ("run", "init", "import"),
        "run the spec, draft one from the template, or make one of a hurl file, an "
        "OpenAPI document or a Postman collection",
        is_argument=True,
    )
    file: pathlib.Path | None = path("FILE", "what is imported", is_argument=True)
    baseline: pathlib.Path | None = path(
        "FILE",
        "before the deploy: keep what the checks do now, and judge nothing",
        apart="baseline",
        is_written=True,
        input="baseline",
    )


class Verify(
    Meant,
    Approved,
    DryRun,
    Role,
    Guarding,
    summary="test the deploy, and take it back where it must be",
    group="what is done",
):
    """Run the smoke tests, decide, roll back where that is safe and called for, and
    run them again on what is live then. At most one rollback.

      flowguard verify --stack-name app --against base.json --snapshot before.json
      flowguard verify --stage staging --no-rollback
    """

    no_rollback: bool = switch("test, and take nothing back", input="no-rollback")


class Deploy(
    Granted,
    Approved,
    Before,
    Guarding,
    summary="deploy a template with a window in which a bad release is cancelled",
    group="how it is deployed",
):
    """Make a change set, show it, carry it out, and run the smoke tests while
    CloudFormation holds the update: a bad one is cancelled without loss. The
    template is packaged already (sam package, aws cloudformation package).

      flowguard deploy --template packaged.yaml --stack-name app \\
          --capability CAPABILITY_IAM --window 5m
    """

    window: int = option(
        "MINUTES",
        "how long CloudFormation holds the update, for the smoke tests: longer than "
        "they take",
        read=window,
        default=5,
        unless="5m",
        input="window",
        input_help="minutes that CloudFormation holds the update for the smoke tests, "
        "in which it is taken back without a loss",
    )
    trigger: tuple[str, ...] = many(
        "ALARM_ARN",
        "an alarm that takes the update back by itself",
        input="alarms",
    )
    stack_tag: Mapping[str, str] = pairs(
        "a tag of the stack; without any it keeps those it has", input="stack-tags"
    )
    s3: str | None = option(
        "s3://BUCKET/PREFIX",
        "where a template of more than 51,200 bytes goes",
        input="template-storage",
        input_help="s3://BUCKET/PREFIX for a template of more than 51,200 bytes",
    )


class Guard(
    Waiting,
    Granted,
    Before,
    Guarding,
    summary="run your own deploy command, the stack guarded beside it",
):
    """Run a command that deploys the stack, test inside the monitoring window that
    the stack has, and cancel a bad update; without a window, test afterwards.

      flowguard guard --stack-name api-prod -- npx serverless deploy --stage prod
    """

    argv: tuple[str, ...] = many(
        "COMMAND", "after --: what deploys the stack", is_argument=True
    )


class Rollback(
    Stack,
    RollbackPoint,
    Meant,
    Approved,
    DryRun,
    Account,
    Reporting,
    summary="take the last deploy of a stack back, and prove it",
    group="what is done",
):
    """Do what the state of the stack calls for: wait, cancel, roll back, go on with
    a rollback that is stuck, or restore the snapshot. What destroys something
    is printed, and done with --approve. Killed at any point, run it again.

      flowguard rollback --stack-name app --snapshot before.json
      flowguard rollback --stack-name app --snapshot before.json --dry-run
    """

    role_arn: str | None = option(
        "ARN",
        "a role for CloudFormation, where its own no longer works",
        input="role-arn",
        input_help=Role.options["role_arn"].help,
    )


class Targets(
    Stage, Configured, summary="list the stacks of the repository, as GitHub's matrix"
):
    """Print a job for each target of flowguard.yml, stage and region, as JSON
    for the matrix of a workflow. Without `targets` it is the folder's one
    template, in each stage.

      flowguard targets --stage staging
      flowguard targets --format table
    """

    format: str = choice(("json", "table"), "the matrix for GitHub, or a table")


class Merge(
    Verdict,
    Reporting,
    summary="take the reports of many targets together, and compare them",
):
    """Read the targets' JSON reports, find what only all of them together show,
    such as a name that two would take, and give one verdict.

      flowguard merge reports --expect matrix.json
    """

    reports: tuple[pathlib.Path, ...] = many(
        "REPORT",
        "a target's JSON report, in a file of the target's name, or a folder of them",
        read=a_path,
        is_argument=True,
        is_path=True,
        input="reports",
    )
    expect: str | None = option(
        "TARGETS",
        "what `flowguard targets` prints, or a file of it: a target that has no report "
        "is told",
        input="expect",
        input_help='the output matrix of "targets", so that a target without a report '
        "is told",
    )


class Permissions(Chosen, summary="print the IAM policy that FlowGuard needs"):
    """Print, as JSON, the IAM policy that `flowguard preflight` needs: the
    union of what its rules may ask. All of it is read-only.
    With --smoke, what the smoke tests of this project need.
    """

    smoke: bool = switch("what `flowguard smoke` needs for the checks of the spec")


class Explain(Settings, summary="explain a rule, and how to fix what it finds"):
    """Print the page of a rule: what is wrong, why it fails a deploy, how to fix it."""

    rule: str = option(
        "RULE", "its id; see `flowguard rules`", is_argument=True, is_required=True
    )


class Rules(Settings, summary="list the rules"):
    """List the rules, a line each."""


class Schema(
    Settings, summary="print the JSON Schema of flowguard.yml, smoke.yml or the report"
):
    """Print the JSON Schema of flowguard.yml or smoke.yml, for editors, or of the
    JSON report.
    """

    what: str = choice(
        ("config", "report", "smoke", "snapshot"), "of what", is_argument=True
    )


class Completion(Settings, summary="print what completes your shell's command lines"):
    """Print a script for bash, zsh or fish, made of the options that there are.

    source <(flowguard completion bash)
    flowguard completion fish > ~/.config/fish/completions/flowguard.fish
    """

    shell: str = option(
        "{bash,zsh,fish}",
        "the shell",
        choices=("bash", "zsh", "fish"),
        is_argument=True,
        is_required=True,
    )


class Demo(
    Settings, summary="try it on an embedded AWS account with a broken environment"
):
    """Start an AWS account on this machine, break it as a real company's was,
    and run the real preflight against it. Needs the extra:
    pip install 'flowguard[demo]'
    """

    serve: bool = switch(
        "keep the account running, for tools of your own, until Ctrl-C"
    )


COMMANDS: Mapping[str, type[Settings]] = {
    kind.command(): kind
    for kind in (
        *(Preflight, Snapshot, Record, Smoke, Verify, Deploy, Guard, Rollback),
        *(Targets, Merge, Permissions, Explain, Rules, Schema, Completion, Demo),
    )
}
"""Each command, by its name; its module in `cli` has `run(settings) -> int`."""
