"""The REST API in the making, which each of its parts adds to."""

from __future__ import annotations

from dataclasses import dataclass

from flowguard.model.places import Location
from flowguard.template.document import Node
from flowguard.template.serverless.service import Function
from flowguard.template.serverless.stack import Stack
from flowguard.template.serverless.values import Plain


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One `http` event."""

    function: Function
    config: Node
    at: Location
    path: str
    """Without slashes at its ends; empty for the root."""
    verb: str
    """In lower case."""


@dataclass(slots=True)
class RestApi:
    """The API in the making: what its parts refer to."""

    stack: Stack
    endpoints: tuple[Endpoint, ...]
    id: Plain
    root: Plain
    names: dict[str, str]
    """How each path is called in logical ids."""
    resources: dict[str, Plain]
    """The id of each path's resource."""
    methods: list[str]
    """The logical ids of the methods, which the deployment waits for."""

    def resource(self, path: str) -> Plain:
        """The id of a path's resource."""
        return self.resources.get(path, self.root) if path else self.root
