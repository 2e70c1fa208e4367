"""Links into AWS's console: what they ask for, and that nothing ends them early."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pytest

from flowguard.smoke.links import logs_link

NOON = datetime(2026, 1, 18, 12, tzinfo=UTC)


def link(name: str = "app-users", region: str = "eu-central-1", **more: str) -> str:
    """The link to what a function logged in five minutes."""
    return logs_link(name, region, NOON - timedelta(minutes=5), NOON, **more)


def read(text: str) -> str:
    """What the console reads of a link: first the dollars, then the stars."""
    fragment = unquote(text.partition("#")[2].replace("$", "%"))
    return re.sub(
        r"((?:\*[0-9a-f]{2})+)",
        lambda match: bytes.fromhex(match[0].replace("*", "")).decode(),
        fragment,
    )


def test_it_asks_for_the_logs_of_the_function_and_the_time() -> None:
    assert link().startswith(
        "https://eu-central-1.console.aws.amazon.com/cloudwatch/home"
        "?region=eu-central-1#logsV2:logs-insights$3FqueryDetail$3D~"
    )
    assert read(link()) == (
        "logsV2:logs-insights?queryDetail=~(end~'2026-01-18T12:00:00.000Z"
        "~start~'2026-01-18T11:55:00.000Z~timeType~'ABSOLUTE~tz~'UTC"
        "~editorString~'fields @timestamp, @message\n| sort @timestamp desc\n| limit 200"
        "~source~(~'/aws/lambda/app-users))"
    )


def test_a_request_is_looked_for_by_its_id() -> None:
    request_id = "8f5a-11d0"

    assert "filter @message like '8f5a-11d0'" in read(link(request_id=request_id))


@pytest.mark.parametrize("request_id", ["' or 1", "a\nb", "x" * 101, "short"])
def test_what_is_no_id_is_not_asked_for(request_id: str) -> None:
    assert link(request_id=request_id) == link()


@pytest.mark.parametrize("name", ["a)b", "a b", "a'~(b", "ü/%41$", "a](x)<b>\n::error"])
def test_nothing_ends_it_early(name: str) -> None:
    found = link(name)

    assert re.fullmatch(r"https://[A-Za-z0-9.:/?=#~$*_-]+", found)
    assert f"/aws/lambda/{name}))" in read(found)


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
    ],
)
def test_each_partition_has_its_console(region: str, host: str) -> None:
    assert link(region=region).startswith(f"https://{host}/")
