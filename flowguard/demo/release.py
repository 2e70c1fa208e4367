"""The tour's second half: a release that breaks the service, and the way back."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from flowguard.demo.backend import FILES, SNAPSHOTS, STACK, Backend
from flowguard.demo.shell import Shell, say, tell
from flowguard.rollback import snapshot_file

_FOLDER = Path("infra", "qa")
_ON_STACK = ("--stack-name", STACK)
_GOOD, _BAD = "1.4.0", "1.5.0"

_GO, _ROLLED_BACK = 0, 4


class Release:
    """A deploy from before it to after it, in three stops."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        shutil.copytree(FILES, shell.project / _FOLDER)
        self._backend = Backend(shell.account, shell.project / _FOLDER)
        self._report: Path | None = None

    def before(self) -> None:
        """What can be known of a release, and kept, before it is deployed."""
        self._backend.create(_GOOD)
        was, now = self._backend.write_bad_release()
        tell(f"""
        Not every mistake is one of the template's. FlowLogic's stage qa is the stack
        {STACK}: two tables, a user pool, a REST API and a function, which
        this account really runs, in Python. Release {_GOOD} is live. Release {_BAD}
        changes a line:
        """)
        say(f"- {was}\n+ {now}")
        tell("""
        Preflight knows of no such failure: the template is sound, and no account says
        which table is meant. It does say whether the deploy could be taken back. The
        snapshot keeps what is live, and the smoke tests tell what works before the
        deploy. They ask less often than in production, as their file says.
        """)
        self._shell.run(
            _FOLDER,
            "preflight",
            *_ON_STACK,
            *("--parameter", f"Release={_BAD}"),
            *("--capability", "CAPABILITY_IAM"),
            *("--output", "json=preflight.json"),
            code=_GO,
        )
        self._shell.run(
            _FOLDER,
            "snapshot",
            *_ON_STACK,
            *("--preflight", "preflight.json"),
            *("--keep", f"s3://{SNAPSHOTS}/qa"),
            *("--output", "snapshot.json"),
            code=_GO,
        )
        self._shell.run(
            _FOLDER, "smoke", *_ON_STACK, *("--baseline", "before.json"), code=_GO
        )
        tell("""
        Go. The digest of the snapshot is what the rollback will ask for, so that
        nobody can slip another one in.
        """)

    def taken_back(self) -> None:
        """The bad release is deployed, found out, and taken back."""
        seconds = self._backend.update(_BAD)
        tell(f"""
        The deploy tool calls UpdateStack, and {STACK} is UPDATE_COMPLETE
        {seconds:.1f} seconds later. A pipeline that then asks for /health is content:
        """)
        say(f"GET /health\n{self._backend.get('/health')}")
        tell("""
        The service is broken all the same. `flowguard verify` runs the smoke tests,
        holds them against those from before the deploy, and takes back what must be.
        """)
        snapshot = self._shell.project / _FOLDER / "snapshot.json"
        digest = snapshot_file.digest(snapshot_file.load(snapshot))
        self._report = Path(tempfile.mkdtemp(prefix="flowguard-demo-"), "report.html")
        self._shell.run(
            _FOLDER,
            "verify",
            *_ON_STACK,
            *("--variable", f"release={_BAD}"),
            *("--against", "before.json"),
            *("--snapshot", "snapshot.json"),
            *("--snapshot-digest", digest),
            *("--output", f"html={self._report}"),
            code=_ROLLED_BACK,
        )
        tell("""
        Signed in as a user who was made for it, and is removed again, the smoke tests
        ask for the users and get an error, several times over some seconds, so that
        it is no accident. That was not so before the deploy, and of what stands behind
        the route the deploy changed the function alone. The snapshot is restored by a
        change set, which is executed only because it does the very opposite of the
        deploy; the account is compared with the snapshot; and the smoke tests pass
        again. Exit code 4 says all that to the workflow: the deploy failed, and what
        is live is good.
        """)

    def live(self) -> None:
        """What is there now, and where to read what happened."""
        for path in ("/health", "/plans"):
            say(f"GET {path}\n{self._backend.get(path)}")
        tell(f"""
        Release {_GOOD} answers, with the data that was there. On AWS `flowguard deploy`
        does better still: it holds the update open while the smoke tests run, in
        CloudFormation's monitoring window, and cancels it. The report of the deploy,
        as a job of the workflow keeps it, is in:
        """)
        say(f"{self._report}")
