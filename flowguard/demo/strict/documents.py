"""Templates and policies that CloudFormation reads from S3.

ministack takes the first part of a URL's path for the bucket and reads what is there
now. CloudFormation also reads a bucket that is named by the host, and the version that
the URL asks for: what a rollback point was kept as, whatever came since.

Source: "Template URL" in the CloudFormation user guide, "Virtual hosting" in S3's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from flowguard.demo.strict import pin
from flowguard.demo.strict.answers import Answer

_VIRTUAL_HOST = re.compile(
    r"(?P<bucket>.+)\.s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com(?:\.cn)?"
)
_GONE = (
    "S3 error: The specified key does not exist.\nFor more information check"
    " http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"
)


class Documents:
    """Stands before ministack's own reading of URLs."""

    def __init__(self) -> None:
        self._resolve = pin.module(pin.HELPERS)._resolve_document

    def install(self) -> None:
        """Read URLs as CloudFormation does."""
        pin.module(pin.HELPERS)._resolve_document = self.resolve

    def resolve(
        self, params: Mapping[str, Any], body_key: str, url_key: str, label: str
    ) -> tuple[str | None, Answer | None]:
        """The document's text, or the error."""
        handlers = pin.module(pin.HANDLERS)
        url = urlsplit(str(handlers._p(params, url_key)))
        host = _VIRTUAL_HOST.fullmatch(url.hostname or "")
        if handlers._p(params, body_key) or not host:
            found: tuple[str | None, Answer | None]
            found = self._resolve(params, body_key, url_key, label)
            return found
        text = _read(host["bucket"], url)
        return (text, None) if text else (None, _error())


def _read(bucket: str, url: SplitResult) -> str:
    """An object's text; empty where there is none."""
    version = parse_qs(url.query).get("versionId", [None])[0]
    key = unquote(url.path.removeprefix("/"))
    stored = pin.module("services.s3")._get_object_data(bucket, key, version)
    return stored.decode() if stored else ""


def _error() -> Answer:
    answer: Answer = pin.module(pin.HANDLERS)._error("ValidationError", _GONE)
    return answer
