"""The outputs of the Action, as action.yml and the README list them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from flowguard.action.shown import Shown
from flowguard.model import Severity
from flowguard.report import wording


class Output(StrEnum):
    """The name of an output."""

    VERDICT = "verdict"
    DEPLOY_ALLOWED = "deploy-allowed"
    ERROR_COUNT = "error-count"
    WARNING_COUNT = "warning-count"
    INFO_COUNT = "info-count"
    UNANSWERED_COUNT = "unanswered-count"
    REPLACEMENT_COUNT = "replacement-count"
    STACK_NAME = "stack-name"
    STACK_STATUS = "stack-status"
    REPORT_FILE = "report-file"
    SARIF_FILE = "sarif-file"
    COMMENT_URL = "comment-url"
    MATRIX = "matrix"


DESCRIPTIONS = {
    Output.VERDICT: '"pass", "block" or "inconclusive"; empty where FlowGuard could '
    "not do its job.",
    Output.DEPLOY_ALLOWED: '"true" where the step passes, "false" where it fails; '
    'empty for "targets", which judges nothing.',
    Output.ERROR_COUNT: "Number of findings of the severity error.",
    Output.WARNING_COUNT: "Number of findings of the severity warning.",
    Output.INFO_COUNT: "Number of findings of the severity info.",
    Output.UNANSWERED_COUNT: "Number of questions that AWS did not answer: denied, "
    "throttled or unreachable.",
    Output.REPLACEMENT_COUNT: "Number of resources that the deploy replaces or "
    'removes, as far as the template tells; empty for "merge".',
    Output.STACK_NAME: "Name of the stack that was looked at.",
    Output.STACK_STATUS: "Status of the stack before the deploy; empty where there is "
    "none, or where AWS was not asked.",
    Output.REPORT_FILE: "Path of the JSON report, relative to the workspace; empty "
    "where none was written.",
    Output.SARIF_FILE: "Path of the SARIF report, relative to the workspace; empty "
    "where none was written.",
    Output.COMMENT_URL: "Address of the comment on the pull request; empty where none "
    "was written.",
    Output.MATRIX: 'Of the command "targets": the stacks of the repository, for '
    "`fromJSON` in a matrix; empty otherwise.",
}
"""What each output holds, in the order of action.yml."""

NOTHING: Mapping[Output, str] = {
    **dict.fromkeys(Output, ""),
    Output.DEPLOY_ALLOWED: "false",
}
"""The outputs where FlowGuard could not do its job."""


def of(shown: Shown, exit_code: int) -> dict[Output, str]:
    """What a command found, as outputs."""
    report = shown.report
    effects = [wording.effect(change) for change in report.changes]
    replaced = sum(effect in {"replaces", "removes"} for effect in effects)
    return {
        **NOTHING,
        Output.VERDICT: report.verdict.value,
        Output.DEPLOY_ALLOWED: "false" if exit_code else "true",
        Output.ERROR_COUNT: str(shown.count(Severity.ERROR)),
        Output.WARNING_COUNT: str(shown.count(Severity.WARNING)),
        Output.INFO_COUNT: str(shown.count(Severity.INFO)),
        Output.UNANSWERED_COUNT: str(report.coverage.unknown),
        Output.REPLACEMENT_COUNT: "" if report.command == "merge" else str(replaced),
        Output.STACK_NAME: report.target.stack_name,
        Output.STACK_STATUS: report.stack_status,
    }
