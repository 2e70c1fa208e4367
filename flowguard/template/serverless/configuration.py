"""A configuration with the inputs of one deploy worked into it."""

from __future__ import annotations

from dataclasses import replace

from flowguard.model import hidden
from flowguard.model.changes import Reference
from flowguard.model.questions import AccountState
from flowguard.template.document import Node
from flowguard.template.inputs import Inputs
from flowguard.template.serverless.dotenv import read_dotenv
from flowguard.template.serverless.files import Files
from flowguard.template.serverless.service import Service, read_service
from flowguard.template.serverless.sources import Sources
from flowguard.template.serverless.values import known, text, truthy
from flowguard.template.serverless.variables import Resolver


def configure(
    files: Files,
    root: Node,
    inputs: Inputs,
    account: AccountState,
    *,
    lenient: bool = False,
) -> tuple[Service, tuple[Reference, ...]]:
    """The service that the configuration at `root` describes, and what it asks AWS.

    It is `lenient` with variables and raw files that are not there, as `Sources` is.

    Raises `TemplateError`, with a place, for what the framework refuses too.
    """
    sources = Sources(files, inputs, account, inputs.environment, lenient)
    resolver = Resolver(root, sources.table())
    stage = sources.stage(resolver, root.location)
    name = hidden.real(known(stage) or "")
    asks = list(resolver.references)
    if (wanted := root.get("useDotenv")) and truthy(resolver.resolve(wanted)):
        # The framework reads `.env` once it knows the stage, before all else.
        more = read_dotenv(files, name, inputs.environment)
        sources = replace(sources, environment={**more, **inputs.environment})
        resolver = Resolver(root, sources.table())
        stage = sources.stage(resolver, root.location)
        name = hidden.real(known(stage) or "")
    config = _resolved(resolver, root, name)
    region = text(sources.region(resolver, root.location)) or inputs.place.region
    asks += [reference for reference in resolver.references if reference not in asks]
    return read_service(config, stage, region), tuple(asks)


def _resolved(resolver: Resolver, root: Node, stage: str) -> Node:
    """The whole configuration, but for the parameters of other stages.

    The framework leaves those alone, so that a secret of production need not be
    readable when staging is deployed.
    """
    entries = {
        key: _of_stage(resolver, node, stage)
        if key in {"params", "stages"}
        else resolver.resolve(node)
        for key, node in root.mapping.items()
    }
    return replace(root, value=entries)


def _of_stage(resolver: Resolver, section: Node, stage: str) -> Node:
    found = resolver.shallow(section)
    kept = {
        key: resolver.resolve(node)
        for key, node in found.mapping.items()
        if key in {"default", stage}
    }
    return replace(found, value=kept) if found.mapping else found
