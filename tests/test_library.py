"""The commands from Python: the same code, silent, and the page that teaches it."""

from __future__ import annotations

import doctest
import inspect
import io
import pathlib
import re
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from typing import Any

import pytest
from guard.service import NAME, Site, serving_site, template

import flowguard
from flowguard.aws.snapshot import take
from flowguard.aws.snapshot_keep import Nowhere
from flowguard.cli.commands import COMMANDS
from flowguard.demo.server import EmbeddedAccount
from flowguard.model.readiness import Readiness
from flowguard.rollback import record, snapshot_file

ROOT = pathlib.Path(__file__).parents[1]
PAGE = ROOT / "docs" / "library.md"
CANARY = "canary-4c1d"
BEFORE, OURS = pathlib.Path("before.json"), pathlib.Path("deploy.json")
SPEC = """\
base: http://127.0.0.1:{port}
checks: {{health: {{get: /health}}}}
gate: {{spread: 0.2s, miss: 30%}}
"""
SERVERLESS = """\
service: shop
provider: {name: aws, stage: dev, runtime: python3.12}
resources:
  Resources:
    Files:
      Type: AWS::S3::Bucket
      Properties: {BucketName: "files-${env:API_TOKEN}"}
"""
PROGRAM = """
import sys
import flowguard
from flowguard.smoke import spec
import flowguard.rollback.table
assert callable(flowguard.smoke), flowguard.smoke
assert callable(flowguard.rollback), flowguard.rollback
from flowguard import *
assert callable(smoke)
"""
MISTAKEN = """\
import flowguard

flowguard.preflight("t.yaml", stack_nam="app")
flowguard.rollback("app", timeout="an hour")
found: int = flowguard.snapshot("app", no_templates=True)
"""


def snippets(kind: str) -> list[str]:
    """The snippets of the page that are run so."""
    return re.findall(
        rf"<!-- {kind} -->\n```python\n(.*?)```", PAGE.read_text(), re.DOTALL
    )


@pytest.fixture(autouse=True)
def silent(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Nothing is printed, and no handler of signals is set, whatever is called."""
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    yield
    out, err = capfd.readouterr()
    assert out + err == ""
    assert before == [
        signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)
    ]


@pytest.fixture
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """The folder that is worked in."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "template.yaml").write_text(
        "Resources: {Users: {Type: 'AWS::DynamoDB::Table'}}"
    )
    return tmp_path


