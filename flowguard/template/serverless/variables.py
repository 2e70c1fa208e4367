"""Variables resolved: the configuration as the framework would see it.

The configuration is resolved as it is walked: a string that is one variable becomes
what the variable stands for, with its type; a variable within a string becomes text.
What a variable brings in whole from elsewhere (`${file(resources.yml)}`) keeps the
places where it is written; a scalar takes the place where it is used, which is the
line to change.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from flowguard import spoken
from flowguard.errors import TemplateError, did_you_mean
from flowguard.model import hidden
from flowguard.model.changes import Reference
from flowguard.model.places import Location
from flowguard.model.questions import Unknown, UnknownKind, Unresolved
from flowguard.template.document import MAX_VALUES, Node
from flowguard.template.serverless import syntax
from flowguard.template.serverless.syntax import (
    Escaped,
    Literal,
    Text,
    Value,
    Variable,
)

_EXTENSIONS = ("plugins", "app", "stages")
"""Keys under which sources may be added: by a plugin, by the dashboard, and by
resolvers of one's own (version 4)."""
_NESTING = 10
"""How often a value may resolve to another variable; the framework's limit."""
MAX_TEXT = 1_000_000
"""Characters in one text that variables make: CloudFormation takes no template that
is larger."""
MAX_TEXTS = 50_000_000
"""Characters in all of them."""
MAX_STEPS = 200_000
"""How many variables are looked up, those within others included."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a source: `type(params):address`, written at a place."""

    resolver: Resolver
    expression: str
    """The whole variable, as the user wrote it."""
    at: Location
    params: tuple[Literal | Unresolved, ...] = ()
    address: str = ""
    last: bool = True
    """Whether no fallback follows."""

    def param(self, index: int) -> str:
        """A parameter as text, empty where it is not given."""
        value = self.params[index] if index < len(self.params) else None
        return "" if value is None else _string(value)

    def answer(self, value: Literal | Unresolved) -> Node:
        """A scalar answer, which stands where it is used."""
        return Node(value, self.at)

    def unknown(self, reason: str, kind: UnknownKind = UnknownKind.UNSUPPORTED) -> Node:
        """An answer that says why there is none."""
        return self.answer(Unresolved(self.expression, self.at, Unknown(kind, reason)))


Source = Callable[[Question], Node | None]
"""Answers a question; None where it has no value, so that a fallback is tried."""


