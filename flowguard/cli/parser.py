"""The command line: its commands, their options, and the help that teaches."""

from __future__ import annotations

import argparse
import pathlib
from collections.abc import Callable
from importlib import import_module

from flowguard import __version__

FORMATS = ("plain", "json", "github", "markdown", "sarif", "junit")
SEVERITIES = ("error", "warning", "info", "never")

EXIT_CODES = """\
exit codes:
  0  go: nothing at or above --fail-on
  1  blocked by a finding
  2  FlowGuard could not do its job (usage, configuration, template, credentials)
  3  could not tell (inconclusive, under --strict)
"""


def build_parser() -> argparse.ArgumentParser:
    """Make the parser; each command's `run` is imported when it is called."""
    parser = argparse.ArgumentParser(
        prog="flowguard",
        description="Know before you deploy: predict how a deploy of a CloudFormation "
        "stack would fail, from the template and the live account. Changes nothing.",
        epilog="start with: flowguard demo   (needs no AWS account)\n"
        "then:       flowguard preflight --stage staging\n\n" + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--version", action="version", version=f"flowguard {__version__}"
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _preflight(commands)
    _permissions(commands)
    _explain(commands)
    _rules(commands)
    _schema(commands)
    _demo(commands)
    return parser


Commands = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _command(
    commands: Commands,  # type: ignore[valid-type]
    name: str,
    module: str,
    summary: str,
    description: str = "",
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(  # type: ignore[attr-defined]
        name,
        help=summary,
        description=description or f"{summary[0].upper()}{summary[1:]}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=_late(f"flowguard.cli.{module}", "run"))
    return parser


def _late(module: str, name: str) -> Callable[[argparse.Namespace], int]:
    def run(arguments: argparse.Namespace) -> int:
        code: int = getattr(import_module(module), name)(arguments)
        return code

    return run


def _preflight(commands: Commands) -> None:  # type: ignore[valid-type]
    parser = _command(
        commands,
        "preflight",
        "preflight",
        "predict how the deploy would fail; changes nothing",
        "Read the template, ask the account, and say whether to deploy.\n\n"
        "  flowguard preflight --stage staging                     a Serverless project\n"
        "  flowguard preflight --template t.yaml --stack-name app  a template\n"
        "  flowguard preflight --offline                           without AWS\n\n"
        + EXIT_CODES,
    )
    what = parser.add_argument_group("what is deployed")
    what.add_argument(
        "--template",
        type=pathlib.Path,
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


def _account(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the account")
    group.add_argument("--region", metavar="REGION", help="the region of the deploy")
    group.add_argument(
        "--profile", metavar="NAME", help="a profile of the AWS configuration"
    )
    group.add_argument("--assume-role", metavar="ARN", help="a role to ask with")
    group.add_argument(
        "--offline",
        action="store_true",
        help="ask nothing: judge what the template says by itself",
    )


def _output(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("input and output")
    group.add_argument(
        "--config",
        type=pathlib.Path,
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
        "--verbose", action="store_true", help="every question, evidence and traceback"
    )
    group.add_argument("--quiet", action="store_true", help="findings alone")
    group.add_argument(
        "--no-color", action="store_true", help="no colours (also: NO_COLOR)"
    )


def _permissions(commands: Commands) -> None:  # type: ignore[valid-type]
    _command(
        commands,
        "permissions",
        "permissions",
        "print the IAM policy that FlowGuard needs",
        "Print, as JSON, the IAM policy that `flowguard preflight` needs: the union of\n"
        "what its rules may ask. All of it is read-only.",
    )


def _explain(commands: Commands) -> None:  # type: ignore[valid-type]
    parser = _command(
        commands, "explain", "explain", "explain a rule, and how to fix it"
    )
    parser.add_argument("rule", metavar="RULE", help="its id; see `flowguard rules`")


def _rules(commands: Commands) -> None:  # type: ignore[valid-type]
    _command(commands, "rules", "rules", "list the rules")


def _schema(commands: Commands) -> None:  # type: ignore[valid-type]
    parser = _command(
        commands,
        "schema",
        "schema",
        "print the JSON Schema of flowguard.yml, or of the JSON report",
    )
    parser.add_argument(
        "what", nargs="?", choices=("config", "report"), default="config"
    )


def _demo(commands: Commands) -> None:  # type: ignore[valid-type]
    parser = _command(
        commands,
        "demo",
        "demo",
        "try FlowGuard on an embedded AWS account with a broken environment in it",
        "Start an AWS account on this machine, break it as a real company's was, and\n"
        "run the real preflight against it. Needs the extra: pip install 'flowguard[demo]'",
    )
    parser.add_argument(
        "--serve",
        action="store_true",
        help="keep the account running, for tools of your own, until Ctrl-C",
    )
