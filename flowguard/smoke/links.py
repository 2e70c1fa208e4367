"""Links into AWS's console."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import quote

QUERY = "fields @timestamp, @message\n| sort @timestamp desc\n| limit 200"
FILTERED = "fields @timestamp, @message\n| filter @message like '{}'\n| sort @timestamp"
REQUEST_ID = re.compile(r"[A-Za-z0-9=:-]{8,100}")


def logs_link(
    function_name: str,
    region: str,
    start: datetime,
    end: datetime,
    request_id: str = "",
) -> str:
    """Logs Insights on what a Lambda function logged from `start` to `end`.

    With a request's id, only on what names it.
    """
    query = QUERY
    if REQUEST_ID.fullmatch(request_id):
        query = FILTERED.format(request_id)
    detail = (
        f"~(end~'{_value(_time(end))}~start~'{_value(_time(start))}"
        f"~timeType~'ABSOLUTE~tz~'UTC~editorString~'{_value(query)}"
        f"~source~(~'{_value(f'/aws/lambda/{function_name}')}))"
    )
    host = f"{region}.console.{_domain(region)}/cloudwatch/home?region={region}"
    return f"https://{host}#logsV2:logs-insights{_fragment(f'?queryDetail={detail}')}"


def _domain(region: str) -> str:
    if region.startswith("cn-"):
        return "amazonaws.cn"
    return "amazonaws-us-gov.com" if region.startswith("us-gov-") else "aws.amazon.com"


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"


def _value(text: str) -> str:
    """A text as the console writes it: `*2f` for a slash."""
    return re.sub(r"[^A-Za-z0-9_.-]", lambda match: _escaped(match[0]), text)


def _escaped(character: str) -> str:
    return "".join(f"*{byte:02x}" for byte in character.encode())


def _fragment(text: str) -> str:
    """What stands after `#`: percent-encoded, with dollars.

    Nothing is left of what would end a link in Markdown.
    """
    return quote(text, safe="*").replace("%", "$")
