"""What people are told of a deploy, through the real libraries, by real servers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer
from notify.services import SLACK, TEAMS, Mailbox, web
from probe.certificates import authority, signed
from probe.servers import Server, answering, reply, silent
from report.sample_smoke import ROLLED_BACK, SMOKE, smoke_with
from smoke_servers.serving import Answer, Asked, serving

from flowguard.config import parse
from flowguard.errors import ConfigError
from flowguard.model.notifications import BAD, Channel, Event, Medium, SentryProject
from flowguard.model.results import Report
from flowguard.notify import NotSent, Sent, notify, teller

JOB = {
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/shop",
    "GITHUB_RUN_ID": "42",
    "GITHUB_SHA": "4f2a91c0ffee4f2a91c0ffee4f2a91c0ffee4f2a",
}
URL = "https://github.com/acme/shop/actions/runs/42"
TITLE = "flowlogic-backend-prod (prod): rolled back and verified"
TEXT = """\
stack flowlogic-backend-prod in eu-central-1 123456789012
release 4f2a91c0ffee
7 checks: 2 failed, 1 undecided, 1 not measured, 1 broken before, 1 slow, 1 passed
status UPDATE_IN_PROGRESS → UPDATE_ROLLBACK_COMPLETE
compared 2 things with the snapshot: 1 as before, 1 not known
live now: the release of 2026-01-17

Why:
- users failed, and passed before the deploy

What fails:
- users: GET /users answered 500, expected 2xx
- admin: the sign-in `ops` was refused: invalid_client
- e2e: 1 of 2 tests failed

To do:
- fix what broke users before the next deploy

Not rolled back:
- data in Users: what was written is still there

https://github.com/acme/shop/actions/runs/42"""


@dataclass(frozen=True)
class Wanted:
    """A configuration of this alone."""

    notify: tuple[Channel, ...] = ()
    sentry: SentryProject | None = None


def one(medium: Medium, **settings: str) -> Wanted:
    """One channel, told of what is bad."""
    return Wanted((Channel(medium, settings),))


@pytest.fixture(autouse=True)
def _direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever proxy this machine has, the loopback is asked directly."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


# Apprise brings what Python 3.13 left out, and imports it while it is there.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")


# --- where it goes -----------------------------------------------------------------


def test_a_webhook_gets_json() -> None:
    got: list[Asked] = []

    def take(asked: Asked) -> Answer:
        got.append(asked)
        return Answer(204)

    with serving(take) as url:
        environment = {**JOB, "HOOK": f"{url}/in?key=CANARY1&b=2"}
        said = notify(ROLLED_BACK, one(Medium.WEBHOOK, to="${env.HOOK}"), environment)

    assert said == (Sent("the webhook"),)
    assert (got[0].method, got[0].target) == ("POST", "/in?key=CANARY1&b=2")
    assert json.loads(got[0].body) == {
        "version": "1.0",
        "title": TITLE,
        "message": TEXT,
        "attachments": [],
        "type": "warning",
        "event": "rolled-back",
        "stack_name": "flowlogic-backend-prod",
        "url": URL,
    }


def test_slack_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with web(tmp_path, "hooks.slack.com", monkeypatch) as there:
        said = notify(
            ROLLED_BACK, one(Medium.SLACK, to="${env.SLACK}"), {**JOB, "SLACK": SLACK}
        )

    assert said == (Sent("Slack"),)
    assert there.asked[0].target == SLACK.removeprefix("https://hooks.slack.com")
    (attachment,) = json.loads(there.asked[0].body)["attachments"]
    assert (attachment["title"], attachment["text"]) == (TITLE, TEXT)


def test_hostile_text_calls_nobody_on_slack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = smoke_with("<!channel> <@U1> <https://evil.test|the fix> \x1b[2J")
    with web(tmp_path, "hooks.slack.com", monkeypatch) as there:
        notify(report, one(Medium.SLACK, to="${env.SLACK}"), {"SLACK": SLACK})

    (attachment,) = json.loads(there.asked[0].body)["attachments"]
    shown = attachment["title"] + attachment["text"]
    assert "&lt;!channel&gt;" in shown
    assert "<" not in shown
    assert "\x1b" not in shown


def test_teams_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host = "default12.e4.environment.api.powerplatform.com"
    with web(tmp_path, host, monkeypatch) as there:
        said = notify(
            ROLLED_BACK, one(Medium.TEAMS, to="${env.TEAMS}"), {**JOB, "TEAMS": TEAMS}
        )

    assert said == (Sent("Microsoft Teams"),)
    assert "/workflows/CANARYworkflow/triggers/" in there.asked[0].target
    assert "sig=CANARYsignature" in there.asked[0].target
    card = json.dumps(json.loads(there.asked[0].body))
    assert "rolled back and verified" in card
    assert "fix what broke users before the next deploy" in card


