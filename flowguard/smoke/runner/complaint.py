"""What is wrong with an answer, in one line."""

from __future__ import annotations

from collections.abc import Mapping

from flowguard.model.exchange import Response
from flowguard.model.smoke import Mismatch
from flowguard.smoke import body
from flowguard.smoke.evaluation import Evaluation

WORDS = ("detail", "error_description", "message", "errorMessage", "error", "title")
"""Where APIs write what went wrong: problem details (RFC 9457), OAuth 2, API Gateway."""
SHOWN = 120
DEPENDENCY = "dependency "
ASSET = "asset "


def complaint(label: str, answer: Response, found: Evaluation) -> str:
    """What the first mismatch is, and how many more there are.

    Of an unexpected status, the service's own words say more than what else does not
    hold of that answer. Nothing in it is masked yet.
    """
    first, *more = found.mismatches
    if first.what == "status":
        return f"{_status(label, answer, first)}{_reason(answer, more)}"
    text = f"{label}: {_what(first)}"
    return f"{text}; and {len(more)} more" if more else text


def _what(wrong: Mismatch) -> str:
    what, expected, actual = wrong.what, wrong.expected, wrong.actual
    if what.startswith(DEPENDENCY):
        return _down(wrong)
    if what.startswith(ASSET):
        return f"{what} {actual}"
    if expected.startswith("JSON"):
        return f"{what} is no {expected}: {actual}"
    if what.startswith("schema"):
        return f"{what} does not fit {expected} ({actual})"
    if actual == "missing":
        return f"{what} is missing"
    return f"{what} is {actual}, not {expected}"


def _status(label: str, answer: Response, wrong: Mismatch) -> str:
    _, to, target = wrong.actual.partition(" to ")  # of a redirect
    shown = f"{answer.status}{to}{target}"
    return f"{label} answers {shown}, not {wrong.expected}"


def _reason(answer: Response, more: list[Mismatch]) -> str:
    down = next((m for m in more if m.what.startswith(DEPENDENCY)), None)
    reason = _down(down) if down else _own_words(answer)
    return f": {reason}" if reason else ""


def _down(wrong: Mismatch) -> str:
    why = "" if wrong.actual == "down" else f" ({wrong.actual})"
    return f"{wrong.what} is down{why}"


def _own_words(answer: Response) -> str:
    """What the body of an error says; empty where it does not."""
    try:
        document = body.document(answer)
    except body.NotJsonError:
        return ""
    while isinstance(document, Mapping):
        said = (document[name] for name in WORDS if document.get(name))
        document = next((one for one in said if isinstance(one, str | Mapping)), "")
    return body.cut(document, SHOWN) if isinstance(document, str) else ""
