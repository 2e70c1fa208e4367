"""The commands, their own options, and the help that teaches."""

from __future__ import annotations

import argparse

from flowguard.cli import options
from flowguard.cli.options import EXIT_CODES, SEVERITIES


def _preflight(parser: argparse.ArgumentParser) -> None:
    options.deployed(parser)
    options.account(parser)
    verdict = parser.add_argument_group("the verdict")
    verdict.add_argument(
        "--fail-on",
        choices=SEVERITIES,
        default="error",
        help="the least severity that blocks (default: error)",
    )
    verdict.add_argument(
        "--strict",
        action="store_true",
        help="what could not be told blocks, too (exit 3)",
    )
    verdict.add_argument(
        "--accept",
        action="append",
        default=[],
        metavar="RULE",
        help="let the findings of a rule pass this time; the report says so (repeatable)",
    )
    options.output(parser)


def _snapshot(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--stack-name", metavar="NAME", required=True, help="the stack, by name or id"
    )
    parser.add_argument(
        "--output", metavar="FILE", required=True, help="the file of the snapshot"
    )
    parser.add_argument(
        "--preflight",
        metavar="REPORT",
        help="the JSON report of the deploy's preflight: whether it can be taken back "
        "is written down, too",
    )
    where = parser.add_argument_group(
        "where the templates go, which may hold secrets"
    ).add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--keep",
        metavar="s3://BUCKET/PREFIX",
        help="into a bucket that is private and keeps versions",
    )
    where.add_argument(
        "--kms-key",
        metavar="ARN",
        help="into FILE.sealed, encrypted with a key of KMS",
    )
    where.add_argument(
        "--no-templates",
        action="store_true",
        help="nowhere: what was there can be compared, not restored",
    )
    options.account(parser, offline=False)


def _smoke(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        nargs="?",
        choices=("run", "init", "import"),
        default="run",
        help="run the spec (default), draft one from the template, or make one of a "
        "hurl file, an OpenAPI document or a Postman collection",
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="what is imported")
    smoke_tests(parser)
    options.deployed(parser)
    options.account(parser, offline=False)
    options.output(parser)


def smoke_tests(parser: argparse.ArgumentParser, *, baseline: bool = True) -> None:
    """What is tested, and what it is held against."""
    group = parser.add_argument_group("the smoke tests")
    group.add_argument(
        "--spec",
        metavar="PATH",
        help="the spec (default: smoke.yml, or `smoke` in flowguard.yml)",
    )
    group.add_argument("--base", metavar="URL", help="the service, in place of `base`")
    group.add_argument(
        "--check",
        action="append",
        default=[],
        metavar="NAME",
        help="run this check alone (repeatable)",
    )
    group.add_argument(
        "--tag",
        action="append",
        default=[],
        metavar="TAG",
        help="run the checks with this tag alone (repeatable)",
    )
    group.add_argument(
        "--variable",
        action="append",
        default=[],
        metavar="K=V",
        help="a value for `${vars.K}` (repeatable)",
    )
    when = group.add_mutually_exclusive_group()
    if baseline:
        when.add_argument(
            "--baseline",
            metavar="FILE",
            help="before the deploy: keep what the checks do now, and judge nothing",
        )
    when.add_argument(
        "--against",
        metavar="FILE",
        help="after the deploy: judge by what was kept before it",
    )
    parser.set_defaults(baseline=None)


def _verify(parser: argparse.ArgumentParser) -> None:
    smoke_tests(parser, baseline=False)
    _meant(_rollback_point(parser))
    what = parser.add_argument_group("what is done")
    what.add_argument(
        "--no-rollback", action="store_true", help="test, and take nothing back"
    )
    what.add_argument(
        "--dry-run",
        action="store_true",
        help="test, print what would be done, and change nothing",
    )
    _approved(what)
    options.deployed(parser)
    options.account(parser, offline=False)
    options.output(parser)


def _deploy(parser: argparse.ArgumentParser) -> None:
    options.deployed(parser)
    how = parser.add_argument_group("how it is deployed")
    how.add_argument(
        "--window",
        metavar="MINUTES",
        default="5m",
        help="how long CloudFormation holds the update, for the smoke tests: longer "
        "than they take (default: 5m)",
    )
    how.add_argument(
        "--trigger",
        action="append",
        default=[],
        metavar="ALARM_ARN",
        help="an alarm that takes the update back by itself (repeatable)",
    )
    how.add_argument(
        "--stack-tag",
        action="append",
        default=[],
        metavar="K=V",
        help="a tag of the stack (repeatable; without any it keeps those it has)",
    )
    how.add_argument(
        "--s3",
        metavar="s3://BUCKET/PREFIX",
        help="where a template of more than 51,200 bytes goes",
    )
    _approved(how)
    smoke_tests(parser, baseline=False)
    _no_baseline(parser)
    _rollback_point(parser)
    options.account(parser, offline=False)
    options.output(parser)