@pytest.fixture
def site(folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A service whose first release is up, in an account over HTTP."""
    with serving_site() as site:
        site.up()
        site.fake.tick = 20
        monkeypatch.setenv("AWS_ENDPOINT_URL", site.fake.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", CANARY)
        monkeypatch.setenv("AWS_REGION", "eu-central-1")
        (folder / "smoke.yml").write_text(SPEC.format(port=site.port))
        yield site


def deploy_badly(site: Site) -> None:
    """Release 2, with a snapshot from before it and the record from after it."""
    before = site.stage.snapshot(Readiness.GREEN)
    BEFORE.write_text(snapshot_file.dump(before))
    site.stage.deploy(template(2))
    last = site.fake.stack(NAME).events[-1]["EventId"]
    live = take(site.aws(), NAME, Nowhere(), moving=True)
    OURS.write_text(record.dump(record.of(live, last)))


# -- the calls -------------------------------------------------------------------------


@pytest.mark.usefixtures("folder")
def test_a_template_is_judged_without_aws() -> None:
    report = flowguard.preflight("template.yaml", stack_name="app", offline=True)

    assert report.verdict is flowguard.Verdict.PASS
    assert [found.rule_id for found in report.findings] == [
        "stateful-resource-unprotected"
    ]


@pytest.mark.usefixtures("folder")
def test_what_blocks_is_a_verdict_and_no_error() -> None:
    report = flowguard.preflight(
        "template.yaml", stack_name="app", offline=True, fail_on="warning"
    )

    assert report.verdict is flowguard.Verdict.BLOCK


def test_smoke_tests_tell_a_bad_release(site: Site) -> None:
    flowguard.smoke("smoke.yml", baseline=pathlib.Path("baseline.json"))
    site.stage.deploy(template(2))

    report = flowguard.smoke("smoke.yml", against=pathlib.Path("baseline.json"))

    assert report.verdict is flowguard.Verdict.BLOCK
    assert report.smoke
    assert [result.name for result in report.smoke.results] == ["health"]


@pytest.mark.usefixtures("site")
def test_a_snapshot_is_returned_as_it_is_written() -> None:
    path = pathlib.Path("before.json")

    taken = flowguard.snapshot(NAME, output=path, no_templates=True)

    assert taken.stack_name == NAME
    assert snapshot_file.load(path) == taken


def test_a_bad_deploy_is_rolled_back_by_its_smoke_tests(site: Site) -> None:
    deploy_badly(site)

    report = flowguard.verify(NAME, snapshot=BEFORE, record=OURS)

    assert report.verdict is flowguard.Verdict.BLOCK
    assert report.rollback
    assert report.rollback.verified
    assert site.code() == "orders/1.zip"
    assert CANARY not in repr(report)


def test_a_deploy_is_rolled_back_as_asked(site: Site) -> None:
    deploy_badly(site)

    plan = flowguard.rollback(NAME, snapshot=BEFORE, record=OURS, dry_run=True)
    assert site.code() == "orders/2.zip"
    report = flowguard.rollback(NAME, snapshot=BEFORE, record=OURS)

    assert plan.rollback
    assert plan.rollback.steps
    assert report.verdict is flowguard.Verdict.PASS
    assert site.code() == "orders/1.zip"


def test_a_name_need_not_stand_first(site: Site) -> None:
    deploy_badly(site)

    report = flowguard.rollback(stack_name=NAME, snapshot=BEFORE, dry_run=True)

    assert report.target.stack_name == NAME


def test_who_could_not_be_told_is_logged(
    site: Site,
    folder: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("HOOK", f"http://127.0.0.1:9/{CANARY}")
    (folder / "flowguard.yml").write_text(
        "notify: [{webhook: '${env.HOOK}', on: [passed]}]"
    )

    report = flowguard.verify(NAME, no_rollback=True)

    assert report.verdict is flowguard.Verdict.PASS
    assert site.asked
    ours = [each for each in caplog.records if each.name == "flowguard"]
    assert [each.levelname for each in ours] == ["WARNING"]
    assert CANARY not in caplog.text


@pytest.mark.usefixtures("folder")
def test_calls_of_several_threads_all_come_to_their_end() -> None:
    def judge(name: str) -> str:
        found = flowguard.preflight("template.yaml", stack_name=name, offline=True)
        return found.target.stack_name

    names = ["one", "two", "three"]
    with ThreadPoolExecutor() as threads:
        assert [*threads.map(judge, names)] == names


# -- what cannot be --------------------------------------------------------------------


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("call", "message", "help_"),
    [
        (
            lambda: flowguard.preflight("nosuch.yaml"),
            "nosuch.yaml cannot be read",
            "template=PATH",
        ),
        (
            lambda: flowguard.preflight(fail_on="eror"),
            "fail_on cannot be 'eror'; did you mean 'error'?",
            "write one of error",
        ),
        (
            lambda: flowguard.snapshot("app", output=pathlib.Path("x")),
            "needs keep=s3://BUCKET/PREFIX or kms_key=ARN or no_templates",
            "",
        ),
        (flowguard.rollback, "needs stack_name=NAME", ""),
        (
            lambda: flowguard.rollback("app", timeout=-1),
            "no number of minutes",
            "above 0",
        ),
        (flowguard.smoke, "there are no smoke tests", "draft them"),
    ],
)
def test_an_error_is_in_the_words_of_a_call_and_tells_nothing_of_what_led_to_it(
    call: Callable[[], object], message: str, help_: str
) -> None:
    with pytest.raises(flowguard.FlowGuardError) as caught:
        call()

    assert message in caught.value.message
    assert help_ in caught.value.help
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "given", [{"nosuch": 1}, {"format": "json"}, {"template": "x"}]
)
def test_what_no_function_takes_is_a_type_error(given: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=min(given)):
        flowguard.preflight("template.yaml", **given)


def test_what_is_hidden_is_in_no_report(
    folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_TOKEN", CANARY)
    (folder / "serverless.yml").write_text(SERVERLESS)

    report = flowguard.preflight("serverless.yml", offline=True)

    assert report.target.stack_name == "shop-dev"
    assert CANARY not in repr(report)
    assert "${env:API_TOKEN}" in repr(report)


def test_what_breaks_is_told_without_the_secrets_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError(f"it said {CANARY}")

    monkeypatch.setenv("API_TOKEN", CANARY)
    given: dict[str, Any] = {"timeout": Broken()}

    with pytest.raises(
        flowguard.FlowGuardError, match="RuntimeError: it said"
    ) as caught:
        flowguard.rollback("app", **given)

    assert CANARY not in "".join(traceback.format_exception(caught.value))


# -- types and names -------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["preflight", "smoke", "snapshot", "verify", "rollback"]
)
def test_help_knows_each_option_of_the_command(name: str) -> None:
    named = inspect.signature(getattr(flowguard, name)).parameters

    left_out = COMMANDS[name].options.keys() - named.keys()
    assert left_out <= {
        *("output", "format", "verbose", "quiet", "no_color", "action", "file")
    }


def test_the_type_checker_knows_what_a_call_takes_and_returns(
    tmp_path: pathlib.Path,
) -> None:
    path = tmp_path / "mistaken.py"
    path.write_text(MISTAKEN)

    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--follow-imports=silent",
            str(path),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    wrong = re.findall(r"mistaken.py:(\d+): error.*\[([a-z-]+)\]", done.stdout)
    assert wrong == [("3", "call-arg"), ("4", "arg-type"), ("5", "assignment")]


def test_a_room_of_the_same_name_does_not_hide_a_function() -> None:
    subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, check=True)


# -- the page --------------------------------------------------------------------------


def test_each_snippet_of_the_page_is_run() -> None:
    ways = ("account", "offline", "around")

    run = sum(len(snippets(way)) for way in ways)

    assert run == PAGE.read_text().count("```python") > 0


def test_the_snippets_without_aws(folder: pathlib.Path) -> None:
    known: dict[str, Any] = {}
    for snippet in snippets("offline"):
        exec(snippet, known)  # noqa: S102 — it is ours

    assert (folder / "report.json").stat().st_size


@pytest.mark.usefixtures("folder")
def test_the_first_snippet_in_an_account() -> None:
    with EmbeddedAccount() as account, account.applied():
        for snippet in snippets("account"):
            exec(snippet, {})  # noqa: S102 — it is ours


def test_the_snippets_around_a_deploy(site: Site) -> None:
    known: dict[str, Any] = {}
    code = "\n".join(snippets("around")).replace('"app"', repr(NAME))
    before, after = code.split("# … deploy …")

    with redirect_stdout(io.StringIO()):
        exec(before, known)  # noqa: S102 — it is ours
        site.stage.deploy(template(2))
        exec(after, known)  # noqa: S102 — it is ours

    assert known["report"].rollback.decision


def test_the_example_of_the_module_runs() -> None:
    assert not doctest.testmod(flowguard).failed
