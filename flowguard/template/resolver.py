"""The state of working one deploy's inputs into one template.

A resolver walks nodes and hands each call of an intrinsic function to the
function of that name. What a function returns is a node again, free of calls;
what is not known is a node whose value is `Unresolved`. Nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from flowguard.errors import TemplateError
from flowguard.model.changes import Reference
from flowguard.model.places import Location
from flowguard.model.questions import (
    AccountState,
    Lookup,
    Observed,
    Pending,
    Unknown,
    UnknownKind,
    Unresolved,
)
from flowguard.model.results import NotLookedInto
from flowguard.template.document import MAX_VALUES, Node, Scalar
from flowguard.template.expressions import expression
from flowguard.template.inputs import Inputs
from flowguard.template.patterns import Patience
from flowguard.template.resolved import Refusal

T = TypeVar("T")

NO_VALUE = Node(None, Location(""))
"""What `AWS::NoValue` stands for: the entry that holds it is left out."""

MAX_TEXT = 50_000_000
"""How many characters the functions of a template may write in all."""

Function = Callable[["Resolver", Node, Node], Node]
"""An intrinsic function: (resolver, argument, call) → value.

It raises `NotKnown` where its value is not known, and `TemplateError` for a call
that CloudFormation refuses.
"""


class NotKnown(Exception):  # noqa: N818 — no error: an answer that is given often
    """The value that is being worked out is not known."""

    def __init__(self, cause: Unknown | Pending | str) -> None:
        super().__init__(cause)
        if isinstance(cause, str):
            cause = Unknown(UnknownKind.KNOWN_AFTER_DEPLOY, cause)
        self.cause = cause
        """A text says why only the deploy will know it."""


class Resolver:
    """One template, one set of inputs, the account's answers so far."""

    def __init__(
        self,
        document: Node,
        inputs: Inputs,
        account: AccountState,
        functions: Mapping[str, Function],
    ) -> None:
        self.document = document
        self.inputs = inputs
        self.parameters: dict[str, Node] = {}
        """By name; a value that is no text or list of texts is `Unresolved`."""
        self.missing: list[tuple[str, Location]] = []
        """The parameters that have neither a value nor a default."""
        self.refused: list[Refusal] = []
        """The parameters whose value CloudFormation refuses."""
        self.not_looked_into: list[NotLookedInto] = []
        """What is written and cannot be judged."""
        self.patience = Patience()
        self.stored: list[tuple[str, Lookup[Any], Location]] = []
        """The parameters whose value is in the Parameter Store."""
        self.secrets: dict[str, Node] = {}
        """The values of NoEcho parameters: conditions may look, nobody else."""
        self.open_ended = False
        """Whether the deploy may change what is written, so that a name which is
        not defined is no mistake: it is not known."""
        self.references: dict[Reference, None] = {}
        self.imports: dict[tuple[str | Unresolved, Location], None] = {}
        self.sections: dict[str, Node] = {}
        """Sections of the template whose loops are unrolled."""
        self.answers: dict[Lookup[Any], Observed[Any]] = {}
        """Everything that was asked, and what the account said."""
        self.logical_id = ""
        """Whose values are worked on, for the references that come up."""
        self.sure = True
        """Whether what is worked on will be there, as far as conditions say."""
        self.conditions: dict[str, bool | Unresolved] = {}
        self.resources: dict[tuple[str, str], str | Unresolved] = {}
        """What is known so far of `Ref` and `GetAtt`, by logical id and attribute."""
        self.busy: set[tuple[str, ...]] = set()
        """What is being worked out, to see circles."""
        self._account = account
        self._functions = functions
        self._values_left = MAX_VALUES
        self._text_left = MAX_TEXT

    def section(self, name: str) -> Mapping[str, Node]:
        """The entries of a section; none where it is not written."""
        node = self.sections.get(name) or self.document.get(name)
        return node.mapping if node else {}

    # --- values ---------------------------------------------------------------

    def resolve(self, node: Node) -> Node:
        """What `node` stands for, in which no call is left."""
        value = node.value
        if isinstance(value, dict):
            if name := called(node):
                return self._called(name, value[name], node)
            return self._mapping(node, value)
        if isinstance(value, list):
            items = [
                done for item in value if (done := self.resolve(item)) is not NO_VALUE
            ]
            return Node(items, node.location)
        return node

    def _called(self, name: str, argument: Node, call: Node) -> Node:
        if isinstance(argument.value, Unresolved):  # a variable of another tool
            return self.unresolved(call, argument.value.cause)
        try:
            return self._functions.get(name, _unknown)(self, argument, call)
        except NotKnown as unknown:
            return self.unresolved(call, unknown.cause)
        except TemplateError as error:
            if not self.open_ended:
                raise
            reason = f"{error.message}, as the template is written"
            cause = Unknown(UnknownKind.KNOWN_AFTER_DEPLOY, reason)
            return self.unresolved(call, cause)

    def known(self, node: Node) -> Node:
        """What `node` stands for. Raises `NotKnown` where a part of it is not known."""
        value = self.resolve(node)
        if unresolved := first_unresolved(value):
            raise NotKnown(unresolved.cause)
        return value

    def known_text(self, node: Node) -> str | None:
        """The text that `node` stands for; None where that is no scalar."""
        return as_text(scalar(self.known(node)))

    def _mapping(self, node: Node, value: Mapping[str, Node]) -> Node:
        if any(key.startswith("Fn::ForEach::") for key in value):
            node = self._functions["Fn::ForEach"](self, node, node)
        entries = {
            key: done
            for key, inner in node.mapping.items()
            if (done := self.resolve(inner)) is not NO_VALUE
        }
        return Node(entries, node.location, node.keys)

    def text(self, text: str, call: Node) -> Node:
        """A text that a function has written, in place of its call."""
        self._text_left -= len(text)
        if self._text_left < 0:
            raise TemplateError(
                f"the functions write more than {MAX_TEXT} characters",
                location=call.location,
                help="put texts together fewer times",
            )
        return Node(text, call.location)

    def moved(self, node: Node, location: Location) -> Node:
        """A copy of `node` that stands at `location` with all its parts."""
        self.spend(location)
        if isinstance(node.value, dict):
            entries = {k: self.moved(n, location) for k, n in node.mapping.items()}
            return Node(entries, location)
        if isinstance(node.value, list):
            return Node([self.moved(item, location) for item in node.items], location)
        return Node(node.value, location)

    def spend(self, location: Location) -> None:
        """Count a copy of a value. Raises `TemplateError` where there are too many."""
        self._values_left -= 1
        if self._values_left < 0:
            raise TemplateError(
                f"loops and references expand to more than {MAX_VALUES} values",
                location=location,
                help="shorten the lists that it goes through",
            )

    # --- what is not known -----------------------------------------------------

    def unresolved(self, call: Node, cause: Unknown | Pending) -> Node:
        """`call` itself, whose value is not known."""
        place = call.location
        return Node(Unresolved(expression(call), place, cause), place)

    def ask(self, lookup: Lookup[T], written: str, location: Location) -> Observed[T]:
        """The account's answer to a question that the template raises."""
        reference = Reference(written, lookup, location, self.logical_id, self.sure)
        self.references[reference] = None
        answer = self._account.get(lookup)
        self.answers[lookup] = answer
        return answer

    @contextmanager
    def within(self, *what: str) -> Iterator[bool]:
        """Work on `what`; false where that is being worked on already."""
        if what in self.busy:
            yield False
            return
        self.busy.add(what)
        try:
            yield True
        finally:
            self.busy.discard(what)

    @contextmanager
    def under(self, truth: bool | Unresolved) -> Iterator[None]:
        """Let questions that come up be asked under a condition of this truth."""
        before, self.sure = self.sure, self.sure and truth is True
        try:
            yield
        finally:
            self.sure = before

    @contextmanager
    def about(self, logical_id: str) -> Iterator[None]:
        """Let questions that come up be those of a resource."""
        before, self.logical_id = self.logical_id, logical_id
        try:
            yield
        finally:
            self.logical_id = before


