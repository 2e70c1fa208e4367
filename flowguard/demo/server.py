"""An embedded AWS account in a process of its own, on the loopback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from flowguard.demo.controls import PATH, Controls
from flowguard.demo.strict import pin
from flowguard.errors import FlowGuardError

HOST = "127.0.0.1"
ACCOUNT_ID = "123456789012"
REGION = "eu-central-1"

_START_TIMEOUT = 60.0
_END_TIMEOUT = 5.0
_POLL_INTERVAL = 0.05

_PACKAGES = Path(__file__).parents[2]
"""The folder that this package is imported from, for the child to do the same."""

_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL")
"""What the account's process sees of our environment: nothing of AWS's, of
ministack's own settings or of Docker's."""


class EmbeddedAccount:
    """A strict AWS account; a context manager that starts and ends its process.

    It listens on a free port of the loopback, which the parent binds and the
    child inherits, so that no other program can take it in between. The child
    ends with the context, and also when this process dies.
    """

    def __init__(
        self,
        *,
        account_id: str = ACCOUNT_ID,
        region: str = REGION,
        controls: Controls | None = None,
    ) -> None:
        self.account_id = account_id
        self.region = region
        self.url = ""
        """Where it listens, once started: `http://127.0.0.1:PORT`."""
        self._controls = controls or Controls()
        self._current = self._controls
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None

    def __enter__(self) -> Self:
        """Start the account and wait until it answers.

        Raises `FlowGuardError` when the extra is missing, ministack is not the
        pinned one, or the process does not come up.
        """
        if os.name != "posix":
            raise FlowGuardError(
                "the embedded AWS account does not run on this system",
                help="run it on Linux or macOS, or in a container",
            )
        pin.require_installed()
        self._folder = Path(tempfile.mkdtemp(prefix="flowguard-account-"))
        try:
            self._start(self._folder)
            self._await_health()
            self.control(self._controls)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the account, whatever happened."""
        self.close()

    @property
    def pid(self) -> int:
        """The process id of the running account."""
        return self._running().pid

    @property
    def folder(self) -> Path:
        """The running account's own folder, which goes with it."""
        if self._folder is None:
            raise self._not_running()
        return self._folder

    def close(self) -> None:
        """End the process, by force when it does not go; any number of times."""
        process, self._process = self._process, None
        if process is not None:
            _end(process)
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def wait(self) -> None:
        """Wait until the process ends by itself; then raise `FlowGuardError`."""
        self._running().wait()
        raise self._failure("ended")

    def variables(self) -> dict[str, str]:
        """The variables that send an AWS SDK or tool to this account.

        The access key is the account id: that is how ministack tells accounts.
        """
        self._running()
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.account_id,
            "AWS_SECRET_ACCESS_KEY": "embedded",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
        }

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """A whole environment, in which every AWS client talks to this account.

        `base` (this process's own, when left out) without any setting of AWS:
        no profile, session token, service endpoint or configuration file of
        the user's can lead a call out of the account.
        """
        kept = os.environ if base is None else base
        return {
            **{name: kept[name] for name in kept if not name.startswith("AWS_")},
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": ",".join(filter(None, (HOST, kept.get("NO_PROXY")))),
            "no_proxy": ",".join(filter(None, (HOST, kept.get("no_proxy")))),
            **self.variables(),
        }

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Let this process's AWS clients talk to the account; then undo that."""
        before = dict(os.environ)
        environment = self.environment(before)
        try:
            _replace_environment(environment)
            yield
        finally:
            _replace_environment(before)

    def control(self, controls: Controls) -> None:
        """Set faults, delays, early validation and the names to be drawn."""
        body = json.dumps(controls.to_json()).encode()
        self._request("PUT", PATH, body)
        self._current = controls

    def reset(self) -> None:
        """Empty the account and put the controls back to what it started with."""
        self._request("POST", "/_ministack/reset")
        self.control(self._controls)

    @property
    def controls(self) -> Controls:
        """The controls that are set now."""
        return self._current

    def log(self) -> str:
        """What the account's process has written so far."""
        if self._folder is None:
            return ""
        return self._log_path(self._folder).read_text(errors="replace")

    def _start(self, folder: Path) -> None:
        with (
            socket.create_server((HOST, 0)) as listener,
            self._log_path(folder).open("wb") as log,
        ):
            port = listener.getsockname()[1]
            self.url = f"http://{HOST}:{port}"
            descriptor = listener.fileno()
            module = ("-m", "flowguard.demo.strict", str(descriptor), str(folder))
            self._process = subprocess.Popen(
                [sys.executable, *module],
                pass_fds=(descriptor,),
                env=self._child_environment(port),
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us; we then end the child
            )

    def _child_environment(self, port: int) -> dict[str, str]:
        python_path = (str(_PACKAGES), os.environ.get("PYTHONPATH"))
        return {
            **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            "PYTHONPATH": os.pathsep.join(filter(None, python_path)),
            "AWS_ACCESS_KEY_ID": self.account_id,
            "AWS_SECRET_ACCESS_KEY": "embedded",
            "DOCKER_HOST": "unix:///nonexistent",  # it would sweep containers
            "GATEWAY_PORT": str(port),
            "IOT_MTLS_ENABLED": "0",  # it would listen on 0.0.0.0:8883
            "LAMBDA_EXECUTOR": "local",
            "LOG_LEVEL": "WARNING",
            # Calls without a signature, an HTTP test or a sign-in, go here.
            "MINISTACK_ACCOUNT_ID": self.account_id,
            "MINISTACK_REGION": self.region,
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": str(self.folder),  # where it unpacks functions
        }

    def _await_health(self) -> None:
        deadline = time.monotonic() + _START_TIMEOUT
        while time.monotonic() < deadline:
            if self._running().poll() is not None:
                raise self._failure("ended while it started")
            with suppress(OSError):
                self._send("GET", "/_ministack/health")
                return
            time.sleep(_POLL_INTERVAL)
        raise self._failure(f"did not answer within {_START_TIMEOUT:.0f} seconds")

    def _failure(self, what: str) -> FlowGuardError:
        return FlowGuardError(
            f"the embedded AWS account {what}",
            help=f"it wrote:\n{self.log().strip() or '(nothing)'}",
        )

    def _request(self, method: str, path: str, body: bytes | None = None) -> None:
        """Make a request of the account itself; `FlowGuardError` if it fails."""
        try:
            self._send(method, path, body)
        except urllib.error.HTTPError as error:
            raise FlowGuardError(
                f"the embedded AWS account refused {method} {path}:"
                f" {error.read().decode(errors='replace')}"
            ) from error
        except OSError as error:
            raise self._failure(f"does not answer any more ({error})") from error

    def _send(self, method: str, path: str, body: bytes | None = None) -> None:
        request = urllib.request.Request(self.url + path, data=body, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=_START_TIMEOUT):
            pass

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise self._not_running()
        return self._process

    @staticmethod
    def _not_running() -> FlowGuardError:
        return FlowGuardError(
            "the embedded AWS account is not running",
            help="use it as a context manager",
        )

    @staticmethod
    def _log_path(folder: Path) -> Path:
        return folder / "account.log"


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that leads a group, and the functions that it runs."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(_END_TIMEOUT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    finally:
        if process.stdin is not None:
            process.stdin.close()


def _replace_environment(environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
