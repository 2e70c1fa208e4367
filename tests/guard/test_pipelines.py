"""The pipelines of docs/rollback.md: what FlowGuard makes of a bad and a good release.

Each leaves in its folder what its tool leaves there, in the tool's own forms.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from guard.service import NAME, Site, code_of, serving_site
from release import recorded
from release.recorded import write

from flowguard.aws.snapshot import take
from flowguard.aws.snapshot_keep import Nowhere
from flowguard.guard.evidence import AtHand, Holding
from flowguard.guard.verify import verify
from flowguard.guard.world import Outcome, World
from flowguard.model.ownership import Whose
from flowguard.model.readiness import Readiness
from flowguard.release import find
from flowguard.release.digests import Digester
from flowguard.rollback import record
from flowguard.rollback.look import Wish
from flowguard.rollback.record import Record
from flowguard.smoke.doubt import doubted

BUCKET = "artifacts"
BAD, GOOD = 2, 3
Files = dict[str, str | bytes]


def code(release: int) -> bytes:
    return f"PK release {release}".encode()


def sha256(release: int) -> str:
    """As Lambda gives it."""
    return base64.b64encode(hashlib.sha256(code(release)).digest()).decode()


def md5(release: int) -> str:
    """As `package` names an upload."""
    return hashlib.md5(code(release), usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Built:
    """A release as a tool makes it."""

    body: str
    """What CloudFormation gets."""
    key: str
    """Where the code is uploaded."""
    files: Files = field(default_factory=dict)
    """What lies in the folder afterwards."""


def function(key: str, **properties: Any) -> dict[str, Any]:
    given = {"FunctionName": "orders-api", "Code": {"S3Bucket": BUCKET, "S3Key": key}}
    return {"Type": "AWS::Lambda::Function", "Properties": given | properties}


def osls(release: int, *, plugin: bool = False, stamp: str = "") -> Built:
    """osls names an upload by the time of its package."""
    time = f"179611849{release}315-2026-12-01T09:4{release}:12.315Z"
    key = f"serverless/orders/staging/{time}/orders.zip"
    template: dict[str, Any] = {"Resources": {"Api": function(key)}}
    if stamp:
        template["Metadata"] = {"flowguard": {"release": stamp}}
    deployed = template
    if plugin:
        tagged = function(key, Tags=[{"Key": "team", "Value": "orders"}])
        deployed = template | {"Resources": {"Api": tagged}}
    state = {
        "service": {"service": "orders", "provider": {"stage": "staging"}},
        "package": {
            "artifactDirectoryName": f"serverless/orders/staging/{time}",
            "artifact": "orders.zip",
        },
    }
    files: Files = {
        ".serverless/cloudformation-template-update-stack.json": json.dumps(template),
        ".serverless/serverless-state.json": json.dumps(state),
        ".serverless/orders.zip": code(release),
    }
    return Built(json.dumps(deployed), key, files)


def packaged(release: int) -> Built:
    """`sam package` and `aws cloudformation package` name it by its MD5."""
    key = md5(release)
    body = json.dumps({"Resources": {"Api": function(key)}})
    return Built(body, key, {"packaged.yaml": body, "src/app.zip": code(release)})


def sam(release: int) -> Built:
    """`sam deploy` after `sam build`: it names a folder by a checksum of its own."""
    source = f"{recorded.MAIN}# release {release}\n"
    key = _sam_key(source)
    template = (
        "Resources:\n  Api:\n    Type: AWS::Serverless::Function\n    Properties:\n"
    )
    template = f"Transform: AWS::Serverless-2016-10-31\n{template}      CodeUri: "
    uploaded = f"s3://{BUCKET}/{key}\n    Metadata: {{SamResourceId: Api}}\n"
    files: Files = {
        "template.yaml": f"{template}src/\n",
        "samconfig.toml": f'[default.deploy.parameters]\nstack_name = "{NAME}"\n',
        "src/app.py": source,
        ".aws-sam/build/template.yaml": f"{template}Api\n    Metadata: "
        "{SamResourceId: Api}\n",
        ".aws-sam/build/Api/app.py": source,
    }
    return Built(f"{template}{uploaded}", key, files)


def _sam_key(source: str) -> str:
    """SAM's checksum of a folder with `app.py` alone, as `find` works it out."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        write(root, {"Api/app.py": source})
        return Digester(root).folder(root / "Api")


def cdk(release: int) -> Built:
    """The CDK names an asset by its SHA-256."""
    key = f"{hashlib.sha256(code(release)).hexdigest()}.zip"
    body = json.dumps({"Resources": {"Api": function(key)}})
    manifest = recorded.cdk_manifest(("Orders", NAME))
    files: Files = {
        "cdk.out/manifest.json": manifest,
        "cdk.out/Orders.template.json": body,
    }
    return Built(body, key, files)


