"""`flowguard merge`."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from flowguard import spoken
from flowguard.cli import output
from flowguard.cli.commands import Merge
from flowguard.cli.host import TERMINAL, Host
from flowguard.cli.output import Done
from flowguard.cli.project import find_root
from flowguard.cli.values import severity
from flowguard.config import Config, load
from flowguard.errors import UsageError
from flowguard.fleet import Member
from flowguard.fleet.together import FleetReport
from flowguard.merge import merge
from flowguard.model.results import Verdict
from flowguard.prediction import Gate
from flowguard.report.fleet import FORMATS
from flowguard.report.fleet.plain import render_terminal
from flowguard.report.reading import Document, read
from flowguard.rules import EVERY, FLEET

_LONGEST_SOURCE = 5_000_000
"""Bytes of a file that findings may be shown in."""


def run(settings: Merge) -> int:
    """Run the command and return its exit code."""
    done = check(settings)
    fleet = done.report
    return output.tell(
        done.code,
        settings.output,
        lambda name: FORMATS[name](fleet),
        lambda: _shown(fleet, settings),
    )


def check(settings: Merge, _host: Host = TERMINAL) -> Done[FleetReport]:
    """Read the reports and compare them, but print nothing.

    Raises `UsageError` for a file that is no report, and `ConfigError`.
    """
    root = find_root(pathlib.Path.cwd())
    config = load(settings.config, root, rule_ids=[rule.id for rule in EVERY])
    expected = expected_names(settings.expect)
    files = [file for path in settings.reports for file in _files(path)]
    found = [pair for file in files for pair in _reports(file)]
    members = [*_members(found, config)]
    expected += [name for name, document in found if document is None]
    if not members and not expected:
        raise UsageError(
            "there are no reports to merge",
            help=f"name the files that {_written()} wrote",
        )
    _require_names(members)
    fleet = merge(
        members,
        expected,
        rules=[rule for rule in FLEET if rule.id not in config.rules_off],
        policies=config.policies,
        gate=Gate(severity(settings.fail_on)),
        sources=_sources(members, root),
    )
    return Done(fleet, _exit_code(fleet, strict=settings.strict))


def _exit_code(fleet: FleetReport, *, strict: bool) -> int:
    """As the contract orders them: blocked, could not do its job, could not tell.

    A target without a report is one where FlowGuard could not do its job.
    """
    if fleet.verdict is Verdict.BLOCK:
        return 1
    if fleet.missing or fleet.crashed:
        return 2
    is_open = fleet.verdict is Verdict.INCONCLUSIVE or leaves_aws_unasked(fleet)
    return 3 if strict and is_open else 0


def leaves_aws_unasked(fleet: FleetReport) -> bool:
    """Whether a target was judged by its template alone."""
    return any(m.report.leaves_aws_unasked for m in fleet.members)


def _shown(fleet: FleetReport, settings: Merge) -> str:
    if settings.format != "plain":
        return FORMATS[settings.format](fleet)
    return render_terminal(
        fleet,
        color=output.colored(settings),
        width=output.width(),
        verbose=settings.verbose,
        quiet=settings.quiet,
    )


# --- what is merged --------------------------------------------------------------


def _files(path: pathlib.Path) -> list[pathlib.Path]:
    """The file that is named, or those in a folder and below it."""
    return sorted(path.rglob("*.json")) if path.is_dir() else [path]


def _reports(path: pathlib.Path) -> Iterator[tuple[str, Document | None]]:
    """What a file holds: a target's report, or those that were merged before."""
    document = _read(path)
    if document.command == "merge":
        for target in document.targets:
            yield target.name, target.report
    else:
        yield path.stem, document


def _members(
    found: Iterable[tuple[str, Document | None]], config: Config
) -> Iterator[Member]:
    """The targets that have reported, with what the configuration says of them."""
    jobs = {job.name: job for job in config.jobs}
    for name, document in found:
        job = jobs.get(name)
        if document and job:
            yield Member(name, document.value(), job.location, job.account_id)
        elif document:
            yield Member(name, document.value())


def _read(path: pathlib.Path) -> Document:
    try:
        return read(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"cannot read {path}: {error.strerror}",
            help=f"name the files that {_written()} wrote",
        ) from error
    except ValueError as error:
        raise UsageError(
            f"{path} cannot be merged: {error}",
            help="use one version of FlowGuard for all targets, and merge what "
            f"{_written()} wrote",
        ) from error


def _require_names(members: Sequence[Member]) -> None:
    """Each target counts once."""
    names: set[str] = set()
    for member in members:
        if member.name in names:
            raise UsageError(
                f"two reports are called {member.name!r}",
                help="write each target's report to a file of its own name",
            )
        names.add(member.name)


def expected_names(given: str | None) -> list[str]:
    """The names in a matrix or a list of names, given as JSON or as a file of it.

    Raises `UsageError` where it is neither.
    """
    if given is None:
        return []
    try:
        text = given
        if not given.lstrip().startswith(("{", "[")):
            text = pathlib.Path(given).read_text(encoding="utf-8")
        value = json.loads(text)
        entries = value["include"] if isinstance(value, Mapping) else value
        names = [e["name"] if isinstance(e, Mapping) else e for e in entries]
    except OSError as error:
        raise UsageError(
            f"cannot read {given}: {error.strerror}", help=_EXPECT
        ) from error
    except (ValueError, LookupError, TypeError, RecursionError):
        raise UsageError(
            f"{spoken.option('expect')} is no list of names and no matrix", help=_EXPECT
        ) from None
    if not all(isinstance(name, str) for name in names):
        raise UsageError(
            f"{spoken.option('expect')} is no list of names and no matrix", help=_EXPECT
        )
    return names


def _written() -> str:
    return f"`{spoken.command('preflight', output='json=PATH')}`"


_EXPECT = "give what `flowguard targets` prints, or a JSON list of names"


def _sources(members: Iterable[Member], root: pathlib.Path) -> dict[str, str]:
    """The files of the repository that findings point into, as far as they are here.

    What a report names is not to be trusted: nothing outside of the repository is
    read.
    """
    root = root.resolve()
    sources: dict[str, str] = {}
    for path in sorted({path for member in members for path in _paths(member)} - {""}):
        try:
            place = (root / path).resolve()
            if place.is_relative_to(root) and place.stat().st_size <= _LONGEST_SOURCE:
                sources[path] = place.read_text(encoding="utf-8")
        except (OSError, ValueError):  # a report says enough without
            continue
    return sources


def _paths(member: Member) -> Iterator[str]:
    """The files that a finding of the target, or on it, may point into."""
    yield member.location.path
    yield from (finding.location.path for finding in member.report.findings)
    yield from (at.path for at in member.report.claims.locations.values())
