"""Other tools that run HTTP checks: how each is installed, and the suite as it wants it.

Each check is the same for all: the status, and two assertions on the JSON body.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

CONCURRENCY = 20
NPM = ("npm", "install", "--no-audit", "--no-fund", "--loglevel=error")
ENVIRONMENT = os.environ | {
    "AWS_EC2_METADATA_DISABLED": "true",
    "PYTHONPATH": str(pathlib.Path(__file__).resolve().parents[1]),
    "STEPCI_DISABLE_ANALYTICS": "1",
}

Command = Sequence[str | pathlib.Path]
Suite = Callable[[pathlib.Path, Sequence[str]], Command]
"""Writes the suite for these URLs into a folder; what runs it from there."""


class Missing(Exception):  # noqa: N818 - it is no error
    """A tool cannot be had here, and why."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool, installed."""

    name: str
    version: str
    suite: Suite


# -- in every run ----------------------------------------------------------------


def flowguard() -> Tool:
    """FlowGuard from this checkout, in the interpreter that runs this."""

    def suite(folder: pathlib.Path, urls: Sequence[str]) -> Command:
        checks = {
            f"check-{number}": {
                "get": url,
                "expect": {
                    "status": 200,
                    "json": {"status": "ok", "length(items)": ">= 1"},
                },
            }
            for number, url in enumerate(urls)
        }
        once = {"samples": {"pass": 1}}  # as all the others ask
        spec = _json(folder / "smoke.yml", {"gate": once, "checks": checks})
        return [sys.executable, "-m", "flowguard", "smoke", "--spec", spec]

    code = "import flowguard; print(flowguard.__version__)"
    return Tool("flowguard", _said(sys.executable, "-c", code), suite)


def curl() -> Tool:
    """curl, which asserts nothing but that there is an answer."""

    def suite(folder: pathlib.Path, urls: Sequence[str]) -> Command:
        lines = [f'url = "{url}"\noutput = "/dev/null"\n' for url in urls]
        config = folder / "curl.txt"
        config.write_text("".join(lines), encoding="utf-8")
        most = str(CONCURRENCY)
        return ["curl", "-sSfZ", "--parallel-max", most, "--config", config]

    return Tool("curl", _said(_found("curl"), "--version").split()[1], suite)


# -- peers -----------------------------------------------------------------------


def newman(folder: pathlib.Path) -> Tool:
    """Postman's runner; one request after the other, it knows no other way."""
    program = _npm(folder, "newman")

    def suite(folder: pathlib.Path, urls: Sequence[str]) -> Command:
        script = [
            "const body = pm.response.json();",
            "pm.test('status', () => pm.response.to.have.status(200));",
            "pm.test('ok', () => pm.expect(body.status).to.eql('ok'));",
            "pm.test('some', () => pm.expect(body.items.length).to.be.above(0));",
        ]
        event = {"listen": "test", "script": {"exec": script}}
        items = [
            {"name": url, "request": {"method": "GET", "url": url}, "event": [event]}
            for url in urls
        ]
        schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
        info = {"name": "smoke", "schema": schema}
        path = _json(folder / "collection.json", {"info": info, "item": items})
        return [program, "run", path]

    return Tool("Newman", _said(program, "--version"), suite)


def step_ci(folder: pathlib.Path) -> Tool:
    """Step CI, with a test for each check: these run at once, all of them."""
    program = _npm(folder, "stepci")
    package = folder / "node_modules" / "stepci" / "package.json"
    version = json.loads(package.read_text(encoding="utf-8"))["version"]

    def suite(folder: pathlib.Path, urls: Sequence[str]) -> Command:
        jsonpath = {"$.status": "ok", "$.items": [{"isArray": True}]}
        check = {"status": 200, "jsonpath": jsonpath}
        tests = {
            f"check-{number}": {
                "steps": [{"http": {"url": url, "method": "GET", "check": check}}]
            }
            for number, url in enumerate(urls)
        }
        workflow = {"version": "1.1", "name": "smoke", "tests": tests}
        return [program, "run", _json(folder / "workflow.yml", workflow)]

    return Tool("Step CI", version, suite)


