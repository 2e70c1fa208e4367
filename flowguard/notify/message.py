"""Report → what is told of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flowguard.model.notifications import Event
from flowguard.model.results import Report, Verdict
from flowguard.model.rollback import Decision
from flowguard.model.smoke import SmokeOutcome
from flowguard.report import escape
from flowguard.report.rollback import words as rollback_words
from flowguard.report.smoke import words as smoke_words
from flowguard.rollback import exit_codes
from flowguard.rollback.table import row_of

_LONGEST = 400
"""Characters of a line."""
_MOST = 8
"""Lines of a part; the report has the rest."""

_VERDICTS = {
    Verdict.PASS: Event.PASSED,
    Verdict.BLOCK: Event.FAILED,
    Verdict.INCONCLUSIVE: Event.STOPPED,
}
_SAID = {
    Event.PASSED: "the deploy is good",
    Event.STOPPED: "nobody could tell whether the deploy is good",
}
_TESTED = {
    Event.PASSED: "the smoke tests passed",
    Event.FAILED: "the smoke tests failed",
    Event.STOPPED: "nobody could tell whether the service works",
}
"""Where nobody asked whether there was a deploy."""


@dataclass(frozen=True, slots=True)
class Part:
    """A few lines under a title; without one where it speaks for itself."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """What is told: each channel escapes it for itself."""

    event: Event
    stack_name: str
    title: str
    parts: tuple[Part, ...]
    url: str
    """Where the run is; empty outside of GitHub."""

    def text(self) -> str:
        """As plain text, with nothing in it that acts on a terminal."""
        pieces = ["\n".join(_as_text(part)) for part in self.parts]
        return "\n\n".join([*pieces, *([self.url] if self.url else [])])

    def markdown(self) -> str:
        """As Markdown of GitHub, in which nobody is mentioned and nothing linked."""
        pieces = []
        for part in self.parts:
            head = f"**{escape.markdown(part.title)}**\n\n" if part.title else ""
            lines = (f"- {escape.markdown(line)}" for line in part.lines)
            pieces.append(head + "\n".join(lines))
        pieces += [f"[The run]({self.url})"] if self.url else []
        return "\n\n".join(pieces) + "\n"


def event_of(report: Report) -> Event:
    """What became of the deploy: of the rollback, if there was one, or of the rest."""
    done = report.rollback
    code = exit_codes.exit_code(done, verifying=True) if done else exit_codes.GO
    if code == exit_codes.ACT_NOW:
        return Event.FAILED
    if done and code == exit_codes.ROLLED_BACK and exit_codes.carried_out(done):
        return Event.ROLLED_BACK
    if code == exit_codes.COULD_NOT_TELL and report.verdict is Verdict.PASS:
        return Event.STOPPED
    return _VERDICTS[report.verdict]


def message_of(report: Report, event: Event, environment: Mapping[str, str]) -> Message:
    """What was done and why, what is live now, and what a person must still do."""
    target, done = report.target, report.rollback
    what = target.stack_name or (report.smoke.base_url if report.smoke else "")
    where = f" ({target.stage})" if target.stage else ""
    url = run_url(environment)
    parts = [
        Part("", tuple(_facts(report, environment))),
        Part("Why", tuple(_reasons(report))),
        Part("What fails", tuple(_failures(report))),
        Part("To do", done.to_do if done else ()),
        Part("Not rolled back", done.not_rolled_back if done else ()),
    ]
    return Message(
        event=event,
        stack_name=target.stack_name,
        title=_line(f"{what}{where}: {_said(report, event)}"),
        parts=tuple(_short(part) for part in parts if part.lines),
        url=url,
    )


def run_url(environment: Mapping[str, str]) -> str:
    """The address of the workflow's run; empty where there is none."""
    server = environment.get("GITHUB_SERVER_URL", "")
    repository = environment.get("GITHUB_REPOSITORY", "")
    run = environment.get("GITHUB_RUN_ID", "")
    if not (server and repository and run):
        return ""
    return f"{server}/{repository}/actions/runs/{run}"


def _said(report: Report, event: Event) -> str:
    done = report.rollback
    if done is None:
        return _TESTED[event]
    if done.decision is Decision.KEEP and event is Event.FAILED and done.reasons:
        return done.reasons[0]
    works = event is Event.PASSED and row_of(done.row).works
    unclear = event is Event.STOPPED and done.decision is Decision.KEEP
    return _SAID[event] if works or unclear else rollback_words.headline(done)


def _facts(report: Report, environment: Mapping[str, str]) -> Iterator[str]:
    target, done = report.target, report.rollback
    place = " ".join(word for word in (target.region, target.account_id) if word)
    if target.stack_name:
        yield f"stack {target.stack_name}{f' in {place}' if place else ''}"
    if commit := environment.get("GITHUB_SHA", ""):
        yield f"release {commit[:12]}"
    if report.smoke:
        yield smoke_words.counts(report.smoke)
    if not done:
        return
    if status := rollback_words.status(done):
        yield f"status {status}"
    if proof := rollback_words.identities(done):
        yield proof
    if done.live:
        yield f"live now: {done.live}"
    if done.needs_approval and done.plan_hash:
        yield f"the plan {done.plan_hash} waits for an approval"


def _reasons(report: Report) -> Iterator[str]:
    if report.rollback:
        yield from report.rollback.reasons


def _failures(report: Report) -> Iterator[str]:
    results = report.smoke.results if report.smoke else ()
    for result in results:
        if result.outcome in {SmokeOutcome.FAILED, SmokeOutcome.ERRORED}:
            word = smoke_words.WORDS[result.outcome]
            yield f"{result.name}: {result.message or word}"


def _as_text(part: Part) -> Iterator[str]:
    if part.title:
        yield f"{part.title}:"
    yield from (f"- {line}" if part.title else line for line in part.lines)


def _short(part: Part) -> Part:
    more = len(part.lines) - _MOST
    lines = [_line(line) for line in part.lines[:_MOST]]
    return Part(part.title, (*lines, *([f"and {more} more"] if more > 0 else [])))


def _line(text: str) -> str:
    return escape.clip(escape.line(text), _LONGEST)
