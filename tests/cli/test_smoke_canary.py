"""No secret of a run shows anywhere, whatever a service does with it.

A service that echoes what it is sent, in every form; all kinds of sign-in; each
secret holds one word, which is sought in all that the command prints or writes.
"""

from __future__ import annotations

import base64
import binascii
import json
import pathlib
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote, unquote_plus

import boto3
import pytest
from cli.smoking import JSON, Ended, smoke
from moto.server import ThreadedMotoServer
from smoke_servers.cognito import AppClient, User, UserPool
from smoke_servers.oauth2 import TokenEndpoint
from smoke_servers.serving import Answer, Asked, serving

from flowguard.report import FORMATS

WORD = "cnry"
KINDS = ("bearer", "basic", "key", "oauth", "pool", "login")
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": f"{WORD}-aws/secret+key",
    "SMOKE_TOKEN": f"{WORD}-environment/+&=%41",
}


def canary(name: str) -> str:
    """A secret that is spelled differently in JSON, in a URL, in base64."""
    return f'{WORD}-{name}/+&=%41"9'


def echo(asked: Asked) -> Answer:
    """All of the request, as it came and encoded, in the body and in the headers."""
    path = asked.target.partition("?")[0]
    if path == "/login":
        document = {"token": f"{WORD}-login.token_", "other": canary("captured")}
        return Answer(200, json.dumps(document).encode(), JSON)
    came = "\n".join(
        [asked.target, asked.body.decode(), *map(": ".join, asked.headers.items())]
    )
    encoded = base64.b64encode(came.encode()).decode()
    credential = asked.headers.get("authorization") or asked.headers.get(
        "x-api-key", ""
    )
    told = {
        "message": f"{credential} {quote(credential, safe='')}",
        "plain": came,
        "quoted": quote(came),
        "encoded": [encoded, base64.urlsafe_b64encode(f"x{came}".encode()).decode()],
    }
    headers = {
        **JSON,
        "X-Request-Id": f"{quote(credential)} {credential}",
        "X-Echo": f"{base64.b64encode(credential.encode()).decode()} {credential}",
        "Set-Cookie": f"session={quote(credential)}",
        "Location": f"http://{quote(credential, safe='')}.invalid/{quote(came)}",
    }
    allowed = path.startswith("/pass") and (credential or "note" in path)
    status = {"/fail": 404, "/moved": 302}.get(path, 200 if allowed else 401)
    return Answer(status, json.dumps(told).encode(), headers)


def suite(echoing: str, oauth: str, pool: str) -> str:
    """Each kind of sign-in passes, fails, is refused, and is sent elsewhere."""
    auth = {
        "bearer": {"bearer": "${env.SMOKE_TOKEN}"},
        "basic": {"basic": {"user": "ana", "password": "${ssm./smoke/password}"}},
        "key": {"api_key": "${secret.smoke-key}"},
        "oauth": {
            "oauth2": {
                "token_url": oauth,
                "client_id": "machine",
                "client_secret": "${secret.smoke-oauth}",
            }
        },
        "pool": {
            "cognito": {
                "pool": "eu-central-1_Users1234",
                "client": "web",
                "user": "ana",
                "password": "${secret.smoke-user}",
                "flow": "password",
                "endpoint": pool,
            }
        },
        "login": {
            "login": {
                "post": "/login",
                "json": {"password": "${secret.smoke-user}"},
                "save": {"token": "token"},
            }
        },
    }
    checks: dict[str, object] = {}
    for kind in KINDS:
        checks[f"{kind}-passes"] = {"get": "/pass", "as": kind}
        checks[f"{kind}-fails"] = {
            "get": "/fail?again=${env.SMOKE_TOKEN}",
            "as": kind,
            "expect": {
                "headers": {"X-Echo": "nothing", "X-Request-Id": "nothing"},
                "json": {"plain": "nothing", "encoded": "absent"},
                "body": "!~ plain",
            },
        }
        checks[f"{kind}-refused"] = {"get": "/refused", "as": kind}
        checks[f"{kind}-moved"] = {"get": "/moved", "as": kind, "redirects": 3}
    checks["captures"] = {
        "steps": [
            {"post": "/login", "save": {"other": {"json": "other", "secret": True}}},
            {
                "post": "/fail",
                "headers": {"X-Other": "${secret.smoke-key}"},
                "json": {"other": "${other}"},
            },
        ],
        "finally": [{"delete": "/pass-note/${other}", "expect": 418}],
    }
    return json.dumps(
        {
            "base": echoing,
            "control": f"{echoing}/pass-note",
            "gate": {
                "samples": {"pass": 1},
                "spread": "50ms",
                "verdict": {"failed": "stop"},
            },
            "auth": auth,
            "checks": checks,
        }
    )


