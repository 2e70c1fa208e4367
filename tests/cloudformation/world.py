"""What the resources of stacks are once they exist, apart from any stack."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
from collections import UserDict, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from cloudformation.stacks import BEGAN, Clock, Resource

NO_SUCH_KEY = (
    'Resource handler returned message: "Error occurred while GetObject. S3 Error '
    "Code: NoSuchKey. S3 Error Message: The specified key does not exist. (Service: "
    'Lambda, Status Code: 400)" (HandlerErrorCode: InvalidRequest)'
)
_version = itertools.count(1)


class Failed(Exception):  # noqa: N818 - it is what becomes of a resource
    """A resource could not be made what it should be."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Version:
    """A version of an object; without a body it is a delete marker."""

    id: str
    body: bytes | None
    headers: Mapping[str, Any] = field(default_factory=dict)


Bucket = dict[str, list[Version]]
"""The versions of each key, the oldest first."""


class Alarms(UserDict[str, str]):
    """The state of each alarm, which knows since when it is so."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self.since: defaultdict[str, datetime] = defaultdict(lambda: BEGAN)

    def __setitem__(self, name: str, state: str) -> None:
        if self.get(name) != state:
            self.since[name] = self._clock.at()
        super().__setitem__(name, state)


class World:
    """What lives in the account."""

    def __init__(self, clock: Clock) -> None:
        self.buckets: dict[str, Bucket] = {}
        self.live: dict[tuple[str, str], dict[str, Any]] = {}
        """By type and physical id: the properties, and what came of them."""
        self.alarms = Alarms(clock)
        """The state of each."""
        self.metrics: dict[str, list[float]] = {}
        """The values of a metric, by its name."""
        self.deployments: dict[str, dict[str, Any]] = {}
        """CodeDeploy's, by their ids."""
        self.backups: set[str] = set()
        """Tables with point-in-time recovery."""
        self.published: list[dict[str, Any]] = []
        """What SNS was given."""
        self._numbers: dict[str, int] = {}
        """The newest version of each function."""
        self._scripts: dict[tuple[str, str], list[str]] = {}

    # --- what a test writes down --------------------------------------------

    def script(self, logical_id: str, phase: str, reason: str, times: int) -> None:
        """Let the next `times` attempts fail."""
        self._scripts.setdefault((logical_id, phase), []).extend([reason] * times)

    def scripted(self, logical_id: str, phase: str) -> str:
        """Why this attempt fails, if it does."""
        reasons = self._scripts.get((logical_id, phase))
        return reasons.pop(0) if reasons else ""

    # --- resources ----------------------------------------------------------

    def put(self, resource: Resource, *, new: bool) -> None:
        """Make a resource, or change it; raises `Failed`."""
        key = (resource.type, resource.physical_id)
        if new and key in self.live and not resource.type.endswith("::Stage"):
            raise Failed(f"{resource.physical_id} already exists")
        made = dict(resource.properties)
        match resource.type:
            case "AWS::Lambda::Function":
                made["CodeSha256"] = self._code(made.get("Code", {}))
            case "AWS::Lambda::Version":
                made = self.live.get(key) or self._lambda_version(made)
            case "AWS::Lambda::Alias":
                made["FunctionVersion"] = self._number(str(made["FunctionVersion"]))
            case "AWS::ApiGateway::Stage":
                self._stage(made)
            case "AWS::ApiGateway::Deployment" if "StageName" in made:
                self._stage(made | {"DeploymentId": resource.physical_id})
        self.live[key] = made

    def drop(self, resource: Resource) -> None:
        """Delete it."""
        gone = self.live.pop((resource.type, resource.physical_id), {})
        if resource.type == "AWS::ApiGateway::Deployment" and "StageName" in gone:
            same = ("RestApiId", "StageName")
            for (kind, physical_id), made in list(self.live.items()):
                if kind == resource.type and all(made.get(k) == gone[k] for k in same):
                    self._stage(made | {"DeploymentId": physical_id})

    def _stage(self, made: Mapping[str, Any]) -> None:
        """Let a stage of an API serve a deployment."""
        names = ("RestApiId", "StageName", "DeploymentId")
        stage = f"{made['RestApiId']}/{made['StageName']}"
        self.live["stage", stage] = {name: made[name] for name in names}

    def _lambda_version(self, made: dict[str, Any]) -> dict[str, Any]:
        name = str(made["FunctionName"]).rpartition(":")[2]
        function = self.live["AWS::Lambda::Function", name]
        self._numbers[name] = self._numbers.get(name, 0) + 1
        return (
            function
            | made
            | {
                "CodeSha256": function["CodeSha256"],
                "FunctionName": name,
                "Version": str(self._numbers[name]),
            }
        )

    def _number(self, asked: str) -> str:
        """The number of a version, also where it is a reference to one."""
        name, _, attribute = asked.rpartition(".")
        found = self.live.get(("AWS::Lambda::Version", name), {})
        return str(found.get(attribute, asked))

    def _code(self, code: Mapping[str, Any]) -> str:
        if "ZipFile" in code:  # a file of its own each time, with the time in it
            return digest(f"{code} {next(_version)}".encode())
        bucket = self.buckets.get(str(code.get("S3Bucket", "")))
        if bucket is None:  # a test that speaks of no buckets
            return digest(json.dumps(code, sort_keys=True).encode())
        found = version(bucket, str(code["S3Key"]), code.get("S3ObjectVersion"))
        if found is None or found.body is None:
            raise Failed(NO_SUCH_KEY)
        return digest(found.body)

    # --- objects ------------------------------------------------------------

    def store(
        self, bucket: str, key: str, body: bytes | None, **headers: Any
    ) -> Version:
        """Add a version of an object, or a delete marker, to a versioned bucket."""
        added = Version(f"v{next(_version)}", body, headers)
        self.buckets.setdefault(bucket, {}).setdefault(key, []).append(added)
        return added

    def text_at(self, url: str) -> str:
        """The text of the object with that URL, its bucket in the path or the host."""
        parts = urlsplit(url)
        host, path = parts.netloc.split("."), parts.path.lstrip("/")
        bucket, _, key = path.partition("/")
        if host[0] in self.buckets:
            bucket, key = host[0], path
        found = version(self.buckets.get(bucket, {}), key)
        if found is None or found.body is None:
            raise Failed("S3 error: The specified key does not exist.")
        return found.body.decode()


def version(bucket: Bucket, key: str, id: str | None = None) -> Version | None:
    """A version of an object: the newest, unless it is named."""
    every = bucket.get(key, [])
    return next((v for v in reversed(every) if id in {None, v.id}), None)


def digest(body: bytes) -> str:
    """As Lambda gives the digest of code."""
    return base64.b64encode(hashlib.sha256(body).digest()).decode()
