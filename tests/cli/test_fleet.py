"""Four targets of one repository, from the matrix to one verdict, over HTTP."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterator, Sequence
from contextlib import chdir
from typing import Any

import four_stacks
import pytest
from four_stacks import BLOCKED, NAMES

from flowguard.cli import main
from flowguard.demo.server import EmbeddedAccount


@pytest.fixture(scope="module")
def account() -> Iterator[EmbeddedAccount]:
    """An account in which somebody has made the table `orders` by hand."""
    with EmbeddedAccount() as embedded, embedded.applied():
        four_stacks.take_a_name()
        yield embedded


@pytest.fixture
def repository(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    """A repository of four stacks, and the folder that commands run in."""
    (tmp_path / ".git").mkdir()
    four_stacks.write(tmp_path)
    with chdir(tmp_path):
        yield tmp_path


def matrix(capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    """The jobs, as a workflow gets them."""
    capsys.readouterr()
    assert main(["targets", "--stage", "staging"]) == 0
    jobs: list[dict[str, str]] = json.loads(capsys.readouterr().out)["include"]
    return jobs


def fan_out(jobs: Sequence[dict[str, str]]) -> dict[str, int]:
    """Run each job's preflight, as the workflow does: the exit codes."""
    return {
        job["name"]: main(
            [
                "preflight",
                *("--template", job["template"], "--stack-name", job["stack-name"]),
                *("--stage", job["stage"], "--region", job["aws-region"]),
                *(f"--parameter={v}" for v in job["parameter-overrides"].split()),
                *("--output", f"json=reports/{job['name']}.json"),
            ]
        )
        for job in jobs
    }


def merged(*options: str) -> tuple[int, dict[str, Any]]:
    """Merge what the jobs have reported: the exit code and the JSON report."""
    code = main(["merge", "reports", "--output", "json=all.json", *options])
    return code, json.loads(pathlib.Path("all.json").read_text())


def test_one_of_four_is_blocked(
    account: EmbeddedAccount,
    repository: pathlib.Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    jobs = matrix(capsys)
    (repository / "matrix.json").write_text(json.dumps({"include": jobs}))
    with account.applied():
        codes = fan_out(jobs)
    capsys.readouterr()
    code, report = merged("--expect", "matrix.json")
    printed = capsys.readouterr().out

    assert codes == {name: int(name == "orders-staging") for name in NAMES}
    assert (code, report["verdict"]) == (1, "block")
    assert {t["name"]: t["report"]["verdict"] for t in report["targets"]} == {
        name: "block" if name == BLOCKED else "pass" for name in NAMES
    }
    assert "4 targets: 1 blocked, 3 go" in printed
    assert printed.splitlines()[0].split()[:2] == ["blocked", BLOCKED]


def test_a_name_that_two_new_stacks_want_is_found_by_nobody_else(
    account: EmbeddedAccount,
    repository: pathlib.Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = repository / "search" / "template.yaml"
    path.write_text(four_stacks.template("carts"))
    jobs = [job for job in matrix(capsys) if job["name"] != BLOCKED]
    with account.applied():
        codes = fan_out(jobs)
    code, report = merged()

    findings = [f for r in report["results"] for f in r["findings"]]
    (finding,) = (f for f in findings if f["severity"] == "error")
    assert set(codes.values()) == {0}
    assert code == 1
    assert finding["rule_id"] == "name-claimed-twice"
    assert finding["location"]["path"] == "search/template.yaml"
    assert finding["location"]["line"] == 9
    assert finding["related_locations"][0]["location"]["path"] == "carts/template.yaml"


@pytest.mark.usefixtures("repository")
def test_a_job_that_wrote_no_report_is_not_forgotten(
    account: EmbeddedAccount, capsys: pytest.CaptureFixture[str]
) -> None:
    jobs = matrix(capsys)
    with account.applied():
        fan_out(jobs[1:3])
    capsys.readouterr()
    code, report = merged("--expect", json.dumps({"include": jobs[1:]}))
    printed = capsys.readouterr().out

    assert (code, report["verdict"]) == (2, "inconclusive")
    assert report["targets"][-1] == {"name": "billing-staging", "report": None}
    assert printed.splitlines()[0].split() == ["no", "report", "billing-staging"]


# --- without an account ------------------------------------------------------------


def test_without_targets_it_is_the_only_template_in_each_stage(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = tmp_path / "shop"
    (shop / ".git").mkdir(parents=True)
    (shop / "serverless.yml").write_text("service: shop\n")
    with chdir(shop):
        assert [job["name"] for job in _all(capsys)] == ["shop"]
        (shop / "flowguard.yml").write_text("stages: {staging: , prod: }\n")
        jobs = _all(capsys)

    assert [job["name"] for job in jobs] == ["shop-staging", "shop-prod"]
    assert {job["template"] for job in jobs} == {"serverless.yml"}


def _all(capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    assert main(["targets"]) == 0
    jobs: list[dict[str, str]] = json.loads(capsys.readouterr().out)["include"]
    return jobs


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["merge"], "there are no reports to merge"),
        (["merge", "none.json"], "cannot read none.json: No such file"),
        (["merge", "foreign.json"], "foreign.json cannot be merged: it is no report"),
        (["merge", "newer.json"], "newer.json cannot be merged: it is of the format"),
        (["merge", "--expect", "none.json"], "cannot read none.json"),
        (["merge", "--expect", '["a", 1]'], "--expect is no list of names"),
        (["merge", "--expect", "{"], "--expect is no list of names"),
        (["merge", "--expect", '{"include": [{"id": 1}]}'], "--expect is no list"),
        (["targets"], "no template in"),
        (["targets", "--config", "no.yml"], "no.yml"),
    ],
)
def test_what_cannot_be_is_told(
    tmp_path: pathlib.Path,
    argv: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "foreign.json").write_text('{"version": "2.1.0", "runs": []}')
    (tmp_path / "newer.json").write_text('{"schema": "flowguard.report/9"}')
    with chdir(tmp_path):
        code = main(argv)

    printed = capsys.readouterr().err
    assert code == 2
    assert message in printed
    assert "help: " in printed
    assert "Traceback" not in printed


def test_a_fleet_rule_is_configured_and_explained_like_any_other(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "flowguard.yml").write_text("rules: {name-claimed-twice: off}\n")
    with chdir(tmp_path):
        main(["merge", "--expect", '["a"]', "--output", "json=all.json"])
        report = json.loads((tmp_path / "all.json").read_text())
    assert main(["explain", "name-claimed-twice"]) == 0

    assert "name-claimed-twice" not in {r["rule_id"] for r in report["results"]}
    assert "# name-claimed-twice" in capsys.readouterr().out
