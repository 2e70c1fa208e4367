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
    is_self_hosted: bool = False

    @property
    def files_url(self) -> str:
        """Where the files of the repository are shown as the job has them."""
        if not (self.repository and self.sha):
            return ""
        return f"{self.server_url}/{quote(self.repository)}/blob/{quote(self.sha)}"


def read(environment: Mapping[str, str]) -> Job:
    """The job that the environment describes, as far as it does."""
    return Job(
        workspace=pathlib.Path(environment.get("GITHUB_WORKSPACE") or ".").resolve(),
        repository=environment.get("GITHUB_REPOSITORY", ""),
        sha=environment.get("GITHUB_SHA", ""),
        server_url=environment.get("GITHUB_SERVER_URL") or GITHUB,
        api_url=environment.get("GITHUB_API_URL") or GITHUB_API,
        graphql_url=environment.get("GITHUB_GRAPHQL_URL") or GITHUB_GRAPHQL,
        event=environment.get("GITHUB_EVENT_NAME", ""),
        pull_request=_pull_request(environment.get("GITHUB_EVENT_PATH", "")),
        is_self_hosted=environment.get("RUNNER_ENVIRONMENT") == "self-hosted",
    )


def _pull_request(event_path: str) -> int | None:
    """The number in the event's file; None where there is none."""
    try:
        text = pathlib.Path(event_path).read_text(encoding="utf-8")
        event: Any = json.loads(text)
        return int(event["pull_request"]["number"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