class Resolver:
    """The variables of one configuration, with the sources that answer them."""

    def __init__(self, root: Node, sources: Mapping[str, Source]) -> None:
        self.root = root
        self._sources = sources
        self._shallow: dict[int, tuple[Node, Node]] = {}
        self._deep: dict[int, tuple[Node, Node]] = {}
        self._active: list[tuple[str, Node]] = []
        self._sizes: dict[int, int] = {}
        self._text_left = MAX_TEXTS
        self._steps_left = MAX_STEPS
        self.references: list[Reference] = []

    # --- walking ---------------------------------------------------------

    def resolve(self, node: Node) -> Node:
        """`node` with every variable in it resolved, at any depth.

        Raises `TemplateError`, with a place, for what the framework refuses.
        """
        known = self._deep.get(id(node))
        if known:
            return known[1]
        with self._at_work("value", node):
            found = self.shallow(node)
            match found.value:
                case dict(entries):
                    value = {key: self.resolve(item) for key, item in entries.items()}
                    found = replace(found, value=value)
                case list(items):
                    found = replace(found, value=[self.resolve(item) for item in items])
                case _:
                    pass
        self._deep[id(node)] = (node, found)
        self._sizes[id(found)] = self._sized(found, node.location)
        return found

    def _sized(self, node: Node, at: Location) -> int:
        """How many values a resolved node holds. Raises where they are too many."""
        inner = [*node.mapping.values(), *node.items]
        size = 1 + sum(self._sizes[id(part)] for part in inner)
        if size > MAX_VALUES:
            raise TemplateError(
                f"variables expand this to more than {MAX_VALUES:,} values",
                help="refer fewer times to values that refer to others",
                location=at,
            )
        return size

    def shallow(self, node: Node) -> Node:
        """`node`, resolved where it is a string; what is inside it may not be."""
        text = node.text
        if text is None or "${" not in text:
            return node
        known = self._shallow.get(id(node))
        if known:
            return known[1]
        with self._at_work("variable", node):
            found = self._again(text, node.location, 0)
        self._shallow[id(node)] = (node, found)
        return found

    def follow(self, node: Node, keys: list[str]) -> Node | None:
        """The value at `keys` from `node` on, which may be reached by variables."""
        found: Node | None = node
        for key in keys:
            here = self.shallow(found) if found else None
            match here.value if here else None:
                case Unresolved():
                    return here
                case dict(entries):
                    found = entries.get(key)
                case list(items) if key.isdecimal() and int(key) < len(items):
                    found = items[int(key)]
                case list(items) if here and key == "length":
                    found = Node(len(items), here.location)
                case _:
                    return None
        return self.shallow(found) if found else None

    @contextlib.contextmanager
    def _at_work(self, how: str, node: Node) -> Iterator[None]:
        working = [id(active) if kind == how else 0 for kind, active in self._active]
        if id(node) in working:
            circle = [active for _, active in self._active[working.index(id(node)) :]]
            raise TemplateError(
                f"this value refers to itself{_path([*circle, node])}",
                help="break the circle of ${…} variables that leads back here",
                location=self._active[-1][1].location,
            )
        self._active.append((how, node))
        try:
            yield
        finally:
            self._active.pop()

    # --- strings ---------------------------------------------------------

    def _again(self, text: str, at: Location, depth: int) -> Node:
        """What a string stands for; what that resolves to is resolved again."""
        if depth > _NESTING:
            raise TemplateError(
                "variables resolve to further variables, over and over",
                help="look for a circle among them",
                location=at,
            )
        try:
            parts = syntax.parse(text)
        except syntax.VariableSyntaxError as error:
            raise TemplateError(
                f"variable syntax: {error}",
                help="escape what is no variable: \\${…}",
                location=at,
            ) from error
        return self._text(parts, at, depth, text)

    def _text(self, parts: Text, at: Location, depth: int, written: str) -> Node:
        match parts:
            case (Variable() as variable,):
                found = self._variable(variable, at)
                text = found.text
                if text is None or "${" not in hidden.real(text):
                    return found
                if hidden.is_hidden(text):
                    return self._behind(text, variable.expression, at, depth)
                return self._again(text, at, depth + 1)
            case ():
                return Node("", at)
            case _:
                pass
        words: list[str] = []
        for part in parts:
            word = self._part(part, at, depth)
            if isinstance(word, Unresolved):
                return Node(replace(word, expression=written, location=at), at)
            words.append(word)
        return Node(self._joined(words, at), at)

    def _joined(self, words: list[str], at: Location) -> str:
        """The words as one text. Raises where it is too long, or all of them are."""
        length = sum(map(len, words))
        self._text_left -= length
        if length > MAX_TEXT or self._text_left < 0:
            whole = length <= MAX_TEXT
            most, what = (MAX_TEXTS, "texts") if whole else (MAX_TEXT, "a text")
            raise TemplateError(
                f"variables make {what} of more than {most:,} characters",
                help="refer fewer times to texts that refer to others",
                location=at,
            )
        return "".join(words)

    def _behind(self, text: str, expression: str, at: Location, depth: int) -> Node:
        """What a hidden text stands for that holds variables; hidden as well."""
        try:
            found = self._again(hidden.real(text), at, depth + 1)
        except TemplateError:  # its words may quote what is hidden
            raise TemplateError(
                f"{expression} reads variables that cannot be resolved",
                help="look at what it reads: every ${…} in it is resolved, too",
                location=at,
            ) from None
        if isinstance(found.value, Unresolved):
            return Node(replace(found.value, expression=expression), at)
        if found.text is None:
            return found
        return Node(hidden.hide(hidden.real(found.text), text), at)

    def _part(
        self, part: str | Escaped | Variable, at: Location, depth: int
    ) -> str | Unresolved:
        if isinstance(part, str):
            return part
        if isinstance(part, Escaped):
            return part.text
        found = self._text((part,), at, depth, part.expression).value
        if found is None or isinstance(found, dict | list):
            raise TemplateError(
                f"{part.expression} is no text, and stands within a text",
                help="let it stand alone, or refer to a part of it",
                location=at,
            )
        return found if isinstance(found, Unresolved) else _string(found)

    # --- sources ---------------------------------------------------------

    def _variable(self, variable: Variable, at: Location) -> Node:
        """The value of the first source that has one."""
        sources = variable.sources
        self._steps_left -= 1
        if self._steps_left < 0:
            raise TemplateError(
                f"more than {MAX_STEPS:,} variables are looked up, one within another",
                help="refer fewer times to values that refer to others",
                location=at,
            )
        for index, source in enumerate(sources):
            if isinstance(source, Value):
                return Node(source.value, at)
            last = index == len(sources) - 1
            found = self._ask(source, variable.expression, at, last=last)
            if found is not None and found.value is not None:
                return found
        raise TemplateError(
            f"cannot resolve {variable.expression}: no value at source "
            f'"{_kind(sources[-1])}"',
            help=_remedy(_kind(sources[-1])),
            location=at,
        )

    def _ask(
        self, source: syntax.Source, expression: str, at: Location, *, last: bool
    ) -> Node | None:
        params: list[Literal | Unresolved] = []
        for param in source.params or ():
            value = (
                param.value
                if isinstance(param, Value)
                else self._scalar(param, at, expression)
            )
            params.append(value)
        address = self._scalar(source.address, at, expression) if source.address else ""
        for value in (*params, address):
            if isinstance(value, Unresolved):
                return Node(replace(value, expression=expression, location=at), at)
        asked = self._sources.get(source.type)
        question = Question(
            self, expression, at, tuple(params), _string(address), last=last
        )
        if asked is None:
            if last and not self._extended:
                raise TemplateError(
                    f"{expression}: there is no source {source.type!r}"
                    f"{did_you_mean(source.type, self._sources)}",
                    help="correct it, or list the plugin that adds it under plugins",
                    location=at,
                )
            return question.unknown(
                f'the source "{source.type}" is not one of the framework\'s own'
            )
        return asked(question)

    @property
    def _extended(self) -> bool:
        """Whether something may add sources."""
        written = (self.root.get(key) for key in _EXTENSIONS)
        return any(
            node is not None and node.value not in (None, []) for node in written
        )

    def _scalar(self, text: Text, at: Location, written: str) -> Literal | Unresolved:
        """The value of a parameter or an address, which variables may make up."""
        found = self._text(text, at, 0, written).value
        if isinstance(found, dict | list):
            raise TemplateError(
                f"{written} is built on a value that is no text", location=at
            )
        return found


def _kind(source: syntax.Source | Value) -> str:
    return source.type if isinstance(source, syntax.Source) else ""


def _string(value: Literal | Unresolved) -> str:
    """A scalar as JavaScript would write it into a string."""
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return ""
        case _:
            return str(value)


def _path(nodes: list[Node]) -> str:
    """The variables that lead from one value to the next, back to the first."""
    texts = [node.text for node in nodes if node.text and "${" in node.text]
    steps = [text for text, _ in itertools.groupby(texts)]
    return ": " + " → ".join(steps) if 1 < len(steps) <= _NESTING else ""


def _remedy(kind: str) -> str:
    if kind == "param":
        given = spoken.option("parameter", "NAME=VALUE")
        return f"define it under params for this stage or default, or pass it: {given}"
    return _REMEDIES.get(kind, "give a fallback: ${…, 'value'}")


_REMEDIES = {
    "env": "set it in the environment, or give a fallback: ${env:NAME, 'value'}",
    "file": "let it hold something, or give a fallback: ${file(…), 'value'}",
    "opt": "pass the option, or give a fallback: ${opt:name, 'value'}",
    "self": "define it in the service's configuration, or give a fallback: "
    "${self:…, 'value'}",
}
