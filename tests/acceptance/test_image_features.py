"""What `scripts/slim.py` leaves of the libraries does all that a step asks of them.

Each feature that stands on a library of its own runs in the image itself, so that
nothing is removed that is missed.
"""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any

import pytest
from botocore.session import get_session
from container import CHECKOUT, Step, python
from moto.server import ThreadedMotoServer
from notify.services import SLACK, TEAMS, Mailbox, web
from probe.servers import Server
from smoke_servers.serving import Answer, Asked, serving

from flowguard.aws.named_calls import CALLS
from flowguard.report import FORMATS

pytestmark = pytest.mark.timeout(300)  # the first of them builds the image

SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: .
      Events: {Api: {Type: HttpApi}}
"""
SERVERLESS = """
service: orders
provider: {name: aws, runtime: nodejs22.x, stage: dev}
functions:
  hello:
    handler: app.handler
    events: [httpApi: GET /hello]
"""
SPEC = """
base: {url}
gate: {{samples: {{pass: 1}}, spread: 50ms}}
checks:
  version:
    get: /version
    expect: {{body: '~ ^v\\d+\\.\\d+$'}}
  users:
    get: /users
    expect: {{json: {{"length(items)": ">= 1"}}, schema: users.json}}
  page:
    get: /
    page: {{title: contains Orders, css: {{"a.login@href": /login}}}}
"""
USERS = {
    "type": "object",
    "required": ["items"],
    "properties": {
        "items": {"type": "array", "items": {"properties": {"mail": {"pattern": "@"}}}}
    },
}
PAGE = b'<title>Orders</title><p>Hi<a class="big login" href="/login">In</a>'
ANSWERS = {
    "/version": Answer(body=b"v1.20"),
    "/users": Answer(
        body=b'{"items": [{"mail": "ada@example.test"}]}',
        headers={"Content-Type": "application/json"},
    ),
    "/": Answer(body=PAGE, headers={"Content-Type": "text/html; charset=utf-8"}),
}
HOST = ("--network", "host")
NOWHERE = ("--network", "none")
SAMPLES = f"--volume={CHECKOUT / 'tests' / 'report'}:/samples/report:ro"
RENDER = """
import json, sys
sys.path.append("/samples")
from report.sample_smoke import ROLLED_BACK
from flowguard.report import FORMATS
print(json.dumps({name: render(ROLLED_BACK) for name, render in FORMATS.items()}))
"""
TELL = """
import json, os, sys
from types import SimpleNamespace
sys.path.append("/samples")
from report.sample_smoke import ROLLED_BACK
from flowguard.model.notifications import Channel, Medium
from flowguard.notify import notify
channels = [Channel(Medium(m), s) for m, s in json.loads(os.environ["CHANNELS"])]
print(notify(ROLLED_BACK, SimpleNamespace(notify=channels, sentry=None), os.environ))
"""


SHAPES = """
import json, os
from botocore.session import get_session
session, found = get_session(), {}
for service, names in json.loads(os.environ["NAMED"]).items():
    model = session.get_service_model(service)
    for name in names:
        operation = model.operation_model(name)
        shapes = (operation.input_shape, operation.output_shape)
        found[f"{service}:{name}"] = [sorted(s.members) if s else [] for s in shapes]
