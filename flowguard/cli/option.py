"""What an option is: declared once, as a field of a command's settings.

The parser, `--help`, the suggestions, the completion of shells, the inputs of the Action
and the tables of the docs are all made of it.
"""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import (
    Any,
    ClassVar,
    NamedTuple,
    NoReturn,
    Self,
    TypeVar,
    dataclass_transform,
)

from flowguard import spoken

S = TypeVar("S", bound="Settings")


class Option(NamedTuple):
    """One option of a command: what it is called, what it takes, what it is for."""

    takes: str
    """Nothing (`switch`), `one` value, `many`, or `pairs` K=V."""
    help: str
    metavar: str = ""
    read: Callable[[str], Any] = str
    """Makes a value of a text; raises `ValueError`: what is wrong, what to write."""
    default: Any = None
    unless: str = ""
    """What holds unless it is given."""
    choices: Sequence[str] = ()
    apart: str = ""
    """Of those that stand apart by the same word, one may be given."""
    group: str = ""
    input: str = ""
    """What the Action calls it."""
    input_help: str = ""
    """What it is for in a workflow, where that is not said as on a terminal."""
    is_argument: bool = False
    is_path: bool = False
    is_required: bool = False
    is_secret: bool = False
    """Whether no command line that is shown repeats it."""
    is_written: bool = False
    """Whether the command writes to the path."""
    field: str = ""

    @property
    def key(self) -> str:
        """What messages name it by, and command lines after two hyphens."""
        return self.field.replace("_", "-")

    def value(self, texts: Sequence[str]) -> Any:
        """The value of the texts that were given; raises `UsageError` for a wrong one."""
        if self.takes == "switch":
            return bool(texts)
        if self.takes == "pairs":
            return dict(map(self._pair, texts))
        values = [self._one(text) for text in texts]
        if self.takes == "many":
            return tuple(values)
        return values[-1] if values else self.default

    def _one(self, text: str) -> Any:
        if self.choices and text not in self.choices:
            refuse(
                f"{self.name} cannot be {text!r}",
                word=text,
                known=self.choices,
                help=f"write one of {', '.join(self.choices)}",
            )
        try:
            return self.read(text)
        except ValueError as error:
            message, *more = error.args
            refuse(f"{self.name}: {message}", help="".join(more))

    def _pair(self, text: str) -> tuple[str, str]:
        key, equals, value = text.partition("=")
        if not equals:
            refuse(
                f"{self.name} {key!r} has no value",
                help=f"write {spoken.option(self.key, f'{key}=VALUE')}",
            )
        return key, value

    @property
    def name(self) -> str:
        """What whoever gives it calls it."""
        return self.metavar if self.is_argument else spoken.option(self.key)


def refuse(
    message: str, *, word: str = "", known: Iterable[str] = (), help: str = ""
) -> NoReturn:
    """Raise `UsageError`, with the known word that `word` may stand for."""
    from flowguard.errors import UsageError, did_you_mean  # slow, and help needs none

    raise UsageError(f"{message}{did_you_mean(word, known)}", help=help) from None


def option(metavar: str, help: str, **more: Any) -> Any:
    """A field that is given once, as text unless `read` makes more of it."""
    return Option("one", help, metavar, **more)


def choice(words: Sequence[str], help: str, **more: Any) -> Any:
    """A field that is one of these words; the first unless it is given."""
    first, shown = words[0], f"{{{','.join(words)}}}"
    return Option(
        "one", help, shown, default=first, unless=first, choices=words, **more
    )


def path(metavar: str, help: str, **more: Any) -> Any:
    """A field that is the path of a file, or None."""
    return Option("one", help, metavar, read=a_path, is_path=True, **more)


def a_path(text: str) -> pathlib.Path | None:
    """A path; an empty text names none."""
    return pathlib.Path(text) if text else None


def many(metavar: str, help: str, **more: Any) -> Any:
    """A field with one value for each time that it is given."""
    return Option("many", help, metavar, default=(), **more)


def pairs(help: str, **more: Any) -> Any:
    """A field that is a mapping: one entry for each K=V, whose value may be secret."""
    return Option("pairs", help, "K=V", default={}, is_secret=True, **more)


def switch(help: str, **more: Any) -> Any:
    """A field that is true where it is given."""
    return Option("switch", help, default=False, **more)


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=False)
class Settings:
    """What a command is told: the fields of a class, its groups' and its own.

    A class of settings is a group of options, or a command composed of groups. No data
    class, since each run would wait for some thirty of them to be made.
    """

    options: ClassVar[Mapping[str, Option]] = {}
    """By the field's name; groups first, in the order in which they are named."""
    summary: ClassVar[str] = ""

    def __init_subclass__(cls, *, group: str = "", summary: str = "") -> None:
        """`group` is the heading of the class's own options in `--help`."""
        found: dict[str, Option] = {}
        for base in cls.__bases__:
            found |= getattr(base, "options", {})
        for name, own in vars(cls).items():
            if isinstance(own, Option):
                heading = own.group or ("" if own.is_argument else group)
                found[name] = own._replace(field=name, group=heading)
        cls.options, cls.summary = found, summary

    def __init__(self, **given: Any) -> None:
        """Take the fields that are given, and the defaults of the others."""
        if unknown := given.keys() - self.options.keys():
            raise TypeError(f"{type(self).__name__} has no field {min(unknown)!r}")
        for name, option in self.options.items():
            vars(self)[name] = given.get(name, option.default)

    def __setattr__(self, name: str, value: object) -> None:
        """Settings do not change."""
        raise AttributeError(f"{type(self).__name__} is frozen: use with_()")

    def with_(self, **changes: Any) -> Self:
        """The same but for the changes."""
        return type(self)(**{**vars(self), **changes})

    def for_(self, kind: type[S], *fields: str, **changes: Any) -> S:
        """Another command's settings, told the same as far as it has the fields.

        Where `fields` are named, they alone are carried over.
        """
        shared = self.options.keys() & kind.options.keys()
        names = shared.intersection(fields) if fields else shared
        return kind(**{name: vars(self)[name] for name in names} | changes)

    @classmethod
    def command(cls) -> str:
        """What the command is called."""
        return cls.__name__.lower()
