"""The rule `key-misspelt`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.model.places import Severity
from flowguard.model.questions import AccountState
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._rule import Rule


class KeyMisspelt(Rule[Plan]):
    """A key of the configuration is nearly one that the tool knows.

    ## Why it fails a deploy
    The Serverless Framework warns of a key that it does not know, ignores it and
    deploys the rest: with `fuctions:` for `functions:` it removes every function.

    ## How to fix
    Correct the key. Where a plugin reads it, ignore the finding.
    """

    id = "key-misspelt"
    severity = Severity.WARNING

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        for key, near, place in plan.template.misspelt:
            yield self.finding(
                f"the framework knows no key {key!r} and ignores it; did you mean "
                f"{near!r}?",
                place,
                help=f"write {near}: instead",
            )