print(json.dumps(found))
"""


def told(channels: dict[str, dict[str, str]], *options: str) -> str:
    """What came of telling people in the image."""
    wanted = f"CHANNELS={json.dumps(list(channels.items()))}"
    return python(TELL, *HOST, SAMPLES, f"--env={wanted}", *options).strip()


# --- reports and templates ---------------------------------------------------------


def test_a_report_is_written_in_every_format() -> None:
    rendered = json.loads(python(RENDER, SAMPLES, *NOWHERE))

    assert rendered.keys() == FORMATS.keys()
    assert all("users" in text for text in rendered.values())


@pytest.mark.parametrize(
    ("name", "template", "made"),
    [
        ("template.yaml", SAM, "ServerlessHttpApi"),
        ("serverless.yml", SERVERLESS, "orders-dev-hello"),
    ],
)
def test_a_template_of_each_tool_is_read(
    name: str, template: str, made: str, tmp_path: pathlib.Path
) -> None:
    step = Step(tmp_path, options=NOWHERE)
    (step.workspace / name).write_text(template)
    ended = step.run(offline="true", stack_name="orders-dev", report_file="r.json")

    assert ended.code == 0, ended.log
    assert made in (step.workspace / "r.json").read_text()


# --- smoke tests -------------------------------------------------------------------


def test_an_answer_is_judged_by_a_pattern_a_schema_and_a_selector(
    tmp_path: pathlib.Path,
) -> None:
    with serving(lambda asked: ANSWERS[asked.target]) as url:
        step = Step(tmp_path, options=HOST)
        (step.workspace / "smoke.yml").write_text(SPEC.format(url=url))
        (step.workspace / "users.json").write_text(json.dumps(USERS))
        ended = step.run(command="smoke", html_file="r.html", junit_file="r.xml")

    assert (ended.code, ended.outputs["verdict"]) == (0, "pass"), ended.log
    assert "<html" in (step.workspace / "r.html").read_text()
    assert "<testsuite" in (step.workspace / "r.xml").read_text()


# --- people ------------------------------------------------------------------------


def test_people_are_told_by_webhook_mail_and_issue() -> None:
    got: dict[str, Asked] = {}
    mailbox = Mailbox()

    def take(asked: Asked) -> Answer:
        got[asked.target] = asked
        return Answer(201, b'{"number": 7}')

    with serving(take) as url, Server(mailbox) as mail:
        channels = {
            "webhook": {"to": f"{url}/hook"},
            "email": {
                "server": f"smtp://{mail.authority}",
                "sender": "deploys@acme.test",
                "to": "oncall@acme.test",
            },
            "github_issue": {"token": "t0ken", "labels": "", "repository": "acme/shop"},
        }
        said = told(channels, f"--env=GITHUB_API_URL={url}")

    assert said.count("Sent(") == len(channels), said
    assert "NotSent" not in said
    assert got.keys() == {"/hook", "/repos/acme/shop/issues"}
    assert mailbox.to == ["oncall@acme.test"]


@pytest.mark.parametrize(("medium", "url"), [("slack", SLACK), ("teams", TEAMS)])
def test_a_channel_is_told(
    medium: str, url: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = url.split("/")[2].partition(":")[0]
    with web(tmp_path, host, monkeypatch) as there:
        said = told(
            {medium: {"to": url}},
            f"--volume={tmp_path}:/certificates:ro",
            "--env=REQUESTS_CA_BUNDLE=/certificates/ca.pem",
            f"--env=HTTPS_PROXY={os.environ['HTTPS_PROXY']}",
        )

    assert "NotSent" not in said
    assert b"rolled back and verified" in there.asked[0].body


# --- AWS ---------------------------------------------------------------------------


def test_a_topic_is_published_to() -> None:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    aws = "http://{}:{}".format(*server.get_host_and_port())
    try:
        said = told(
            {"sns": {"to": "arn:aws:sns:eu-west-3:123456789012:none"}},
            f"--env=AWS_ENDPOINT_URL={aws}",
            "--env=AWS_ACCESS_KEY_ID=key",
            "--env=AWS_SECRET_ACCESS_KEY=secret",
        )
    finally:
        server.stop()

    assert "AWS says NotFound" in said  # understood, in both directions


def test_every_call_that_the_sources_name_takes_and_gives_what_it_did() -> None:
    """The models are written anew without their texts."""
    named: dict[str, set[str]] = {}
    for native in CALLS.values():
        for call in native.calls:
            named.setdefault(call.service, set()).add(call.operation)
    wanted = {service: sorted(names) for service, names in named.items()}
    found = json.loads(python(SHAPES, f"--env=NAMED={json.dumps(wanted)}", *NOWHERE))

    here = get_session()

    assert found == {
        f"{service}:{name}": _members(here, service, name)
        for service, names in wanted.items()
        for name in names
    }


def _members(session: Any, service: str, name: str) -> list[list[str]]:
    operation = session.get_service_model(service).operation_model(name)
    shapes = (operation.input_shape, operation.output_shape)
    return [sorted(shape.members) if shape else [] for shape in shapes]
