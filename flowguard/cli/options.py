"""Options that several commands have, in groups."""

from __future__ import annotations

import argparse
import math

FORMATS = ("plain", "json", "github", "markdown", "sarif", "junit", "html")
SEVERITIES = ("error", "warning", "info", "never")

EXIT_CODES = """\
exit codes:
  0  go: nothing at or above --fail-on
  1  blocked by a finding; smoke tests failed
  2  FlowGuard could not do its job (usage, configuration, template, credentials)
  3  could not tell (preflight: under --strict alone)
  4  smoke tests failed; rolled back and verified
  5  the rollback failed or could not be verified: a person must act now
"""


LONGEST_WINDOW = 180
MOST = 100_000
"""Ten weeks of minutes, ten years of hours: nobody waits for longer, and no clock
overflows."""


def minutes(text: str) -> float:
    """A number of minutes as an option gives it: the type of most number options.

    Raises `ArgumentTypeError`, a usage error, for what no clock can wait for.
    """
    return _amount(text, "minutes")


def hours(text: str) -> float:
    """The same in hours."""
    return _amount(text, "hours")


def _amount(text: str, unit: str) -> float:
    plain = text.isascii() and "_" not in text  # Python takes more than people mean
    try:
        number = float(text) if plain else math.nan
    except ValueError:
        number = math.nan
    if not 0 < number <= MOST:  # false for what is no number, too
        raise argparse.ArgumentTypeError(
            f"{text!r} is no number of {unit} above 0 and up to {MOST}"
        )
    return number


def window(text: str) -> int:
    """The minutes of a monitoring window, such as `5m`: CloudFormation's own limits.

    Raises `ArgumentTypeError`, a usage error, for another text.
    """
    number = text.removesuffix("m")
    if number.isascii() and number.isdecimal() and int(number) <= LONGEST_WINDOW:
        return int(number)
    raise argparse.ArgumentTypeError(
        f"{text!r} is no number of minutes from 0 to {LONGEST_WINDOW}, such as 5m"
    )


def deployed(parser: argparse.ArgumentParser) -> None:
    """The template and what the deploy gives it."""
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


def account(parser: argparse.ArgumentParser, *, offline: bool = True) -> None:
    """How to sign in to AWS, and where."""
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


def output(parser: argparse.ArgumentParser) -> None:
    """The configuration, and the reports."""
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
