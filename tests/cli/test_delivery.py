"""What was done is told, whatever else breaks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from guard.service import NAME, Site, serving_site, template
from smoke_servers.serving import Answer, serving

from flowguard.cli.delivery import Delivery
from flowguard.errors import UsageError
from flowguard.model.readiness import Readiness
from flowguard.rollback import snapshot_file

PATIENCE = 60
SPEC = """\
base: http://127.0.0.1:{port}
checks: {{health: {{get: /health}}}}
gate: {{spread: 0.2s, miss: 30%}}
"""
ROLLED_BACK = "rolled back and verified"
DEPLOY = ["deploy", "--stack-name", NAME, "--template", "2.json", "--window", "120m"]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The first release of a service, and a folder with what FlowGuard reads."""
    with serving_site() as site:
        site.up()
        site.fake.tick = 20
        (tmp_path / "smoke.yml").write_text(SPEC.format(port=site.port))
        for release in (1, 2, 3):
            (tmp_path / f"{release}.json").write_text(template(release))
        yield site


def environment(site: Site | None = None) -> dict[str, str]:
    """The variables of a process that asks the site's account."""
    return {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL": site.fake.url if site else "http://127.0.0.1:9",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def full() -> int:
    """A disk on which nothing has room."""
    return os.open("/dev/full", os.O_WRONLY)


def unread() -> int:
    """A pipe whose reader is gone."""
    reader, writer = os.pipe()
    os.close(reader)
    return writer


def flowguard(
    folder: Path,
    argv: list[str],
    site: Site | None = None,
    *,
    stdout: str = "",
    stderr: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run the command; a stream may be `full`, `unread` or `closed`."""
    made = {"": lambda: subprocess.PIPE, "full": full, "unread": unread}
    made["closed"] = lambda: subprocess.DEVNULL  # bash closes it
    given = [made[stdout](), made[stderr]()]
    shut = "1>&-;" * (stdout == "closed") + "2>&-;" * (stderr == "closed")
    script = f'{shut and f"exec {shut}"} exec "$@"'
    try:
        return subprocess.run(
            ["bash", "-c", script, "-", sys.executable, "-m", "flowguard", *argv],
            cwd=folder,
            env=environment(site),
            stdout=given[0],
            stderr=given[1],
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    finally:
        for number in given:
            if number >= 0:
                os.close(number)


@pytest.mark.parametrize("kind", ["full", "unread", "closed"])
def test_a_rollback_without_standard_output_is_told_on_standard_error(
    kind: str, site: Site, tmp_path: Path
) -> None:
    done = flowguard(tmp_path, DEPLOY, site, stdout=kind)

    assert done.returncode == 4
    assert site.status == "UPDATE_ROLLBACK_COMPLETE"
    assert ROLLED_BACK in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("kind", ["full", "unread", "closed"])
def test_no_rollback_ends_for_want_of_a_reader_of_its_progress(
    kind: str, site: Site, tmp_path: Path
) -> None:
    done = flowguard(tmp_path, DEPLOY, site, stderr=kind)

    assert done.returncode == 4
    assert site.status == "UPDATE_ROLLBACK_COMPLETE"
    assert ROLLED_BACK in done.stdout


def test_a_report_on_a_full_disk_hides_no_rollback(site: Site, tmp_path: Path) -> None:
    outputs = ["--output", "json=/dev/full", "--output", "json=report.json"]

    done = flowguard(tmp_path, [*DEPLOY, *outputs], site)

    assert done.returncode == 4
    assert ROLLED_BACK in done.stdout
    assert "cannot write the json report to /dev/full: No space left" in done.stderr
    assert json.loads((tmp_path / "report.json").read_text())["rollback"]["verified"]


def test_a_rollback_by_hand_whose_report_is_lost_is_no_success(
    site: Site, tmp_path: Path
) -> None:
    before = site.stage.snapshot(Readiness.GREEN)
    (tmp_path / "before").write_text(snapshot_file.dump(before))
    site.stage.deploy(template(2))
    recorded = ["record", "--stack-name", NAME, "--output", "deploy.json"]
    assert flowguard(tmp_path, recorded, site).returncode == 0
    argv = ["rollback", "--stack-name", NAME, "--snapshot", "before"]
    argv += ["--record", "deploy.json"]

    done = flowguard(tmp_path, [*argv, "--output", "json=/dev/full"], site)

    assert site.code() == "orders/1.zip"
    assert done.returncode == 2
    assert "cannot write the json report to /dev/full" in done.stderr
    assert "rolled back" in done.stdout


def test_a_good_deploy_whose_report_is_lost_is_no_success(
    site: Site, tmp_path: Path
) -> None:
    good = ["deploy", "--stack-name", NAME, "--template", "3.json", "--window", "0"]

    done = flowguard(tmp_path, [*good, "--output", "json=/dev/full"], site)

    assert done.returncode == 2
    assert site.status == "UPDATE_COMPLETE"
    assert "No space left" in done.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a template that may be deployed."""
    (tmp_path / "template.yaml").write_text(
        "Resources: {Topic: {Type: AWS::SNS::Topic}}\n"
    )
    return tmp_path


PREFLIGHT = ["preflight", "--offline", "--stack-name", "app"]


@pytest.mark.parametrize(("kind", "code"), [("full", 2), ("closed", 2), ("unread", 0)])
def test_a_go_that_nobody_gets_is_no_success(
    kind: str, code: int, project: Path
) -> None:
    """A reader that has left, as `| head` does, has read enough."""
    done = flowguard(project, PREFLIGHT, stdout=kind)

    assert done.returncode == code
    assert ("go: no findings" in done.stderr) == (code == 2)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("kind", "code"), [("full", 2), ("closed", 2), ("unread", 0)])
def test_a_list_that_nobody_gets_is_no_success(
    kind: str, code: int, project: Path
) -> None:
    done = flowguard(project, ["rules"], stdout=kind)

    assert done.returncode == code
    assert "Exception ignored" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_block_stays_one_whatever_becomes_of_its_report(project: Path) -> None:
    (project / "template.yaml").write_text("Resources: {T: {Type: AWS::SQS::Queu}}\n")
    argv = [*PREFLIGHT, "--fail-on", "warning", "--output", "sarif=/dev/full"]

    done = flowguard(project, argv)

    assert done.returncode == 1
    assert "blocked" in done.stdout
    assert "cannot write the sarif report" in done.stderr


def test_what_a_terminal_cannot_show_is_shown_as_an_escape(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    (project / "template.yaml").write_text("Resources: {Tä: {Type: AWS::SQS::Queu}}\n")

    done = flowguard(project, PREFLIGHT)

    assert done.returncode == 0
    assert r"T\xe4" in done.stdout


def test_a_baseline_that_cannot_be_kept_is_told_before_the_tests_run(
    project: Path,
) -> None:
    asked: list[object] = []

    def answer(request: object) -> Answer:
        asked.append(request)
        return Answer()

    with serving(answer) as url:
        (project / "smoke.yml").write_text(f"base: {url}\nchecks: {{a: {{get: /}}}}\n")
        argv = ["smoke", "--baseline", "template.yaml/baseline.json"]
        done = flowguard(project, argv)

    assert done.returncode == 2
    assert "cannot write the baseline to template.yaml/baseline.json" in done.stderr
    assert not asked


def test_a_baseline_that_is_lost_after_all_hides_no_report(project: Path) -> None:
    """The folder is gone when the tests are done."""
    folder = project / "kept"

    def answer(_: object) -> Answer:
        if folder.is_dir():
            folder.rmdir()
            folder.write_text("")
        return Answer()

    with serving(answer) as url:
        (project / "smoke.yml").write_text(f"base: {url}\nchecks: {{a: {{get: /}}}}\n")
        done = flowguard(project, ["smoke", "--baseline", "kept/baseline.json"])

    assert done.returncode == 2
    assert "1 check: 1 passed" in done.stdout
    assert "kept" in done.stderr


@pytest.mark.parametrize(
    ("outcome", "code"), [(0, 2), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5)]
)
@pytest.mark.parametrize(
    "fault",
    [
        KeyboardInterrupt(),
        OSError(28, "No space left on device"),
        RuntimeError("a bug"),
        UsageError("wrong"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_a_fault_of_telling_hides_no_outcome(
    fault: BaseException, outcome: int, code: int
) -> None:
    told: list[str] = []
    with Delivery(outcome) as delivery:
        with delivery.part("the first"):
            raise fault
        with delivery.part("the second"):
            told.append("second")

    assert told == ["second"]
    assert delivery.exit_code == code
    assert Delivery(outcome).exit_code == outcome


def test_a_signal_between_two_parts_hides_no_outcome() -> None:
    with Delivery(4) as delivery:
        raise KeyboardInterrupt

    assert delivery.exit_code == 4
    assert delivery.faults
