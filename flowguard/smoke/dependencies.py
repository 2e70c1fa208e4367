"""The dependencies that a check expects, held against what a health document says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from flowguard.model.exchange import Response
from flowguard.model.smoke import Mismatch, Part, SmokeOutcome
from flowguard.smoke import body, health, own_parts
from flowguard.smoke.evaluation import Evaluation
from flowguard.smoke.expectation import Dependency
from flowguard.smoke.health import Health, Reported, State

_OUTCOMES: Final = {
    State.PASS: SmokeOutcome.PASSED,
    State.WARN: SmokeOutcome.SLOW,
    State.UNKNOWN: SmokeOutcome.INCONCLUSIVE,
    State.FAIL: SmokeOutcome.FAILED,
}


SERVER_ERROR = 500
"""The least status by which a server says that the fault is its own."""

IsOwn = Callable[[Reported], bool]
"""Whether a dependency that nobody named is a part of the service."""
OUTSIDE = "down, and is not known to be a part of the stack"


def nobodys(_reported: Reported) -> bool:
    """No dependency is known to be the service's own."""
    return False


def judge(
    response: Response,
    expected: tuple[Dependency, ...],
    *,
    unwell: bool = False,
    is_own: IsOwn = nobodys,
) -> Evaluation:
    """What a health document says, on any status.

    `unwell` says that a failure is just what is expected: then it is only told.
    `is_own` says whether a part that nobody named is the service's own, beside those that
    are by their names.
    """
    document = health.read(response)
    if document is None:
        return Evaluation(tuple(_no_document(response))) if expected else Evaluation()
    found = parts(document, expected, is_own)
    if unwell:
        return Evaluation(parts=found)
    return Evaluation(
        (*_failed(found), *_overall(document, found)),
        found,
        (*_degraded(found), *_overall_degraded(document, found)),
        (*_unknown(document, found), *_outside(response, document, found)),
        explained=_is_explained(document, found),
    )


def _is_explained(document: Health, found: tuple[Part, ...]) -> bool:
    """Whether the service calls itself down for something that it can do without, or
    that is another's, and for nothing else."""
    down = any(p.outcome is SmokeOutcome.SLOW and not p.required for p in found)
    own = any(p.outcome is SmokeOutcome.FAILED for p in found)
    return document.state is State.FAIL and down and not own


def _outside(
    response: Response, document: Health, found: tuple[Part, ...]
) -> Iterator[str]:
    """Why nobody can tell, where the service calls itself down for another's fault, or
    refuses to work without what is optional."""
    if not _is_explained(document, found):
        return
    down = [p for p in found if p.outcome is SmokeOutcome.SLOW and not p.required]
    others = [part for part in down if part.message.startswith(OUTSIDE)]
    if others or response.status >= SERVER_ERROR:
        names = body.cut(", ".join(part.name for part in others or down), 80)
        why = "another's" if others else "optional"
        name = _as_key((others or down)[0].name)
        told = f"deps: {{{name}: optional}}"
        if response.status >= SERVER_ERROR:
            told = f"expect: [2xx, {response.status}]"
        yield (
            f"the health document says {document.word!r} (HTTP {response.status}) over "
            f"{names} alone, which is {why}: no rollback mends that. `deps: {{{name}: "
            f"required}}` makes it count, and with `{told}` it is only told"
        )


def _as_key(name: str) -> str:
    """A name as a key of YAML's `{…}`."""
    return name if name.replace("-", "").replace("_", "").isalnum() else f"{name!r}"


def _no_document(response: Response) -> Iterator[Mismatch]:
    try:
        body.document(response)
    except body.NotJsonError as error:
        actual = f"{error.reason} ({error.shown})"
    else:
        actual = body.described(response)
    yield Mismatch("health document", "JSON with a status", actual)


def _failed(found: tuple[Part, ...]) -> Iterator[Mismatch]:
    for part in found:
        if part.outcome is SmokeOutcome.FAILED:
            yield Mismatch(f"dependency {part.name}", "up", part.message or "down")


