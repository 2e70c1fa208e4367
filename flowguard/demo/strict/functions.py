"""Lambda functions as AWS keeps them.

ministack numbers the versions of a function that was made anew from one again, packs
the same inline code into the same archive, and makes a function without code where its
archive is not there.

Sources: "Manage Lambda function versions" in Lambda's developer guide (a number is
never used twice, not even by a function of the same name that is made later). That the
digest of inline code differs at each upload was seen in the field.
"""

from __future__ import annotations

import io
import uuid
import zipfile
from collections.abc import Mapping
from typing import Any

from flowguard.demo.strict import pin
from flowguard.demo.strict.state import ControlState

FUNCTION = "AWS::Lambda::Function"
_WITH_CODE = {FUNCTION: "Code", "AWS::Lambda::LayerVersion": "Content"}
_NO_KEY = (
    "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message:"
    " The specified key does not exist. (Service: Lambda, Status Code: 400)"
)


class Functions:
    """What a function's archive holds, and which numbers its versions had."""

    def __init__(self, state: ControlState) -> None:
        self._zip = pin.module(pin.PROVISIONERS)._zip_inline
        self._numbers = state.version_numbers

    def install(self) -> None:
        """Pack inline code as CloudFormation does: each time anew."""
        pin.module(pin.PROVISIONERS)._zip_inline = self.zip_inline

    def zip_inline(
        self, source: str | None, handler: str, runtime: str = "python3.12"
    ) -> bytes | None:
        """The archive of inline code, which is never the same twice."""
        packed: bytes | None = self._zip(source, handler, runtime)
        if packed is None:
            return None
        archive = io.BytesIO(packed)
        with zipfile.ZipFile(archive, "a") as unique:
            unique.comment = uuid.uuid4().bytes
        return archive.getvalue()

    def made(self, name: str) -> None:
        """A function was made: its versions are numbered where the last one ended."""
        function = _functions()[name]
        known = self._numbers.get(_arn(function), 1)
        function["next_version"] = max(function["next_version"], known)

    def ending(self, name: str) -> None:
        """A function is about to be deleted: remember how far its numbers went."""
        function = _functions().get(name)
        if function is not None:
            self._numbers[_arn(function)] = function["next_version"]


def missing_archive(resource_type: str, properties: Mapping[str, Any]) -> str:
    """Why the code that these properties name cannot be had; empty where it can."""
    code = properties.get(_WITH_CODE.get(resource_type, "")) or {}
    if not code.get("S3Key"):
        return ""
    fetch = pin.module("services.lambda_svc")._fetch_code_from_s3
    found = fetch(code.get("S3Bucket"), code["S3Key"], code.get("S3ObjectVersion"))
    return "" if found is not None else _NO_KEY


def _functions() -> Any:
    return pin.module("services.lambda_svc")._functions


def _arn(function: Mapping[str, Any]) -> str:
    arn: str = function["config"]["FunctionArn"]
    return arn
