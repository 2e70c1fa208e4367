"""The Serverless Framework: `serverless.yml` → the stack that it would deploy.

The configuration is read natively, its variables resolved, and expanded to the
CloudFormation template that the framework (osls 4, serverless 3) generates, so that
findings point into the files the user writes and no Node.js is needed. Some logical
ids of the framework end in what only packaging knows, and stand here without it: a
function's version (`ApiLambdaVersion`), the deployments of the REST and WebSocket
APIs (`ApiGatewayDeployment`, `WebsocketsDeployment`), and a layer that is retained.
Resources that plugins add are seen in a compiled template only, which is used where
it is there and fresh.
"""

from __future__ import annotations

import pathlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

from flowguard import spoken
from flowguard.errors import TemplateError
from flowguard.model.changes import Ignore
from flowguard.model.places import Location, Place
from flowguard.model.questions import AccountState, Lookup, Observed
from flowguard.model.results import NotLookedInto
from flowguard.template.cloudformation import Artifact, CloudFormation, check_shape
from flowguard.template.document import Node
from flowguard.template.ignores import ignores
from flowguard.template.inputs import Inputs
from flowguard.template.patterns import Patience
from flowguard.template.resolved import Source, Template
from flowguard.template.serverless import compiled
from flowguard.template.serverless.configuration import configure
from flowguard.template.serverless.expand import expand
from flowguard.template.serverless.files import Files
from flowguard.template.serverless.keys import misspelt
from flowguard.template.serverless.plugins import is_open_ended
from flowguard.template.serverless.resources import own_ids, whole_template
from flowguard.template.serverless.service import Service
from flowguard.template.serverless.values import known

T = TypeVar("T")
Answers = dict[Lookup[Any], Observed[Any]]

__all__ = ["ServerlessSource", "read"]


def read(
    path: pathlib.Path, root: pathlib.Path, package: compiled.Package | None = None
) -> ServerlessSource:
    """Read the configuration at `path`; locations are relative to `root`.

    A `package` is what is deployed, whether it is fresh or not.

    Raises `TemplateError` where it cannot be read.
    """
    if path.suffix not in {".yml", ".yaml", ".json"}:
        raise TemplateError(
            f"{path.name} is a program, whose result is not known beforehand",
            help="package it (serverless package) and check the compiled template: "
            + spoken.option(
                "template", ".serverless/cloudformation-template-update-stack.json"
            ),
            location=Location(path.name),
        )
    files = Files(path.absolute().parent, root)
    location = files.locate(path.name)
    document = files.read(location)
    if document is None:
        label = files.label(location)
        raise TemplateError(
            f"{label} says nothing" if label in files.sources else f"no file {label}",
            help=f"write a configuration, or name another: {spoken.option('template', 'PATH')}",
            location=Location(label),
        )
    if not isinstance(document.value, dict):
        raise TemplateError(
            "the configuration is no mapping",
            help="begin with service: and provider:",
            location=document.location,
        )
    return ServerlessSource(files, document, package)


def read_compiled(path: pathlib.Path, root: pathlib.Path) -> Source | None:
    """A compiled template, with the configuration that it was made from.

    The framework bakes values of the environment into it; only the configuration
    beside it says which. None where `path` is no compiled template, or none is there.
    """
    found = compiled.package(path)
    folder = path.absolute().parent.parent
    names = (f"serverless.{end}" for end in ("yml", "yaml", "json"))
    own = next((folder / name for name in names if (folder / name).is_file()), None)
    if found is None or own is None:
        return None
    return _Compiled(path, root, own, found)


