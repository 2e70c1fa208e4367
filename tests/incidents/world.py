"""A public incident as a test: a small world that it happens in, and what a run tells.

How to write one:

1. Read the public report. Write the right outcome down before the first run: what is
   done, the exit code, a few terms that must be said, and what must not be said.
2. Take the fixture `site` of `conftest.py`. It is a service over real HTTP, its stack
   in the fake account, and a clock that a test moves: nothing waits for real.
   `site.respond` decides an answer by path and headers (None: 200, and 500 where the
   live code is in `site.broken`). `site.spec` is the smoke spec, without `base` and `control`.
3. `site.releases(3)` makes a history: the first release, a baseline, a snapshot, then
   the deploy. All deploys are the pipeline's own, unless `site.mine` says otherwise.
   `site.fake.script("Api", "rollback", "AWS's words")` lets a resource fail.
4. `site.verified()`, `site.deployed(body)` and `site.rolled_back()` run FlowGuard and
   give a `Told`: `code`, `row`, `acts` (the calls that changed anything), `report`,
   `says(…)` and `never_says(…)`.

The docstring of a test says what happened there, of which kind the source is, and,
where more than one outcome could be right, why this one is.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from cloudformation import Refused, serving
from guard.service import NAME, Site, code_of, template
from rollback.stage import WHATEVER

from flowguard.guard.world import Outcome
from flowguard.model.readiness import Readiness
from flowguard.model.results import Coverage, Report, Target, Verdict
from flowguard.model.rollback import RollbackReport
from flowguard.model.smoke import SmokeReport
from flowguard.report import FORMATS
from flowguard.rollback import exit_codes
from flowguard.rollback.health import Diagnosis, Health
from flowguard.smoke import spec
from flowguard.smoke.findings import results
from flowguard.smoke.suite import Suite

READ_BY_PEOPLE = ("plain", "markdown", "html")
WORDS_SURVIVE_IN = (*READ_BY_PEOPLE, "json")

Answer = tuple[int, Mapping[str, str], bytes]
Respond = Callable[[str, Mapping[str, str]], Answer | None]
"""From the path without its query and the headers to the answer; None where the live
release answers as always."""

SILENCE: Answer = (0, {}, b"")
"""The connection is closed without an answer."""
OK: Answer = (200, {"Content-Type": "application/json"}, b"{}")


# --- what a run tells -----------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """What a run did, its exit code, and its words in each format."""

    report: Report
    code: int
    acts: tuple[str, ...] = ()
    """The calls that changed anything, in their order."""

    @property
    def rollback(self) -> RollbackReport:
        """What was decided and done."""
        assert self.report.rollback
        return self.report.rollback

    @property
    def row(self) -> str:
        """The row of the decision table."""
        return self.rollback.row

    def outcome(self, check: str) -> str:
        """How a check of the first run of the smoke tests ended."""
        assert self.report.smoke
        return next(r.outcome for r in self.report.smoke.results if r.name == check)

    def text(self, form: str) -> str:
        """All words in a format, on one line and without the marks of the format."""
        return plain_words(form, FORMATS[form](self.report))

    def says(
        self, *terms: str | tuple[str, ...], among: tuple[str, ...] = WORDS_SURVIVE_IN
    ) -> None:
        """Each term stands in each format; of a tuple, one of them does."""
        for form in among:
            text = self.text(form)
            for term in terms:
                either = (term,) if isinstance(term, str) else term
                said = any(has(text, one) for one in either)
                assert said, f"{form} does not say {term!r}: {text}"

    def never_says(self, *terms: str) -> None:
        """No term stands in any format."""
        for form in FORMATS:
            text = self.text(form)
            for term in terms:
                assert not has(text, term), f"{form} says {term!r}: {text}"


def has(text: str, term: str) -> bool:
    """Whether the words hold a term as whole words.

    Letter case, spaces and the quotes of code that a format adds do not matter.
    """
    words = r"\s+".join(re.escape(word) for word in term.split())
    whole = re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)
    return bool(whole.search(text) or whole.search(text.replace("`", "")))


def plain_words(form: str, text: str) -> str:
    """What a reader of the format sees, with one space between words."""
    match form:
        case "json" | "sarif":
            text = " ".join(strings(json.loads(text)))
        case "junit":
            text = html.unescape(text)
        case "html":
            text = re.sub(r"(?s)<style.*?</style>", " ", text)
            text = html.unescape(re.sub(r"<[^>]*>", " ", text))
        case "markdown":
            text = html.unescape(re.sub(r"\\(\W|_)", r"\1", text))
        case _:
            pass
    return " ".join(text.split())


def strings(value: object) -> Iterator[str]:
    """Each text in a JSON document."""
    match value:
        case str():
            yield value
        case dict():
            for one in value.values():
                yield from strings(one)
        case list():
            for one in value:
                yield from strings(one)
        case _:
            pass


def report_of(
    command: str,
    verdict: Verdict,
    rollback: RollbackReport,
    smoke: SmokeReport | None = None,
) -> Report:
    """The report of a run as the command line makes it."""
    return Report(
        command=command,
        target=Target(NAME, None, "eu-central-1", "111122223333"),
        results=results(smoke) if smoke else (),
        coverage=Coverage(),
        started_at=datetime(2026, 1, 18, 12, tzinfo=UTC),
        duration=1.0,
        flowguard_version="0",
        verdict=verdict,
        stack_status=rollback.status_after,
        smoke=smoke,
        rollback=rollback,
    )


# --- the world ------------------------------------------------------------------------


def nothing_else() -> None:
    """Nothing happens."""


@dataclass
class World(Site):
    """A service, its stack, and a FlowGuard that is run against both."""

    respond: Respond | None = None
    control_answers: bool = True
    """Whether the runner reaches the rest of the internet."""
    after_measuring: Callable[[], None] = nothing_else
    """Happens between the smoke tests and what follows from them."""
    requests: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    """The path and the headers of each request that came in."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.mine = WHATEVER

    @property
    def now(self) -> float:
        """Seconds on the clock that the account and FlowGuard share."""
        return self.fake.clock.seconds

    def suite(self) -> Suite:
        """The smoke tests."""
        here = f"http://127.0.0.1:{self.port}"
        url = "http://127.0.0.1:9" if self.gone else here
        control = f"{here}/control" if self.control_answers else "http://127.0.0.1:9/"
        text = f"base: {url}\ncontrol: {control}\n{self.spec}\n"
        return spec.parse(text, "smoke.yml")

    def measure(self) -> SmokeReport:
        """Run the smoke tests."""
        found = super().measure()
        self.after_measuring()
        return found

    def answer_to(self, path: str, headers: Mapping[str, str]) -> Answer:
        """What a request is answered with."""
        if path == "/control":
            return OK
        self.requests.append((path, headers))
        said = self.respond(path.partition("?")[0], headers) if self.respond else None
        return said or (self.answer(), OK[1], OK[2])

    def live(self, release: int) -> bool:
        """Whether the stack runs that release."""
        return self.code() == f"orders/{release}.zip"

    # --- its history ------------------------------------------------------------------

    def releases(
        self,
        last: int,
        *,
        first: str = "",
        body: str = "",
        baseline: bool = True,
        readiness: Readiness | None = Readiness.GREEN,
    ) -> None:
        """The first release, a baseline and a snapshot of it, then the deploy.

        `first` and `body` are their templates where the usual ones do not do.
        """
        self.stage.create(first)
        if baseline:
            self.take_baseline()
        self.stage.snapshot(readiness)
        self.stage.deploy(body or template(last))

    def expires(self, *operations: str) -> None:
        """The credentials of the run are no longer good for these calls."""
        for operation in operations:
            self.fake.on(operation, 0, expired)

    # --- FlowGuard --------------------------------------------------------------------

    def verified(self, **asked: Any) -> Told:
        """`flowguard verify`."""
        return self._told("verify", self.verify(**asked))

    def deployed(self, body: str, **asked: Any) -> Told:
        """`flowguard deploy`."""
        return self._told("deploy", self.deploy(body, **asked))

    def rolled_back(self, **asked: Any) -> Told:
        """`flowguard rollback`, as a person asks for it."""
        asked.setdefault("diagnosis", Diagnosis(Health.ASKED))
        done = self.stage.roll_back(self.stage.wish(**asked))
        code = exit_codes.exit_code(done)
        known = {0: Verdict.PASS, 3: Verdict.INCONCLUSIVE}
        verdict = known.get(code, Verdict.BLOCK)
        return Told(report_of("rollback", verdict, done), code, tuple(self.changed()))

    def _told(self, command: str, out: Outcome) -> Told:
        report = report_of(command, out.verdict, out.rollback, out.smoke)
        return Told(report, code_of(out), tuple(self.changed()))


def expired(_call: object) -> None:
    """AWS's answer to a token whose time is over."""
    said = "The security token included in the request is expired"
    raise Refused("ExpiredToken", said, 403)


@contextmanager
def small_world() -> Iterator[World]:
    """A world, while the block runs."""
    with serving() as fake:
        site: World

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, headers, body = site.answer_to(self.path, dict(self.headers))
                if status == SILENCE[0]:
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                with suppress(ConnectionError):  # a run that has seen enough hangs up
                    self.end_headers()
                    self.wfile.write(body)

            do_POST = do_GET  # noqa: N815 — as the library calls it

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        site = World(fake, server.server_address[1])
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
