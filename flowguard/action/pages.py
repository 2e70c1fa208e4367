"""What the Action writes for people: the job summary and the comment."""

from __future__ import annotations

import re
from collections.abc import Iterable

from flowguard.action.job import Job
from flowguard.action.shown import Shown
from flowguard.model.results import Report
from flowguard.report import escape, markdown, wording

_COMMENT_LIMIT = 65_000
"""Bytes, and so characters at most; GitHub refuses more than 65,536 of these."""
_NOT_IN_MARKER = re.compile(r"[^\w.]+", re.ASCII)


def summary(shown: Shown, job: Job, note: str = "") -> str:
    """The job summary: the note, then the report with links to its lines."""
    return _page(shown, job, note, markdown.LIMIT)


def comment(shown: Shown, job: Job, note: str = "") -> str:
    """The comment on the pull request, with a hidden marker to find it by."""
    head = f"{marker(shown.report)}\n"
    return head + _page(shown, job, note, _COMMENT_LIMIT - len(head))


def marker(report: Report) -> str:
    """What the comment on a stack begins with, hidden from readers."""
    target = report.target
    place = (target.stack_name, target.region, target.account_id)
    words = [word for word in place if word]
    identity = " ".join(_NOT_IN_MARKER.sub("-", word)[:128] for word in words)
    return f"<!-- flowguard:{identity} -->"


def left_out(report: Report) -> str:
    """What a run without AWS could not judge."""
    _, in_part = wording.passed(report)
    rules = wording.listed(in_part, none="none")
    return (
        "AWS was not asked, since the job has no credentials (a pull request from a "
        "fork or from Dependabot gets none). By the template alone these rules cannot "
        f"say that all is well: {rules}"
    )


def snapshot(told: Iterable[str]) -> str:
    """The job summary of a snapshot: what is worth knowing of it."""
    lines = "".join(f"- {escape.markdown(text)}\n" for text in told)
    return f"## Snapshot\n\n{lines}"


def could_not(message: str, help: str) -> str:
    """The job summary where FlowGuard could not do its job."""
    text = f"## ❌ FlowGuard could not do its job\n\n{escape.markdown(message)}\n"
    return f"{text}\n{escape.markdown_block(help)}\n" if help else text


def _page(shown: Shown, job: Job, note: str, limit: int) -> str:
    head = f"> [!IMPORTANT]\n> {escape.markdown(note)}\n\n" if note else ""
    room = limit - len(head.encode())
    return head + shown.markdown(limit=room, files_url=job.files_url)