def _overall(document: Health, found: tuple[Part, ...]) -> Iterator[Mismatch]:
    """What it says of all, where no dependency has said it already."""
    told = any(
        part.outcome is SmokeOutcome.FAILED
        or (part.outcome is SmokeOutcome.SLOW and not part.required)
        for part in found
    )
    if document.state is State.FAIL and not told:
        yield Mismatch("health", "pass", document.word)


def _degraded(found: tuple[Part, ...]) -> Iterator[str]:
    for part in found:
        if part.message.startswith(OUTSIDE):
            yield f"dependency {part.name} is {part.message}"
        elif part.outcome is SmokeOutcome.SLOW:
            yield f"dependency {part.name} is degraded{_because(part)}"
        elif part.outcome is SmokeOutcome.INCONCLUSIVE and not part.required:
            yield f"dependency {part.name} is not known{_because(part)}"


def _overall_degraded(document: Health, found: tuple[Part, ...]) -> Iterator[str]:
    told = any(part.outcome is not SmokeOutcome.PASSED for part in found)
    if document.state is State.WARN and not told:
        yield f"the health document says {document.word!r}"


def _unknown(document: Health, found: tuple[Part, ...]) -> Iterator[str]:
    for part in found:
        if part.outcome is SmokeOutcome.INCONCLUSIVE and part.required:
            yield f"dependency {part.name} is not known{_because(part)}"
    if document.cut:
        yield f"the health document reports more than {health.MAX_PARTS} dependencies"
    if document.state is State.UNKNOWN:
        yield f"the health document says {document.word!r}, which is no known state"


def _because(part: Part) -> str:
    return f": {part.message}" if part.message else ""


def parts(
    health: Health, expected: tuple[Dependency, ...], is_own: IsOwn = nobodys
) -> tuple[Part, ...]:
    """The outcome of each dependency: those expected first, then all others.

    An expected one that the document leaves out is inconclusive. One that nobody
    named is required as well where it is the service's own, but warns where nobody can
    tell how it is; that of another is only told.
    """
    named: list[Part] = []
    told: set[str] = set()
    for dependency in expected:
        matches = find(dependency.name, health.dependencies)
        told.update(match.name for match in matches)
        named.append(_part(dependency, matches))
    others = (
        _unnamed(reported, is_own)
        for reported in health.dependencies
        if reported.name not in told
    )
    return (*named, *others)


def _unnamed(reported: Reported, is_own: IsOwn) -> Part:
    name, state, why = reported.name, reported.state, reported.why
    if state is State.PASS:
        return Part(name, SmokeOutcome.PASSED)
    known = state is State.FAIL and not own_parts.is_own(name, reported.kind)
    if known and not is_own(reported):
        said = f"{OUTSIDE}: {why}" if why else OUTSIDE
        return Part(name, SmokeOutcome.SLOW, said, required=False)
    return Part(name, _OUTCOMES[state], why, required=state is not State.UNKNOWN)


def _part(dependency: Dependency, matches: tuple[Reported, ...]) -> Part:
    name, required = dependency.name, dependency.required
    if not matches:
        message = "the health document does not report it"
        return Part(name, SmokeOutcome.INCONCLUSIVE, message, required)
    worst = max(matches, key=lambda match: match.state)
    outcome = _OUTCOMES[worst.state]
    if worst.state is State.PASS:
        return Part(name, outcome, "", required)
    if worst.state is State.FAIL and not required:
        outcome = SmokeOutcome.SLOW
    # Of a parent and its child with the same state, the child says why.
    deepest = max(
        (match for match in matches if match.state is worst.state),
        key=lambda match: match.name.count("."),
    )
    says = deepest.why or worst.why or worst.state.name.lower()
    message = says if deepest.name == name else f"{deepest.name}: {says}"
    return Part(name, outcome, message, required)


def find(name: str, reported: tuple[Reported, ...]) -> tuple[Reported, ...]:
    """The dependencies that a name means: the one called so, else those it is in.

    `s3` is `s3:latency` rather than `css3`; `dynamodb` finds `MyDynamoDB-table`.
    """
    wanted = _plain(name)
    exact = tuple(
        one
        for one in reported
        if wanted in {_plain(part) for part in re.split(r"[.:/]", one.name)}
        or _plain(one.name) == wanted
    )
    return exact or tuple(one for one in reported if wanted in _plain(one.name))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
