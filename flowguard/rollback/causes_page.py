"""The page of the documentation that tells the table of causes."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.rollback.reason import Cause, Reason, Retry
from flowguard.rollback.reasons import EVERY

_HEAD = """# Why a stack is stuck

Made from `flowguard/rollback/reasons` by `make docs`.

Where a deploy, a rollback or a deletion failed, every report names each resource that
failed, in nested stacks as well, with AWS's own words, the cause, what helps in which
order, and when another attempt can work. The cause is read from AWS's words by the table
below; its first row that fits is the one. Words that no row knows are told as they are,
and nothing is done about them.

- **Resource creation (or update) cancelled** is never the cause: something else failed.
- **What a custom resource says decides nothing**, however much it sounds like AWS. Only
  what AWS says itself counts, such as that no answer came. Going on runs its function
  again, so that this waits for an approval.
- **A time that AWS names** for another attempt is told, and never waited for.
- **Going on without a resource** (`ResourcesToSkip`) is the last resort. Its plan waits
  for an approval, and what is left out is told as *different* afterwards: exit code 5.
- **"Make it again"** is advised only for what goes by a name and holds no data. AWS gives
  the id of an API, a pool, a key or a version to nobody again.

"""
_ACTS = {
    Cause.BUSY: "tries again by itself, three times at most",
    Cause.CREDENTIALS: "goes on by itself, with the credentials of now",
    Cause.LATER: "waits for an approval, then goes on",
    Cause.ARTIFACT: "brings the file back where S3 keeps it, once approved; then goes on",
    Cause.ACCESS: "waits for an approval, then goes on",
    Cause.BLOCKED: "waits for an approval, then goes on",
    Cause.GONE: "waits for an approval, then goes on",
    Cause.CUSTOM: "waits for an approval, then goes on, which runs it again",
    Cause.IRREVERSIBLE: "goes on without the resource, once approved",
    Cause.LOST: "goes on without the resource, once approved",
    Cause.DATA_GONE: "does nothing",
}
"""What FlowGuard does about a stack in `UPDATE_ROLLBACK_FAILED`."""
_WHEN = {
    Retry.NOW: "now",
    Retry.MENDED: "once that is done",
    Retry.NEVER: "never",
}


def page() -> str:
    """The page, as Markdown."""
    return _HEAD + "\n".join("\n".join(_row(reason)) for reason in EVERY)


def _row(reason: Reason) -> Iterator[str]:
    yield f"## {reason.id}\n"
    yield f"{reason.says[0].upper()}{reason.says[1:]}.\n"
    kind = f", of types `{reason.types}`" if reason.types else ""
    yield f"- words: `{reason.pattern}`{kind}"
    helps = "; ".join(f"({n}) {text}" for n, text in enumerate(reason.helps, 1))
    yield f"- what helps: {helps}"
    when = _WHEN.get(reason.retry, f"after {reason.after or 'the time that AWS names'}")
    yield f"- another attempt can work: {when}"
    yield f"- without it: {reason.skip}"
    yield f"- a stuck rollback: FlowGuard {_ACTS[reason.cause]}"
    yield f"- seen in: {', '.join(f'<{source}>' for source in reason.sources)}\n"