def _guard(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "argv", nargs="*", metavar="COMMAND", help="after --: what deploys the stack"
    )
    how = parser.add_argument_group("how long")
    how.add_argument(
        "--timeout",
        metavar="MINUTES",
        type=float,
        default=60.0,
        help="how long to wait; the stack goes on by itself (default: 60)",
    )
    smoke_tests(parser, baseline=False)
    _no_baseline(parser)
    _rollback_point(parser)
    options.deployed(parser)
    options.account(parser, offline=False)
    options.output(parser)


def _no_baseline(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--no-baseline",
        action="store_true",
        help="do not run the smoke tests before the deploy: what fails may have failed "
        "then, too",
    )


def _rollback_point(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """The snapshot, where it is not the stack as it is found."""
    point = parser.add_argument_group("what it goes back to")
    point.add_argument(
        "--snapshot", metavar="FILE", help="the snapshot from before the deploy"
    )
    point.add_argument(
        "--snapshot-digest",
        metavar="DIGEST",
        help="what `flowguard snapshot` printed: another file is refused",
    )
    return point


def _meant(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--change-set",
        metavar="ARN",
        help="the deploy that is meant: where another came since, nothing is done",
    )


def _approved(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--approve",
        metavar="HASH",
        help="carry out what was printed with this hash, though it destroys something "
        "or nobody judged it",
    )
    group.add_argument(
        "--timeout",
        metavar="MINUTES",
        type=float,
        default=60.0,
        help="how long to wait; the stack goes on by itself (default: 60)",
    )


def _rollback(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--stack-name", metavar="NAME", required=True, help="the stack, by name or id"
    )
    _meant(_rollback_point(parser))
    what = parser.add_argument_group("what is done")
    what.add_argument(
        "--dry-run", action="store_true", help="print the plan, and change nothing"
    )
    what.add_argument(
        "--role-arn",
        metavar="ARN",
        help="a role for CloudFormation, where its own no longer works",
    )
    _approved(what)
    options.account(parser, offline=False)
    options.output(parser)


def _explain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rule", metavar="RULE", help="its id; see `flowguard rules`")


def _schema(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        nargs="?",
        choices=("config", "report", "smoke", "snapshot"),
        default="config",
    )


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--serve",
        action="store_true",
        help="keep the account running, for tools of your own, until Ctrl-C",
    )


def _targets(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--stage", metavar="STAGE", help="the targets of one stage (default: all)"
    )
    parser.add_argument(
        "--config",
        metavar="PATH",
        help="the configuration (default: flowguard.yml, if there is one)",
    )
    parser.add_argument(
        "--format",
        choices=("json", "table"),
        default="json",
        help="the matrix for GitHub, or a table (default: json)",
    )


def _merge(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "reports",
        nargs="*",
        metavar="REPORT",
        help="a target's JSON report, in a file of the target's name, or a folder of "
        "them",
    )
    parser.add_argument(
        "--expect",
        metavar="TARGETS",
        help="what `flowguard targets` prints, or a file of it: a target that has no "
        "report is told",
    )
    verdict = parser.add_argument_group("the verdict")
    verdict.add_argument(
        "--fail-on",
        choices=SEVERITIES,
        default="error",
        help="the least severity that blocks, of what is found between the targets "
        "(default: error)",
    )
    verdict.add_argument(
        "--strict",
        action="store_true",
        help="what could not be told blocks, too (exit 3)",
    )
    options.output(parser)


def _permissions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--smoke",
        action="store_true",
        help="what `flowguard smoke` needs for the checks of the spec",
    )
    parser.add_argument("--stage", metavar="STAGE", help="the stage of the checks")
    parser.add_argument(
        "--config",
        metavar="PATH",
        help="the configuration (default: flowguard.yml, if there is one)",
    )
    smoke_tests(parser)


def _no_options(_parser: argparse.ArgumentParser) -> None:
    """The command takes none."""


