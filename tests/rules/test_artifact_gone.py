"""The rule `artifact-gone`."""

from __future__ import annotations

import pytest
from kit import PLACE, Answers, check, deployed, planner, stack

from flowguard.lookups import ArtifactAt, StackResource, StoredArtifact
from flowguard.model.questions import Absent, Observed, Present, Unknown, UnknownKind
from flowguard.model.results import Outcome
from flowguard.rules.artifact_gone import ArtifactGone

TEMPLATE = """\
    Resources:
      Deploys: {{Type: AWS::S3::Bucket}}
      Api:
        Type: AWS::Lambda::Function
        Properties:
          Code: {{S3Bucket: !Ref Deploys, S3Key: app/{release}/api.zip}}
      Jobs:
        Type: AWS::Lambda::Function
        Properties:
          Code: {{S3Bucket: !Ref Deploys, S3Key: app/{release}/api.zip}}
    """
OLD = ArtifactAt(PLACE, "s3://app-deploys-1a2b/app/7/api.zip")
ROWS = [
    StackResource("Deploys", "app-deploys-1a2b", "AWS::S3::Bucket", "CREATE_COMPLETE"),
    StackResource("Api", "app-api", "AWS::Lambda::Function", "CREATE_COMPLETE"),
    StackResource("Jobs", "app-jobs", "AWS::Lambda::Function", "CREATE_COMPLETE"),
]
GONE: Observed[StoredArtifact] = Absent()


def answers(stored: Observed[StoredArtifact] = GONE) -> Answers:
    return {**deployed(stack(), TEMPLATE.format(release=7), ROWS), OLD: stored}


@pytest.mark.parametrize(
    ("stored", "outcome"),
    [
        (Present(StoredArtifact(True, "v1")), Outcome.PASSED),
        (Present(StoredArtifact(False, "v1")), Outcome.FAILED),
        (Absent(), Outcome.FAILED),
        (Unknown(UnknownKind.DENIED, "No."), Outcome.INCONCLUSIVE),
        (Unknown(UnknownKind.UNSUPPORTED, "elsewhere"), Outcome.PASSED),
    ],
)
def test_outcome(stored: Observed[StoredArtifact], outcome: Outcome) -> None:
    plans = planner(TEMPLATE.format(release=8))

    assert check(ArtifactGone(), plans, answers(stored)).outcome is outcome


def test_one_finding_for_all_that_was_made_from_it() -> None:
    plans = planner(TEMPLATE.format(release=8))

    (finding,) = check(ArtifactGone(), plans, answers()).findings

    assert (
        "s3://app-deploys-1a2b/app/7/api.zip, from which Api, Jobs" in finding.message
    )
    assert (finding.logical_id, finding.location.line) == ("Api", 6)
    assert [name for name, _ in finding.related_locations] == ["Jobs"]


def test_an_old_version_can_be_restored() -> None:
    plans = planner(TEMPLATE.format(release=8))
    before = answers(Present(StoredArtifact(False, "v1")))

    (finding,) = check(ArtifactGone(), plans, before).findings

    assert "copy-object" in finding.help
    assert "app-deploys-1a2b/app/7/api.zip?versionId=v1" in finding.help


def test_what_stays_as_it_is_is_not_read_again() -> None:
    result = check(ArtifactGone(), planner(TEMPLATE.format(release=7)), answers())

    assert result.outcome is Outcome.PASSED