def called(node: Node) -> str | None:
    """The name of the function that `node` calls, or None where it is no call."""
    if len(node.mapping) != 1:
        return None
    name = next(iter(node.mapping))
    if name == "Ref" or (name.startswith("Fn::") and name[4:11] != "ForEach"):
        return name
    return None


def _unknown(resolver: Resolver, argument: Node, call: Node) -> Node:
    del resolver, argument
    reason = f"{called(call)} is no function that FlowGuard can work out"
    raise NotKnown(Unknown(UnknownKind.UNSUPPORTED, reason))


def first_unresolved(node: Node) -> Unresolved | None:
    """The first value within `node` that is not known, if any."""
    if isinstance(node.value, Unresolved):
        return node.value
    inner = node.mapping.values() if isinstance(node.value, dict) else node.items
    return next((found for part in inner if (found := first_unresolved(part))), None)


def as_text(value: Any) -> str | None:
    """A scalar as CloudFormation writes it into a text; None for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def malformed(call: Node, takes: str, name: str = "") -> TemplateError:
    """The error for a call that CloudFormation refuses for its shape."""
    name = name or next(iter(call.mapping), "a function")
    return TemplateError(
        f"{name} takes {takes}",
        location=call.location,
        help=f"write {name} as CloudFormation's reference shows it",
    )


def scalar(node: Node) -> Scalar:
    """A node's scalar; None for anything else."""
    value = node.value
    return None if isinstance(value, dict | list | Unresolved) else value
