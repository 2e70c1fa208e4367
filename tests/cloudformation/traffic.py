"""What answers requests: functions, stages, and deployments that shift traffic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudformation.refusals import Refused
from cloudformation.world import World, digest, version

Asked = Mapping[str, Any]
Answer = dict[str, Any]

FUNCTION = "AWS::Lambda::Function"
SETTINGS = ("Environment", "Handler", "MemorySize", "Role", "Runtime", "Timeout")


class Lambda:
    """Functions, their versions and aliases."""

    def __init__(self, world: World) -> None:
        self._world = world

    def get_function(self, asked: Asked) -> Answer:
        return {"Configuration": self.get_function_configuration(asked)}

    def get_function_configuration(self, asked: Asked) -> Answer:
        name, made = self._function(asked["FunctionName"])
        return self._row(name, made, "$LATEST")

    def list_versions_by_function(self, asked: Asked) -> Answer:
        name, made = self._function(asked["FunctionName"])
        rows = [self._row(name, made, "$LATEST")]
        rows += [self._row(name, row, row["Version"]) for row in self._versions(name)]
        return {"Versions": rows}

    def list_aliases(self, asked: Asked) -> Answer:
        name, _ = self._function(asked["FunctionName"])
        return {"Aliases": [self._alias_row(name, row) for row in self._aliases(name)]}

    def get_alias(self, asked: Asked) -> Answer:
        name, _ = self._function(asked["FunctionName"])
        return self._alias_row(name, self._alias(name, asked["Name"]))

    def update_alias(self, asked: Asked) -> Answer:
        name, _ = self._function(asked["FunctionName"])
        row = self._alias(name, asked["Name"])
        revision = asked.get("RevisionId")
        if revision and revision != self._alias_row(name, row)["RevisionId"]:
            said = "The RevisionId provided does not match the latest RevisionId."
            raise Refused("PreconditionFailedException", said, 412)
        wanted = asked.get("FunctionVersion", row["FunctionVersion"])
        if wanted not in {made["Version"] for made in self._versions(name)}:
            said = f"Function not found: {name}:{wanted}"
            raise Refused("ResourceNotFoundException", said, 404)
        row["FunctionVersion"] = wanted
        row["RoutingConfig"] = asked.get("RoutingConfig", row.get("RoutingConfig"))
        return self._alias_row(name, row)

    def update_function_code(self, asked: Asked) -> Answer:
        name, made = self._function(asked["FunctionName"])
        code = {k: v for k, v in asked.items() if k.startswith("S3")}
        bucket = self._world.buckets.get(code.get("S3Bucket", ""), {})
        found = version(bucket, code.get("S3Key", ""), code.get("S3ObjectVersion"))
        if found is None or found.body is None:
            said = "The specified key does not exist."
            raise Refused("InvalidParameterValueException", said)
        made["Code"], made["CodeSha256"] = code, digest(found.body)
        return self._row(name, made, "$LATEST")

    def _function(self, asked: str) -> tuple[str, dict[str, Any]]:
        name = asked.rsplit(":function:", maxsplit=1)[-1].split(":", maxsplit=1)[0]
        made = self._world.live.get((FUNCTION, name))
        if made is None:
            raise Refused(
                "ResourceNotFoundException", f"Function not found: {name}", 404
            )
        return name, made

    def _row(self, name: str, made: Mapping[str, Any], number: str) -> Answer:
        return {
            "FunctionName": name,
            "FunctionArn": f"arn:aws:lambda:eu-central-1:111122223333:function:{name}",
            "Version": number,
            "CodeSha256": made["CodeSha256"],
            "State": "Active",
            "LastUpdateStatus": "Successful",
            "RevisionId": made["CodeSha256"],
            **{name: made.get(name) for name in SETTINGS},
            "Layers": [{"Arn": arn} for arn in made.get("Layers", ())] or None,
        }

    def _of(self, type: str, name: str) -> list[dict[str, Any]]:
        return [
            made
            for (kind, _), made in self._world.live.items()
            if kind == type and made["FunctionName"].endswith(name)
        ]

    def _versions(self, name: str) -> list[dict[str, Any]]:
        return self._of("AWS::Lambda::Version", name)

    def _aliases(self, name: str) -> list[dict[str, Any]]:
        return self._of("AWS::Lambda::Alias", name)

    def _alias(self, name: str, alias: str) -> dict[str, Any]:
        for row in self._aliases(name):
            if row["Name"] == alias:
                return row
        said = f"Cannot find alias arn: {name}:{alias}"
        raise Refused("ResourceNotFoundException", said, 404)

    def _alias_row(self, name: str, row: Mapping[str, Any]) -> Answer:
        routing = row.get("RoutingConfig") or None
        target = row["FunctionVersion"]
        return {
            "AliasArn": f"arn:aws:lambda:eu-central-1:111122223333:function:{name}:"
            + row["Name"],
            "Name": row["Name"],
            "FunctionVersion": target,
            "RoutingConfig": routing,
            "RevisionId": digest(f"{target} {routing}".encode()),
        }


class ApiGateway:
    """Stages of REST APIs."""

    def __init__(self, world: World) -> None:
        self._world = world

    def get_stages(self, asked: Asked) -> Answer:
        return {
            "item": [
                self._row(made)
                for (kind, _), made in self._world.live.items()
                if kind == "stage" and made["RestApiId"] == asked["restApiId"]
            ]
        }

    def get_domain_names(self, asked: Asked) -> Answer:
        return {"items": []}

    def get_stage(self, asked: Asked) -> Answer:
        return self._row(self._stage(asked))

    def update_stage(self, asked: Asked) -> Answer:
        made = self._stage(asked)
        for patch in asked.get("patchOperations", []):
            wanted = patch.get("value")
            key = ("AWS::ApiGateway::Deployment", wanted)
            if patch.get("path") != "/deploymentId" or key not in self._world.live:
                said = "Invalid Deployment identifier specified"
                raise Refused("BadRequestException", said)
            made["DeploymentId"] = wanted
        return self._row(made)

    def _stage(self, asked: Asked) -> dict[str, Any]:
        key = ("stage", f"{asked['restApiId']}/{asked['stageName']}")
        if key not in self._world.live:
            raise Refused(
                "NotFoundException", "Invalid stage identifier specified", 404
            )
        return self._world.live[key]

    def _row(self, made: Mapping[str, Any]) -> Answer:
        return {"stageName": made["StageName"], "deploymentId": made["DeploymentId"]}


class ApiGatewayV2:
    """Stages of HTTP APIs."""

    def __init__(self, world: World) -> None:
        self._world = world

    def get_stages(self, asked: Asked) -> Answer:
        names = ("StageName", "DeploymentId", "AutoDeploy")
        return {
            "Items": [
                {name: made[name] for name in names if name in made}
                for (kind, _), made in self._world.live.items()
                if kind == "AWS::ApiGatewayV2::Stage"
                and made["ApiId"] == asked["ApiId"]
            ]
        }

    def get_domain_names(self, asked: Asked) -> Answer:
        return {"Items": []}


class CodeDeploy:
    """Deployments that shift traffic."""

    def __init__(self, world: World) -> None:
        self._world = world

    def list_deployments(self, asked: Asked) -> Answer:
        wanted = asked.get("includeOnlyStatuses")
        return {
            "deployments": [
                name
                for name, row in self._world.deployments.items()
                if not wanted or row["status"] in wanted
            ]
        }

    def get_deployment(self, asked: Asked) -> Answer:
        return {"deploymentInfo": self._deployment(asked)}

    def stop_deployment(self, asked: Asked) -> Answer:
        row = self._deployment(asked)
        if row["status"] in {"Succeeded", "Failed", "Stopped"}:
            said = "The deployment has already completed."
            raise Refused("DeploymentAlreadyCompletedException", said)
        row["status"] = "Stopped"
        return {"status": "Succeeded"}

    def _deployment(self, asked: Asked) -> dict[str, Any]:
        name = asked["deploymentId"]
        if name not in self._world.deployments:
            said = f"The deployment {name} could not be found"
            raise Refused("DeploymentDoesNotExistException", said)
        row = self._world.deployments[name]
        row.setdefault("deploymentId", name)
        return row