@dataclass(frozen=True)
class Runs:
    """The runs of the suite."""

    before: Ended
    after: Ended
    on_github: Ended


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    moto = ThreadedMotoServer(port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    aws = {**KEYS, "AWS_ENDPOINT_URL": f"http://{host}:{port}"}
    session = boto3.Session("AKIDEXAMPLE", "key", region_name="eu-central-1")
    secrets = session.client("secretsmanager", endpoint_url=aws["AWS_ENDPOINT_URL"])
    for name in ("smoke-key", "smoke-oauth", "smoke-user"):
        # What is sent as a header is printable ASCII.
        secrets.create_secret(Name=name, SecretString=canary(name))
    session.client("ssm", endpoint_url=aws["AWS_ENDPOINT_URL"]).put_parameter(
        Name="/smoke/password", Value=canary("parameter"), Type="SecureString"
    )
    tokens = TokenEndpoint(
        client_secret=canary("smoke-oauth"), token=f"{WORD}-oauth2.t"
    )
    people = UserPool(
        clients={"web": AppClient(frozenset({"ALLOW_USER_PASSWORD_AUTH"}))},
        users={"ana": User(password=canary("smoke-user"))},
    )
    with serving(echo) as echoing, serving(tokens) as oauth, serving(people) as pool:
        spec = suite(echoing, f"{oauth}/token", pool)

        def run(name: str, *options: str, **more: str) -> Ended:
            folder = tmp_path_factory.mktemp(name)
            (folder / "smoke.yml").write_text(spec)
            outputs = [f"--output={form}={form}.out" for form in FORMATS]
            return smoke(folder, *outputs, *options, **aws, **more)

        baseline = tmp_path_factory.mktemp("kept") / "baseline.json"
        before = run("before", "--baseline", "kept.json")
        baseline.write_text(before.files["kept.json"])
        yield Runs(
            before,
            run("after", "--against", str(baseline)),
            run("github", "--format", "github", GITHUB_ACTIONS="true"),
        )
    moto.stop()


def leaks(text: str) -> list[str]:
    """Where the word shows in a text, in any of its spellings."""
    spellings = [text, unquote(text), unquote_plus(unquote(text))]
    for run in re.findall(r"[A-Za-z0-9+/_-]{6,}", text):
        plain = run.replace("-", "+").replace("_", "/")
        for start in range(4):
            piece = plain[start:]
            whole = piece[: len(piece) // 4 * 4]
            try:
                spellings.append(base64.b64decode(whole).decode("latin-1"))
            except binascii.Error:
                continue
    return [
        one[max(at.start() - 60, 0) : at.end() + 40]
        for one in spellings
        for at in re.finditer(WORD, one, re.IGNORECASE)
    ]


def test_leaks_are_found_in_every_spelling() -> None:
    """The search itself, or the other tests would prove nothing."""
    for before in ("", "x", "xy"):
        encoded = base64.b64encode(f"{before}{canary('a')}".encode()).decode()
        assert leaks(f"seen: {encoded}")
    assert leaks(quote("%63nry"))
    assert not leaks("nothing of the kind")


def test_the_runs_saw_all_of_it(runs: Runs) -> None:
    results = json.loads(runs.after.files["json.out"])["smoke"]["results"]
    outcomes = {result["name"]: result["outcome"] for result in results}

    assert runs.before.code == 0, runs.before.err
    assert runs.on_github.code == 1, runs.on_github.err
    assert {outcomes[f"{kind}-passes"] for kind in KINDS} <= {"passed", "slow"}
    for kind in KINDS:
        assert outcomes[f"{kind}-fails"] == "pre-existing"
        assert outcomes[f"{kind}-refused"] == "pre-existing"
    assert "***" in runs.on_github.out


def test_no_secret_shows_before_the_deploy(runs: Runs) -> None:
    for name, text in {**runs.before.files, "printed": runs.before.said}.items():
        assert not leaks(text), name


def test_no_secret_shows_after_the_deploy(runs: Runs) -> None:
    for name, text in {**runs.after.files, "printed": runs.after.said}.items():
        assert not leaks(text), name


def test_no_secret_shows_on_github(runs: Runs) -> None:
    """Nor an order to mask one: a log may be read by others than a runner."""
    ran = runs.on_github

    assert "::add-mask::" not in ran.said
    for name, text in {**ran.files, "out": ran.out, "err": ran.err}.items():
        assert not leaks(text), name


# -- addresses, proxies, commands ------------------------------------------------

LOOKS_AROUND = f"""
import os, pathlib
found = [os.environ["TOKEN"], os.environ["SMOKE_TOKEN"]]
pathlib.Path("junit.xml").write_text(
    "<testsuite><testcase name='a'><failure message='" + os.environ["SMOKE_TOKEN"]
    .replace("&", "&amp;") + "'/></testcase></testsuite>"
)
print(*found)
lines = [path.read_bytes() for path in pathlib.Path("/proc").glob("[0-9]*/cmdline")]
others = [line for line in lines if b"{WORD}" in line and b"LOOKS_AROUND" not in line]
with open("processes.txt", "w") as file:
    print(len(lines), *others, file=file)
print(*pathlib.Path(os.environ["TMPDIR"]).rglob("*"))
"""
"""A command that tells what it is handed, and which processes there are."""


def addresses(base: str) -> str:
    """Credentials in every address, and commands that are handed secrets."""
    signed = base.replace("://", f"://{WORD}-ann:{WORD}%2Fp4ss@")
    checks: dict[str, object] = {
        "passes": {"get": "/pass", "expect": {"headers": {"X-Echo": "nothing"}}},
        "fails": {"get": "/fail"},
        "moved": {"get": "/moved", "redirects": 3},
        "whole": {"get": f"{signed}/fail", "expect": {"json": {"plain": "nothing"}}},
        "nobody": {"get": f"http://{WORD}-token@127.0.0.1:1/"},
        "by-proxy": {"get": "http://service.invalid/"},
        "command": {
            "command": ["python3", "looks.py"],
            "env": {"TOKEN": "${vars.api_token}"},
            "junit": "*.xml",
        },
        "told": {"command": ["echo", "${env.SMOKE_TOKEN}"]},
        "told-by-the-shell": {"command": "echo ${vars.api_token}"},
    }
    return json.dumps(
        {
            "base": signed,
            "control": f"{signed}/pass-note",
            "vars": {"api_token": canary("variable")},
            "gate": {"samples": {"pass": 1}, "spread": "50ms"},
            "checks": checks,
        }
    )


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ended, str]]:
    """A run with addresses that sign in, and its spec."""
    folder, temporary = tmp_path_factory.mktemp("run"), tmp_path_factory.mktemp("tmp")
    with serving(echo) as echoing:
        spec = addresses(echoing)
        (folder / "smoke.yml").write_text(spec)
        (folder / "looks.py").write_text(LOOKS_AROUND)
        (folder / ".git").mkdir()
        outputs = [f"--output={form}={form}.out" for form in FORMATS]
        ended = smoke(
            folder,
            *outputs,
            "--verbose",
            **KEYS,
            http_proxy=f"http://{WORD}-proxy:{WORD}-p4ss@127.0.0.1:1",
            TMPDIR=str(temporary),
        )
        left = [path for path in temporary.rglob("*") if path.is_file()]
        assert not any(leaks(path.read_text("latin-1")) for path in left)
        yield ended, spec


