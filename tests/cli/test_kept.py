"""What one run leaves for the next in the bucket of `--keep`: the last known good."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli.test_guarded import environment, report
from cloudformation import denied
from guard.service import NAME, Site, serving_site, template

from flowguard.cli import main
from flowguard.cli.clock import Clock
from flowguard.errors import FlowGuardError
from flowguard.rollback import snapshot_file

BUCKET = "snapshots"
KEEP = f"s3://{BUCKET}/points"
SPEC = """\
base: http://127.0.0.1:{port}
checks:
  health: {{get: /health}}
gate: {{spread: 0.2s, miss: 30%}}
"""
PLAIN = "checks:\n  health: {get: /health}\n"
ODD = """\
checks:
  health: {get: /health}
  odd: {get: /health, expect: {status: 418}}
"""
"""A check more, which fails whatever is deployed."""
BAD, GOOD = 2, 3
COMMITS = {n: str(n) * 40 for n in (BAD, GOOD)}


class Quick(Clock):
    """The account's virtual time, so that no test waits."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self._site = site

    def now(self) -> float:
        return self._site.fake.clock.now()

    def wait(self, seconds: float) -> bool:
        return self._site.fake.clock.wait(seconds) and not self.ended


def arrange(site: Site, monkeypatch: pytest.MonkeyPatch, *, wire: bool = False) -> None:
    """A folder with what FlowGuard reads, and the account that it asks."""
    if not wire:
        aws = site.fake.direct()
        monkeypatch.setattr("flowguard.aws.session.connect", lambda **_: aws)
    site.fake.tick = 20
    for name, value in environment(site).items():
        monkeypatch.setenv(name, value)
    for module in ("guarded", "smoke_session"):
        monkeypatch.setattr(f"flowguard.cli.{module}.Clock", lambda: Quick(site))
    Path(".git").mkdir()
    Path("smoke.yml").write_text(SPEC.format(port=site.port))


@pytest.fixture
def site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Site]:
    with serving_site() as site:
        site.up()
        monkeypatch.chdir(tmp_path)
        arrange(site, monkeypatch, wire=getattr(request, "param", False))
        yield site


def stamped(release: int) -> str:
    """A release that says which commit it is of."""
    body = json.loads(template(release))
    body["Metadata"] = {"flowguard": {"release": COMMITS[release]}}
    return json.dumps(body)


def take(*options: str) -> int:
    """What a pipeline does before it deploys."""
    argv = ["snapshot", "--stack-name", NAME, "--output", "before.json"]
    code = main([*argv, "--keep", KEEP, *options])
    main(["smoke", "--stack-name", NAME, "--baseline", "base.json"])
    return code


def verify(*options: str) -> int:
    """What it does after that."""
    argv = ["verify", "--stack-name", NAME, "--snapshot", "before.json"]
    output = ["--against", "base.json", "--output", "json=report.json"]
    return main([*argv, *output, *options])


def deploy(
    site: Site, release: int, monkeypatch: pytest.MonkeyPatch, *, ours: bool = True
) -> None:
    """Bring a release live, by the pipeline or beside it."""
    site.stage.deploy(stamped(release))
    monkeypatch.setenv("GITHUB_SHA", COMMITS[release] if ours else "")


def first_run(
    site: Site, monkeypatch: pytest.MonkeyPatch, *, ours: bool = True
) -> None:
    """A bad release is deployed, and stays: nobody approves of its rollback."""
    assert take() == 0
    deploy(site, BAD, monkeypatch, ours=ours)
    assert verify() == 3
    assert site.code() == "orders/2.zip"


def written(site: Site) -> list[dict[str, Any]]:
    """What became of deploys, as it lies in the bucket, oldest first."""
    found = [
        json.loads(versions[-1].body or b"")
        for key, versions in site.fake.world.buckets[BUCKET].items()
        if "/outcomes/" in key
    ]
    assert all(len(v) == 1 for v in site.fake.world.buckets[BUCKET].values())
    return found


def reasons() -> str:
    """Why, as the report has it."""
    return " ".join(report("report.json")["rollback"]["reasons"])


