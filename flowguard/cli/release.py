"""Options of the commands that test a release, and take it back."""

from __future__ import annotations

import argparse

from flowguard.cli import options


def snapshot(parser: argparse.ArgumentParser) -> None:
    """What is written down, and where its templates go."""
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
        help="into a bucket that is private and keeps versions; what becomes of the "
        "deploy is written there, too, for the next run",
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


def record(parser: argparse.ArgumentParser) -> None:
    """Which stack, and where to."""
    parser.add_argument(
        "--stack-name", metavar="NAME", required=True, help="the stack, by name or id"
    )
    parser.add_argument(
        "--output", metavar="FILE", required=True, help="the file of the record"
    )
    options.account(parser, offline=False)


def smoke(parser: argparse.ArgumentParser) -> None:
    """What is tested, and what is made of it."""
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
    group.add_argument(
        "--no-commands",
        action="store_true",
        help="run no `command` of the spec: such a check is told as not run",
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
    group.add_argument(
        "--baseline-age",
        metavar="HOURS",
        type=options.hours,
        default=24.0,
        help="how old a baseline may be; an older one is told, and not used "
        "(default: 24)",
    )
    parser.set_defaults(baseline=None)


def verify(parser: argparse.ArgumentParser) -> None:
    """What is tested, and how it is taken back."""
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


def deploy(parser: argparse.ArgumentParser) -> None:
    """What is deployed, and how it is watched."""
    options.deployed(parser)
    how = parser.add_argument_group("how it is deployed")
    how.add_argument(
        "--window",
        metavar="MINUTES",
        type=options.window,
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


def guard(parser: argparse.ArgumentParser) -> None:
    """The command that deploys, and how it is watched."""
    parser.add_argument(
        "argv", nargs="*", metavar="COMMAND", help="after --: what deploys the stack"
    )
    how = parser.add_argument_group("how long")
    how.add_argument(
        "--timeout",
        metavar="MINUTES",
        type=options.minutes,
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
    proof = group.add_mutually_exclusive_group()
    proof.add_argument(
        "--deployed-change-set",
        metavar="ARN",
        help="the change set that you deployed: another deploy is left alone",
    )
    proof.add_argument(
        "--record",
        metavar="FILE",
        help="what `flowguard record` wrote right after your deploy: another deploy is "
        "left alone",
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
        type=options.minutes,
        default=60.0,
        help="how long to wait; the stack goes on by itself (default: 60)",
    )


def rollback(parser: argparse.ArgumentParser) -> None:
    """What is taken back, and how far."""
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
