"""What `notify` and `sentry` of flowguard.yml make of a command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from smoke_servers.serving import Answer, Asked, serving

from flowguard.cli import main

SPEC = """\
base: {base}
checks: {{health: {{get: /health}}}}
gate: {{spread: 0.2s}}
"""
CONFIG = """\
notify:
  - webhook: ${env.HOOK}
    on: [failed, stopped, passed]
"""
SENTRY = """\
sentry: {organization: acme, project: shop, new_issues: 0, url: '%s'}
"""
TOKEN = "sntrys_CANARY"


@dataclass
class World:
    """A service, a webhook and Sentry, all at one address."""

    healthy: bool = True
    issues: int = 0
    known: bool = True
    """Whether Sentry has heard of the release."""
    told: list[dict[str, Any]] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answer:
        """Answer as whichever of them is asked."""
        if asked.target == "/health":
            return Answer(200 if self.healthy else 500, b"{}")
        if asked.target == "/hook":
            self.told.append(json.loads(asked.body))
            return Answer()
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return Answer(401)
        if asked.method == "POST":
            self.marks.append(asked.target.removeprefix("/api/0/organizations/acme/"))
            return Answer(201, b"{}")
        if "/releases/" in asked.target:
            return Answer(200 if self.known else 404, b"{}")
        return Answer(200, json.dumps([{"id": "1"}] * self.issues).encode())


@contextmanager
def running(world: World, config: str, folder: Path) -> Iterator[None]:
    """A project whose files name the world."""
    (folder / ".git").mkdir()
    with serving(world) as url:
        (folder / "smoke.yml").write_text(SPEC.format(base=url))
        text = config.replace("%s", url)
        (folder / "flowguard.yml").write_text(text)
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            patch.setenv("HOOK", f"{url}/hook")
            patch.setenv("SENTRY_AUTH_TOKEN", TOKEN)
            patch.setenv("GITHUB_SHA", "4f2a91c0ffee")
            yield


VERIFY = ["verify", "--no-rollback", "--stage", "prod", "--output", "json=report.json"]


@pytest.mark.parametrize(
    ("healthy", "code", "event"), [(True, 0, "passed"), (False, 1, "failed")]
)
def test_people_are_told(healthy: bool, code: int, event: str, tmp_path: Path) -> None:
    world = World(healthy)
    with running(world, CONFIG, tmp_path):
        assert main(VERIFY) == code

    assert [message["event"] for message in world.told] == [event]


def test_a_webhook_that_is_not_there_changes_no_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(World(), CONFIG.replace("HOOK", "NOT_SET"), tmp_path):
        assert main(VERIFY) == 0

    assert "(the variable NOT_SET is not set)" in capsys.readouterr().err


def test_what_is_wrong_with_it_is_told_before_anything_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World()
    with running(world, "notify: [{slack: https://CANARY.test}]\n", tmp_path):
        assert main(VERIFY) == 2

    said = capsys.readouterr().err
    assert "notify.0.slack must not stand in the file" in said
    assert "CANARY" not in said


@pytest.mark.parametrize(
    ("world", "code", "outcome"),
    [
        (World(issues=0), 0, "passed"),
        (World(issues=2), 1, "failed"),
        (World(issues=2, known=False), 3, "errored"),
    ],
)
def test_new_issues_in_sentry_are_a_check_of_their_own(
    world: World,
    code: int,
    outcome: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The service answers well, and reports errors of the new release all the same."""
    with running(world, SENTRY, tmp_path):
        assert main(VERIFY) == code
        report = json.loads(Path("report.json").read_text())

    results = {r["name"]: r["outcome"] for r in report["smoke"]["results"]}
    assert results == {"health": "passed", "new issues in Sentry": outcome}
    assert world.marks == ["releases/", "releases/4f2a91c0ffee/deploys/"]
    out, err = capsys.readouterr()
    assert TOKEN not in out + err + json.dumps(report)
