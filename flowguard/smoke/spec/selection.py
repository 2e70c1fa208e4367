"""Which checks of a suite are run."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase

from flowguard.errors import ConfigError, did_you_mean
from flowguard.model.places import Location
from flowguard.smoke.spec.references import needs
from flowguard.smoke.suite import Check, Suite


def select(
    suite: Suite,
    *,
    stage: str | None = None,
    tags: Collection[str] = (),
    names: Collection[str] = (),
) -> Suite:
    """The suite with the checks for `stage` that have one of `tags` and of `names`.

    A name may hold `*`. A check that is for some stages only is left out where no
    stage is given. What a selected check takes captures of comes along. Raises
    `ConfigError` where nothing is left: nothing that is run proves nothing.
    """
    known = {check.name: check for check in suite.checks}
    fitting = {
        name
        for name, check in known.items()
        if not check.stages or (stage and stage in check.stages)
    }
    wanted = {
        name
        for name in fitting & _named(suite, names)
        if not tags or known[name].tags.intersection(tags)
    }
    if not wanted:
        raise _nothing(suite, stage, tags)
    chosen = set(_with_needed(wanted, known))
    if missing := sorted(chosen - fitting):
        raise ConfigError(
            f"the check {missing[0]!r} is not for {_of(stage)}, and others need it",
            help="give them the same `stages`",
            location=known[missing[0]].location,
        )
    return replace(suite, checks=tuple(c for c in suite.checks if c.name in chosen))


def _named(suite: Suite, patterns: Collection[str]) -> set[str]:
    known = [check.name for check in suite.checks]
    found: set[str] = set() if patterns else set(known)
    for pattern in patterns:
        fitting = {name for name in known if fnmatchcase(name, pattern)}
        if not fitting:
            raise ConfigError(
                f"there is no check {pattern!r}{did_you_mean(pattern, known)}",
                help=f"the checks are {', '.join(known)}",
                location=_place(suite),
            )
        found |= fitting
    return found


def _with_needed(names: set[str], known: dict[str, Check]) -> Iterator[str]:
    left, seen = [*names], set(names)
    while left:
        name = left.pop()
        yield name
        new = needs(known[name]) - seen
        seen |= new
        left += new


def _nothing(suite: Suite, stage: str | None, tags: Collection[str]) -> ConfigError:
    has = sorted({tag for check in suite.checks for tag in check.tags})
    what = f"with the tag {' or '.join(map(repr, tags))} " if tags else ""
    return ConfigError(
        f"no check {what}is left for {_of(stage)}: nothing that is run proves nothing",
        help=f"the tags are {', '.join(has)}"
        if tags and has
        else "select others, or write a check for it",
        location=_place(suite),
    )


def _of(stage: str | None) -> str:
    return f"the stage {stage!r}" if stage else "a run without a stage"


def _place(suite: Suite) -> Location | None:
    return Location(suite.path) if suite.path else None