def tavern(folder: pathlib.Path) -> Tool:
    """Tavern in pytest, one check after the other: xdist costs it more than it saves."""
    python = _pip(folder, "tavern", "pytest<9.2")  # 9.2 breaks tavern 3.7.1

    def suite(folder: pathlib.Path, urls: Sequence[str]) -> Command:
        tests = [
            {
                "test_name": url,
                "stages": [
                    {
                        "name": "get",
                        "request": {"url": url, "method": "GET"},
                        "response": {
                            "status_code": 200,
                            "strict": False,
                            "json": {"status": "ok", "total": 2},
                        },
                    }
                ],
            }
            for url in urls
        ]
        path = folder / "test_smoke.tavern.yaml"
        documents = "\n---\n".join(json.dumps(test) for test in tests)
        path.write_text(documents, encoding="utf-8")
        return [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", path]

    return Tool("Tavern", _version(python, "tavern"), suite)


def gabbi(folder: pathlib.Path) -> Tool:
    """gabbi's runner, one check after the other."""
    python = _pip(folder, "gabbi")

    def suite(folder: pathlib.Path, urls: Sequence[str]) -> Command:
        tests = [
            {
                "name": f"check {number}",
                "GET": url,
                "status": 200,
                "response_json_paths": {"$.status": "ok", "$.items.`len`": 2},
            }
            for number, url in enumerate(urls)
        ]
        path = _json(folder / "smoke.yaml", {"tests": tests})
        host = urls[0].split("/")[2]
        return [python.parent / "gabbi-run", host, "--", path]

    return Tool("gabbi", _version(python, "gabbi"), suite)


def hurl(_folder: pathlib.Path) -> Tool:
    """Hurl, where it is installed: no registry that is asked here has it."""
    program = _found("hurl")

    def suite(folder: pathlib.Path, urls: Sequence[str]) -> Command:
        paths = []
        for number, url in enumerate(urls):
            path = folder / f"{number}.hurl"
            asserts = 'jsonpath "$.status" == "ok"\njsonpath "$.items" count >= 1\n'
            text = f"GET {url}\nHTTP 200\n[Asserts]\n{asserts}"
            path.write_text(text, encoding="utf-8")
            paths.append(path)
        return [program, "--test", "--jobs", str(CONCURRENCY), *paths]

    return Tool("Hurl", _said(program, "--version").split()[1], suite)


PEERS: dict[str, Callable[[pathlib.Path], Tool]] = {
    "Newman": newman,
    "Step CI": step_ci,
    "Tavern": tavern,
    "gabbi": gabbi,
    "Hurl": hurl,
}


# -- installing ------------------------------------------------------------------


def _npm(folder: pathlib.Path, package: str) -> pathlib.Path:
    """The program of a package of npm's, installed."""
    _install(_found("npm"), *NPM[1:], "--prefix", folder, package)
    return folder / "node_modules" / ".bin" / package


def _pip(folder: pathlib.Path, *packages: str) -> pathlib.Path:
    """The interpreter of an environment with these packages."""
    _install(sys.executable, "-m", "venv", folder)
    python = folder / "bin" / "python"
    pip = ("-m", "pip", "--disable-pip-version-check", "-qq")
    _install(python, *pip, "install", *packages)
    return python


def _install(*command: str | pathlib.Path) -> None:
    try:
        subprocess.run(
            command, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        )
    except subprocess.CalledProcessError:
        raise Missing("it cannot be installed") from None


def _found(program: str) -> str:
    if path := shutil.which(program):
        return path
    raise Missing(f"there is no {program}")


def _version(python: pathlib.Path, package: str) -> str:
    code = f"import importlib.metadata as m; print(m.version({package!r}))"
    return _said(python, "-c", code)


def _said(*command: str | pathlib.Path) -> str:
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
    )
    return done.stdout.strip()


def _json(path: pathlib.Path, value: object) -> pathlib.Path:
    """JSON, which is YAML too."""
    path.write_text(json.dumps(value), encoding="utf-8")
    return path
