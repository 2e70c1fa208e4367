"""Has CloudFormation work out what a deploy would change, and shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from flowguard import spoken
from flowguard.errors import FlowGuardError
from flowguard.guard import release as parts
from flowguard.guard.clean_up import discard
from flowguard.guard.release import Naming, Release
from flowguard.lookups import Stack
from flowguard.model.questions import Unknown
from flowguard.model.rollback import Accepted, ChangeSetReview, Refused, Step
from flowguard.rollback.inverse import is_empty
from flowguard.rollback.look import CouldNotTell, ask
from flowguard.rollback.world import World

PAUSE = 2.0
"""Seconds between two looks at a change set that is being made."""
PATIENCE = 600.0
TRIES = 3
THERE = frozenset({"PreconditionFailed", "412"})
"""What S3 says where an object of that name is there already."""

_CAPABILITIES = frozenset(
    {"InsufficientCapabilitiesException", "InsufficientCapabilities"}
)


class Asked(Protocol):
    """What of the wishes matters here."""

    @property
    def region(self) -> str:
        """Where the stack is."""
        ...


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A change set that waits to be carried out."""

    stack_id: str
    review: ChangeSetReview
    first: bool
    """Whether its stack was not there before it."""
    hash: str
    """What an approval of it is bound to."""


def review(
    world: World,
    release: Release,
    stack: Stack | None,
    naming: Naming,
    asked: Asked,
    *,
    first: bool = False,
) -> Reviewed | None:
    """The change set, told line by line; None where it would change nothing.

    It is the `first` where there is no stack of that name at all, not even an empty one.

    Raises `FlowGuardError` where there is none to be had.
    """
    url = ""
    if release.is_large:
        step, url = parts.upload(release, asked.region)
        _made(world, step, fine=THERE)
    answer = _made(world, parts.create_change_set(release, stack, naming, url))
    stack_id = str(answer["StackId"])
    change_set = str(answer["Id"])
    try:
        found = _ready(world, stack_id, change_set)
    except (CouldNotTell, KeyboardInterrupt):
        discard(world, stack_id, change_set, first=first)
        raise
    if found.status != "FAILED":
        world.tell(f"{release.stack_name}: {len(found.changes)} changes")
        for change in found.changes:
            world.tell(f"  {parts.line(change)}")
        return Reviewed(stack_id, found, first, parts.approval(release, stack, found))
    discard(world, stack_id, found.change_set_id, first=first)
    if is_empty(found):
        return None
    raise FlowGuardError(
        f"CloudFormation cannot make the change set: {found.reason}",
        help="nothing was deployed; flowguard preflight tells more",
    )


def _made(
    world: World, step: Step, *, fine: frozenset[str] = frozenset()
) -> dict[str, str]:
    """The answer to a call that may be made again: it has a token, or a digest."""
    for _ in range(TRIES):
        answer = world.account.perform(step)
        match answer:
            case Accepted(found):
                return dict(found)
            case Refused(code=code) if code in fine:
                return {}
            case Refused(signed_out=True):
                raise CouldNotTell(
                    f"nothing was deployed: {answer.message}", signed_out=True
                )
            case Refused(code=code, message=message):
                raise _refused(step, code, message)
            case Unknown():
                if not world.clock.wait(PAUSE):
                    raise KeyboardInterrupt
    reason = answer.reason if isinstance(answer, Unknown) else ""
    raise CouldNotTell(f"nothing was deployed, and AWS does not answer: {reason}")


def _refused(step: Step, code: str, message: str) -> FlowGuardError:
    if code in _CAPABILITIES:
        return FlowGuardError(
            f"CloudFormation asks for a capability: {message}",
            help=f"grant it: {spoken.option('capability', 'CAPABILITY_NAMED_IAM')} (and, "
            "for nested stacks with macros, CAPABILITY_AUTO_EXPAND)",
        )
    denied = "denied" in code.lower() or "not authorized" in message
    what = step.operation.title().replace("_", "")
    return FlowGuardError(
        f"AWS refuses to {step.why}: {message or code}",
        help=f"allow {step.service}:{what}"
        if denied
        else "mend it, and run this again",
    )


def _ready(world: World, stack_id: str, change_set: str) -> ChangeSetReview:
    """The change set, once AWS has made it or has failed to."""
    deadline = world.clock.now() + PATIENCE
    while True:
        found = ask(world, lambda: world.account.change_set(stack_id, change_set))
        if found and found.status in {"CREATE_COMPLETE", "FAILED"}:
            return found
        if world.clock.now() >= deadline:
            raise CouldNotTell("nothing was deployed: AWS still makes the change set")
        if not world.clock.wait(PAUSE):
            raise KeyboardInterrupt