@dataclass
class _Compiled:
    """A compiled template whose configuration is at hand."""

    path: pathlib.Path
    root: pathlib.Path
    own: pathlib.Path
    package: compiled.Package

    @cached_property
    def _configured(self) -> ServerlessSource:
        return read(self.own, self.root, self.package)

    @cached_property
    def _alone(self) -> Source:
        from flowguard.template import cloudformation

        return cloudformation.read(self.path, self.root)

    def resolve(self, inputs: Inputs, account: AccountState) -> Template:
        """See `Source`. Where the configuration cannot be resolved, it is told that
        what was compiled in is shown as it is."""
        try:
            return self._configured.resolve(inputs, account)
        except TemplateError as error:
            template = self._alone.resolve(inputs, account)
            unread = NotLookedInto(
                "which values were compiled in",
                f"{self.own.name} cannot be resolved: {error.message}",
                error.location or template.name_location,
            )
            unseen = (*template.not_looked_into, unread)
            return replace(template, not_looked_into=unseen)


class ServerlessSource:
    """A configuration that was read and waits to be resolved."""

    def __init__(
        self, files: Files, document: Node, package: compiled.Package | None = None
    ) -> None:
        self.files = files
        self.document = document
        self.package = package
        self._patience = Patience()
        self._done: list[tuple[Inputs, Answers, Template]] = []

    def resolve(self, inputs: Inputs, account: AccountState) -> Template:
        """Work `inputs` and the account's answers into the configuration.

        Raises `TemplateError`, with a place, for what the framework refuses too.
        """
        for before, answers, template in self._done:
            if before == inputs and all(
                account.get(question) == answer for question, answer in answers.items()
            ):
                return template
        watched = _Watched(account)
        try:
            template = self._resolve(inputs, watched)
        except RecursionError:
            raise TemplateError(
                "the configuration is nested too deeply, or variables refer to each "
                "other over too many steps",
                location=self.document.location,
            ) from None
        self._done = [(inputs, watched.answers, template), *self._done[:3]]
        return template

    def _resolve(self, inputs: Inputs, account: AccountState) -> Template:
        package = self.package
        if package:
            inputs = replace(
                inputs,
                stage=inputs.stage or package.stage,
                region=inputs.region or package.region or inputs.place.region,
            )
        service, asks = configure(
            self.files, self.document, inputs, account, lenient=package is not None
        )
        stack = expand(service)
        region = service.region
        place = Place(
            inputs.place.account_id,
            region if isinstance(region, str) else inputs.place.region,
        )
        name = service.stack_name
        stack_name = inputs.stack_name or known(name)
        root = whole_template(stack)
        packaged = package.template if package else compiled.fresh(self.files, service)
        if packaged is not None:
            root = compiled.placed(
                packaged, root, service.config, service.name.location
            )
        check_shape(root)
        source = CloudFormation(
            root, "", self.document.location.path, Artifact("serverless"), ()
        )
        source.patience = self._patience
        template = source.resolve(
            replace(inputs, place=place, stack_name=stack_name), account
        )
        return replace(
            template,
            name_location=name.location,
            region=region if isinstance(region, str) else None,
            service=known(service.name),
            stage=None if package and not inputs.stage else known(service.stage),
            references=(*asks, *template.references),
            ignores=self._ignores(),
            sources=dict(self.files.sources),
            misspelt=tuple(misspelt(self.document)),
            monitored=_is_monitored(service),
            open_ended=packaged is None and is_open_ended(service),
            made_by_tool=frozenset(template.resources) - own_ids(stack),
        )

    def _ignores(self) -> tuple[Ignore, ...]:
        found: list[Ignore] = []
        for label, content in self.files.sources.items():
            node = self.files.parsed(label)
            if node is not None:
                found += ignores(content, label, node)
        return tuple(found)


def _is_monitored(service: Service) -> bool:
    """Whether a deploy is watched for a time; so it is where the time is not known."""
    minutes = service.setting("rollbackConfiguration", "MonitoringTimeInMinutes")
    return minutes is not None and known(minutes) != "0"


class _Watched(AccountState):
    """An account that remembers what was asked, and what it said."""

    def __init__(self, account: AccountState) -> None:
        self._account = account
        self.answers: Answers = {}

    def get(self, lookup: Lookup[T]) -> Observed[T]:
        """The account's answer."""
        answer = self._account.get(lookup)
        self.answers[lookup] = answer
        return answer
