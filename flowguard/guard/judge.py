"""From smoke tests and a rollback to what is decided, and to the exit code."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.model.results import Verdict
from flowguard.model.rollback import Decision, RollbackReport
from flowguard.model.smoke import SmokeOutcome, SmokeReport
from flowguard.rollback import exit_codes
from flowguard.rollback.exit_codes import carried_out
from flowguard.rollback.health import Diagnosis, Health, diagnose
from flowguard.rollback.row import Exit
from flowguard.rollback.table import row_of
from flowguard.smoke.suite import Gate, Policy
from flowguard.smoke.verdict import EXIT_CODES, verdict

WORST_FIRST = (5, 4, 1, 2, 3, 0)
"""Of several exit codes that apply, the one that is told."""

_VERDICTS = {0: Verdict.PASS, 3: Verdict.INCONCLUSIVE}


def diagnosis(smoke: SmokeReport, gate: Gate) -> Diagnosis:
    """What the smoke tests say of the deploy, under the policies of the suite.

    A policy decides what is taken back: `stop` leaves a failure to a person, `warn`
    lets it pass, and `roll-back` takes back what else would be left to a person.
    """
    found = diagnose(smoke)
    if verdict(smoke, gate) is Verdict.PASS:
        lenient = found.health in {Health.BAD, Health.UNCLEAR}
        return Diagnosis(Health.GOOD, found.reasons) if lenient else found
    if named := tuple(_to_be_taken_back(smoke, gate)):
        return Diagnosis(Health.BAD, found.reasons or named)
    if found.health is Health.BAD and gate.failed is not Policy.ROLL_BACK:
        return Diagnosis(Health.UNCLEAR, found.reasons)
    return found


def _to_be_taken_back(smoke: SmokeReport, gate: Gate) -> Iterator[str]:
    """What did not fail, and is to be taken back all the same."""
    policies = {
        SmokeOutcome.INCONCLUSIVE: gate.inconclusive,
        SmokeOutcome.ERRORED: gate.errored,
        SmokeOutcome.PRE_EXISTING: gate.pre_existing,
        SmokeOutcome.SLOW: gate.slow,
    }
    counted = [(r.name, r.outcome) for r in smoke.results if r.critical]
    counted += [(p.name, p.outcome) for p in smoke.phases if p.judged]
    for name, outcome in counted:
        if policies.get(outcome) is Policy.ROLL_BACK:
            yield f"{name}: {outcome}"


def of_rollback(done: RollbackReport) -> int:
    """The exit code that a rollback by itself stands for."""
    code = exit_codes.exit_code(done, verifying=True)
    rolled_back = code == exit_codes.ROLLED_BACK
    return exit_codes.NOT_ROLLED_BACK if rolled_back and not carried_out(done) else code


def verdict_of(
    done: RollbackReport,
    smoke: SmokeReport | None,
    gate: Gate,
    *,
    failed: bool = False,
) -> Verdict:
    """The verdict on the deploy; `failed` is one that failed by itself."""
    if done.wants and not failed and of_rollback(done) == exit_codes.COULD_NOT_TELL:
        return Verdict.INCONCLUSIVE  # whatever the smoke tests said
    said = verdict(smoke, gate) if smoke else None
    if smoke and said is Verdict.BLOCK and _proves_nothing(done, smoke):
        said = Verdict.INCONCLUSIVE
    codes = {of_rollback(done)}
    if row_of(done.row).exit is Exit.GO_IF_PASSED and said is Verdict.PASS:
        codes = {exit_codes.GO}  # the suite lets pass what was broken before
    if said:
        codes.add(EXIT_CODES[said])
    if failed:
        codes.add(exit_codes.NOT_ROLLED_BACK)
    worst = next(code for code in WORST_FIRST if code in codes)
    return _VERDICTS.get(worst, Verdict.BLOCK)


def _proves_nothing(done: RollbackReport, smoke: SmokeReport) -> bool:
    """Whether the run stops since what failed has never been seen to answer."""
    unclear = diagnose(smoke).health is Health.UNCLEAR
    return unclear and done.decision is Decision.STOP


def exit_code(verdict: Verdict, done: RollbackReport | None) -> int:
    """What a command ends with, of the verdict and the rollback in its report."""
    code = of_rollback(done) if done else exit_codes.GO
    if code in {exit_codes.ROLLED_BACK, exit_codes.ACT_NOW}:
        return code
    return EXIT_CODES[verdict]
