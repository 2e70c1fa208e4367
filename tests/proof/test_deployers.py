"""A good release stays and a bad one is taken back, whatever tool deploys it.

Each tool deploys three releases of its project with default settings into an embedded
account: the first with nobody on guard, then a good one, then one whose code, both
zipped and inline, is broken. With each release code, a parameter and a version change.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from proof.deployers import CDK, CLI, OSLS, SAM, Deployer, Project, live

from flowguard.demo.controls import Controls, Fault
from flowguard.demo.server import EmbeddedAccount

pytestmark = pytest.mark.timeout(1200)

GO, FAILED, CANNOT_TELL, ROLLED_BACK = 0, 1, 3, 4
GOOD, BAD = 2, 3


@pytest.fixture
def account() -> Iterator[EmbeddedAccount]:
    """An account, which this process's AWS clients talk to."""
    with EmbeddedAccount() as account, account.applied():
        yield account


@pytest.fixture
def project(account: EmbeddedAccount, deployer: Deployer, tmp_path: Path) -> Project:
    """The tool's project, whose first release is live."""
    return live(deployer, account, tmp_path)


def verified(project: Project, release: int, *, works: bool) -> int:
    """Deploy a release between `snapshot` and `verify`; the exit code of the latter."""
    project.write(release, works=works)
    project.build()
    assert project.preflight() == GO
    snapshot = project.snapshot()
    baseline = measured(project)
    project.run(*project.command)
    told = project.described()
    return project.flowguard("verify", *told, *baseline, *snapshot)


def measured(project: Project) -> tuple[str, str]:
    """Keep what the service does before the deploy; the option that hands it on."""
    path = project.kept("baseline.json")
    assert project.flowguard("smoke", *project.described(), "--baseline", path) == GO
    return ("--against", path)


def packaged(project: Project, release: int) -> tuple[tuple[str, ...], tuple[str, str]]:
    """Make a release that is not deployed; the options for the way back, and for what
    the service did before."""
    project.write(release)
    project.build()
    if project.deployer.package:
        project.run(*project.deployer.package)
    assert project.preflight() == GO
    return project.snapshot(), measured(project)


def deployed(project: Project, release: int, *, works: bool) -> int:
    """Deploy a release by `flowguard deploy`, from the packaged template."""
    project.write(release, works=works)
    project.build()
    told = [
        "packaged.yaml" if each == "template.yaml" else each
        for each in project.described()
    ]
    granted = project.deployer.granted
    return project.flowguard("deploy", *told, *granted, "--window", "1m")


@pytest.mark.parametrize("deployer", [OSLS, SAM, CDK, CLI], ids=str)
def test_guard_around_the_tool(project: Project) -> None:
    assert project.guarded(GOOD, works=True) == GO
    assert project.is_live(GOOD)

    assert project.guarded(BAD, works=False) == ROLLED_BACK
    assert project.is_live(GOOD)


@pytest.mark.parametrize("deployer", [OSLS, SAM, CDK, CLI], ids=str)
def test_snapshot_before_the_tool_and_verify_after_it(project: Project) -> None:
    assert verified(project, GOOD, works=True) == GO
    assert project.is_live(GOOD)

    assert verified(project, BAD, works=False) == ROLLED_BACK
    assert project.is_live(GOOD)


@pytest.mark.parametrize("deployer", [SAM, CLI], ids=str)
def test_packaged_template_by_flowguard_itself(
    account: EmbeddedAccount, project: Project
) -> None:
    account.control(Controls(minute=20))
    assert deployed(project, GOOD, works=True) == GO
    assert project.is_live(GOOD)

    account.control(Controls(minute=600))
    assert deployed(project, BAD, works=False) == ROLLED_BACK
    assert project.is_live(GOOD)
    assert project.stack()["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"


@pytest.mark.parametrize("deployer", [OSLS, SAM, CDK, CLI], ids=str)
def test_colleagues_release_is_left_alone(project: Project) -> None:
    """Ours never reached CloudFormation: the bad one that is live is a colleague's."""
    snapshot, baseline = packaged(project, GOOD)
    colleague = project.of_a_colleague()
    colleague.write(BAD, works=False)
    colleague.deploy()
    before = project.stack()

    told = project.described()
    code = project.flowguard("verify", *told, *baseline, *snapshot)

    assert code == CANNOT_TELL
    assert project.stack() == before


@pytest.mark.parametrize("deployer", [OSLS], ids=str)
def test_guard_cancels_within_the_window_of_the_stack(
    account: EmbeddedAccount, project: Project
) -> None:
    window = "  stage: dev\n  rollbackConfiguration: {MonitoringTimeInMinutes: 1}\n"
    project.edits["  stage: dev\n"] = window
    account.control(Controls(minute=20))
    assert project.guarded(GOOD, works=True) == GO
    assert project.is_live(GOOD)

    account.control(Controls(minute=600))
    assert project.guarded(BAD, works=False) == ROLLED_BACK
    assert project.is_live(GOOD)
    assert project.stack()["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"


@pytest.mark.parametrize("deployer", [OSLS, CLI], ids=str)
def test_release_that_was_not_deployed_is_no_success(project: Project) -> None:
    snapshot, baseline = packaged(project, GOOD)

    told = project.described()
    assert project.flowguard("verify", *told, *baseline, *snapshot) == CANNOT_TELL


@pytest.mark.parametrize("deployer", [OSLS, CLI], ids=str)
def test_same_release_again_is_a_success(project: Project) -> None:
    """The tool says that nothing changed, and what is live is the release at hand."""
    snapshot, baseline = packaged(project, 1)
    project.again()

    told = project.described()
    assert project.flowguard("verify", *told, *baseline, *snapshot) == GO


@pytest.mark.parametrize("deployer", [OSLS, CLI], ids=str)
def test_deploy_that_cloudformation_took_back_has_failed(
    account: EmbeddedAccount, project: Project
) -> None:
    fault = Fault(operation="update", resource_type="AWS::Lambda::Function", times=1)
    account.control(Controls(faults=(fault,)))

    assert project.guarded(GOOD, works=True) == FAILED

    assert project.is_live(1)
    assert project.stack()["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
