"""What becomes of a stack: each operation as a generator that yields seconds.

The statuses, their order and the reasons are AWS's. What it does at once to many
resources is done here one after the other, in the order of the template.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable

from cloudformation import templates
from cloudformation.exports import exports, importers
from cloudformation.stacks import STACK, Clock, Release, Resource, Stack, Steps
from cloudformation.world import Failed, World

Reason = Generator[float, None, str]
"""Part of an operation; it returns why it failed, or nothing."""

Gone = Generator[float, None, bool]

CANCELLED = "Resource update cancelled"
REPLACING = (
    "Requested update requires the creation of a new physical resource; "
    "hence creating one."
)


class Lifecycle:
    """Carries operations out as virtual time passes."""

    def __init__(self, clock: Clock, world: World) -> None:
        self.clock = clock
        self.world = world
        self.stacks: dict[str, Stack] = {}
        self.seconds = 5.0
        """How long each resource takes."""
        self.replaced: set[str] = set()
        """Logical ids whose next change needs a new resource, whatever they say."""

    # --- time ---------------------------------------------------------------

    def begin(self, stack: Stack, kind: str, steps: Steps, token: str = "") -> None:
        """Let an operation begin, in place of what goes on."""
        stack.token = token
        number = len(stack.operations) + 1
        stack.operations.insert(0, (kind, f"{stack.name}-operation-{number}"))
        stack.steps, stack.due = steps, self.clock.seconds
        self.run()

    def run(self) -> None:
        """Do all that is due by now, in the order of time."""
        until = self.clock.seconds
        while True:
            moving = [s for s in self.stacks.values() if s.steps and s.due <= until]
            if not moving:
                break
            stack = min(moving, key=lambda s: s.due)
            self.clock.seconds = stack.due
            steps = stack.steps
            pause = next(steps, None) if steps else None
            if stack.steps is steps:
                stack.due += pause or 0
                stack.steps = None if pause is None else steps
        self.clock.seconds = until

    def move(self, stack: Stack, status: str, reason: str = "") -> None:
        """Give a stack another status, with the event."""
        stack.status, stack.reason = status, reason
        stack.say(None, status, reason, self.clock.at())

    def _say(
        self, stack: Stack, resource: Resource, status: str, why: str = ""
    ) -> None:
        stack.say(resource, status, why, self.clock.at())

    # --- operations ---------------------------------------------------------

    def create(self, stack: Stack, release: Release) -> Steps:
        """CreateStack, or a change set of type CREATE."""
        stack.release = release
        self.move(stack, "CREATE_IN_PROGRESS", "User Initiated")
        wanted = templates.resources(stack, release)
        failed = yield from self._change(stack, wanted, "create")
        if not failed:
            failed = yield from self._window(stack)
        if not failed:
            stack.settle()
            self.move(stack, "CREATE_COMPLETE")
        elif stack.disable_rollback or stack.on_failure == "DO_NOTHING":
            self.move(stack, "CREATE_FAILED", failed)
        elif stack.on_failure == "DELETE":
            yield from self.delete(stack, reason=failed)
        else:
            yield from self.undo(stack, failed)

    def undo(self, stack: Stack, reason: str) -> Steps:
        """Roll back a creation: all that it made is deleted."""
        self.move(
            stack, "ROLLBACK_IN_PROGRESS", f"{reason} Rollback requested by user."
        )
        kept = yield from self._delete(stack, reversed(list(stack.resources.values())))
        self.move(stack, "ROLLBACK_FAILED" if kept else "ROLLBACK_COMPLETE", kept)

    def update(self, stack: Stack, release: Release) -> Steps:
        """UpdateStack, or a change set of type UPDATE."""
        stack.updated = self.clock.at()
        stack.leftovers = stack.leftovers if stack.status == "UPDATE_FAILED" else []
        self.move(stack, "UPDATE_IN_PROGRESS", "User Initiated")
        wanted = templates.resources(stack, release, self.replaced)
        stack.release = release
        failed = yield from self._change(stack, wanted, "update")
        if not failed:
            failed = self._exports_in_use(stack) or (yield from self._window(stack))
        if failed and stack.disable_rollback:
            self.move(stack, "UPDATE_FAILED", failed)
            return
        if failed:
            yield from self.restore(stack, failed)
            return
        if stack.parent:  # whose clean-up comes with that of the stack around it
            self.move(stack, "UPDATE_COMPLETE")
            return
        self.move(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        kept = yield from self._finish(stack)
        self.move(stack, "UPDATE_COMPLETE", kept)

    def restore(
        self,
        stack: Stack,
        reason: str,
        phase: str = "rollback",
        skip: Iterable[str] = (),
    ) -> Steps:
        """Go back to the last stable state: any rollback of an update."""
        self._cancel(stack)
        self.move(stack, "UPDATE_ROLLBACK_IN_PROGRESS", reason)
        yield self.seconds
        wrong = self._cannot_skip(stack, skip)
        release, wanted = stack.stable or (stack.release, dict(stack.resources))
        skipped = {name for name in skip if "." not in name}
        for name in skipped & set(stack.resources) if not wrong else ():
            self._say(stack, stack.resources[name], "UPDATE_COMPLETE")
        aim = {n: r for n, r in wanted.items() if n not in skipped}
        aim |= {n: r for n, r in stack.resources.items() if n in skipped}
        failed = wrong or (yield from self._change(stack, aim, phase, skip=skip))
        if failed:
            self.move(stack, "UPDATE_ROLLBACK_FAILED", failed)
            return
        stack.release = release
        self.move(stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        kept = yield from self._clean(stack)
        stack.settle()
        self.move(stack, "UPDATE_ROLLBACK_COMPLETE", kept)

    def delete(
        self, stack: Stack, retain: Iterable[str] = (), reason: str = "User Initiated"
    ) -> Steps:
        """DeleteStack."""
        self.move(stack, "DELETE_IN_PROGRESS", reason)
        for name in retain:
            self._say(stack, stack.resources.pop(name), "DELETE_SKIPPED")
        kept = yield from self._delete(stack, reversed(list(stack.resources.values())))
        self.move(stack, "DELETE_FAILED" if kept else "DELETE_COMPLETE", kept)

    def adopt(self, stack: Stack, release: Release) -> Steps:
        """An import, which always succeeds here."""
        self.move(stack, "IMPORT_IN_PROGRESS", "User Initiated")
        yield self.seconds
        stack.resources = templates.resources(stack, release)
        stack.release = release
        stack.settle()
        self.move(stack, "IMPORT_COMPLETE")

    # --- parts of them ------------------------------------------------------

    def _finish(self, stack: Stack) -> Reason:
        """Make what a stack has now its last good state, nested ones first."""
        for resource in stack.resources.values():
            if child := self._child(resource):
                yield from self._finish(child)
        stack.settle()
        return (yield from self._clean(stack))

    def _change(
        self,
        stack: Stack,
        wanted: dict[str, Resource],
        phase: str,
        skip: Iterable[str] = (),
    ) -> Reason:
        """Make the resources `wanted`; returns the reason where that failed."""
        back = phase in {"rollback", "continue"}
        todo = [
            resource
            for name, resource in wanted.items()
            if stack.resources.get(name) != resource
            or (back and stack.states[name][0].endswith("_FAILED"))
        ]
        for resource in todo:
            self._announce(stack, resource)
        failed: list[str] = []
        for resource in todo:
            yield self.seconds
            try:
                yield from self._make(stack, resource, phase, skip)
            except Failed as failure:
                failed.append(resource.logical_id)
                status = f"{self._verb(stack, resource)}_FAILED"
                self._say(stack, resource, status, failure.reason)
                if not back:
                    break
        if failed:
            if not back:
                self._cancel(stack)
            verb = "create" if phase == "create" else "update"
            return (
                f"The following resource(s) failed to {verb}: [{', '.join(failed)}]. "
            )
        for name in [n for n in stack.resources if n not in wanted]:
            stack.leftovers.append(stack.resources.pop(name))
        return ""

    def _make(
        self, stack: Stack, resource: Resource, phase: str, skip: Iterable[str]
    ) -> Steps:
        """Bring one resource about."""
        if reason := self.world.scripted(resource.logical_id, phase):
            raise Failed(reason)
        old = stack.resources.get(resource.logical_id)
        if resource.type == STACK:
            resource = yield from self._nested(stack, resource, phase, skip)
        else:
            fresh = old is None or old.physical_id != resource.physical_id
            self.world.put(resource, new=fresh and phase in {"create", "update"})
        if old and old.physical_id != resource.physical_id:
            stack.leftovers.append(old)
        stack.leftovers = [
            r for r in stack.leftovers if r.physical_id != resource.physical_id
        ]
        verb = self._verb(stack, resource)
        stack.resources[resource.logical_id] = resource
        self._say(stack, resource, f"{verb}_COMPLETE")

    def _nested(
        self, parent: Stack, resource: Resource, phase: str, skip: Iterable[str]
    ) -> Generator[float, None, Resource]:
        """Bring a nested stack to the template that its resource names."""
        name = f"{parent.name}-{resource.logical_id}"
        child = self.stacks.get(name)
        body = self.world.text_at(str(resource.properties.get("TemplateURL", "")))
        release = Release(body, templates.read(body))
        if child is None:
            child = Stack(
                name, parent.id.replace(parent.name, name, 1), release, self.clock.at()
            )
            child.parent = parent.id
            self.stacks[name] = child
        child.token = parent.token
        if phase in {"rollback", "continue"}:
            within = [
                s.partition(".")[2]
                for s in skip
                if s.startswith(resource.logical_id + ".")
            ]
            done = "UPDATE_ROLLBACK_COMPLETE"
            if child.status != done:
                yield from self.restore(child, parent.reason, phase, within)
        else:
            child.disable_rollback = parent.disable_rollback
            act = self.create if phase == "create" or not child.stable else self.update
            yield from act(child, release)
            done = "CREATE_COMPLETE" if act == self.create else "UPDATE_COMPLETE"
        if child.status != done:
            raise Failed(
                f"Embedded stack {child.id} was not successfully updated. Currently in "
                f"{child.status} with reason: {child.reason}"
            )
        return Resource(resource.logical_id, STACK, child.id, resource.properties)

    def _announce(self, stack: Stack, resource: Resource) -> None:
        old = stack.resources.get(resource.logical_id)
        replaced = old and old.physical_id != resource.physical_id
        status = f"{self._verb(stack, resource)}_IN_PROGRESS"
        self._say(stack, resource, status, REPLACING if replaced else "")

    def _verb(self, stack: Stack, resource: Resource) -> str:
        return "UPDATE" if resource.logical_id in stack.resources else "CREATE"

    def _cancel(self, stack: Stack) -> None:
        """Whatever was under way is not any more."""
        for name, (status, _) in list(stack.states.items()):
            if status in {"UPDATE_IN_PROGRESS", "CREATE_IN_PROGRESS"}:
                verb = status.removesuffix("_IN_PROGRESS")
                row = next(
                    e for e in reversed(stack.events) if e["LogicalResourceId"] == name
                )
                resource = stack.resources.get(name) or Resource(
                    name, row["ResourceType"], row["PhysicalResourceId"], {}
                )
                why = CANCELLED if verb == "UPDATE" else "Resource creation cancelled"
                self._say(stack, resource, f"{verb}_FAILED", why)

    def _window(self, stack: Stack) -> Reason:
        """The monitoring time; returns the reason where an alarm ends it."""
        triggers = [t["Arn"] for t in stack.rollback.get("RollbackTriggers", ())]
        minutes = stack.rollback.get("MonitoringTimeInMinutes", 0)
        until = self.clock.seconds + 60 * int(minutes)
        while True:
            for arn in triggers:
                name = arn.rpartition(":")[2]
                if self.world.alarms.get(name, "ALARM") == "ALARM":
                    return f"Alarm {name} went to state ALARM. "
            left = until - self.clock.seconds
            if left <= 0:
                return ""
            yield min(left, 10.0)

    def _exports_in_use(self, stack: Stack) -> str:
        before = exports(stack, stack.stable[0]) if stack.stable else {}
        for name in before.keys() - exports(stack).keys():
            if users := importers(self.stacks.values(), name):
                return (
                    f"Export {name} cannot be deleted as it is in use by "
                    f"{', '.join(users)}"
                )
        return ""

    def _cannot_skip(self, stack: Stack, skip: Iterable[str]) -> str:
        """What AWS finds out about ResourcesToSkip only once it has begun."""
        for name in skip:
            nested, _, within = name.rpartition(".")
            if nested:
                child = self.stacks.get(f"{stack.name}-{nested}")
                if child is None:
                    return f"Stack [{nested}] does not exist"
                if wrong := self._cannot_skip(child, [within]):
                    return wrong
            elif name not in stack.states:
                return f"Resources with logicalIds [{name}] do not belong to stack {stack.name}"
            elif stack.states[name][0] != "UPDATE_FAILED":
                return "Only the resources in UPDATE_FAILED state are allowed to be skipped"
        return ""

    def _clean(self, stack: Stack) -> Reason:
        """Delete what is left over; returns what AWS says where some stays."""
        leftovers, stack.leftovers = stack.leftovers, []
        back = stack.status.startswith("UPDATE_ROLLBACK")
        failed = []
        for resource in leftovers:
            gone = resource.logical_id not in stack.resources
            if back:
                policy = _of_new(stack, resource) if gone else "Delete"
            else:
                policy = resource.on_delete if gone else resource.on_replace
            if not (yield from self._remove(stack, resource, policy)):
                failed.append(resource.logical_id)
        if not failed:
            return ""
        return (
            "Update successful. One or more resources could not be deleted."
            if not back
            else f"The following resource(s) could not be deleted: [{', '.join(failed)}]. "
        )

    def _delete(self, stack: Stack, resources: Iterable[Resource]) -> Reason:
        """Delete resources of a stack; returns AWS's words for those that stay."""
        failed = []
        for resource in list(resources):
            undone = stack.status == "ROLLBACK_IN_PROGRESS"
            policy = _of_new(stack, resource) if undone else resource.on_delete
            gone = yield from self._remove(stack, resource, policy)
            if gone:
                stack.resources.pop(resource.logical_id, None)
            else:
                failed.append(resource.logical_id)
        if not failed:
            return ""
        return f"The following resource(s) failed to delete: [{', '.join(failed)}]. "

    def _remove(self, stack: Stack, resource: Resource, policy: str) -> Gone:
        """Delete one, unless its policy keeps it; False where it cannot be."""
        if policy.startswith("Retain"):
            self._say(stack, resource, "DELETE_SKIPPED")
            return True
        self._say(stack, resource, "DELETE_IN_PROGRESS")
        yield self.seconds
        if reason := self.world.scripted(resource.logical_id, "delete"):
            self._say(stack, resource, "DELETE_FAILED", reason)
            return False
        if resource.type == STACK and (child := self._child(resource)):
            yield from self.delete(child)
        self.world.drop(resource)
        self._say(stack, resource, "DELETE_COMPLETE")
        return True

    def _child(self, resource: Resource) -> Stack | None:
        every = self.stacks.values()
        return next((s for s in every if s.id == resource.physical_id), None)


def _of_new(stack: Stack, resource: Resource) -> str:
    """What becomes of a resource whose creation is taken back."""
    kept = resource.on_delete == "Retain" and not stack.retain_except_on_create
    return "Retain" if kept else "Delete"
