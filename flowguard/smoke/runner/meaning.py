"""What an attempt means, by what the run has seen so far."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from flowguard.smoke.baseline import CheckBaseline
from flowguard.smoke.fronts import Refusal
from flowguard.smoke.runner.attempt import Attempt
from flowguard.smoke.runner.session import Session
from flowguard.smoke.runner.step import Judged
from flowguard.smoke.sampling import Sampler, Seen
from flowguard.smoke.suite import Check

BLOCKED = "what stands before the service refuses this runner"
BLOCKED_HELP = (
    "let this runner through the firewall, or ask less often; if this deploy changed "
    "the firewall, see whom it refuses"
)


class Meaning:
    """Of the attempts at one check."""

    def __init__(
        self,
        session: Session,
        check: Check,
        samples: Sampler,
        before: CheckBaseline | None,
    ) -> None:
        """`before` is what the check did before the deploy."""
        self._session = session
        self._name = check.name
        self._samples = samples
        self._passed_before = before is not None and before.passed > 0
        broken = before is not None and before.broken(session.suite.gate)
        self._expired_before = broken or session.before_deploy
        """Whether a credential that is over is no news, or will be none."""
        self._blocked_since: float | None = None

    def of(self, tried: Attempt) -> Attempt:
        """The attempt, as what it counts for.

        What came up is not starting; a route that there was before is not new. Where
        this runner is blocked, nothing was measured; and it is, as far as anybody can
        tell, where the front of the service refuses what it let pass before, until
        another check passes. What was given to sign in, and is over, measures nothing
        either; but where it was so before the deploy, it is what failed before.
        """
        if tried.seen is Seen.PASSED:
            if tried.steps:
                host = _host(tried.steps[-1])
                self._session.passed(self._name, host, tried.offset)
            self._blocked_since = None
            return tried
        if self._blocked(tried):
            text = f"{tried.message}: {BLOCKED}"
            return replace(tried, seen=Seen.UNMEASURED, message=text, help=BLOCKED_HELP)
        failing = tried.failing
        if failing and failing.expired and self._expired_before:
            return replace(tried, seen=Seen.FAILED)
        up = tried.seen is Seen.DOWN and self._session.up
        known = tried.seen is Seen.UNROUTED and self._passed_before
        return replace(tried, seen=Seen.FAILED) if up or known else tried

    def _blocked(self, tried: Attempt) -> bool:
        failing = tried.failing
        refusal = failing.refusal if failing else None
        if failing is None or refusal is None or tried.seen is Seen.UNMEASURED:
            return False
        host = _host(failing)
        before = self._passed_before or self._session.others_passed(self._name, host)
        sure = before and refusal is not Refusal.LIKELY
        if not (self._samples.passed or sure):
            return False
        if self._blocked_since is None:
            self._blocked_since = tried.offset
        return not self._session.others_passed(self._name, host, self._blocked_since)


def _host(step: Judged) -> str:
    return urlsplit(step.request.url).netloc
