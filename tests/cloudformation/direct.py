"""The fake without a wire, a hundred times as quick: for tests of many thousand steps.

What FlowGuard calls is the same, and so are the errors it sees; only botocore's
writing and reading of HTTP is left out.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.exceptions import ClientError, ConnectionClosedError
from botocore.paginate import Paginator

from cloudformation.refusals import Refused
from cloudformation.wire import Cut
from flowguard.aws.clients import Clients
from flowguard.aws.pool import Pool
from flowguard.aws.session import Aws
from flowguard.model.places import Place

if TYPE_CHECKING:
    from cloudformation.fake import Fake

Method = Callable[..., dict[str, Any]]


class Direct(Aws):
    """The account, its calls handed straight to the fake."""

    def __init__(
        self, fake: Fake, session: botocore.session.Session, place: Place
    ) -> None:
        super().__init__(Clients(session), place, pool=Pool(1, "direct"))
        self._fake = fake
        self._session = session

    def once(self) -> Aws:
        """Itself: asking again costs nothing here."""
        return self

    def client(self, service: str, *_: object, **__: object) -> Any:
        """The client of a service, as much as FlowGuard uses of one."""
        return _Client(self._fake, self._session, service)


class _Client:
    """Its attributes are the operations."""

    def __init__(
        self, fake: Fake, session: botocore.session.Session, service: str
    ) -> None:
        self._fake = fake
        self._session = session
        self._service = service

    def __getattr__(self, operation: str) -> Method:
        """An operation by boto3's name."""

        def call(**asked: Any) -> dict[str, Any]:
            try:
                answer = self._fake.handle(self._service, operation, _written(asked))
            except Refused as refused:
                raise _error(refused, operation) from None
            except Cut:
                raise ConnectionClosedError(endpoint_url="direct") from None
            return _read(operation, answer)

        return call

    def get_paginator(self, operation: str) -> Paginator[Any]:
        """Botocore's own, over the operation."""
        pages = self._session.get_paginator_model(self._service)
        name = "".join(word.title() for word in operation.split("_"))
        model = self._session.get_service_model(self._service).operation_model(name)
        return Paginator(getattr(self, operation), pages.get_paginator(name), model)


def _written(asked: dict[str, Any]) -> dict[str, Any]:
    """Parameters as they arrive."""
    match asked:
        case {"CopySource": {"Bucket": bucket, "Key": key, **more}}:
            version = more.get("VersionId")
            tail = f"?versionId={version}" if version else ""
            return {**asked, "CopySource": f"{bucket}/{key}{tail}"}
        case {"Body": str(text)}:
            return {**asked, "Body": text.encode()}
        case _:
            return asked


def _error(refused: Refused, operation: str) -> ClientError:
    said: Any = {"Code": refused.code, "Message": refused.message}
    metadata: Any = {"HTTPStatusCode": refused.status}
    return ClientError({"Error": said, "ResponseMetadata": metadata}, operation)


def _read(operation: str, answer: dict[str, Any]) -> dict[str, Any]:
    """An answer as botocore reads it."""
    found: dict[str, Any] = _present(answer)
    if operation == "get_template":
        body = found["TemplateBody"]
        found["TemplateBody"] = json.loads(body) if body.startswith("{") else body
    if operation == "get_object":
        found["Body"] = io.BytesIO(found["Body"])
    return found


def _present(value: Any) -> Any:
    """A copy without what is not there."""
    match value:
        case dict():
            return {k: _present(v) for k, v in value.items() if v is not None}
        case list() | tuple():
            return [_present(item) for item in value]
        case _:
            return value
