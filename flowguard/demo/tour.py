"""`flowguard demo`: what broke a company's staging, found by the real preflight, and a
release that breaks the service, taken back by the real rollback."""

from __future__ import annotations

import shlex
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from flowguard.demo.account_file import DescribedAccount
from flowguard.demo.release import Release
from flowguard.demo.seed import FLOWLOGIC, seed
from flowguard.demo.server import EmbeddedAccount
from flowguard.demo.shell import Command, Shell, heading, say, tell

_SERVERLESS = Path("infra", "serverless")
_TEMPORARY_NAME = "service: flowlogic-backend-staging-v2\n"
_OWN_NAME = "service: flowlogic-backend\n"

_BLOCKED = 1


@dataclass(frozen=True, slots=True)
class Preflight:
    """A stop of the tour: a preflight, and what it shows."""

    title: str
    before: str
    stage: str
    after: str
    own_name: bool = False
    """Whether the service has got its own name back."""


PREFLIGHTS = (
    Preflight(
        title="the deploy that broke staging",
        before="""
        FlowLogic runs one backend with the Serverless Framework. Its deploys to
        staging fail and are rolled back, every resource with them. The project
        is unchanged, the account is as it was on that day. Preflight reads the
        one, asks the other, and changes nothing.
        """,
        stage="staging",
        after="""
        Blocked, by one table of the template's eight: flowlogic-staging-migrations
        exists, no stack owns it, and it holds 17 items. CloudFormation will not
        create a second one, and takes everything else back with it. The other
        seven tables and the bucket do not exist, so nothing is said of them. The
        help adopts the table with its items; nothing is deleted to make way.
        The warnings tell how it came to this: a temporary service name, and
        tables that CloudFormation may delete.
        """,
    ),
    Preflight(
        title="a third production",
        before="""
        The account has two productions already, since the stage was once renamed
        from prod to production. What would the same project do with --stage prod?
        """,
        stage="prod",
        after="""
        Blocked: the service's temporary name would make a third production, a
        stack of its own, while the names of its tables and its bucket belong to
        the stack flowlogic-backend-prod, which serves the traffic.
        """,
    ),
    Preflight(
        title="the service under its own name",
        before="""
        Somebody called the service flowlogic-backend-staging-v2 to get round a
        stack that could not be deleted. We give it its own name back, in a copy
        of the project, and ask again.
        """,
        stage="staging",
        after="""
        The table is still in the way, and now the stack as well: the deploy goes
        to flowlogic-backend-staging, which is DELETE_FAILED because its bucket
        still holds objects, and takes no deploy in that state. The help clears
        it, the least destructive way first. Then the table remains to be adopted,
        and staging can be deployed under its own name.
        """,
        own_name=True,
    ),
)


class Tour:
    """Shows the stops, by running them."""

    def __init__(self, flowguard: Command) -> None:
        self._flowguard = flowguard

    def run(self, *, serve: bool) -> int:
        """Show the stops; then, with `serve`, keep the account until Ctrl-C."""
        say("FlowGuard's demo: a company's AWS account, on this machine alone")
        with _project() as project, EmbeddedAccount() as account:
            _fill(account)
            stops = tuple(_stops(Shell(self._flowguard, account, project)))
            for number, (title, show) in enumerate(stops, 1):
                heading(f"{number} of {len(stops)} · {title}")
                show()
            heading("go on")
            if serve:
                _serve(account, project)
            else:
                say(_where_flowguard_is() + _GO_ON)
        return 0


def _stops(shell: Shell) -> Iterator[tuple[str, Callable[[], None]]]:
    """The titles, and what shows each."""
    for stop in PREFLIGHTS:
        yield stop.title, partial(_show, stop, shell)
    release = Release(shell)
    yield "before a release", release.before
    yield "a release that breaks the service", release.taken_back
    yield "what is live now", release.live


def _show(stop: Preflight, shell: Shell) -> None:
    tell(stop.before)
    with _named(shell.project / _SERVERLESS, own_name=stop.own_name):
        shell.run(_SERVERLESS, "preflight", "--stage", stop.stage, code=_BLOCKED)
    tell(stop.after)


@contextmanager
def _project() -> Iterator[Path]:
    """A copy of the project, to change and to look at."""
    with tempfile.TemporaryDirectory(prefix="flowguard-demo-") as folder:
        copy = Path(folder, "flowlogic")
        shutil.copytree(FLOWLOGIC.project, copy)
        yield copy


def _fill(account: EmbeddedAccount) -> None:
    started = time.monotonic()
    seed(account)
    described = DescribedAccount.read(FLOWLOGIC.account)
    items = sum(table.items for table in described.tables)
    objects = sum(bucket.objects for bucket in described.buckets)
    tell(
        f"It listens on {account.url} and holds {len(described.stacks)} stacks,"
        f" {len(described.tables)} tables with {items:,} items and"
        f" {len(described.buckets)} buckets with {objects} objects, made by real"
        f" calls in {time.monotonic() - started:.1f} seconds."
    )


@contextmanager
def _named(folder: Path, *, own_name: bool) -> Iterator[None]:
    """Give the service its own name, for as long as the context lasts."""
    path = folder / "serverless.yml"
    text = path.read_text(encoding="utf-8")
    if own_name:
        path.write_text(text.replace(_TEMPORARY_NAME, _OWN_NAME), encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(text, encoding="utf-8")


_GO_ON = """\
  flowguard demo --serve           the same, and the account stays, for your tools
  flowguard explain name-taken     what a rule knows, and how to mend its findings
  flowguard permissions            the IAM policy for your own account: reads only
  flowguard preflight --stage dev  in the folder of your own serverless.yml
"""


def _where_flowguard_is() -> str:
    """The line that makes `flowguard` a command, where it is none yet."""
    if shutil.which("flowguard"):
        return ""
    folder = shlex.quote(str(Path(sys.executable).parent))
    return f"  export PATH={folder}:$PATH\n"


def _serve(account: EmbeddedAccount, project: Path) -> None:
    """Tell how to reach the account, and wait until the user has had enough."""
    variables = account.variables().items()
    exports = "\n".join(f"export {name}={shlex.quote(v)}" for name, v in variables)
    say(
        "The account stays until Ctrl-C. In another terminal:\n\n"
        "unset AWS_PROFILE AWS_SESSION_TOKEN\n"
        f"{exports}\n{_where_flowguard_is().lstrip()}"
        f"cd {shlex.quote(str(project / _SERVERLESS))}\n\n"
        "Then, for example:\n\n"
        "flowguard preflight --stage staging\n"
        "aws cloudformation describe-stacks --query 'Stacks[].[StackName,StackStatus]'\n"
        "npx osls deploy --stage staging   # the real deploy: see it fail as predicted\n"
    )
    try:
        account.wait()
    except KeyboardInterrupt:
        say("The account and the copy of the project are gone.")
