"""The outputs of the Action, as action.yml and the README list them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from flowguard.action.shown import Shown
from flowguard.model.places import Severity
from flowguard.report import wording

if TYPE_CHECKING:
    from flowguard.model.rollback import RollbackReport
    from flowguard.model.smoke import SmokeReport


class Output(StrEnum):
    """The name of an output."""

    VERDICT = "verdict"
    DEPLOY_ALLOWED = "deploy-allowed"
    AWS_ASKED = "aws-asked"
    ERROR_COUNT = "error-count"
    WARNING_COUNT = "warning-count"
    INFO_COUNT = "info-count"
    UNANSWERED_COUNT = "unanswered-count"
    REPLACEMENT_COUNT = "replacement-count"
    STACK_NAME = "stack-name"
    STACK_STATUS = "stack-status"
    REPORT_FILE = "report-file"
    SARIF_FILE = "sarif-file"
    HTML_FILE = "html-file"
    JUNIT_FILE = "junit-file"
    COMMENT_URL = "comment-url"
    MATRIX = "matrix"
    EXIT_CODE = "exit-code"
    ROLLED_BACK = "rolled-back"
    DEPLOYED = "deployed"
    DECISION = "decision"
    APPROVAL_HASH = "approval-hash"
    SMOKE_PASSED_COUNT = "smoke-passed-count"
    SMOKE_FAILED_COUNT = "smoke-failed-count"
    SMOKE_UNDECIDED_COUNT = "smoke-undecided-count"
    SMOKE_BROKEN_BEFORE_COUNT = "smoke-broken-before-count"
    BASELINE_FILE = "baseline-file"
    SNAPSHOT_FILE = "snapshot-file"
    SNAPSHOT_DIGEST = "snapshot-digest"
    RECORD_FILE = "record-file"


DESCRIPTIONS = {
    Output.VERDICT: '"pass", "block" or "inconclusive"; empty where FlowGuard could '
    "not do its job.",
    Output.DEPLOY_ALLOWED: '"true" where the step passes; "false" where it fails, and '
    "where AWS was to be asked and was not (a pull request without credentials); empty "
    'for "targets", "snapshot" and "record", which judge nothing.',
    Output.AWS_ASKED: '"true" where AWS was asked, "false" where the step has what it '
    "says from the template alone, or needed nothing of AWS; empty where FlowGuard "
    "could not do its job.",
    Output.ERROR_COUNT: "Number of findings of the severity error.",
    Output.WARNING_COUNT: "Number of findings of the severity warning.",
    Output.INFO_COUNT: "Number of findings of the severity info.",
    Output.UNANSWERED_COUNT: "Number of questions that AWS did not answer: denied, "
    "throttled or unreachable.",
    Output.REPLACEMENT_COUNT: "Number of resources that the deploy replaces or "
    'removes, as far as the template tells; empty for "merge".',
    Output.STACK_NAME: "Name of the stack that was looked at.",
    Output.STACK_STATUS: "Status of the stack as the step leaves it; empty where there "
    "is none, or where AWS was not asked.",
    Output.REPORT_FILE: "Path of the JSON report, relative to the workspace; empty "
    "where none was written.",
    Output.SARIF_FILE: "Path of the SARIF report, relative to the workspace; empty "
    "where none was written.",
    Output.HTML_FILE: "Path of the report as a page, relative to the workspace; empty "
    "where none was written.",
    Output.JUNIT_FILE: "Path of the report as JUnit's XML, relative to the workspace; "
    "empty where none was written.",
    Output.COMMENT_URL: "Address of the comment on the pull request; empty where none "
    "was written.",
    Output.MATRIX: 'Of the command "targets": the stacks of the repository, for '
    "`fromJSON` in a matrix; empty otherwise.",
    Output.EXIT_CODE: "That of the command line: 0 go, 1 blocked, 2 FlowGuard could not "
    "do its job, 3 could not tell, 4 rolled back and verified, 5 a person must act now.",
    Output.ROLLED_BACK: '"true" where the deploy was taken back and that is proven, '
    '"false" where it was not; empty for commands that take nothing back.',
    Output.DEPLOYED: 'Whether your release was deployed since the snapshot: "true" where '
    'that is proven, "false" where nothing was deployed, or where CloudFormation rolled '
    'it back, "unknown" where it is not proven whose deploy it is; empty for commands '
    "that do not look.",
    Output.DECISION: '"keep", "roll-back" or "stop"; empty where nothing was decided.',
    Output.APPROVAL_HASH: 'Hash of the plan that waits for the input "approve"; empty '
    "where none does.",
    Output.SMOKE_PASSED_COUNT: "Number of smoke tests that passed, the slow ones with "
    "them; these four are empty where none was run.",
    Output.SMOKE_FAILED_COUNT: "Number of smoke tests that failed.",
    Output.SMOKE_UNDECIDED_COUNT: "Number of smoke tests of which nobody can tell.",
    Output.SMOKE_BROKEN_BEFORE_COUNT: "Number of smoke tests that failed before the "
    "deploy, too.",
    Output.BASELINE_FILE: "Path of the baseline, relative to the workspace; empty where "
    "none was kept.",
    Output.SNAPSHOT_FILE: "Path of the snapshot, relative to the workspace; empty where "
    "none was taken.",
    Output.SNAPSHOT_DIGEST: "Digest of the snapshot, for the input of this name.",
    Output.RECORD_FILE: "Path of the record, relative to the workspace; empty where none "
    "was written.",
}
"""What each output holds, in the order of action.yml."""

NOTHING: Mapping[Output, str] = {
    **dict.fromkeys(Output, ""),
    Output.DEPLOY_ALLOWED: "false",
    Output.EXIT_CODE: "2",
}
"""The outputs where FlowGuard could not do its job."""


def of(shown: Shown, exit_code: int, *, allowed: bool) -> dict[Output, str]:
    """What a command found, as outputs; `allowed` is whether the deploy is."""
    report = shown.report
    effects = [wording.effect(change) for change in report.changes]
    replaced = sum(effect in {"replaces", "removes"} for effect in effects)
    return {
        **NOTHING,
        Output.VERDICT: report.verdict.value,
        Output.DEPLOY_ALLOWED: _word(said=allowed),
        Output.AWS_ASKED: _word(said=shown.aws_was_asked),
        Output.ERROR_COUNT: str(shown.count(Severity.ERROR)),
        Output.WARNING_COUNT: str(shown.count(Severity.WARNING)),
        Output.INFO_COUNT: str(shown.count(Severity.INFO)),
        Output.UNANSWERED_COUNT: str(report.coverage.unknown),
        Output.REPLACEMENT_COUNT: "" if report.command == "merge" else str(replaced),
        Output.STACK_NAME: report.target.stack_name,
        Output.STACK_STATUS: report.stack_status,
        Output.EXIT_CODE: str(exit_code),
        **(_of_smoke(report.smoke) if report.smoke else {}),
        **(_of_rollback(report.rollback, exit_code) if report.rollback else {}),
    }


def _word(*, said: bool) -> str:
    return "true" if said else "false"


def _of_smoke(smoke: SmokeReport) -> dict[Output, str]:
    from flowguard.model.smoke import SmokeOutcome

    ended = Counter(result.outcome for result in smoke.results)
    numbers = {
        Output.SMOKE_PASSED_COUNT: ended[SmokeOutcome.PASSED]
        + ended[SmokeOutcome.SLOW],
        Output.SMOKE_FAILED_COUNT: ended[SmokeOutcome.FAILED],
        Output.SMOKE_UNDECIDED_COUNT: ended[SmokeOutcome.ERRORED]
        + ended[SmokeOutcome.INCONCLUSIVE],
        Output.SMOKE_BROKEN_BEFORE_COUNT: ended[SmokeOutcome.PRE_EXISTING],
    }
    return {output: str(number) for output, number in numbers.items()}


def _of_rollback(done: RollbackReport, exit_code: int) -> dict[Output, str]:
    from flowguard.model.rollback import Decision
    from flowguard.rollback import exit_codes

    proven = done.decision is Decision.ROLL_BACK and done.verified is True
    is_good = exit_code in {exit_codes.GO, exit_codes.ROLLED_BACK}
    return {
        Output.ROLLED_BACK: "true" if proven and is_good else "false",
        Output.DEPLOYED: _deployed(done),
        Output.DECISION: done.decision.value,
        Output.APPROVAL_HASH: done.plan_hash if done.needs_approval else "",
    }


def _deployed(done: RollbackReport) -> str:
    from flowguard.model.ownership import Whose
    from flowguard.model.rollback import Live
    from flowguard.rollback.row import TAKEN_BACK

    owned = done.ownership
    if owned is None:
        return ""
    # A stack that goes back from the restoring of a snapshot serves the deploy again.
    stays = done.live_release is Live.DEPLOYED
    rolled_back = done.status_before in TAKEN_BACK and not done.steps and not stays
    if owned.whose is Whose.NONE or rolled_back:
        return "false"
    return "true" if owned.whose is Whose.OURS else "unknown"