# --- a run ------------------------------------------------------------------------------


@dataclass
class Pipeline:
    """One run of a pipeline, from its snapshot to `verify`."""

    site: Site
    folder: Path
    make: Callable[[int], Built]
    commit: str = ""

    def __post_init__(self) -> None:
        self.site.broken = set()
        self.site.code = self._key  # type: ignore[method-assign]
        self.record: Record | None = None

    def _key(self) -> str:
        """What the live release runs, in whatever form its template names it."""
        found = re.search(
            rf'"S3Key": "([^"]+)"|s3://{BUCKET}/(\S+)',
            self.site.fake.stack(NAME).release.body,
        )
        return next(filter(None, found.groups()), "") if found else ""

    def begin(self) -> None:
        """The release before, and the snapshot."""
        built = self._upload(1)
        self.site.stage.create(built.body)
        self.site.stage.snapshot(Readiness.GREEN)

    def _upload(self, release: int) -> Built:
        built = self.make(release)
        self.site.fake.world.store(BUCKET, built.key, code(release))
        if release == BAD:
            self.site.broken.add(built.key)
        return built

    def deploy(self, release: int, *, leaves: bool = True) -> None:
        """By the tool; what it `leaves` in the folder is there for `verify`."""
        built = self._upload(release)
        if leaves:
            write(self.folder, built.files)
        self.site.stage.deploy(built.body)

    def write_record(self) -> None:
        """`flowguard record`, right after the deploy."""
        taken = take(self.site.stage.aws, NAME, Nowhere())
        self.record = record.of(taken, taken.last_event)

    def verify(self, **asked: Any) -> Outcome:
        """`flowguard verify`, in the folder."""
        self.site.fake.calls.clear()
        deploy = self.record.deploy if self.record else None
        wish = Wish(NAME, self.site.stage.before, deploy, **asked)
        return verify(self.world(), wish)

    def world(self) -> World:
        world = self.site.world()
        at_hand = AtHand(
            lambda: find(self.folder.resolve(), NAME), self.record, self.commit
        )
        holding = Holding(world.rollback, at_hand)
        return replace(world, rollback=replace(world.rollback, evidence=holding))


@pytest.fixture
def site() -> Iterator[Site]:
    with serving_site() as site:
        yield site


def whose(outcome: Outcome) -> Whose | None:
    owned = outcome.rollback.ownership
    return owned.whose if owned else None


COMMON: Mapping[str, Callable[[int], Built]] = {
    "osls": osls,
    "SAM with samconfig.toml": sam,
    "SAM, packaged": packaged,
    "CDK": cdk,
    "AWS CLI": packaged,
}


@pytest.mark.parametrize("name", COMMON)
def test_the_commonest_are_ours_without_a_line_of_configuration(
    site: Site, tmp_path: Path, name: str
) -> None:
    run = Pipeline(site, tmp_path, COMMON[name])
    run.begin()
    run.deploy(BAD)

    outcome = run.verify()

    assert whose(outcome) is Whose.OURS, outcome.rollback.ownership
    assert code_of(outcome) == 4
    assert site.code() == COMMON[name](1).key


@pytest.mark.parametrize("name", COMMON)
def test_a_good_release_stays(site: Site, tmp_path: Path, name: str) -> None:
    run = Pipeline(site, tmp_path, COMMON[name])
    run.begin()
    run.deploy(GOOD)

    outcome = run.verify()

    assert code_of(outcome) == 0
    assert whose(outcome) is Whose.OURS
    assert site.changed() == []


@pytest.mark.parametrize("name", COMMON)
def test_a_colleague_with_the_same_tool_is_left_alone(
    site: Site, tmp_path: Path, name: str
) -> None:
    """Ours was built, and never reached CloudFormation."""
    run = Pipeline(site, tmp_path, COMMON[name])
    run.begin()
    write(tmp_path, run.make(GOOD).files)
    run.deploy(BAD, leaves=False)

    outcome = run.verify()

    assert code_of(outcome) == 3
    assert whose(outcome) is Whose.UNPROVEN
    assert site.changed() == []


@pytest.mark.parametrize("release", [BAD, GOOD])
def test_a_plugin_that_changes_the_template_is_unproven(
    site: Site, tmp_path: Path, release: int
) -> None:
    run = Pipeline(site, tmp_path, lambda n: osls(n, plugin=True))
    run.begin()
    run.deploy(release)

    outcome = run.verify()

    assert code_of(outcome) == 3
    assert whose(outcome) is Whose.UNPROVEN
    assert site.changed() == []
    assert bool(outcome.rollback.plan_hash) is (release == BAD)
    told = " ".join([*outcome.rollback.reasons, *outcome.rollback.to_do])
    assert "flowguard record" in told


