"""Health documents, understood without configuration.

Six shapes: `application/health+json` (draft-inadarei-api-health-check-06), Spring
Boot's actuator, MicroProfile Health, ASP.NET's with Xabaril's writer, NestJS Terminus,
and a plain map of names. All of them are one thing here: an overall state, and a state
for each dependency. Also on 503, where the answer is.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from flowguard.model.exchange import Response
from flowguard.smoke import body

MAX_DEPTH: Final = 8
MAX_PARTS: Final = 200


class State(IntEnum):
    """How a dependency is; the worst is the greatest."""

    PASS = 0
    WARN = 1
    UNKNOWN = 2
    FAIL = 3


_WORDS: Final = {
    word: state
    for state, words in (
        (State.PASS, "pass passed ok okay up healthy working true alive available"),
        (State.PASS, "connected success ready green active"),
        (State.WARN, "warn warning degraded slow yellow partial"),
        (State.FAIL, "fail failed error down unhealthy out_of_service false dead"),
        (State.FAIL, "shutting_down unavailable disconnected critical red"),
    )
    for word in words.split()
}
_STATE_KEYS = ("status", "state", "ok", "healthy")
_WHY_KEYS = ("output", "error", "message", "exception", "description", "reason")
# Spring, ASP.NET, health+json and MicroProfile, and what people write themselves.
# NestJS has each twice: `details` is all of them, `info` those that are up.
_CONTAINERS = ("components", "entries", "details", "checks", "dependencies", "services")
_PATH = re.compile(
    r"/(health|healthz|healthcheck|health-check|ready|readyz|readiness|live|livez"
    r"|liveness|actuator/health)(/[\w-]*)?/?$",
    re.IGNORECASE,
)
_MEDIA_TYPES = {"application/health+json", "application/vnd.health+json"}


@dataclass(frozen=True, slots=True)
class Reported:
    """A dependency, as the document tells of it."""

    name: str
    """`db`, and `db.primary` for what stands inside of it."""
    state: State
    why: str = ""
    kind: str = ""
    """Its `componentType`, where the document has one."""


@dataclass(frozen=True, slots=True)
class Health:
    """A health document."""

    state: State | None
    """Of the whole service; None where it does not say."""
    word: str = ""
    """As it is written."""
    dependencies: tuple[Reported, ...] = ()
    cut: bool = False
    """Whether there were more than anybody reports."""


def is_expected(path: str, response: Response) -> bool:
    """Whether an answer is a health document, by its URL's path or its type."""
    return body.media_type(response) in _MEDIA_TYPES or is_path(path)


def is_path(path: str) -> bool:
    """Whether a path is called as those of health documents are."""
    return _PATH.search(path.partition("?")[0]) is not None


def read(response: Response) -> Health | None:
    """The health document that an answer holds; None where it holds none."""
    try:
        document = body.document(response)
    except body.NotJsonError:
        word = body.text(response).strip()
        known = word.lower() in _WORDS  # ASP.NET's own writer: `Healthy`
        return Health(state_of(word), word) if known else None
    if not isinstance(document, Mapping):
        state = state_of(document)
        known = isinstance(document, (str, bool)) and state is not State.UNKNOWN
        return Health(state, _written(document)) if known else None
    found = list(_listed(document))
    said = [document[key] for key in _STATE_KEYS if key in document]
    if not said and not found:
        return None
    return Health(
        max(map(state_of, said)) if said else None,
        body.cut(_written(said[0]), 40) if said else "",
        tuple(found[:MAX_PARTS]),
        cut=len(found) > MAX_PARTS,
    )


def _written(word: Any) -> str:
    """A word as JSON has it, `false`; a text without its quotes."""
    return str(word).lower() if isinstance(word, bool) else str(word)


def state_of(word: Any) -> State:
    """What a word means; one that nobody knows is unknown, never a pass."""
    if isinstance(word, bool):
        return State.PASS if word else State.FAIL
    if isinstance(word, str):
        plain = word.strip().lower().replace("-", "_").replace(" ", "_")
        return _WORDS.get(plain, State.UNKNOWN)
    return State.UNKNOWN


# -- the document ----------------------------------------------------------------


def _listed(document: Mapping[str, Any]) -> Iterator[Reported]:
    containers = [document[key] for key in _CONTAINERS if key in document]
    if not any(isinstance(one, (Mapping, list)) for one in containers):
        # `{"status": "ok", "database": "down"}`: whatever has a state is meant.
        containers = [{k: v for k, v in document.items() if _is_flat(k, v)}]
    found = (one for c in containers for one in _in_container(c, "", MAX_DEPTH))
    yield from itertools.islice(found, MAX_PARTS + 1)


def _is_flat(key: str, value: Any) -> bool:
    if isinstance(value, Mapping):
        return _has_state(value)
    known = isinstance(value, str) and state_of(value) is not State.UNKNOWN
    return known and key not in _STATE_KEYS


def _in_container(container: Any, prefix: str, depth: int) -> Iterator[Reported]:
    if isinstance(container, Mapping):
        pairs: Iterable[tuple[str, Any]] = container.items()
    elif isinstance(container, list):  # MicroProfile
        pairs = ((str(one["name"]), one) for one in container if _is_named(one))
    else:
        return
    for name, value in pairs:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            continue  # a count of something, and no state
        yield from _dependency(f"{prefix}{body.cut(str(name), 80)}", value, depth)


def _is_named(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("name"), str)


def _dependency(name: str, value: Any, depth: int) -> Iterator[Reported]:
    if isinstance(value, list):  # health+json: measurements of one thing
        measured = [_own_state(one) for one in value[:MAX_PARTS]]
        state = max(measured, default=State.UNKNOWN)
        worst = value[measured.index(state)] if measured else None
        yield Reported(name, state, _why(worst), _kind(worst))
        return
    inner = tuple(itertools.islice(_nested(name, value, depth), MAX_PARTS + 1))
    states = [reported.state for reported in inner]
    # A parent without a state of its own is what is in it.
    if not states or _has_state(value):
        states.append(_own_state(value))
    state = max(states)
    why = _why(value) if state is _own_state(value) else ""
    yield Reported(name, state, why, _kind(value))
    yield from inner


def _nested(name: str, value: Any, depth: int) -> Iterator[Reported]:
    if not isinstance(value, Mapping):
        return
    for key in ("components", "checks", "dependencies"):
        if key in value and not depth:
            yield Reported(f"{name}.…", State.UNKNOWN, "it nests too deeply")
        elif key in value:
            yield from _in_container(value[key], f"{name}.", depth - 1)


def _has_state(value: Any) -> bool:
    return any(key in value for key in _STATE_KEYS)


def _own_state(value: Any) -> State:
    if isinstance(value, Mapping):
        # Where several are written, `{"status": "up", "ok": false}` is not up.
        said = [state_of(value[key]) for key in _STATE_KEYS if key in value]
        return max(said, default=State.UNKNOWN)
    return state_of(value)


def _kind(value: Any) -> str:
    kind = value.get("componentType") if isinstance(value, Mapping) else None
    return kind[:80] if isinstance(kind, str) else ""


def _why(value: Any) -> str:
    if not isinstance(value, Mapping):
        return "" if isinstance(value, bool) or value is None else body.cut(str(value))
    for source in (value, value.get("details"), value.get("data")):
        if isinstance(source, Mapping):
            for key in _WHY_KEYS:
                if isinstance(source.get(key), str) and source[key].strip():
                    return body.cut(source[key])
    return body.cut(str(next((value[k] for k in _STATE_KEYS if k in value), "")), 40)
