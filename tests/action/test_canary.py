"""Secrets, wherever a step is given one, are in nothing that it prints or writes.

A step of each command that makes a report, with a comment on the pull request, all
files of reports, and a log in detail.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from action.jobs import Job, Ran
from guard.service import NAME, Site, serving_site, template

WORD = "cnry"
"""In each secret, in a spelling that no encoding changes."""
SPEC = """\
base: http://ann:cnry-written@127.0.0.1:1
headers: {{authorization: "Bearer ${{env.API_TOKEN}}"}}
checks:
  health: {{get: /health}}
  echo: {{get: "http://{pair}@127.0.0.1:{port}/health", expect: {{json: {{ok: 1}}}}}}
gate: {{spread: 0.2s, miss: 30%}}
"""
FILES = {
    "report_file": "out/report.json",
    "sarif_file": "out/report.sarif",
    "html_file": "out/report.html",
    "junit_file": "out/report.xml",
}


class Comments:
    """GitHub's comments on the pull request, and the token that they came with."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.tokens: set[str] = set()
        known = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                known.tokens.add(self.headers["Authorization"])
                self._say([])

            def do_POST(self) -> None:
                text = self.rfile.read(int(self.headers["Content-Length"]))
                known.bodies.append(json.loads(text)["body"])
                self._say({"html_url": "https://github.example/c/1"})

            def _say(self, value: Any) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps(value).encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture
def comments(job: Job) -> Iterator[Comments]:
    comments = Comments()
    thread = threading.Thread(target=comments.server.serve_forever, args=(0.01,))
    thread.start()
    job.is_about(7)
    job.set(GITHUB_API_URL=f"http://127.0.0.1:{comments.server.server_port}")
    yield comments
    comments.server.shutdown()
    thread.join()
    comments.server.server_close()


@pytest.fixture
def site(job: Job) -> Iterator[Site]:
    """A stack with a service, and a job that is given secrets in each way."""
    with serving_site(over_http=True) as site:
        site.up()
        site.fake.tick = 20
        job.set(
            ACTIONS_RUNTIME_TOKEN=f"{WORD}-runtime",
            API_TOKEN=f"{WORD}-api",
            AWS_ACCESS_KEY_ID="key",
            AWS_ENDPOINT_URL=site.fake.url,
            AWS_SECRET_ACCESS_KEY=f"{WORD}-aws",
            GITHUB_ACTIONS="true",
            RUNNER_DEBUG="1",
            http_proxy=f"http://ann:{WORD}-proxy@127.0.0.1:1",
            no_proxy="127.0.0.1",
            TMPDIR=str(job.folder),
        )
        (job.workspace / "template.yaml").unlink()
        pair = quote(f"ann:{WORD}-address", safe=":")
        (job.workspace / "smoke.yml").write_text(SPEC.format(port=site.port, pair=pair))
        for release in (2, 3):
            body = json.loads(template(release))
            body["Parameters"]["Password"] = {"Type": "String", "NoEcho": "TRUE"}
            (job.workspace / f"{release}.json").write_text(json.dumps(body))
        yield site


def leaks(job: Job, ran: Ran) -> dict[str, str]:
    """What was printed or written that holds a secret, by where."""
    texts = {
        "log": ran.log,
        "summary": ran.summary,
        "outputs": json.dumps(ran.outputs),
        **{
            str(path): path.read_text(errors="replace")
            for path in Path(job.folder).rglob("*")
            if path.is_file() and path.name != "smoke.yml"
        },
    }
    return {where: text for where, text in texts.items() if WORD in text.lower()}


def run(job: Job, site: Site, command: str, **inputs: str) -> Ran:
    base = f"http://ann:{WORD}-base@127.0.0.1:{site.port}"
    tests = {} if command == "preflight" else {"base_url": base}
    return job.run(
        command=command,
        stack_name=NAME,
        github_token=f"{WORD}-job",
        **{**FILES, **tests, **inputs},
    )


def test_a_preflight_and_its_comment(job: Job, site: Site, comments: Comments) -> None:
    ran = run(
        job,
        site,
        "preflight",
        template="2.json",
        offline="false",
        parameter_overrides=f"Password={WORD}-parameter",
        pr_comment="always",
    )

    assert comments.tokens == {f"Bearer {WORD}-job"}
    assert comments.bodies
    assert WORD not in "".join(comments.bodies)
    assert ran.outputs["stack-name"] == NAME
    assert not leaks(job, ran)


def test_smoke_tests_and_the_baseline(job: Job, site: Site) -> None:
    ran = run(job, site, "smoke")

    assert ran.outputs["smoke-failed-count"] == "1", ran.log
    assert "http://***@127.0.0.1" in (job.workspace / "out/report.json").read_text()
    assert not leaks(job, ran)

    kept = run(job, site, "smoke", baseline="out/base.json")

    assert kept.outputs["baseline-file"] == "out/base.json"
    assert not leaks(job, kept)


def test_a_deploy_that_is_taken_back(job: Job, site: Site) -> None:
    ran = run(
        job,
        site,
        "deploy",
        template="2.json",
        window="120m",
        no_baseline="true",
        parameter_overrides=f"Password={WORD}-parameter",
    )

    # One check fails in every release, so that the rollback proves nothing by it.
    assert ran.code == 5, ran.log
    assert not leaks(job, ran)


@pytest.mark.parametrize(
    "inputs",
    [
        {"base_url": f"ftp://ann:{WORD}@h/"},
        {"spec": f"https:/ann:{WORD}@h/smoke.yml"},
        {"checks": f"https://ann:{WORD}@h/"},
        {"against": f"https:/ann:{WORD}@h/base.json"},
    ],
)
def test_what_is_refused(inputs: dict[str, str], job: Job, site: Site) -> None:
    ran = run(job, site, "verify", no_rollback="true", **inputs)

    assert ran.code in {1, 2, 3}
    assert not leaks(job, ran)
