"""The Serverless projects that FlowGuard's expansion is held to, and their account.

`make acceptance` compiles each with the real compiler; what came out is kept in
short as golden files, which `make test` holds the expansion to without npm.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from flowguard.demo.seed import FLOWLOGIC
from flowguard.lookups import Parameter, ParameterNamed, Stack, StackNamed
from flowguard.model.places import Place
from flowguard.model.questions import (
    Absent,
    AccountState,
    Lookup,
    Observed,
    Pending,
    Present,
)
from flowguard.template import Inputs, Template

T = TypeVar("T")

ACCOUNT_ID = "123456789012"
PROJECTS = Path(__file__).parent / "acceptance" / "projects"
GOLDEN = Path(__file__).parent / "template" / "serverless" / "golden"

PARAMETERS = {
    "/acme/pool": Parameter("String", "pool-1"),
    "/acme/hosts": Parameter("StringList", "a.example,b.example"),
    **{
        f"/flowlogic/{stage}/{name}": parameter
        for stage in ("staging", "prod")
        for name, parameter in (
            ("cognito/user-pool-id", Parameter("String", f"eu-central-1_{stage}")),
            ("jwt-secret", Parameter("SecureString", None)),
        )
    },
}
"""What the Parameter Store holds, in each of the regions."""
OUTPUTS = {
    "shared-events": {"Topic": f"arn:aws:sns:us-west-2:{ACCOUNT_ID}:shared-events"},
    "shared-prod": {"BucketName": "shared-bucket"},
}
"""The stacks that variables read, with their outputs, in each of the regions."""
REGIONS = ("eu-central-1", "us-east-1", "us-west-2")


@dataclass(frozen=True)
class Project:
    """A project, deployed to one stage."""

    name: str
    folder: Path
    stage: str
    service: str = "."
    """Where `serverless.yml` is in the folder."""

    def __str__(self) -> str:
        return f"{self.name}-{self.stage}"

    @property
    def golden(self) -> Path:
        """Where the compiler's result is kept."""
        return GOLDEN / f"{self}.json"


def projects() -> list[Project]:
    """Every project, in the stages that it is compiled for."""
    flowlogic = [
        Project("flowlogic", FLOWLOGIC.project, stage, "infra/serverless")
        for stage in ("staging", "prod")
    ]
    return flowlogic + [
        Project(folder.name, folder, stage)
        for folder in sorted(PROJECTS.iterdir())
        for stage in ("dev", "prod")
    ]


def inputs(project: Project) -> Inputs:
    """What the user says beside the project."""
    return Inputs(Place(ACCOUNT_ID, "us-east-1"), stage=project.stage)


class Account(AccountState):
    """The account that variables are answered from; what is not in it is absent."""

    def __init__(self) -> None:
        answers: dict[Any, Any] = {}
        for region in REGIONS:
            place = Place(ACCOUNT_ID, region)
            for name, parameter in PARAMETERS.items():
                answers[ParameterNamed(place, name)] = Present(parameter)
            for name, outputs in OUTPUTS.items():
                listed = tuple((key, value, "") for key, value in outputs.items())
                stack = Stack(name, "id", "CREATE_COMPLETE", outputs=listed)
                answers[StackNamed(place, name)] = Present(stack)
        super().__init__(answers)

    def get(self, lookup: Lookup[T]) -> Observed[T]:
        """The answer, at once."""
        answer = super().get(lookup)
        asked = isinstance(lookup, ParameterNamed | StackNamed)
        return Absent() if asked and isinstance(answer, Pending) else answer


def steady(logical_id: str, resource_type: str) -> str:
    """A logical id without the end that only packaging knows.

    The documented volatile ones: a function's version, the deployments of the APIs,
    and what belongs to a layer that is retained.
    """
    ends = {
        "AWS::Lambda::Version": r"(?<=LambdaVersion).*$",
        "AWS::ApiGateway::Deployment": r"(?<=ApiGatewayDeployment).*$",
        "AWS::ApiGatewayV2::Deployment": r"(?<=WebsocketsDeployment).*$",
        "AWS::Lambda::LayerVersion": r"[0-9a-f]{40}$",
        "AWS::Lambda::LayerVersionPermission": r"[0-9a-f]{40}$",
    }
    return re.sub(ends.get(resource_type, "$^"), "", logical_id)


def summary(template: Template) -> dict[str, Any]:
    """A stack in short: its name, and each resource's type and names."""
    resources = {
        steady(resource.logical_id, resource.resource_type): {
            "type": resource.resource_type,
            **_names(resource.properties),
        }
        for resource in template.resources.values()
    }
    exports = [e.name for e in template.exports if isinstance(e.name, str)]
    return {
        "stack": template.stack_name,
        "exports": sorted(exports),
        "resources": dict(sorted(resources.items())),
    }


def _names(properties: Mapping[str, Any]) -> dict[str, str]:
    """What names something: every property that is called so and is known."""
    inner = properties.get("CachePolicyConfig")
    return {
        key: value
        for part in (properties, inner if isinstance(inner, dict) else {})
        for key, value in sorted(part.items())
        if key.endswith("Name") and isinstance(value, str)
    }


def dump(content: dict[str, Any]) -> str:
    """A golden file's text: one line for each resource."""
    rows = [
        f"    {json.dumps(key)}: {json.dumps(value)}"
        for key, value in content["resources"].items()
    ]
    head = {key: value for key, value in content.items() if key != "resources"}
    text = json.dumps(head, indent=2)[:-2]
    return text + ',\n  "resources": {\n' + ",\n".join(rows) + "\n  }\n}\n"
