"""A deploy that is done already is tested, and taken back where it must be."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cloudformation import denied
from guard.service import Site, code_of, serving_site, template
from rollback.stage import WHATEVER

from flowguard.model.readiness import Readiness
from flowguard.model.rollback import IdentityOutcome


@pytest.fixture
def site() -> Iterator[Site]:
    with serving_site() as site:
        site.mine = WHATEVER
        yield site


def deployed(site: Site, release: int, readiness: Readiness | None = None) -> None:
    """A release after the first one, of which there is a snapshot."""
    site.stage.create()
    site.stage.snapshot(readiness)
    site.stage.deploy(template(release))


RESTORED = ["create_change_set", "execute_change_set"]


def test_a_good_deploy_is_kept(site: Site) -> None:
    deployed(site, 3)

    outcome = site.verify()

    assert code_of(outcome) == 0
    assert outcome.rollback.row == "B0"
    assert site.changed() == []
    assert site.runs == 1


def test_a_bad_deploy_is_restored_from_its_snapshot_and_proven(site: Site) -> None:
    deployed(site, 2, Readiness.GREEN)

    outcome = site.verify()

    assert code_of(outcome) == 4
    assert outcome.rollback.row == "B3"
    assert site.changed() == RESTORED
    assert site.code() == "orders/1.zip"
    assert site.runs == 2
    assert outcome.rollback.identities[-1].name == "smoke tests"
    assert outcome.rollback.identities[-1].outcome is IdentityOutcome.SAME


def test_over_http_as_well() -> None:
    with serving_site(over_http=True) as site:
        site.mine = template(2)
        deployed(site, 2, Readiness.GREEN)

        assert code_of(site.verify()) == 4


def test_what_nobody_judged_waits_for_an_approval(site: Site) -> None:
    deployed(site, 2, None)

    held = site.verify()

    assert code_of(held) == 3
    assert held.rollback.needs_approval
    assert site.changed() == []

    done = site.verify(approve=held.rollback.plan_hash)

    assert code_of(done) == 4
    assert site.changed() == RESTORED


def test_what_cannot_be_taken_back_is_not(site: Site) -> None:
    deployed(site, 2, Readiness.RED)

    outcome = site.verify()

    assert code_of(outcome) == 1
    assert outcome.rollback.row == "B5"
    assert site.changed() == []


def test_what_was_broken_before_is_kept(site: Site) -> None:
    site.broken = {"orders/1.zip", "orders/3.zip"}
    site.stage.create()
    site.take_baseline()
    site.stage.snapshot(Readiness.GREEN)
    site.stage.deploy(template(3))

    outcome = site.verify()

    assert outcome.rollback.row == "B9"
    assert site.changed() == []


def test_a_suite_that_wants_all_to_work_fails_what_was_broken_before(
    site: Site,
) -> None:
    site.spec = f"{site.spec}\ngate: {{verdict: {{pre-existing: stop}}}}"
    test_what_was_broken_before_is_kept(site)

    assert code_of(site.verify()) == 1


def test_what_nobody_can_tell_is_kept_and_is_no_success(site: Site) -> None:
    deployed(site, 2, Readiness.GREEN)
    site.gone = True

    outcome = site.verify()

    assert code_of(outcome) == 3
    assert outcome.rollback.row == "B9q"
    assert site.changed() == []


def test_a_suite_may_take_back_what_nobody_can_tell(site: Site) -> None:
    deployed(site, 2, Readiness.GREEN)
    site.spec = f"{site.spec}\ngate: {{verdict: {{errored: roll-back}}}}"
    site.gone = True

    outcome = site.verify()

    assert code_of(outcome) == 5, "and nobody can tell of the old release either"
    assert site.code() == "orders/1.zip"


def test_no_deploy_in_between_is_erased(site: Site) -> None:
    deployed(site, 3, Readiness.GREEN)
    site.stage.deploy(template(2))

    outcome = site.verify()

    assert code_of(outcome) == 3
    assert outcome.rollback.row == "B10e"
    assert site.changed() == []


def test_without_a_snapshot_nothing_is_restored(site: Site) -> None:
    site.stage.create()
    site.stage.deploy(template(2))

    outcome = site.verify()

    assert code_of(outcome) == 1
    assert outcome.rollback.row == "B3n"
    assert site.changed() == []
    assert "nobody took" not in "; ".join(outcome.rollback.reasons)
    assert any("--snapshot FILE" in one for one in outcome.rollback.to_do)


def test_a_dry_run_changes_nothing_and_is_no_rollback(site: Site) -> None:
    deployed(site, 2, Readiness.GREEN)

    outcome = site.verify(dry_run=True)

    assert code_of(outcome) == 1
    assert outcome.rollback.plan_hash
    assert site.changed() == []


def test_a_rollback_that_is_denied_needs_a_person(site: Site) -> None:
    deployed(site, 2, Readiness.GREEN)
    site.fake.on("execute_change_set", 0, denied)

    outcome = site.verify()

    assert code_of(outcome) == 5
    assert site.code() == "orders/2.zip"


def test_an_account_that_does_not_answer_is_no_success(site: Site) -> None:
    deployed(site, 3, Readiness.GREEN)
    site.fake.on("describe_stacks", 0, denied)

    outcome = site.verify()

    assert code_of(outcome) == 3
    assert site.changed() == []


def test_a_rollback_that_does_not_help_says_so(site: Site) -> None:
    deployed(site, 2, Readiness.GREEN)
    site.broken.add("orders/1.zip")

    outcome = site.verify()

    assert code_of(outcome) == 5
    assert outcome.rollback.identities[-1].outcome is IdentityOutcome.DIFFERENT
    assert "look beyond the deploy" in str(outcome.rollback.to_do)
    assert site.changed() == RESTORED, "one rollback, and no second"


def test_a_second_run_begins_no_second_rollback(site: Site) -> None:
    deployed(site, 2, Readiness.GREEN)
    site.broken.add("orders/1.zip")
    site.verify()

    outcome = site.verify()

    assert code_of(outcome) == 5
    assert outcome.rollback.row == "B11"
    assert site.changed() == []


def test_a_deploy_that_aws_took_back_is_a_failure(site: Site) -> None:
    site.stage.create()
    site.stage.snapshot(Readiness.GREEN)
    site.fake.script("Api", "update", "no")
    site.stage.deploy(template(2))

    outcome = site.verify()

    assert code_of(outcome) == 1
    assert outcome.rollback.row == "A2"
    assert outcome.rollback.verified
    assert site.changed() == []


def test_an_interruption_after_the_rollback_leaves_it_unproven(site: Site) -> None:
    deployed(site, 2, Readiness.GREEN)

    def interrupt() -> None:
        if site.runs > 1:
            raise KeyboardInterrupt

    site.before_measuring = interrupt

    outcome = site.verify()

    assert code_of(outcome) == 5
    assert "flowguard smoke" in str(outcome.rollback.to_do)


@pytest.mark.parametrize(
    ("checks", "code"),
    [
        ("{health: {get: /health, critical: false}}", 3),
        (
            """{health: {get: /health, critical: false},
            up: {get: /health, expect: 500, critical: false}}""",
            3,
        ),
    ],
    ids=["all fail", "one passes"],
)
def test_where_no_check_counts_a_failure_is_no_pass_and_nothing_is_taken_back(
    checks: str, code: int, site: Site
) -> None:
    site.spec = f"checks: {checks}"
    deployed(site, 2, Readiness.GREEN)

    outcome = site.verify()

    assert code_of(outcome) == code
    assert site.changed() == []
