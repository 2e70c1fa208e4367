"""The little of other services that a rollback asks, from the same world."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from typing import Any

from cloudformation.refusals import Refused
from cloudformation.stacks import Clock
from cloudformation.world import Version, World, version

Asked = Mapping[str, Any]
Answer = dict[str, Any]


class Sts:
    """Who is signed in."""

    def __init__(self, account: str) -> None:
        self._account = account

    def get_caller_identity(self, asked: Asked) -> Answer:
        arn = f"arn:aws:iam::{self._account}:user/tester"
        return {"Account": self._account, "Arn": arn, "UserId": "tester"}


class S3:
    """Objects with their versions."""

    def __init__(self, world: World, clock: Clock, account: str) -> None:
        self._world = world
        self._clock = clock
        self._account = account

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
        kept["LastModified"] = self._clock.at()
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

    def list_objects_v2(self, asked: Asked) -> Answer:
        self._require_owner(asked)
        rows = []
        for key, versions in sorted(self._bucket(asked["Bucket"]).items()):
            newest = versions[-1] if versions else None
            if not newest or newest.body is None:
                continue
            if key.startswith(asked.get("Prefix", "")):
                at = newest.headers.get("LastModified", self._clock.at())
                rows.append({"Key": key, "LastModified": at, "Size": len(newest.body)})
        return {"Contents": rows, "KeyCount": len(rows), "IsTruncated": False}

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
        self._require_owner(asked)
        self._bucket(asked["Bucket"])
        return {"Status": "Enabled"}

    def get_public_access_block(self, asked: Asked) -> Answer:
        self._bucket(asked["Bucket"])
        names = "BlockPublicAcls IgnorePublicAcls BlockPublicPolicy"
        blocked = (*names.split(), "RestrictPublicBuckets")
        return {"PublicAccessBlockConfiguration": dict.fromkeys(blocked, True)}

    def _bucket(self, name: str) -> dict[str, list[Version]]:
        if name not in self._world.buckets:
            said = "The specified bucket does not exist"
            raise Refused("NoSuchBucket", said, 404)
        return self._world.buckets[name]

    def _require_owner(self, asked: Asked) -> None:
        """That the bucket is of the account that the caller means."""
        if asked.get("ExpectedBucketOwner", self._account) != self._account:
            raise Refused("AccessDenied", "Access Denied", 403)

    def _require_free(self, asked: Asked) -> None:
        """That nothing is under the key, where the caller wants that."""
        self._require_owner(asked)
        found = version(self._bucket(asked["Bucket"]), asked["Key"])
        if asked.get("IfNoneMatch") == "*" and found and found.body is not None:
            said = "At least one of the pre-conditions you specified did not hold"
            raise Refused("PreconditionFailed", said, 412)

    def _version(self, asked: Asked) -> Version:
        self._require_owner(asked)
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


class CloudWatch:
    """Alarms and metrics."""

    def __init__(self, world: World, clock: Clock) -> None:
        self._world = world
        self._clock = clock

    def describe_alarms(self, asked: Asked) -> Answer:
        wanted = asked.get("AlarmNames")
        rows = [
            {
                "AlarmName": name,
                "StateValue": state,
                "StateUpdatedTimestamp": self._world.alarms.since[name],
            }
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
