"""The comment on the pull request, against a small GitHub of our own."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
from action.jobs import Job, Ran
from smoke_servers.serving import Answer, Asked, serving

from flowguard.cli.output import Done

BOT = {"login": "github-actions[bot]", "type": "Bot"}
MARKER = "<!-- flowguard:app eu-central-1 -->"
COMMENTS = "/api/v3/repos/shop/backend/issues/7/comments"


@dataclass
class GitHub:
    """What the API has been asked, and what it answers."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    refuses: dict[str, int] = field(default_factory=dict)
    """The status to answer by method, instead of doing what is asked."""
    asked: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    no: Any = field(default_factory=lambda: {"message": "no"})
    """What it answers where it refuses."""
    login: str = ""
    """Whose the token is, where it is a person's."""
    app: str = ""
    """Whose it is, where an app says so."""
    garbage: bool = False
    moved: str = ""
    """Where it says that it is, in place of an answer."""

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Do what the API does."""
        self.asked.append(f"{method} {path}")
        path, _, query = path.partition("?")
        if method in self.refuses:
            return self.refuses[method], self.no
        if path == "/api/v3/user":
            return (200, {"login": self.login}) if self.login else (403, {})
        if path == "/api/graphql":
            viewer = {"data": {"viewer": {"login": self.app}}}
            return (200, viewer) if self.app else (403, {})
        if method == "GET" and path == COMMENTS:
            page = int(query.rpartition("=")[2])
            return 200, self.comments[(page - 1) * 100 : page * 100]
        if method == "POST" and path == COMMENTS:
            self.comments.append(
                {"id": len(self.comments), "user": self.author, **body}
            )
            return 201, self._with_address(self.comments[-1])
        comment = next(c for c in self.comments if path.endswith(f"/{c['id']}"))
        comment |= body
        return 200, self._with_address(comment)

    @property
    def author(self) -> dict[str, str]:
        """Who writes with the token."""
        return {"login": self.app, "type": "Bot"} if self.app else BOT

    def _with_address(self, comment: dict[str, Any]) -> dict[str, Any]:
        return {**comment, "html_url": f"https://github.example/c/{comment['id']}"}


@pytest.fixture
def github(job: Job) -> Iterator[GitHub]:
    """A GitHub that the job knows, and a pull request."""
    github = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            github.tokens.add(self.headers["Authorization"])
            if github.moved and not self.path.startswith("/moved"):
                self.send_response(302)
                self.send_header("Location", github.moved + self.path)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            status, value = github.answer(
                self.command,
                self.path.removeprefix("/moved"),
                json.loads(body or b"{}"),
            )
            self.send_response(status)
            self.end_headers()
            text = "<html>" if github.garbage else json.dumps(value)
            self.wfile.write(text.encode())

        def do_POST(self) -> None:
            self.do_GET()

        def do_PATCH(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    job.is_about(7)
    address = f"http://127.0.0.1:{server.server_port}/api"
    job.set(GITHUB_API_URL=f"{address}/v3", GITHUB_GRAPHQL_URL=f"{address}/graphql")
    yield github
    server.shutdown()
    thread.join()
    server.server_close()


def run(job: Job, wanted: str = "always", **inputs: str) -> Ran:
    """Run the step with a comment, as the token's owner."""
    return job.run(
        offline="true",
        aws_region="eu-central-1",
        pr_comment=wanted,
        github_token="ghs_x",
        **inputs,
    )


def test_there_is_one_comment_however_often_the_step_runs(
    job: Job, github: GitHub
) -> None:
    first = run(job)
    (job.workspace / "template.yaml").write_text(
        "Resources: {Topic: {Type: AWS::SNS::Topic}}"
    )
    second = run(job)

    (comment,) = github.comments
    assert first.outputs["comment-url"] == "https://github.example/c/0"
    assert second.outputs["comment-url"] == "https://github.example/c/0"
    assert comment["body"].startswith(f"{MARKER}\n")
    assert "no findings" in comment["body"]
    assert github.tokens == {"Bearer ghs_x"}


def test_the_comment_is_found_on_a_later_page(job: Job, github: GitHub) -> None:
    github.comments = [{"id": n, "user": BOT, "body": "hm"} for n in range(250)]
    github.comments[230]["body"] = f"{MARKER}\nold"

    run(job)

    assert len(github.comments) == 250
    assert "stateful-resource-unprotected" in github.comments[230]["body"]


def test_two_stacks_have_a_comment_each(job: Job, github: GitHub) -> None:
    run(job)
    run(job, stack_name="web")

    assert len(github.comments) == 2


@pytest.mark.parametrize("body", [f"{MARKER}\nmine", f"> {MARKER}\nquoted"])
def test_what_others_wrote_is_left_alone(body: str, job: Job, github: GitHub) -> None:
    """The token may change any comment; a marker proves nothing."""
    theirs: dict[str, Any] = {
        "id": 5,
        "user": {"login": "mallory", "type": "User"},
        "body": body,
    }
    github.comments = [theirs]

    run(job)

    assert theirs["body"] == body
    assert len(github.comments) == 2


@pytest.mark.parametrize("app", ["", "our-deployer[bot]"])
def test_what_another_bot_wrote_is_left_alone(
    app: str, job: Job, github: GitHub
) -> None:
    """Each app has a bot, and any of them may have been made to write the marker."""
    github.app = app
    theirs: dict[str, Any] = {
        "id": 5,
        "user": {"login": "echo-service[bot]", "type": "Bot"},
        "body": f"{MARKER}\ntheirs",
    }
    github.comments = [theirs]

    run(job)
    run(job)

    assert theirs["body"] == f"{MARKER}\ntheirs"
    assert len(github.comments) == 2


