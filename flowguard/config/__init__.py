"""`flowguard.yml` → `Config`.

Everything has a default that serves a plain project with no file at all. What
the file may say is described in `flowguard.config.sections`, from which its
JSON Schema is made.
"""

from __future__ import annotations

import pathlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from flowguard import spoken
from flowguard.config.job import Job
from flowguard.engine import Policy
from flowguard.errors import ConfigError, TemplateError
from flowguard.model.notifications import Channel, SentryProject
from flowguard.model.places import Location, Severity
from flowguard.naming import Convention
from flowguard.template import SHOWN

if TYPE_CHECKING:
    from flowguard.config.sections import File
    from flowguard.template.document import Node

__all__ = ["PLACES", "Config", "Job", "Stage", "json_schema", "load"]

PLACES = ("flowguard.yml", ".github/flowguard.yml")
"""Where the file is looked for, from the root of the repository."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One environment of the project."""

    name: str
    aliases: tuple[str, ...] = ()
    """Other names by which it is called."""
    account_id: str | None = None
    """Where it is; a deploy of the stage to another account is a mistake."""
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """What the project says of itself."""

    convention: Convention = field(default_factory=Convention)
    """How it names its stacks, stages and resources."""
    stages: tuple[Stage, ...] = ()
    rules_off: frozenset[str] = frozenset()
    """Rules that are not run."""
    policies: Mapping[str, Policy] = field(default_factory=dict)
    """Severities and ignores, by rule."""
    jobs: tuple[Job, ...] = ()
    """What `targets` lists, in each stage and region."""
    shown: tuple[str, ...] = SHOWN
    """The variables of the environment whose values reports may show."""
    smoke: Node | str | None = None
    """The smoke tests as they are written here, or the path of their file."""
    unproven_acts: bool = False
    """Whether a bad deploy is rolled back that is not proven ours."""
    notify: tuple[Channel, ...] = ()
    """Who is told what became of a deploy."""
    sentry: SentryProject | None = None
    """Where it is marked, too."""
    sources: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """The text of the file, by its path."""

    def stage(self, name: str | None) -> Stage | None:
        """The stage that is called `name`, or has it as an alias."""
        if name is None:
            return None
        word = name.lower()
        for stage in self.stages:
            if word in {known.lower() for known in (stage.name, *stage.aliases)}:
                return stage
        return None

    def jobs_of(self, template: str, name: str) -> tuple[Job, ...]:
        """A job for each stage, or a single one, of the only template there is."""
        from flowguard.config.targets import job_name

        return tuple(
            Job(
                name=job_name(name, stage.name if stage else None),
                template=template,
                stage=stage.name if stage else None,
                region=stage.region if stage else None,
                account_id=stage.account_id if stage else None,
            )
            for stage in self.stages or (None,)
        )


def load(
    path: pathlib.Path | None,
    root: pathlib.Path,
    *,
    rule_ids: Iterable[str] | None = None,
) -> Config:
    """The configuration at `path`, or the one found in `root`, or the defaults.

    `rule_ids` are the rules that may be named; any, where it is None. Raises
    `ConfigError` with the place of what is wrong, and what may have been meant.
    """
    if path is None:
        path = next((p for p in (root / name for name in PLACES) if p.is_file()), None)
        if path is None:
            _refuse_other_spelling(root)
            return Config()
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise ConfigError(
            f"cannot read {path}: {error.strerror}",
            help=f"name the configuration: {spoken.option('config', 'PATH')}",
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            "the text is not UTF-8",
            help="save the file as UTF-8",
            location=Location(
                _shown(path, root), error.object[: error.start].count(b"\n") + 1
            ),
        ) from None
    return parse(text, _shown(path, root), rule_ids=rule_ids)


def _refuse_other_spelling(root: pathlib.Path) -> None:
    """A file that is not read must not be taken for one that is."""
    for name in PLACES:
        other = pathlib.Path(name).with_suffix(".yaml")
        if (root / other).is_file():
            raise ConfigError(
                f"{other} is not read: the configuration is called {name}",
                help=f"rename it: git mv {other} {name}",
                location=Location(other.as_posix()),
            )


def parse(text: str, path: str, *, rule_ids: Iterable[str] | None = None) -> Config:
    """The configuration that reads `text`; `path` names it in locations.

    Raises `ConfigError` as `load` does.
    """
    from flowguard.config.validation import validate
    from flowguard.template.text import parse as parse_document

    if not _says_anything(text):
        return Config()
    try:
        document = parse_document(text, path, version="1.2")
    except TemplateError as error:
        location = error.location or Location(path)
        raise ConfigError(error.message, help=error.help, location=location) from None
    config = _config(*validate(document, rule_ids))
    return replace(config, smoke=_smoke(document), sources={path: text})


def json_schema(smoke: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The JSON Schema of `flowguard.yml`, for editors.

    `smoke` is the schema of its section `smoke`, which is read elsewhere.
    """
    from flowguard.config.sections import file_schema

    return file_schema(smoke)


def _smoke(document: Node) -> Node | str | None:
    node = document.get("smoke")
    return node if node and node.mapping else node and node.text


def _shown(path: pathlib.Path, root: pathlib.Path) -> str:
    path, root = path.resolve(), root.resolve()
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def _says_anything(text: str) -> bool:
    lines = (line.strip() for line in text.removeprefix("\ufeff").splitlines())
    return any(line and not line.startswith("#") and line != "---" for line in lines)


def _config(file: File, jobs: tuple[Job, ...]) -> Config:
    stages = tuple(
        Stage(
            name=name,
            aliases=tuple(section.aliases),
            account_id=section.account_id,
            region=section.region,
        )
        for name, section in file.all_stages.items()
    )
    naming, rules = file.naming, file.all_rules
    off = frozenset(name for name, rule in rules.items() if rule.severity == "off")
    return Config(
        convention=Convention(
            stack=(naming and naming.stack) or "",
            resources=(naming and naming.resources) or "",
            service=file.service or "",
            stages=tuple((stage.name, stage.aliases) for stage in stages),
        ),
        stages=stages,
        rules_off=off,
        policies={
            name: Policy(
                severity=Severity[rule.severity.upper()] if rule.severity else None,
                ignore=tuple(rule.ignore),
                reason=rule.reason,
            )
            for name, rule in rules.items()
            if name not in off
        },
        jobs=jobs,
        shown=(*SHOWN, *file.shown),
        unproven_acts=bool(file.rollback and file.rollback.unproven == "act"),
        notify=tuple(section.channel() for section in file.notify or ()),
        sentry=file.sentry.known() if file.sentry else None,
    )
