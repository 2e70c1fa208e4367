"""The command line: its commands, their options, and the help that teaches."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable

from flowguard import __version__

FORMATS = ("plain", "json", "github", "markdown", "sarif", "junit", "html")
SEVERITIES = ("error", "warning", "info", "never")

EXIT_CODES = """\
exit codes:
  0  go: nothing at or above --fail-on
  1  blocked by a finding
  2  FlowGuard could not do its job (usage, configuration, template, credentials)
  3  could not tell (inconclusive, under --strict)
"""


def build_parser() -> argparse.ArgumentParser:
    """Make the parser; `arguments.command` is the module of the command."""
    parser = argparse.ArgumentParser(
        prog="flowguard",
        description="Know before you deploy: predict how a deploy of a CloudFormation\n"
        "stack would fail, from the template and the live account. Changes nothing.",
        epilog="start with: flowguard demo   (needs no AWS account)\n"
        "then:       flowguard preflight --stage staging\n\n" + EXIT_CODES,
        formatter_class=_formatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "-V", "--version", action="version", version=f"flowguard {__version__}"
    )
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(
        metavar="COMMAND", prog=parser.prog, parser_class=_Command
    )
    for name, (summary, description, add_options) in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=summary,
            description=description,
            formatter_class=_formatter,
            allow_abbrev=False,
        )
        command.set_defaults(command=name)
        command.add_options = add_options
    return parser


class _Command(argparse.ArgumentParser):
    """The parser of a command, which gets its options when it is called.

    Most runs call one command, and `--version` none.
    """

    add_options: Callable[[argparse.ArgumentParser], None]

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]
        """Add the options, then parse as any parser does."""
        self.add_options(self)
        return super().parse_known_args(args, namespace)


def _formatter(prog: str) -> argparse.HelpFormatter:
    """argparse's own, without its import of shutil at every start."""
    width = os.environ.get("COLUMNS", "")
    return argparse.RawDescriptionHelpFormatter(
        prog, max_help_position=28, width=int(width) if width.isdecimal() else 88
    )


def _preflight(parser: argparse.ArgumentParser) -> None:
    what = parser.add_argument_group("what is deployed")
    what.add_argument(
        "--template",
        metavar="PATH",
        help="template.yaml, serverless.yml or a template in cdk.out/ "
        "(default: the one that the folder has)",
    )
    what.add_argument(
        "--stack-name", metavar="NAME", help="the stack it is deployed to"
    )
    what.add_argument(
        "--stage", metavar="STAGE", help="the stage, as the deploy tool gets it"
    )
    what.add_argument(
        "--parameter",
        action="append",
        default=[],
        metavar="K=V",
        help="a template parameter's value (repeatable)",
    )
    what.add_argument(
        "--capability",
        action="append",
        default=[],
        metavar="C",
        help="a capability that the deploy grants, such as CAPABILITY_NAMED_IAM (repeatable)",
    )
    what.add_argument(
        "--role-arn", metavar="ARN", help="the role that CloudFormation deploys with"
    )
    _account(parser)
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
    _output(parser)


def _account(parser: argparse.ArgumentParser, *, offline: bool = True) -> None:
    group = parser.add_argument_group("the account")
    group.add_argument("--region", metavar="REGION", help="the region of the deploy")
    group.add_argument(
        "--profile", metavar="NAME", help="a profile of the AWS configuration"
    )
    group.add_argument("--assume-role", metavar="ARN", help="a role to ask with")
    if offline:
        group.add_argument(
            "--offline",
            action="store_true",
            help="ask nothing: judge what the template says by itself",
        )


def _output(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("input and output")
    group.add_argument(
        "--config",
        metavar="PATH",
        help="the configuration (default: flowguard.yml, if there is one)",
    )
    group.add_argument(
        "--output",
        action="append",
        default=[],
        metavar="FORMAT=PATH",
        help=f"write a report to a file (repeatable); formats: {', '.join(FORMATS)}",
    )
    group.add_argument(
        "--format",
        choices=FORMATS,
        default="plain",
        help="the report on standard output (default: plain)",
    )
    group.add_argument(
        "--verbose",
        action="store_true",
        help="every finding and open question in full, and tracebacks",
    )
    group.add_argument("--quiet", action="store_true", help="findings alone")
    group.add_argument(
        "--no-color", action="store_true", help="no colours (also: NO_COLOR)"
    )


def _snapshot(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--stack-name", metavar="NAME", required=True, help="the stack, by name or id"
    )
    parser.add_argument(
        "--output", metavar="FILE", required=True, help="the file of the snapshot"
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
    _account(parser, offline=False)


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
    _output(parser)


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
            "union of what its rules may ask. All of it is read-only."
        ),
        _no_options,
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
