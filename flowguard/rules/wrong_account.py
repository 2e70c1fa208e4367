"""The rule `wrong-account`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.model.places import Severity
from flowguard.model.questions import AccountState
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._rule import Rule


class WrongAccount(Rule[Plan]):
    """The stage belongs to another account or region than the deploy's.

    ## Why it fails a deploy
    It succeeds, in the wrong place: with the credentials of another stage, or the
    region of another, a whole environment is made where nobody looks for it.

    ## How to fix
    Sign in to the account that `flowguard.yml` names for the stage (`stages`), deploy
    to its region, or correct the file.
    """

    id = "wrong-account"
    severity = Severity.ERROR

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        for what, expected, actual in (
            ("account", plan.home.account_id, plan.place.account_id),
            ("region", plan.home.region, plan.place.region),
        ):
            if expected and actual and expected != actual:
                yield self.finding(
                    f"the stage {plan.stage!r} belongs to {what} {expected}, and this "
                    f"deploy goes to {what} {actual}",
                    plan.name_location,
                    help=f"deploy with the {what} {expected}, or correct the stage's "
                    f"{what} in flowguard.yml",
                    evidence=[(f"{what} of the stage", expected)],
                )
