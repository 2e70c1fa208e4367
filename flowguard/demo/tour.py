"""`flowguard demo`: what broke a company's staging, found by the real preflight."""

from __future__ import annotations

import shlex
import shutil
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path

from flowguard.demo.account_file import DescribedAccount
from flowguard.demo.seed import FLOWLOGIC, seed
from flowguard.demo.server import EmbeddedAccount
from flowguard.errors import FlowGuardError

_WIDTH = 78
_SERVERLESS = Path("infra", "serverless")
_TEMPORARY_NAME = "service: flowlogic-backend-staging-v2\n"
_OWN_NAME = "service: flowlogic-backend\n"

_BLOCKED = 1

Command = Callable[[Sequence[str]], int]
"""Runs a command line of FlowGuard's and returns its exit code."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop of the tour: a command, and what it shows."""

    title: str
    before: str
    command: Sequence[str]
    after: str
    own_name: bool = False
    """Whether the service has got its own name back."""


STOPS = (
    Stop(
        title="the deploy that broke staging",
        before="""
        FlowLogic runs one backend with the Serverless Framework. Its deploys to
        staging fail and are rolled back, every resource with them. The project
        is unchanged, the account is as it was on that day. Preflight reads the
        one, asks the other, and changes nothing.
        """,
        command=("flowguard", "preflight", "--stage", "staging"),
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
    Stop(
        title="a third production",
        before="""
        The account has two productions already, since the stage was once renamed
        from prod to production. What would the same project do with --stage prod?
        """,
        command=("flowguard", "preflight", "--stage", "prod"),
        after="""
        Blocked: the service's temporary name would make a third production, a
        stack of its own, while the names of its tables and its bucket belong to
        the stack flowlogic-backend-prod, which serves the traffic.
        """,
    ),
    Stop(
        title="the service under its own name",
        before="""
        Somebody called the service flowlogic-backend-staging-v2 to get round a
        stack that could not be deleted. We give it its own name back, in a copy
        of the project, and ask again.
        """,
        command=("flowguard", "preflight", "--stage", "staging"),
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
        _say("FlowGuard's demo: a company's AWS account, on this machine alone")
        with _project() as project, EmbeddedAccount() as account:
            _fill(account)
            for number, stop in enumerate(STOPS, 1):
                _heading(f"{number} of {len(STOPS)} · {stop.title}")
                self._show(stop, account, project)
            _heading("go on")
            if serve:
                _serve(account, project)
            else:
                _say(_where_flowguard_is() + _GO_ON)
        return 0

    def _show(self, stop: Stop, account: EmbeddedAccount, project: Path) -> None:
        command = shlex.join(stop.command)
        folder = project / _SERVERLESS
        _say(_paragraph(stop.before))
        _say(f"$ cd {_SERVERLESS}\n$ {command}")
        with _named(folder, own_name=stop.own_name), account.applied(), chdir(folder):
            code = self._flowguard(stop.command[1:])
        if code != _BLOCKED:
            raise FlowGuardError(
                f"`{command}` ended with exit code {code}, where the demo shows"
                f" {_BLOCKED}",
                help="this is a fault of FlowGuard's; please report what it printed",
            )
        _say(f"(exit code {code})")
        _say(_paragraph(stop.after))


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
    _say(
        _paragraph(
            f"It listens on {account.url} and holds {len(described.stacks)} stacks,"
            f" {len(described.tables)} tables with {items:,} items and"
            f" {len(described.buckets)} buckets with {objects} objects, made by real"
            f" calls in {time.monotonic() - started:.1f} seconds."
        )
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
    _say(
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
        _say("The account and the copy of the project are gone.")


def _heading(text: str) -> None:
    _say(f"── {text} {'─' * (_WIDTH - len(text) - 4)}")


def _paragraph(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), _WIDTH)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n\n")
    sys.stdout.flush()
