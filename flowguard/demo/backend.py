"""FlowLogic's backend, small enough for the embedded account to run.

Its stack is a real one: CloudFormation makes tables, a user pool, a REST API and a
function, whose Python code the account runs for each request.
"""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from flowguard.demo.seed import settle
from flowguard.demo.server import EmbeddedAccount

STACK = "flowlogic-backend-qa"
SNAPSHOTS = "flowlogic-snapshots"
"""The bucket that templates are kept in, so that they can be restored."""
FILES = Path(__file__).with_name("scenario") / "backend"
"""The template and its smoke tests."""

_TEMPLATE = "template.yaml"
_GOOD = "USERS_TABLE: !Ref UsersTable\n"
_BAD = "USERS_TABLE: flowlogic-users\n"
_ROWS = {
    "flowlogic-qa-users": ("ada", "grace", "katherine"),
    "flowlogic-qa-plans": ("free", "pro", "team"),
}


class Backend:
    """The stack, and its template in a folder of the project."""

    def __init__(self, account: EmbeddedAccount, folder: Path) -> None:
        import boto3

        self._account = account
        self._template = folder / _TEMPLATE
        with account.applied():
            self._cloudformation: Any = boto3.client("cloudformation")
            self._dynamodb: Any = boto3.client("dynamodb")
            self._s3: Any = boto3.client("s3")

    def create(self, release: str) -> None:
        """Deploy the first release, with data, and make the bucket for snapshots."""
        self._cloudformation.create_stack(**self._deploy(release))
        settle(self._cloudformation, STACK, "CREATE_COMPLETE")
        for table, rows in _ROWS.items():
            for row in rows:
                self._dynamodb.put_item(TableName=table, Item={"id": {"S": row}})
        self._s3.create_bucket(
            Bucket=SNAPSHOTS,
            CreateBucketConfiguration={"LocationConstraint": self._account.region},
        )
        self._s3.put_bucket_versioning(
            Bucket=SNAPSHOTS, VersioningConfiguration={"Status": "Enabled"}
        )
        self._s3.put_public_access_block(
            Bucket=SNAPSHOTS,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": True,
                "RestrictPublicBuckets": True,
            },
        )

    def write_bad_release(self) -> tuple[str, str]:
        """Break the template, as a pull request would; the line before, and after."""
        text = self._template.read_text(encoding="utf-8")
        self._template.write_text(text.replace(_GOOD, _BAD), encoding="utf-8")
        return _GOOD.strip(), _BAD.strip()

    def update(self, release: str) -> float:
        """Deploy the template as any tool would; the seconds that it took."""
        started = time.monotonic()
        self._cloudformation.update_stack(**self._deploy(release))
        settle(self._cloudformation, STACK, "UPDATE_COMPLETE")
        return time.monotonic() - started

    def get(self, path: str) -> str:
        """What the backend answers to anybody: the status and the body, in a line."""
        described = self._cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        outputs = {o["OutputKey"]: o["OutputValue"] for o in described["Outputs"]}
        base = f"{self._account.url}/restapis/{outputs['ApiId']}/qa/_user_request_"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(base + path, timeout=60) as answer:
                status, body = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, body = error.code, error.read()
        return f"{status} {body.decode()}"

    def _deploy(self, release: str) -> dict[str, Any]:
        return {
            "StackName": STACK,
            "TemplateBody": self._template.read_text(encoding="utf-8"),
            "Parameters": [{"ParameterKey": "Release", "ParameterValue": release}],
            "Capabilities": ["CAPABILITY_IAM"],
        }
