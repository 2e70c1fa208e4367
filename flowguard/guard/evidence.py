"""What shows whose the live release is: the release at hand, held against AWS.

What is at hand is read anew each time, since a guarded command makes it while it runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from flowguard.errors import TemplateError
from flowguard.lookups import Stack
from flowguard.model.ownership import Evidence, Source, Whose
from flowguard.model.snapshot import WITHHELD, Snapshot
from flowguard.release import Likeness, Live, LocalRelease, Match, compare, stamp
from flowguard.release.canonical import read
from flowguard.rollback.look import CouldNotTell, ask, passes, release_of
from flowguard.rollback.record import Record
from flowguard.rollback.row import MOVING
from flowguard.rollback.world import World

MOST = 5
"""How many differences are told."""


@dataclass(frozen=True, slots=True)
class AtHand:
    """What this pipeline knows of the release that it deploys."""

    releases: Callable[[], tuple[LocalRelease, ...]] = tuple
    """Those in its folder."""
    record: Record | None = None
    commit: str = ""
    """The commit that it runs for, which a template may be stamped with."""
    before: Snapshot | None = None
    """What was live before the deploy."""


@dataclass(slots=True)
class Holding:
    """Holds what is at hand against a stack; the same release is read once."""

    world: World
    at_hand: AtHand
    _known: dict[object, tuple[Evidence, ...]] = field(default_factory=dict)

    def __call__(self, stack: Stack) -> tuple[Evidence, ...]:
        """The evidence; raises `CouldNotTell` where AWS does not answer yet, and the
        stack is moving, so that it may be asked again before that is over."""
        releases = self.at_hand.releases()
        if not releases and not self.at_hand.record and not self.at_hand.commit:
            return ()
        key = (stack.stack_id, stack.status, release_of(stack), len(releases))
        if key not in self._known:
            self._known[key] = tuple(self._evidence(stack, releases))
        return self._known[key]

    def _evidence(
        self, stack: Stack, releases: tuple[LocalRelease, ...]
    ) -> Iterator[Evidence]:
        try:
            live = self._live(stack)
        except CouldNotTell as error:
            if error.passes and stack.status in MOVING:
                raise
            text = f"what is live cannot be compared: {error.reason}"
            yield Evidence(Source.CONTENT, Whose.UNPROVEN, text)
            return
        yield from _stamped(live, releases, self.at_hand.commit)
        if releases:
            yield _content([compare(release, live) for release in releases])
        elif self.at_hand.record:
            yield self.at_hand.record.agrees(live.state)
        if self.at_hand.before and not _is_new(live, releases, self.at_hand.before):
            yield AS_BEFORE

    def _live(self, stack: Stack) -> Live:
        account, stack_id = self.world.account, stack.stack_id
        state = ask(self.world, lambda: account.snapshot(stack_id, moving=True))
        if state is None:
            raise CouldNotTell("the stack is gone")
        moving = stack.status in MOVING
        if moving and any(map(passes, state.unknown.values())):
            raise CouldNotTell("AWS does not say all of what is live", passes=True)
        return Live(
            ask(self.world, lambda: account.original(stack_id)) or "",
            ask(self.world, lambda: account.template(stack_id)) or "",
            state,
        )


AS_BEFORE = Evidence(
    Source.CONTENT,
    Whose.UNPROVEN,
    "its template and code were live before the deploy, too, and no parameter that is "
    "known tells them apart (--parameter NAME=VALUE makes one known)",
    silences=True,
)
"""Said of a deploy that changed parameters, tags or the like alone: whoever has the
same release at hand may have made it, or not."""


def _is_new(live: Live, releases: tuple[LocalRelease, ...], before: Snapshot) -> bool:
    """Whether what this pipeline deploys tells the live release from the one before;
    taken for granted where nobody could read the one before."""
    now = live.state
    if not before.original or not now.original or not before.knows("functions"):
        return True
    known = {f.logical_id: f.code_sha256 for f in before.functions}
    code = {f.logical_id: f.code_sha256 for f in now.functions}
    if (before.original.sha256, known) != (now.original.sha256, code):
        return True
    was = {p.key: p.value for p in before.parameters}
    given = {key for release in releases for key in release.parameters}
    return any(
        p.key in given and p.value != was.get(p.key)
        for p in now.parameters
        if not (p.no_echo or WITHHELD in {p.value, was.get(p.key)})
    )


def _stamped(
    live: Live, releases: tuple[LocalRelease, ...], commit: str
) -> Iterator[Evidence]:
    """What the stamp at the live template's top says."""
    try:
        there = stamp(read(live.original, "the live template")) if live.original else ""
    except TemplateError:
        return
    mine = {release.stamp for release in releases} - {""}
    if not mine and (_COMMIT.fullmatch(there) or there == commit):
        mine = {commit} - {""}
    if not there or not mine:
        return
    ours = any(_is_same(there, known) for known in mine)
    says = Whose.OURS if ours else Whose.FOREIGN
    which = "this release" if ours else f"another, {there!r}"
    yield Evidence(Source.STAMP, says, f"the live template is stamped with {which}")


_COMMIT = re.compile(r"(?=\d*[a-f])[0-9a-f]{7,64}")
"""A commit, short or whole: one that has no letter may be the number of a build, which
is held against no commit."""


def _is_same(stamp: str, known: str) -> bool:
    """Whether both name one release: git shortens a commit to its beginning."""
    short, whole = sorted((stamp, known), key=len)
    return short == whole or bool(_COMMIT.fullmatch(short) and whole.startswith(short))


def _content(matches: list[Match]) -> Evidence:
    """What several comparisons say. Each place may hold what was deployed: one that is
    equal proves it. Else the first decides, which is the nearest to what is deployed."""
    equal = (match for match in matches if match.likeness is Likeness.EQUAL)
    best = next(equal, matches[0])
    left = best.not_compared
    if best.likeness is Likeness.EQUAL:
        text = f"the live release is that of {best.source}"
        return Evidence(Source.CONTENT, Whose.OURS, text, not_compared=left)
    if best.likeness is Likeness.UNKNOWN:
        text = f"whether the live release is that of {best.source} is not known"
        return Evidence(Source.CONTENT, Whose.UNPROVEN, text, not_compared=left)
    what = "; ".join(best.differences[:MOST])
    text = f"the live release is not that of {best.source}: {what}"
    text += "; and more" if len(best.differences) > MOST else ""
    return Evidence(
        Source.CONTENT, Whose.UNPROVEN, text, refutes=True, not_compared=left
    )
