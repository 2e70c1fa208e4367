"""The little of other services that a rollback asks, from the same world."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from typing import Any

from cloudformation.refusals import Refused
from cloudformation.stacks import Clock
from cloudformation.world import Version, World, digest, version

Asked = Mapping[str, Any]
Answer = dict[str, Any]

FUNCTION = "AWS::Lambda::Function"


class Sts:
    """Who is signed in."""

    def __init__(self, account: str) -> None:
        self._account = account

    def get_caller_identity(self, asked: Asked) -> Answer:
        arn = f"arn:aws:iam::{self._account}:user/tester"
        return {"Account": self._account, "Arn": arn, "UserId": "tester"}


class S3:
    """Objects with their versions."""

    def __init__(self, world: World) -> None:
        self._world = world

    def get_object(self, asked: Asked) -> Answer:
        found = self._version(asked)
        return {**self._head(found), "Body": found.body}

    def head_object(self, asked: Asked) -> Answer:
        return self._head(self._version(asked))

    def put_object(self, asked: Asked) -> Answer:
        body = asked.get("Body", b"")
        kept = {
            name: asked[name]
            for name in ("ServerSideEncryption", "SSEKMSKeyId", "Metadata")
            if asked.get(name)
        }
        self._require_free(asked)
        added = self._world.store(asked["Bucket"], asked["Key"], body, **kept)
        return {"VersionId": added.id, "ETag": f'"{added.id}"'}

    def copy_object(self, asked: Asked) -> Answer:
        source, _, number = asked["CopySource"].partition("?versionId=")
        bucket, _, key = source.lstrip("/").partition("/")
        found = self._version(
            {"Bucket": bucket, "Key": key, "VersionId": number or None}
        )
        self._require_free(asked)
        added = self._world.store(asked["Bucket"], asked["Key"], found.body)
        return {"VersionId": added.id, "CopyObjectResult": {"ETag": f'"{added.id}"'}}

    def delete_object(self, asked: Asked) -> Answer:
        versions = self._bucket(asked["Bucket"]).setdefault(asked["Key"], [])
        if number := asked.get("VersionId"):
            versions[:] = [found for found in versions if found.id != number]
            return {"VersionId": number}
        marker = self._world.store(asked["Bucket"], asked["Key"], None)
        return {"DeleteMarker": True, "VersionId": marker.id}

    def list_object_versions(self, asked: Asked) -> Answer:
        bucket = self._bucket(asked["Bucket"])
        answer: Answer = {"Versions": [], "DeleteMarkers": [], "IsTruncated": False}
        for key, versions in bucket.items():
            if not key.startswith(asked.get("Prefix", "")):
                continue
            for found in reversed(versions):
                row = {
                    "Key": key,
                    "VersionId": found.id,
                    "IsLatest": found is versions[-1],
                }
                kind = "DeleteMarkers"
                if found.body is not None:
                    kind = "Versions"
                    row["ETag"] = f'"{found.id}"'
                answer[kind].append(row)
        return answer

    def get_bucket_versioning(self, asked: Asked) -> Answer:
        self._bucket(asked["Bucket"])
        return {"Status": "Enabled"}

    def _bucket(self, name: str) -> dict[str, list[Version]]:
        if name not in self._world.buckets:
            said = "The specified bucket does not exist"
            raise Refused("NoSuchBucket", said, 404)
        return self._world.buckets[name]

    def _require_free(self, asked: Asked) -> None:
        """That nothing is under the key, where the caller wants that."""
        found = version(self._bucket(asked["Bucket"]), asked["Key"])
        if asked.get("IfNoneMatch") == "*" and found and found.body is not None:
            said = "At least one of the pre-conditions you specified did not hold"
            raise Refused("PreconditionFailed", said, 412)

    def _version(self, asked: Asked) -> Version:
        bucket = self._bucket(asked["Bucket"])
        found = version(bucket, asked["Key"], asked.get("VersionId"))
        if found is None or found.body is None:
            code = "NoSuchVersion" if asked.get("VersionId") else "NoSuchKey"
            raise Refused(code, "The specified key does not exist.", 404)
        return found

    def _head(self, found: Version) -> Answer:
        body = found.body or b""
        row = {
            "VersionId": found.id,
            "ContentLength": len(body),
            "ETag": f'"{found.id}"',
        }
        return row | dict(found.headers)


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
            "Environment": made.get("Environment"),
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


class DynamoDb:
    """Tables, and whether there is a way back for what they hold."""

    def __init__(self, world: World) -> None:
        self._world = world

    def describe_table(self, asked: Asked) -> Answer:
        name, made = self._table(asked)
        protected = made.get("DeletionProtectionEnabled", False)
        return {
            "Table": {
                "TableName": name,
                "TableStatus": "ACTIVE",
                "KeySchema": made.get("KeySchema"),
                "DeletionProtectionEnabled": protected,
            }
        }

    def describe_continuous_backups(self, asked: Asked) -> Answer:
        name, _ = self._table(asked)
        status = "ENABLED" if name in self._world.backups else "DISABLED"
        return {
            "ContinuousBackupsDescription": {
                "ContinuousBackupsStatus": "ENABLED",
                "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": status},
            }
        }

    def _table(self, asked: Asked) -> tuple[str, dict[str, Any]]:
        name = asked["TableName"].rpartition("/")[2]
        made = self._world.live.get(("AWS::DynamoDB::Table", name))
        if made is None:
            said = f"Requested resource not found: Table: {name} not found"
            raise Refused("ResourceNotFoundException", said)
        return name, made


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


class CloudWatch:
    """Alarms and metrics."""

    def __init__(self, world: World, clock: Clock) -> None:
        self._world = world
        self._clock = clock

    def describe_alarms(self, asked: Asked) -> Answer:
        wanted = asked.get("AlarmNames")
        rows = [
            {"AlarmName": name, "StateValue": state}
            for name, state in self._world.alarms.items()
            if not wanted or name in wanted
        ]
        return {"MetricAlarms": rows, "CompositeAlarms": []}

    def get_metric_data(self, asked: Asked) -> Answer:
        results = []
        for query in asked["MetricDataQueries"]:
            name = query.get("MetricStat", {}).get("Metric", {}).get("MetricName", "")
            values = self._world.metrics.get(name, [])
            results.append(
                {
                    "Id": query["Id"],
                    "Label": name,
                    "Timestamps": [self._clock.at()] * len(values),
                    "Values": values,
                    "StatusCode": "Complete",
                }
            )
        return {"MetricDataResults": results}


class Kms:
    """Data keys; what it calls encrypted is only marked as such."""

    def generate_data_key(self, asked: Asked) -> Answer:
        key = os.urandom(32)
        return {
            "Plaintext": key,
            "CiphertextBlob": b"sealed:" + base64.b64encode(key),
            "KeyId": asked["KeyId"],
        }

    def decrypt(self, asked: Asked) -> Answer:
        blob = asked["CiphertextBlob"]
        if not blob.startswith(b"sealed:"):
            raise Refused("InvalidCiphertextException", "")
        return {"Plaintext": base64.b64decode(blob.removeprefix(b"sealed:"))}


class Sns:
    """What is published."""

    def __init__(self, world: World) -> None:
        self._world = world

    def publish(self, asked: Asked) -> Answer:
        self._world.published.append(dict(asked))
        return {"MessageId": f"message-{len(self._world.published)}"}