def test_a_person_s_token_finds_its_own(job: Job, github: GitHub) -> None:
    github.login = "ann"
    mine: dict[str, Any] = {
        "id": 5,
        "user": {"login": "ann", "type": "User"},
        "body": MARKER,
    }
    github.comments = [mine]

    run(job)

    assert github.comments == [mine]
    assert "stateful-resource-unprotected" in mine["body"]


def test_without_findings_there_is_none_unless_there_was_one(
    job: Job, github: GitHub
) -> None:
    (job.workspace / "template.yaml").write_text(
        "Resources: {Topic: {Type: AWS::SNS::Topic}}"
    )
    assert run(job, "on-findings").outputs["comment-url"] == ""
    assert github.comments == []

    github.comments = [{"id": 5, "user": BOT, "body": f"{MARKER}\nblocked"}]
    run(job, "on-findings")
    assert "no findings" in github.comments[0]["body"]


@pytest.mark.parametrize("wanted", ["never", "always"])
def test_no_comment_is_asked_for_or_possible(
    wanted: str, job: Job, github: GitHub
) -> None:
    """There is none to write outside of pull requests."""
    if wanted == "always":
        job.set(GITHUB_EVENT_PATH="", GITHUB_EVENT_NAME="merge_group")

    ran = run(job, wanted)

    assert github.asked == []
    assert ran.annotations("notice") == []


@pytest.mark.parametrize(
    ("method", "status", "why"),
    [
        ("GET", 401, "the token is not valid"),
        ("GET", 403, "pull-requests: write"),
        ("POST", 403, "pull-requests: write"),
        ("POST", 404, "pull-requests: write"),
        ("POST", 422, "GitHub did not take it"),
        ("GET", 429, "asked too often"),
        ("GET", 503, "GitHub did not take it"),
    ],
)
def test_a_refusal_is_one_notice_and_no_failure(
    method: str, status: int, why: str, job: Job, github: GitHub
) -> None:
    github.refuses = {method: status}

    ran = run(job)

    assert ran.code == 0
    assert ran.outputs["comment-url"] == ""
    assert why in notice(ran)
    assert str(status) in notice(ran)


def test_what_is_no_github_is_one_notice(job: Job, github: GitHub) -> None:
    github.garbage = True

    assert "GitHub cannot be reached" in notice(run(job))


@pytest.mark.parametrize("where", ["http://127.0.0.1:{port}", "http://localhost:{own}"])
def test_the_token_goes_to_no_other_origin(
    where: str, job: Job, github: GitHub
) -> None:
    heard: list[str | None] = []

    def elsewhere(asked: Asked) -> Answer:
        heard.append(asked.headers.get("authorization"))
        return Answer(200, b"[]", {"Content-Type": "application/json"})

    own = urlsplit(os.environ["GITHUB_API_URL"]).port
    with serving(elsewhere) as base:
        github.moved = where.format(port=urlsplit(base).port, own=own)
        ran = run(job)

    assert "leads to another address" in notice(ran)
    assert heard == []
    assert github.asked == []


def test_a_redirect_of_its_own_is_followed(job: Job, github: GitHub) -> None:
    github.comments = [{"id": 5, "user": BOT, "body": f"{MARKER}\nold"}]
    github.moved = "/moved"

    run(job)

    assert github.asked[0].startswith(f"GET {COMMENTS}")
    assert github.tokens == {"Bearer ghs_x"}


def test_the_password_of_a_proxy_is_not_told(job: Job, github: GitHub) -> None:
    job.set(
        GITHUB_API_URL="http://github.invalid/api/v3",
        http_proxy="http://ann:hunt/er22@127.0.0.1:1",
    )

    ran = run(job)

    assert "GitHub cannot be reached" in notice(ran)
    assert github.asked == []
    for part in ("hunt", "er22"):
        assert part not in ran.log + ran.summary


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_odd_answer_is_one_notice(method: str, job: Job, github: GitHub) -> None:
    """A proxy in between may answer anything, with a status of 200."""
    github.refuses[method] = 200
    github.no = ["moved"] if method == "POST" else {"message": "moved"}

    ran = run(job)

    assert "does not answer as GitHub does" in notice(ran)
    assert ran.outputs["deploy-allowed"] == "true"


@pytest.mark.usefixtures("github")
@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "file:///etc", "nonsense"])
def test_an_address_where_nobody_is_is_one_notice(address: str, job: Job) -> None:
    job.set(GITHUB_API_URL=address)

    assert notice(run(job))


@pytest.mark.usefixtures("github")
def test_a_missing_token_is_one_notice(job: Job) -> None:
    ran = job.run(offline="true", pr_comment="always")

    assert "there is no token" in notice(ran)


def test_a_long_report_fits(
    job: Job, github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    from report.sample import report_with

    report = report_with("long " * 200, number=500)
    monkeypatch.setattr("flowguard.cli.preflight.check", lambda *_: Done(report, 1))

    run(job)

    assert 30_000 < len(github.comments[0]["body"]) < 65_536


def notice(ran: Ran) -> str:
    """The one notice of a step that went well otherwise."""
    (found,) = ran.annotations("notice")
    assert ran.code == 0
    return found.data
