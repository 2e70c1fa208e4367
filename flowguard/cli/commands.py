"""The commands, their own options, and the help that teaches."""

from __future__ import annotations

import argparse

from flowguard.cli import options, release
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
    release.smoke_tests(parser)


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
        release.snapshot,
    ),
    "record": (
        "write down which deploy was yours, right after it",
        (
            "Write which operation of the stack was the last one to a small file, for\n"
            "`flowguard verify --record` in another job: it proves whose deploy it is.\n"
            "Run it right after the deploy, in the same job. Changes nothing.\n\n"
            "  flowguard record --stack-name app --output deploy.json\n"
        ),
        release.record,
    ),
    "smoke": (
        "test the service after the deploy; draft and import specs",
        "Send the requests of the spec, and say by a test with a stated error rate\n"
        "whether the service works, and whether it did before.\n\n"
        "  flowguard smoke init > smoke.yml              draft a spec\n"
        "  flowguard smoke import api.postman.json       make one of a collection\n"
        "  flowguard smoke --baseline before.json        before the deploy\n"
        "  flowguard smoke --against before.json         after it\n\n" + EXIT_CODES,
        release.smoke,
    ),
    "verify": (
        "test the deploy, and take it back where it must be",
        "Run the smoke tests, decide, roll back where that is safe and called for, and\n"
        "run them again on what is live then. At most one rollback.\n\n"
        "  flowguard verify --stack-name app --against base.json --snapshot before.json\n"
        "  flowguard verify --stage staging --no-rollback\n\n" + EXIT_CODES,
        release.verify,
    ),
    "deploy": (
        "deploy a template with a window in which a bad release is cancelled",
        "Make a change set, show it, carry it out, and run the smoke tests while\n"
        "CloudFormation holds the update: a bad one is cancelled without loss. The\n"
        "template is packaged already (sam package, aws cloudformation package).\n\n"
        "  flowguard deploy --template packaged.yaml --stack-name app \\\n"
        "      --capability CAPABILITY_IAM --window 5m\n\n" + EXIT_CODES,
        release.deploy,
    ),
    "guard": (
        "run your own deploy command, the stack guarded beside it",
        "Run a command that deploys the stack, test inside the monitoring window that\n"
        "the stack has, and cancel a bad update; without a window, test afterwards.\n\n"
        "  flowguard guard --stack-name api-prod -- npx serverless deploy --stage prod\n\n"
        + EXIT_CODES,
        release.guard,
    ),
    "rollback": (
        "take the last deploy of a stack back, and prove it",
        "Do what the state of the stack calls for: wait, cancel, roll back, go on with\n"
        "a rollback that is stuck, or restore the snapshot. What destroys something\n"
        "is printed, and done with --approve. Killed at any point, run it again.\n\n"
        "  flowguard rollback --stack-name app --snapshot before.json\n"
        "  flowguard rollback --stack-name app --snapshot before.json --dry-run\n\n"
        + EXIT_CODES,
        release.rollback,
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