def test_a_mail_is_sent_by_a_relay() -> None:
    mailbox = Mailbox()
    with Server(mailbox) as server:
        wanted = one(
            Medium.EMAIL,
            server="${env.SMTP}",
            sender="deploys@acme.test",
            to="oncall@acme.test\nlead@acme.test",
        )
        environment = {**JOB, "SMTP": f"smtp://{server.authority}"}
        said = notify(ROLLED_BACK, wanted, environment)

    assert said == (Sent("the mail"),)
    assert sorted(mailbox.to) == ["lead@acme.test", "oncall@acme.test"]
    mail = mailbox.mails[0]
    assert mail["Subject"] == TITLE
    assert "deploys@acme.test" in mail["From"]
    assert mail.get_content().replace("\r\n", "\n").strip() == TEXT


def test_a_mail_is_sent_over_tls_with_a_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ca = authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(ca.path))
    context = signed(ca, tmp_path, "localhost", address="127.0.0.1").serving()
    mailbox = Mailbox()
    with Server(mailbox, tls=context) as server:
        wanted = one(
            Medium.EMAIL, server="${env.SMTP}", sender="a@acme.test", to="b@acme.test"
        )
        environment = {"SMTP": f"smtps://me:CANARY%40pw@localhost:{server.port}"}
        said = notify(ROLLED_BACK, wanted, environment)

    assert said == (Sent("the mail"),)
    assert mailbox.signed_in
    assert len(mailbox.mails) == 1


def test_an_sns_topic_is_published_to(monkeypatch: pytest.MonkeyPatch) -> None:
    import boto3

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    try:
        sns = boto3.client("sns", region_name="eu-west-3")
        topic = sns.create_topic(Name="deploys")["TopicArn"]
        sqs = boto3.client("sqs", region_name="eu-west-3")
        queue = sqs.create_queue(QueueName="q")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        sns.subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"]
        )
        said = notify(ROLLED_BACK, one(Medium.SNS, to=topic), JOB)
        missing = notify(ROLLED_BACK, one(Medium.SNS, to=f"{topic}-not"), JOB)
        (got,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    finally:
        server.stop()

    assert said == (Sent("the SNS topic"),)
    assert json.loads(got["Body"])["Subject"] == TITLE
    assert json.loads(got["Body"])["Message"] == TEXT
    assert missing == (NotSent("the SNS topic", "AWS says NotFound"),)


def test_an_issue_is_opened_that_mentions_nobody() -> None:
    got: list[Asked] = []

    def take(asked: Asked) -> Answer:
        got.append(asked)
        return Answer(201, b'{"number": 7}')

    with serving(take) as url:
        environment = {**JOB, "GITHUB_API_URL": url, "GITHUB_TOKEN": "CANARYtoken"}
        said = notify(
            smoke_with("@acme/team #1 <b>"),
            one(Medium.GITHUB_ISSUE, token="${env.GITHUB_TOKEN}", labels="incident"),
            environment,
        )

    assert said == (Sent("the GitHub issue"),)
    assert got[0].target == "/repos/acme/shop/issues"
    assert got[0].headers["authorization"] == "Bearer CANARYtoken"
    issue = json.loads(got[0].body)
    assert issue["labels"] == ["incident"]
    # In code GitHub mentions nobody, and links nothing.
    text = re.sub(r"`[^`\n]*`", "", issue["body"])
    assert "@acme" not in text
    assert "#1" not in text
    assert "<b>" not in text
    assert f"[The run]({URL})" in issue["body"]


# --- when it is told -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("report", "event"),
    [
        (ROLLED_BACK, "rolled-back"),
        (SMOKE, "failed"),
        (smoke_with("x"), "stopped"),
    ],
)
def test_only_what_is_asked_for_is_told(report: Report, event: str) -> None:
    got: list[str] = []

    def take(asked: Asked) -> Answer:
        got.append(json.loads(asked.body)["event"])
        return Answer()

    with serving(take) as url:
        for others in (BAD - {Event(event)}, frozenset({Event(event)})):
            channel = Channel(Medium.WEBHOOK, {"to": "${env.HOOK}"}, others)
            notify(report, Wanted((channel,)), {"HOOK": url})

    assert got == [event]


def test_nothing_is_told_where_nobody_wants_to_hear() -> None:
    assert teller(Wanted(), JOB)(ROLLED_BACK) == ()


# --- when it does not arrive ------------------------------------------------------------


@pytest.mark.parametrize(
    ("medium", "variable", "value", "reason"),
    [
        ("slack", "X", "", "the variable X is not set"),
        (
            "slack",
            "X",
            "https://evil.test/CANARY",
            "the variable holds no incoming webhook of Slack",
        ),
        (
            "teams",
            "X",
            "https://x.webhook.office.com/CANARY",
            "the variable holds no webhook of a Teams workflow",
        ),
        (
            "webhook",
            "X",
            "ftp://CANARY@x",
            "the variable holds no address that begins with https://",
        ),
    ],
)
def test_a_wrong_variable_is_told_and_not_shown(
    medium: str, variable: str, value: str, reason: str
) -> None:
    wanted = one(Medium(medium), to="${env.X}")

    (warning,) = teller(wanted, {variable: value})(ROLLED_BACK)

    assert warning.endswith(f"did not get the message ({reason})")


