"""A service that answers as the release behind it does, and the stack of that release."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cloudformation import Fake, serving
from rollback.stage import NAME, Json, Stage, made, template

from flowguard.aws.operations import Operations
from flowguard.aws.session import Aws
from flowguard.aws.smoke import world as smoke_world
from flowguard.guard.deploy import Asked, deploy
from flowguard.guard.judge import exit_code
from flowguard.guard.release import Release
from flowguard.guard.verify import verify
from flowguard.guard.world import Outcome, World
from flowguard.model.readiness import Readiness
from flowguard.model.smoke import SmokeReport
from flowguard.probe import Probe
from flowguard.process import Processes
from flowguard.rollback.look import Wish
from flowguard.rollback.world import World as Account
from flowguard.smoke import runner, spec
from flowguard.smoke.baseline import Baseline
from flowguard.smoke.suite import Suite

CHECKS = "checks: {health: {get: /health}}"
READS = ("describe_", "get_", "list_", "head_", "validate_")


@dataclass
class Site:
    """The service, its stack, and a FlowGuard that is run against both."""

    fake: Fake
    port: int
    broken: set[str] = field(default_factory=lambda: {"orders/2.zip"})
    """The code of releases that answer 500."""
    gone: bool = False
    """Whether nothing answers at all."""
    asked: list[str] = field(default_factory=list)
    """The code that answered each request."""
    lines: list[str] = field(default_factory=list)
    before_measuring: Callable[[], None] = lambda: None
    baseline: Baseline | None = None
    spec: str = CHECKS
    runs: int = 0
    """How often the smoke tests were run."""
    over_http: bool = False
    """Whether AWS is asked over HTTP, too; without it a test takes half the time."""

    def __post_init__(self) -> None:
        self.stage = Stage(self.fake, self.aws())

    def aws(self) -> Aws:
        """The account as FlowGuard signs in to it."""
        return self.fake.aws() if self.over_http else self.fake.direct()

    # --- the service --------------------------------------------------------------

    def code(self) -> str:
        """What the function runs now."""
        stack = self.fake.stack(NAME)
        api = stack.resources.get("Api")
        return str(api.properties["Code"]["S3Key"]) if api else ""

    def answer(self) -> int:
        """The status that a request is answered with."""
        code = self.code()
        self.asked.append(code)
        return 500 if code in self.broken or not code else 200

    # --- FlowGuard ----------------------------------------------------------------

    def suite(self) -> Suite:
        """The smoke tests."""
        url = f"http://127.0.0.1:{self.port if not self.gone else 9}"
        text = f"base: {url}\ncontrol: http://127.0.0.1:9/\n{self.spec}\n"
        return spec.parse(text, "smoke.yml")

    def measure(self) -> SmokeReport:
        """Run the smoke tests."""
        self.runs += 1
        self.before_measuring()
        with self._world(self.suite()) as world:
            return runner.run(self.suite(), world, baseline=self.baseline)

    def take_baseline(self) -> None:
        """What the service does before the deploy."""
        with self._world(self.suite()) as world:
            _, self.baseline = runner.take(self.suite(), world)

    @contextmanager
    def _world(self, suite: Suite) -> Iterator[Any]:
        with Probe() as probe:
            yield smoke_world(
                self.aws,
                suite,
                send=probe,
                clock=self.fake.clock,
                run=Processes(self.lines.append),
                git=lambda _what: None,
                run_id="r1",
                stack_name=NAME,
                environment={},
            )

    def world(self) -> World:
        """All that a guarded deploy is given."""
        account = Operations(self.aws(), before=self.stage.before)
        rollback = Account(
            account,
            self.fake.clock,
            tell=self.lines.append,
            evidence=self.stage.evidence,
        )
        return World(rollback, self.measure, self.suite().gate)

    def deploy(self, body: str, **asked: Any) -> Outcome:
        """`flowguard deploy`; the record of calls begins with it."""
        self.fake.calls.clear()
        given = {key: asked.pop(key) for key in ("before", "approve") if key in asked}
        run = asked.pop("run", f"r{len(self.lines)}")
        wanted = Asked(run, "eu-central-1", **given)
        asked.setdefault("declared", frozenset({"Stage"}))
        return deploy(self.world(), Release(NAME, body, **asked), wanted)

    def verify(self, **asked: Any) -> Outcome:
        """`flowguard verify`."""
        self.fake.calls.clear()
        return verify(self.world(), Wish(NAME, self.stage.before, **asked))

    @property
    def mine(self) -> str:
        """The template that the pipeline deploys, where its folder is at hand."""
        return self.stage.mine

    @mine.setter
    def mine(self, body: str) -> None:
        self.stage.mine = body

    def up(self, readiness: Readiness | None = None) -> None:
        """The first release is up, and a snapshot of it is taken where one is asked."""
        self.stage.create()
        if readiness:
            self.stage.snapshot(readiness)

    # --- what was done --------------------------------------------------------------

    def changed(self) -> list[str]:
        """The operations that change something, in their order."""
        return [name for name, _ in self.calls()]

    def calls(self) -> list[tuple[str, Json]]:
        """The same with their parameters."""
        found = [c for c in self.fake.calls if not c.operation.startswith(READS)]
        return [made(call) for call in found]

    def given(self, operation: str) -> Mapping[str, Any]:
        """The parameters of the only call of an operation."""
        (call,) = self.fake.asked(operation)
        return call.parameters

    @property
    def status(self) -> str:
        """The stack's."""
        return self.fake.stack(NAME).status


def code_of(outcome: Outcome) -> int:
    """The exit code of a command that ends so."""
    return exit_code(outcome.verdict, outcome.rollback)


@contextmanager
def serving_site(*, over_http: bool = False) -> Iterator[Site]:
    """A site, while the block runs."""
    with serving() as fake:
        site: Site

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(site.answer())
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        site = Site(fake, server.server_address[1], over_http=over_http)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


__all__ = ["NAME", "Site", "code_of", "serving_site", "template"]
