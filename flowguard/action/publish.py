"""What a step found, told to the runner and to people, whatever else breaks."""

from __future__ import annotations

import os
import pathlib
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flowguard.action import outputs, pages, paths, runner
from flowguard.action.comment import CommentError, Comments
from flowguard.action.job import Job
from flowguard.action.outputs import Output
from flowguard.action.shown import Shown
from flowguard.cli.delivery import Delivery
from flowguard.model.places import Severity
from flowguard.report.github import annotate

FORMATS = {
    Output.REPORT_FILE: "json",
    Output.SARIF_FILE: "sarif",
    Output.HTML_FILE: "html",
    Output.JUNIT_FILE: "junit",
}
"""The reports that are written to files, by the input and output of that name."""


@dataclass(slots=True)
class Publication:
    """What a step found, on its way to the runner and to people."""

    job: Job
    values: Mapping[str, str]
    shown: Shown
    code: int
    """The exit code of what was found and done."""
    places: Mapping[str, pathlib.Path]
    """Where each path leads that an input names."""
    left_out: bool = False
    """Whether AWS was to be asked where it can be, and could not."""
    keep: Callable[[], None] | None = None
    """Writes the baseline, where one is to be kept."""
    written: dict[Output, str] = field(default_factory=dict)
    """The files that the step wrote."""
    annotated: Counter[Severity] = field(default_factory=Counter)
    """How many annotations the step has made already, by their kind."""

    def tell(self) -> int:
        """Tell the runner first, then people; returns the exit code of the step."""
        note = pages.left_out(self.shown.report) if self.left_out else ""
        with Delivery(self.code) as delivery:
            if note:
                with delivery.part("the log"):
                    self._annotate(Severity.INFO, "AWS was not asked", note)
            self._write(delivery)
            with delivery.part("the outputs"):
                runner.set_outputs(self._outputs(delivery.exit_code))
            if self.values["job-summary"] == "true":
                with delivery.part("the summary"):
                    runner.add_summary(pages.summary(self.shown, self.job, note))
            with delivery.part("the log"):
                self._print()
            with delivery.part("the comment"):
                self._comment(note)
            with delivery.part("the annotations"):
                self._annotations()
        return settled(delivery, self._outputs)

    def _write(self, delivery: Delivery) -> None:
        workspace = self.job.workspace
        if self.keep:
            path = self.places["baseline"]
            with delivery.part("the baseline"), paths.given_back([path], workspace):
                self.keep()
                if path.exists():
                    self.written[Output.BASELINE_FILE] = paths.shown(path, workspace)
        for output, name in FORMATS.items():
            if output.value not in self.places:
                continue
            file, what = self.places[output.value], f"the {name} report"
            with delivery.part(what):
                paths.write(what, self.shown.render(name), file, workspace)
                self.written[output] = paths.shown(file, workspace)

    def _outputs(self, code: int) -> dict[Output, str]:
        # A template alone is enough where somebody said so, and nowhere else.
        settled = self.values["offline"] == "true"
        is_whole = settled or not self.shown.leaves_aws_unasked
        said = outputs.of(self.shown, code, allowed=code == 0 and is_whole)
        return {**said, **self.written}

    def _print(self) -> None:
        color = not os.environ.get("NO_COLOR")
        verbose = runner.is_debugging()
        runner.print_text(self.shown.terminal(color=color, verbose=verbose))

    def _comment(self, note: str) -> None:
        report = self.shown.report
        wanted = self.values["pr-comment"]
        if wanted == "never" or self.job.pull_request is None:
            return
        try:
            url = Comments(self.job, self.values["github-token"]).keep(
                pages.marker(report),
                pages.comment(self.shown, self.job, note),
                create=wanted == "always" or bool(report.findings),
            )
        except CommentError as error:
            what = "No comment on the pull request"
            self._annotate(Severity.INFO, what, str(error))
            return
        if url:
            self.written[Output.COMMENT_URL] = url
            runner.set_outputs({Output.COMMENT_URL: url})

    def _annotations(self) -> None:
        if self.values["annotations"] != "true":
            return
        if found := annotate(self.shown.report, self.annotated):
            with runner.group("Annotations"):
                runner.print_text("\n".join(found))

    def _annotate(self, severity: Severity, title: str, message: str) -> None:
        self.annotated[severity] += 1
        runner.annotation(severity, title, message)


def settled(
    delivery: Delivery, outputs_of: Callable[[int], Mapping[Output, str]]
) -> int:
    """Say what could not be told, and set the outputs to how the step ends.

    Returns the exit code of the step.
    """
    code = delivery.exit_code
    if code != delivery.outcome:
        with delivery.part("the outputs"):
            runner.set_outputs(outputs_of(code))
    for fault in dict.fromkeys(delivery.faults):
        try:
            said = f"{fault.message}\n{fault.help}".rstrip()
            runner.annotation(Severity.ERROR, "FlowGuard", said)
        except OSError:  # standard error, where it went, is what is left
            sys.stderr.flush()
    return code