@pytest.mark.parametrize("status", ["401 Unauthorized", "500 Broken", "302 Found"])
def test_a_refusal_is_told_with_its_status(status: str) -> None:
    def refuse(_: object) -> bytes:
        return reply(b"CANARYbody", status=status)

    with Server(answering(refuse)) as server:
        environment = {"HOOK": f"{server.url}/CANARYpath?x=CANARYquery"}
        (warning,) = teller(one(Medium.WEBHOOK, to="${env.HOOK}"), environment)(
            ROLLED_BACK
        )

    assert status[:3] in warning
    assert "CANARY" not in warning


def test_one_that_does_not_arrive_keeps_no_other_from_it() -> None:
    with Server(silent) as bad:
        pass  # nobody listens there any more
    with serving(lambda _: Answer()) as good:
        wanted = Wanted(
            (
                Channel(Medium.WEBHOOK, {"to": "${env.BAD}"}),
                Channel(Medium.WEBHOOK, {"to": "${env.GOOD}"}),
            )
        )
        said = notify(ROLLED_BACK, wanted, {"BAD": bad.url, "GOOD": good})

    assert [type(outcome) for outcome in said] == [NotSent, Sent]


def test_nothing_is_printed_and_nothing_secret_is_said(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Apprise would write what went wrong to standard error, without a handler."""
    bodies: list[bytes] = []

    def take(asked: Asked) -> Answer:
        bodies.append(asked.body)
        return Answer(500)

    report = smoke_with("the token is CANARYplain, or Q0FOQVJZcGxhaW4=")
    with serving(take) as url:
        environment = {
            "HOOK": f"{url}/CANARYhook",
            "API_TOKEN": "CANARYplain",
            "GITHUB_API_URL": url,
            "GITHUB_REPOSITORY": "acme/shop",
        }
        wanted = Wanted(
            (
                Channel(Medium.WEBHOOK, {"to": "${env.HOOK}"}),
                Channel(
                    Medium.GITHUB_ISSUE, {"token": "${env.API_TOKEN}", "labels": ""}
                ),
            )
        )
        said = notify(report, wanted, environment)
    printed = capfd.readouterr()

    assert [type(outcome) for outcome in said] == [NotSent, NotSent]
    assert printed.out + printed.err == ""
    for text in (str(said), *map(bytes.decode, bodies)):
        assert "CANARY" not in text
        assert "Q0FOQVJZ" not in text


# --- how it is configured -----------------------------------------------------------------


def _config(text: str) -> Wanted:
    config = parse(text, "flowguard.yml")
    return Wanted(config.notify, config.sentry)


def test_the_configuration_says_who_is_told_of_what() -> None:
    wanted = _config("""
notify:
  - slack: ${env.SLACK}
  - email:
      server: ${env.SMTP}
      sender: a@acme.test
      to: [b@acme.test, c@acme.test]
    on: [failed, passed]
  - github_issue: {repository: acme/ops, labels: [incident, deploy]}
""")

    assert wanted.notify == (
        Channel(Medium.SLACK, {"to": "${env.SLACK}"}),
        Channel(
            Medium.EMAIL,
            {
                "server": "${env.SMTP}",
                "sender": "a@acme.test",
                "to": "b@acme.test\nc@acme.test",
            },
            frozenset({Event.FAILED, Event.PASSED}),
        ),
        Channel(
            Medium.GITHUB_ISSUE,
            {
                "token": "${env.GITHUB_TOKEN}",
                "repository": "acme/ops",
                "labels": "incident\ndeploy",
            },
        ),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "notify: [{slack: 'https://hooks.slack.com/services/CANARY'}]",
            (
                "notify.0.slack must not stand in the file; keep it in a variable of the "
                "environment and write ${env.NAME}"
            ),
        ),
        ("notify: [{slck: CANARY}]", "unknown key 'slck'; did you mean 'slack'?"),
        (
            "notify: [{on: [failed]}]",
            (
                "notify.0 must have exactly one of slack, teams, email, webhook, sns, "
                "github_issue"
            ),
        ),
        (
            "notify: [{slack: '${env.A}', on: [fialed]}]",
            (
                "notify.0.on.0 is 'fialed', not 'passed', 'rolled-back', 'failed' or "
                "'stopped'; did you mean 'failed'?"
            ),
        ),
        (
            "notify: [{email: {server: '${env.A}', sender: CANARY, too: CANARY}}]",
            "notify.0.email.to is missing; write it like ['oncall@example.com']",
        ),
        (
            "sentry: {organization: acme, token: CANARY}",
            "sentry.project is missing; write it like shop-backend",
        ),
    ],
)
def test_a_wrong_configuration_is_told_and_no_secret_of_it(
    text: str, message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, "flowguard.yml")

    said = f"{caught.value} {caught.value.help}"
    assert message in said
    assert "CANARY" not in said