def test_a_bad_release_that_stayed_is_not_blessed_by_the_next_run(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The pipeline is run again: nothing is deployed, and all is as before."""
    first_run(site, monkeypatch)
    capsys.readouterr()

    assert take() == 0

    said = capsys.readouterr().out
    assert f"the release of commit {COMMITS[BAD]} that was live, deployed at " in said
    assert "it is no yardstick and no way back" in said
    assert "the last good release is the one before it (kept at 20" in said
    assert verify() == 3
    assert "no yardstick" in reasons()
    assert "the last good release" in reasons()
    assert site.code() == "orders/2.zip"

    plan = report("report.json")["rollback"]["plan_hash"]
    assert verify("--approve", plan) == 4
    assert site.code() == "orders/1.zip"
    assert [w["became"] for w in written(site)] == ["failed", "failed", "rolled-back"]
    take()
    assert snapshot_file.load(Path("before.json")).failed == ()


def test_a_bad_release_over_a_bad_one_goes_back_to_the_good_one(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_run(site, monkeypatch)
    take()
    site.broken.add("orders/3.zip")
    deploy(site, GOOD, monkeypatch)

    assert verify() == 3
    plan = report("report.json")["rollback"]["plan_hash"]
    assert verify("--approve", plan) == 4
    assert site.code() == "orders/1.zip"


def test_a_good_release_over_a_bad_one_stays_and_is_the_next_way_back(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_run(site, monkeypatch)
    take()
    deploy(site, GOOD, monkeypatch)

    assert verify() == 0
    assert [w["became"] for w in written(site)] == ["failed", "verified"]
    take()
    found = snapshot_file.load(Path("before.json"))
    assert found.failed == ()
    assert found.restorable


def test_the_yardstick_is_what_the_service_did_before_the_bad_release(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One check fails whatever is deployed: that convicts no good release."""
    spec = Path("smoke.yml").read_text()
    Path("smoke.yml").write_text(spec.replace(PLAIN, ODD))
    first_run(site, monkeypatch)
    take()
    deploy(site, GOOD, monkeypatch)

    assert verify() == 0
    outcomes = {
        r["name"]: r["outcome"] for r in report("report.json")["smoke"]["results"]
    }
    assert outcomes == {"health": "passed", "odd": "pre-existing"}


def test_a_colleagues_bad_release_is_neither_blessed_nor_erased(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_run(site, monkeypatch, ours=False)
    take()
    site.broken.add("orders/3.zip")
    deploy(site, GOOD, monkeypatch)

    assert verify() == 3
    assert report("report.json")["rollback"]["row"] == "B10e"
    assert site.code() == "orders/3.zip"


def test_what_became_of_it_is_one_small_object_that_overwrites_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    take()
    deploy(site, GOOD, monkeypatch)
    site.fake.calls.clear()

    assert verify() == 0

    (call,) = site.fake.asked("put_object")
    assert call.parameters["IfNoneMatch"] == "*"
    assert call.parameters["ExpectedBucketOwner"] == site.fake.place.account_id
    assert call.parameters["ServerSideEncryption"] == "AES256"
    (outcome,) = written(site)
    before = snapshot_file.load(Path("before.json"))
    assert outcome["schema"] == "flowguard.outcome/1"
    assert (outcome["became"], outcome["ours"]) == ("verified", True)
    assert outcome["release"] == COMMITS[GOOD]
    assert outcome["stack_id"] == before.stack_id
    assert outcome["snapshot"] == before.kept_in
    assert outcome["snapshot_digest"] == snapshot_file.digest(before)
    assert outcome["baseline"] == {}
    assert str(call.parameters["Key"]).startswith(f"points/{NAME}/outcomes/")
    key = before.kept_in.removeprefix(f"s3://{BUCKET}/")
    kept = site.fake.world.buckets[BUCKET][f"{key}/snapshot.json"]
    assert snapshot_file.parse((kept[-1].body or b"").decode()) == before


@pytest.mark.parametrize("site", [True], indirect=True, ids=["over HTTP"])
def test_every_call_to_the_bucket_names_its_owner(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bucket that another account has taken is neither read nor written."""
    first_run(site, monkeypatch)
    take()
    assert verify() == 3
    verify("--approve", report("report.json")["rollback"]["plan_hash"])

    calls = [c for c in site.fake.calls if c.parameters.get("Bucket") == BUCKET]
    operations = {c.operation for c in calls}
    assert {"put_object", "get_object", "list_objects_v2"} <= operations
    owners = {c.parameters.get("ExpectedBucketOwner") for c in calls}
    assert owners == {site.fake.place.account_id}


def test_what_cannot_be_written_down_is_told_and_changes_no_exit_code(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    take()
    deploy(site, GOOD, monkeypatch)
    site.fake.on("put_object", 0, denied)

    assert verify() == 0
    to_do = " ".join(report("report.json")["rollback"]["to_do"])
    assert "the next run is not told that this deploy is good: AccessDenied" in to_do
    assert "allow s3:PutObject" in to_do


def test_who_may_not_list_takes_the_snapshot_and_is_told(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first_run(site, monkeypatch)
    site.fake.on("list_objects_v2", 0, denied)
    capsys.readouterr()

    assert take() == 0
    assert "not known: failed (s3:ListObjectsV2)" in capsys.readouterr().out
    assert snapshot_file.load(Path("before.json")).restorable


@pytest.mark.parametrize("what", ["exchanged", "gone"])
def test_a_good_release_that_is_not_the_one_that_was_kept_is_no_way_back(
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    what: str,
) -> None:
    """The bad one is no way back either."""
    first_run(site, monkeypatch)
    bucket = site.fake.world.buckets[BUCKET]
    key = next(key for key in bucket if key.endswith("snapshot.json"))
    text = (bucket[key][-1].body or b"").replace(b"orders-api", b"orders-xxx")
    site.fake.world.store(BUCKET, key, text if what == "exchanged" else None)
    capsys.readouterr()

    take()

    assert "no good release before it is known" in capsys.readouterr().out
    assert not snapshot_file.load(Path("before.json")).restorable
    assert verify() in {1, 3}
    assert site.code() == "orders/2.zip"


def test_a_first_release_that_failed_is_no_way_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving_site() as site:
        monkeypatch.chdir(tmp_path)
        arrange(site, monkeypatch)
        argv = ["snapshot", "--stack-name", NAME, "--output", "before.json"]
        assert main([*argv, "--keep", KEEP]) == 0
        site.stage.create(stamped(BAD))
        monkeypatch.setenv("GITHUB_SHA", COMMITS[BAD])
        wanted = ["verify", "--stack-name", NAME, "--snapshot", "before.json"]
        assert main(wanted) == 1

        take()
        found = snapshot_file.load(Path("before.json"))
        assert len(found.failed) == 1
        assert not found.restorable
        site.broken.add("orders/3.zip")
        deploy(site, GOOD, monkeypatch)
        assert verify() == 1, "it is ours and failed, and there is no way back"
        assert site.code() == "orders/3.zip"


def test_a_guarded_command_that_deploys_nothing_over_a_bad_release_is_no_success(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_run(site, monkeypatch)
    take()
    argv = ["guard", "--stack-name", NAME, "--snapshot", "before.json"]
    # The command takes real time, of which much virtual time goes by.
    output = ["--output", "json=report.json", "--timeout", "100000"]

    assert main([*argv, *output, "--", sys.executable, "-c", "pass"]) == 3
    assert "the last good release" in reasons()
    assert report("report.json")["rollback"]["plan_hash"]


@pytest.mark.parametrize(("release", "code"), [(BAD, 3), (GOOD, 0)])
def test_a_template_that_is_deployed_over_a_bad_release(
    site: Site, monkeypatch: pytest.MonkeyPatch, release: int, code: int
) -> None:
    first_run(site, monkeypatch)
    take()
    Path("new.json").write_text(stamped(release))
    monkeypatch.setenv("GITHUB_SHA", COMMITS[release])
    argv = ["deploy", "--stack-name", NAME, "--snapshot", "before.json"]
    window = ["--template", "new.json", "--window", "0"]

    assert main([*argv, *window, "--output", "json=report.json"]) == code
    assert written(site)[-1]["became"] == ("failed" if code else "verified")


def test_nothing_is_written_where_nothing_is_kept(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    argv = ["snapshot", "--stack-name", NAME, "--output", "before.json"]
    assert main([*argv, "--no-templates"]) == 0
    main(["smoke", "--stack-name", NAME, "--baseline", "base.json"])
    deploy(site, BAD, monkeypatch)
    site.fake.calls.clear()

    verify()

    assert site.fake.asked("put_object", "list_objects_v2") == []


def test_a_dry_run_writes_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    take()
    deploy(site, BAD, monkeypatch)
    site.fake.calls.clear()

    verify("--dry-run")

    assert site.fake.asked("put_object") == []


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("region", "us-east-1"),
        ("account_id", "999999999999"),
        ("stack_id", "arn:aws:cloudformation:us-east-1:111122223333:stack/x/1"),
        ("stack_id", "orders-staging"),
        ("stack_name", "billing"),
    ],
)
def test_a_snapshot_that_contradicts_itself_is_none(field: str, value: str) -> None:
    """With a digest of its own or without one: who changes the file can make one."""
    assert take() == 0
    path = Path("before.json")
    document = json.loads(path.read_text())
    document[field] = value
    path.write_text(json.dumps(document))

    with pytest.raises(FlowGuardError, match="is no snapshot"):
        snapshot_file.load(path)
