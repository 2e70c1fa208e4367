"""The project that a command is run in: its root, its spec, its template."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from flowguard import spoken
from flowguard.config import Config, load
from flowguard.errors import ConfigError, FlowGuardError, UsageError, did_you_mean
from flowguard.model import hidden
from flowguard.model.places import Place
from flowguard.model.questions import AccountState

if TYPE_CHECKING:
    from flowguard.aws.session import Aws
    from flowguard.cli.groups import Account, Chosen, Tested
    from flowguard.smoke.blame import Suspects
    from flowguard.smoke.suite import Suite
    from flowguard.template import Inputs, Template

SPECS = ("smoke.yml", "smoke.yaml")
ANYWHERE = "us-east-1"
"""Where a template is resolved while nobody has said a region."""


def find_root(folder: pathlib.Path) -> pathlib.Path:
    """The repository that `folder` is in, or the folder itself."""
    workspace = pathlib.Path(os.environ.get("GITHUB_WORKSPACE") or os.devnull)
    for candidate in (folder, *folder.parents):
        is_root = (candidate / ".git").exists() or (candidate / ".github").is_dir()
        if is_root or candidate == workspace:
            return candidate
    return folder


def region_of_environment() -> str | None:
    """The region that AWS's own tools would take from the environment."""
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")


def written_suite(
    config: Config, folder: pathlib.Path, root: pathlib.Path
) -> Suite | None:
    """The smoke tests of a project, as they are written; None where there are none.

    Raises `ConfigError` where they are wrong.
    """
    written = config.smoke
    places = (place / name for place in (folder, root) for name in SPECS)
    found = next((place for place in places if place.is_file()), None)
    if written is None and found is None:
        return None  # with nothing imported: most preflights have none
    from flowguard.smoke import spec

    if isinstance(written, str):
        return spec.load(root / written, root)
    if written is not None:
        return spec.from_node(written, written.location.path, config.sources)
    return spec.load(found, root) if found else None


def smoke_tested(
    config: Config, root: pathlib.Path, stage: str | None
) -> tuple[tuple[str, str], ...] | None:
    """What is sent to the service after a deploy: methods and paths.

    None where there are no smoke tests, or none of the stage.
    """
    suite = written_suite(config, pathlib.Path.cwd(), root)
    if suite is None:
        return None
    from flowguard.smoke.coverage import requests_of

    checks = [c for c in suite.checks if not c.stages or (stage and stage in c.stages)]
    return requests_of(replace(suite, checks=tuple(checks)))


def sign_in(account: Account, region: str | None = None) -> Aws:
    """Sign in as the options say; raises `AccountError` where that does not work."""
    from flowguard.aws.session import connect

    return connect(
        profile=account.profile,
        region=region or account.region,
        assume_role=account.assume_role,
    )


class Suites:
    """The folder, its configuration and the smoke tests that the options select."""

    def __init__(self, settings: Chosen) -> None:
        self._chosen = settings
        self.folder = pathlib.Path.cwd()
        self.root = find_root(self.folder)

    def suite(self) -> Suite:
        """The smoke tests that the options select.

        Raises `ConfigError` where there are none, or where they are wrong.
        """
        from flowguard.smoke import spec

        settings, written = self._chosen, self._written()
        given = settings.variable
        for name in given.keys() - written.variables.keys():
            raise UsageError(
                f"{spoken.option('variable')} {name}: the spec has no ${{vars.{name}}}"
                f"{did_you_mean(name, written.variables)}",
                help="declare it in `vars` of the spec, with the value it has otherwise",
            )
        suite = replace(
            written,
            variables={**written.variables, **given},
            base=settings.base or written.base,
        )
        return spec.select(
            suite, stage=settings.stage, tags=settings.tag, names=settings.check
        )

    def _written(self) -> Suite:
        if self._chosen.spec:
            from flowguard.smoke import spec

            return spec.load(self._chosen.spec, self.root)
        found = written_suite(self.config, self.folder, self.root)
        if found is None:
            raise ConfigError(
                "there are no smoke tests: no smoke.yml, and no `smoke` in flowguard.yml",
                help="draft them: flowguard smoke init > smoke.yml",
            )
        return found

    @cached_property
    def config(self) -> Config:
        """flowguard.yml, or the defaults. Raises `ConfigError`."""
        return load(self._chosen.config, self.root)


class Project(Suites):
    """What the options name besides, read when it is needed."""

    def __init__(self, settings: Tested) -> None:
        super().__init__(settings)
        self._settings = settings

    @cached_property
    def template(self) -> Template | None:
        """The template by itself, nobody asked; None where there is none to read."""
        from flowguard import template

        given = self._settings.template
        try:
            path = given or self.folder
            if path.is_dir():
                path = template.find(path, self._settings.stack_name)
            source = template.open_template(path, self.root)
            return source.resolve(self._inputs(), AccountState({}))
        except FlowGuardError:
            if given:
                raise
            return None

    @cached_property
    def stack_name(self) -> str:
        """The stack, as given or as the template says; empty where nobody says.

        Raises `UsageError` where the template takes it from what is not shown.
        """
        if self._settings.stack_name:
            return self._settings.stack_name
        name = (self.template.stack_name if self.template else None) or ""
        if hidden.is_hidden(name):
            raise UsageError(
                f"the stack is called {name}, and a file says what that is",
                help=f"name the stack: {spoken.option('stack-name', 'NAME')}",
            )
        return name

    @cached_property
    def region(self) -> str | None:
        """The region, as given, or as the environment or the template says."""
        given = self._settings.region or region_of_environment()
        return given or (self.template.region if self.template else None)

    def suspects(
        self,
        changed: Callable[[], frozenset[str] | None],
        base: str,
        added: Callable[[], frozenset[str]] = frozenset,
    ) -> Suspects:
        """What stands behind a failing check, by the template."""
        from flowguard.smoke.blame import Suspects

        if self.template is None:
            return Suspects(None, None, base)
        return Suspects(self.template, changed(), base, added=added())

    def _inputs(self) -> Inputs:
        from flowguard import template

        settings = self._settings
        region = settings.region or region_of_environment()
        return template.Inputs(
            place=Place(None, region or ANYWHERE),
            stack_name=settings.stack_name,
            stage=settings.stage,
            region=settings.region,
            parameters=settings.parameter,
            environment={},
        )