@pytest.mark.parametrize(("release", "code"), [(BAD, 4), (GOOD, 0)])
def test_a_stamp_proves_what_a_plugin_changed(
    site: Site, tmp_path: Path, release: int, code: int
) -> None:
    stamps = {1: "1f2c9d1", BAD: "2f2c9d1", GOOD: "3f2c9d1"}
    run = Pipeline(site, tmp_path, lambda n: osls(n, plugin=True, stamp=stamps[n]))
    run.begin()
    run.deploy(release)

    assert code_of(run.verify()) == code


@pytest.mark.parametrize(("release", "code"), [(BAD, 4), (GOOD, 0)])
def test_another_job_proves_it_by_the_record(
    site: Site, tmp_path: Path, release: int, code: int
) -> None:
    run = Pipeline(site, tmp_path, packaged)
    run.begin()
    run.deploy(release, leaves=False)
    run.write_record()

    outcome = run.verify()

    assert code_of(outcome) == code
    assert whose(outcome) is Whose.OURS


@pytest.mark.parametrize(("release", "code"), [(BAD, 3), (GOOD, 0)])
def test_another_job_without_a_record_only_tests(
    site: Site, tmp_path: Path, release: int, code: int
) -> None:
    run = Pipeline(site, tmp_path, packaged)
    run.begin()
    run.deploy(release, leaves=False)

    outcome = run.verify()

    assert code_of(outcome) == code
    assert whose(outcome) is Whose.UNPROVEN
    assert site.changed() == []


def test_a_deploy_after_the_record_is_somebody_elses(
    site: Site, tmp_path: Path
) -> None:
    run = Pipeline(site, tmp_path, packaged)
    run.begin()
    run.deploy(GOOD, leaves=False)
    run.write_record()
    run.deploy(BAD, leaves=False)

    outcome = run.verify()

    assert code_of(outcome) == 3
    assert whose(outcome) is Whose.FOREIGN
    assert site.changed() == []


def test_a_job_of_a_matrix_is_not_proven_by_its_neighbour(
    site: Site, tmp_path: Path
) -> None:
    """The folder holds the package of another stage."""
    run = Pipeline(site, tmp_path, osls)
    run.begin()
    run.deploy(BAD, leaves=False)
    files = osls(BAD).files
    state = ".serverless/serverless-state.json"
    files[state] = str(files[state]).replace("/staging/", "/prod/")
    write(tmp_path, files)

    outcome = run.verify()

    assert code_of(outcome) == 3
    assert site.changed() == []


def test_a_re_run_does_not_bless_what_the_first_attempt_left(
    site: Site, tmp_path: Path
) -> None:
    """The snapshot and the baseline are of the bad release; nothing is deployed."""
    run = Pipeline(site, tmp_path, packaged)
    run.begin()
    run.deploy(BAD, leaves=False)
    assert code_of(run.verify()) == 3
    write(tmp_path, packaged(BAD).files)
    site.take_baseline()
    site.stage.snapshot(Readiness.GREEN)
    world = run.world()
    again = replace(world, measure=lambda: doubted(world.measure()))

    outcome = verify(again, Wish(NAME, site.stage.before))

    assert code_of(outcome) == 3
    assert whose(outcome) is Whose.NONE


def test_no_change_is_a_success_where_the_release_is_live(
    site: Site, tmp_path: Path
) -> None:
    run = Pipeline(site, tmp_path, packaged)
    run.begin()
    write(tmp_path, packaged(1).files)

    outcome = run.verify()

    assert code_of(outcome) == 0
    assert whose(outcome) is Whose.NONE


def test_one_pipeline_at_a_time_may_act_without_a_proof(
    site: Site, tmp_path: Path
) -> None:
    """`rollback: {unproven: act}`, and a concurrency group."""
    run = Pipeline(site, tmp_path, lambda n: osls(n, plugin=True))
    run.begin()
    run.deploy(BAD)

    assert code_of(run.verify(unproven_acts=True)) == 4
    assert site.code() == osls(1).key


def test_what_cloudformation_rolled_back_is_a_failed_deploy(
    site: Site, tmp_path: Path
) -> None:
    run = Pipeline(site, tmp_path, packaged)
    run.begin()
    site.fake.script("Api", "update", "Resource handler returned message: no")
    run.deploy(GOOD)

    outcome = run.verify()

    assert code_of(outcome) == 1
    assert outcome.rollback.row == "A2"
    assert site.changed() == []
    assert "Resource handler returned message: no" in str(outcome.rollback.reasons)
