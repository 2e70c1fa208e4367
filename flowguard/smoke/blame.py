"""What of the template stands behind a failing check, and whether it changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlsplit

from flowguard.model.places import Location
from flowguard.model.smoke import Blame
from flowguard.template import Template
from flowguard.template.routes import References, Route, find, routes_of


class Suspects:
    """The template's routes, held against what the deploy changed."""

    def __init__(
        self,
        template: Template | None,
        changed: frozenset[str] | None,
        base: str = "",
        *,
        added: frozenset[str] = frozenset(),
    ) -> None:
        """`base` is the URL whose path is the API's stage (`…/prod`); `added` are the
        logical ids that were not there before the deploy.

        Without a template nobody is suspected.
        """
        self._resources = template.resources if template else {}
        self.changed = changed
        self._added = added
        self._prefix = urlsplit(base).path.rstrip("/")
        self._references = References(self._resources)
        self.routes: tuple[Route, ...] = routes_of(template) if template else ()

    def of_request(self, method: str, path: str) -> Blame | None:
        """What is behind a request; None where no route answers it."""
        route = self.route(method, path)
        if route is None:
            return None
        behind = self._references.behind(route.functions)
        # Also the route itself: a dropped authorizer is a change of it alone.
        whole = tuple(dict.fromkeys((route.logical_id, *behind)))
        blame = self._blame(str(route), whole, route.location)
        own = route.logical_id != route.api  # one that is written in its API's body
        return replace(blame, route_added=own and route.logical_id in self._added)

    def of_resources(self, logical_ids: Iterable[str]) -> Blame | None:
        """What is behind a check that names its resources (`touches`)."""
        behind = self._references.behind(logical_ids)
        return self._blame("", behind, None) if behind else None

    def functions(self, blame: Blame) -> tuple[str, ...]:
        """The names of the Lambda functions behind it, the changed ones first.

        A function that CloudFormation names goes by its logical id.
        """
        found = [
            resource
            for logical_id in (*(blame.changed or ()), *blame.logical_ids)
            if (resource := self._resources.get(logical_id))
            and resource.resource_type == "AWS::Lambda::Function"
        ]
        names = (r.properties.get("FunctionName") for r in found)
        return tuple(
            dict.fromkeys(
                name if isinstance(name, str) else resource.logical_id
                for name, resource in zip(names, found, strict=True)
            )
        )

    def route(self, method: str, path: str) -> Route | None:
        """The route that a request comes to; `path` may be a URL."""
        path = urlsplit(path).path or "/"
        found = find(self.routes, method, path)
        if found is None and self._prefix and path.startswith(f"{self._prefix}/"):
            found = find(self.routes, method, path.removeprefix(self._prefix))
        return found

    def _blame(
        self, route: str, behind: tuple[str, ...], fallback: Location | None
    ) -> Blame:
        if self.changed is None:
            return Blame(route, behind, None, fallback, _few(behind))
        changed = tuple(i for i in behind if i in self.changed)
        rest = tuple(i for i in behind if i not in self.changed)
        if not changed:
            message = f"this deploy changed nothing behind it ({_few(behind)})"
            return Blame(route, behind, changed, fallback, message)
        message = f"this deploy changed {_few(changed)}"
        if rest:
            message += f", and did not change {_few(rest)}"
        return Blame(route, behind, changed, self._written(changed[0]), message)

    def _written(self, logical_id: str) -> Location:
        return self._resources[logical_id].at()


_MOST = 4


def _few(logical_ids: tuple[str, ...]) -> str:
    shown = ", ".join(logical_ids[:_MOST])
    more = len(logical_ids) - _MOST
    return f"{shown} and {more} more" if more > 0 else shown