COMMANDS = {
    "preflight": (
        "predict how the deploy would fail; changes nothing",
        "Read the template, ask the account, and say whether to deploy.\n\n"
        "  flowguard preflight --stage staging                     a Serverless project\n"
        "  flowguard preflight --template t.yaml --stack-name app  a template\n"
        "  flowguard preflight --offline                           without AWS\n\n"
        + EXIT_CODES,
        _preflight,
    ),
    "snapshot": (
        "write down what a stack is, to take a deploy back",
        (
            "Write all that is needed to undo the next deploy of a stack to a file, and\n"
            "print its digest. Changes nothing but for where the templates are kept.\n\n"
            "  flowguard snapshot --stack-name app --output before.json --keep s3://b/p\n"
        ),
        _snapshot,
    ),
    "smoke": (
        "test the service after the deploy; draft and import specs",
        "Send the requests of the spec, and say by a test with a stated error rate\n"
        "whether the service works, and whether it did before.\n\n"
        "  flowguard smoke init > smoke.yml              draft a spec\n"
        "  flowguard smoke import api.postman.json       make one of a collection\n"
        "  flowguard smoke --baseline before.json        before the deploy\n"
        "  flowguard smoke --against before.json         after it\n\n" + EXIT_CODES,
        _smoke,
    ),
    "verify": (
        "test the deploy, and take it back where it must be",
        "Run the smoke tests, decide, roll back where that is safe and called for, and\n"
        "run them again on what is live then. At most one rollback.\n\n"
        "  flowguard verify --stack-name app --against base.json --snapshot before.json\n"
        "  flowguard verify --stage staging --no-rollback\n\n" + EXIT_CODES,
        _verify,
    ),
    "deploy": (
        "deploy a template with a window in which a bad release is cancelled",
        "Make a change set, show it, carry it out, and run the smoke tests while\n"
        "CloudFormation holds the update: a bad one is cancelled without loss. The\n"
        "template is packaged already (sam package, aws cloudformation package).\n\n"
        "  flowguard deploy --template packaged.yaml --stack-name app \\\n"
        "      --capability CAPABILITY_IAM --window 5m\n\n" + EXIT_CODES,
        _deploy,
    ),
    "guard": (
        "run your own deploy command, the stack guarded beside it",
        "Run a command that deploys the stack, test inside the monitoring window that\n"
        "the stack has, and cancel a bad update; without a window, test afterwards.\n\n"
        "  flowguard guard --stack-name api-prod -- npx serverless deploy --stage prod\n\n"
        + EXIT_CODES,
        _guard,
    ),
    "rollback": (
        "take the last deploy of a stack back, and prove it",
        "Do what the state of the stack calls for: wait, cancel, roll back, go on with\n"
        "a rollback that is stuck, or restore the snapshot. What destroys something\n"
        "is printed, and done with --approve. Killed at any point, run it again.\n\n"
        "  flowguard rollback --stack-name app --snapshot before.json\n"
        "  flowguard rollback --stack-name app --snapshot before.json --dry-run\n\n"
        + EXIT_CODES,
        _rollback,
    ),
    "targets": (
        "list the stacks of the repository, as GitHub's matrix",
        (
            "Print a job for each target of flowguard.yml, stage and region, as JSON\n"
            "for the matrix of a workflow. Without `targets` it is the folder's one\n"
            "template, in each stage.\n\n"
            "  flowguard targets --stage staging\n"
            "  flowguard targets --format table\n"
        ),
        _targets,
    ),
    "merge": (
        "take the reports of many targets together, and compare them",
        "Read the targets' JSON reports, find what only all of them together show,\n"
        "such as a name that two would take, and give one verdict.\n\n"
        "  flowguard merge reports --expect matrix.json\n\n" + EXIT_CODES,
        _merge,
    ),
    "permissions": (
        "print the IAM policy that FlowGuard needs",
        (
            "Print, as JSON, the IAM policy that `flowguard preflight` needs: the\n"
            "union of what its rules may ask. All of it is read-only.\n"
            "With --smoke, what the smoke tests of this project need."
        ),
        _permissions,
    ),
    "explain": (
        "explain a rule, and how to fix what it finds",
        "Print the page of a rule: what is wrong, why it fails a deploy, how to fix it.",
        _explain,
    ),
    "rules": ("list the rules", "List the rules, a line each.", _no_options),
    "schema": (
        "print the JSON Schema of flowguard.yml, smoke.yml or the report",
        (
            "Print the JSON Schema of flowguard.yml or smoke.yml, for editors, or of "
            "the JSON report."
        ),
        _schema,
    ),
    "demo": (
        "try it on an embedded AWS account with a broken environment",
        (
            "Start an AWS account on this machine, break it as a real company's was,\n"
            "and run the real preflight against it. Needs the extra:\n"
            "pip install 'flowguard[demo]'"
        ),
        _demo,
    ),
}
"""Each command: its summary, its description, and what adds its options."""