def test_the_run_saw_all_of_it_too(ran: tuple[Ended, str]) -> None:
    ended, _ = ran
    results = json.loads(ended.files["json.out"])["smoke"]["results"]
    outcomes = {result["name"]: result["outcome"] for result in results}
    messages = {result["name"]: result["message"] for result in results}

    assert ended.code == 1, ended.err
    # The command fails at once, and decides: what must outlast a burst is left open.
    assert outcomes["fails"] in {"failed", "inconclusive"}
    assert "passed" not in outcomes.values()
    assert outcomes["command"] == "failed"
    assert outcomes["told"] == outcomes["told-by-the-shell"] == "errored"
    assert "every process could read" in messages["told"]
    assert "http://***@127.0.0.1" in ended.files["json.out"]
    assert int(ended.files["processes.txt"].split()[0]) > 1


def test_no_credentials_of_an_address_show(ran: tuple[Ended, str]) -> None:
    """Nor in the list of processes, which `processes.txt` is."""
    ended, _ = ran
    given = ("junit.xml",)  # the command's own, which it was handed the secret for
    texts = {name: text for name, text in ended.files.items() if name not in given}
    for name, text in {**texts, "printed": ended.said}.items():
        assert not leaks(text), name


@pytest.mark.parametrize(
    "options",
    [
        ["--base", f"ftp://{WORD}:{WORD}@h/"],
        ["--base", f"http://{WORD}:{WORD}@[::1/"],
        ["--base", f"http://{WORD}:{WORD}@h:port/", "--check", "passes"],
        ["--spec", f"https://{WORD}:{WORD}@h/smoke.yml"],
        ["--against", f"https://{WORD}:{WORD}@h/baseline.json"],
        ["--check", f"https://{WORD}:{WORD}@h/"],
        ["--variable", f"api_token={WORD}", "--check", "none"],
    ],
)
def test_no_error_tells_them(
    options: list[str], ran: tuple[Ended, str], tmp_path: pathlib.Path
) -> None:
    (tmp_path / "smoke.yml").write_text(ran[1])

    ended = smoke(tmp_path, *options, "--verbose", **KEYS)

    assert ended.code in {1, 2, 3}
    assert not leaks(ended.said), ended.said


def test_what_is_kept_is_for_its_owner_alone(
    ran: tuple[Ended, str], tmp_path: pathlib.Path
) -> None:
    (tmp_path / "smoke.yml").write_text(ran[1])

    smoke(tmp_path, "--baseline", "kept.json", "--check", "nobody", **KEYS)

    kept = tmp_path / "kept.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert not leaks(kept.read_text())
