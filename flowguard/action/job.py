"""The job that the step runs in, as the runner describes it."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

GITHUB = "https://github.com"
GITHUB_API = "https://api.github.com"
GITHUB_GRAPHQL = "https://api.github.com/graphql"


@dataclass(frozen=True, slots=True)
class Job:
    """What the step needs to know of its job."""

    workspace: pathlib.Path
    repository: str = ""
    """As OWNER/NAME."""
    sha: str = ""
    server_url: str = GITHUB
    api_url: str = GITHUB_API
    graphql_url: str = GITHUB_GRAPHQL
    event: str = ""
    """The name of what started the workflow, such as `push`."""
    pull_request: int | None = None
    """Its number, where the job is about one."""
    runs_foreign_code: bool = False
    """Whether what is checked out may be what a pull request proposes."""
    is_self_hosted: bool = False

    @property
    def files_url(self) -> str:
        """Where the files of the repository are shown as the job has them."""
        if not (self.repository and self.sha):
            return ""
        return f"{self.server_url}/{quote(self.repository)}/blob/{quote(self.sha)}"


def read(environment: Mapping[str, str]) -> Job:
    """The job that the environment describes, as far as it does."""
    name = environment.get("GITHUB_EVENT_NAME", "")
    event = _event(environment.get("GITHUB_EVENT_PATH", ""))
    return Job(
        workspace=pathlib.Path(environment.get("GITHUB_WORKSPACE") or ".").resolve(),
        repository=environment.get("GITHUB_REPOSITORY", ""),
        sha=environment.get("GITHUB_SHA", ""),
        server_url=environment.get("GITHUB_SERVER_URL") or GITHUB,
        api_url=environment.get("GITHUB_API_URL") or GITHUB_API,
        graphql_url=environment.get("GITHUB_GRAPHQL_URL") or GITHUB_GRAPHQL,
        event=name,
        pull_request=_pull_request(event),
        runs_foreign_code=_is_proposed(name, event),
        is_self_hosted=environment.get("RUNNER_ENVIRONMENT") == "self-hosted",
    )


def _event(path: str) -> dict[str, Any]:
    """What started the workflow; empty where nobody says."""
    try:
        event: Any = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return event if isinstance(event, dict) else {}


def _pull_request(event: Mapping[str, Any]) -> int | None:
    """The number in the event; None where there is none."""
    try:
        return int(event["pull_request"]["number"])
    except (ValueError, KeyError, TypeError):
        return None


def _is_proposed(name: str, event: Mapping[str, Any]) -> bool:
    """Whether the event is about a pull request, in any of the ways it can be.

    A comment on one and a workflow that runs after one of its own have the rights of
    the repository, and often check the proposal out.
    """
    issue, before = event.get("issue"), event.get("workflow_run")
    return (
        name.startswith("pull_request")
        or "pull_request" in event
        or (isinstance(issue, dict) and "pull_request" in issue)
        or (
            isinstance(before, dict)
            and str(before.get("event", "")).startswith("pull_request")
        )
    )
