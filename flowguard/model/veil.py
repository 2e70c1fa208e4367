"""What one run hides, found again in what AWS answers.

Stand-ins (`flowguard.model.hidden`) keep a value out of what is made from the
template. AWS's answers hold it in clear: the table `orders-s3cret` exists. Before a
rule reads an answer, each text in it that the run knows as hidden becomes the same
stand-in, so that the rule compares like with like, and tells no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

from flowguard.model import hidden

T = TypeVar("T")

_TELLING = 6
"""How long a text is at least to be looked for within others, between their signs."""
_SECRET = 8
"""How long one is to be looked for within words, too."""


class Veil:
    """The hidden texts of a run."""

    def __init__(self) -> None:
        self._whole: dict[str, str] = {}
        """The stand-in of each text, by what it stands for."""
        self._plain: set[str] = set()
        self._within: re.Pattern[str] | None = None
        self._secret: re.Pattern[str] | None = None

    def learn(self, subject: object, written: object = ()) -> bool:
        """Remember the hidden texts of `subject`; whether one of them is new.

        What `written` says in clear was no secret, and is not hidden elsewhere.
        """
        if not hidden.any_known():
            return False
        before = len(self._whole)
        for text in _texts(subject):
            if hidden.is_hidden(text):
                self._whole.setdefault(hidden.real(text), text)
                for value, stand_in in hidden.values_in(text).items():
                    self._whole.setdefault(value, stand_in)
        if len(self._whole) == before:
            return False
        self._plain |= {t for t in _texts(written) if not hidden.is_hidden(t)}
        self._within = self._secret = None
        return True

    def conceal(self, answer: T, question: object = None) -> T:
        """`answer` with each text that is known as hidden as its stand-in.

        What a `question` asked for is found however short it is.
        """
        if not self._whole:
            return answer
        own = {
            hidden.real(text): text
            for text in _texts(question)
            if hidden.is_hidden(text)
        }
        asked = _between_signs(own)
        known = self._pattern()

        def one(text: str) -> str:
            whole = self._whole.get(text)
            if whole is not None and (len(text) >= _TELLING or text in own):
                return text if text in self._plain and text not in own else whole
            if asked:
                text = asked.sub(lambda found: own[found[0]], text)
            return (
                known.sub(lambda found: self._whole[found[0]], text) if known else text
            )

        return hidden.every(one, answer)

    def sealed(self, value: T) -> T:
        """As `conceal`, and long values within words: for what a tool has written."""
        secret = self._secrets()
        value = self.conceal(value)
        if secret is None:
            return value
        put = secret.sub
        return hidden.every(
            lambda text: put(lambda found: self._whole[found[0]], text), value
        )

    def shown(self, value: T) -> T:
        """`value` as people may see it: expressions for what they read."""
        if not self._whole and not hidden.any_known():
            return value
        secret = self._secrets()

        def one(text: str) -> str:
            if secret:
                text = secret.sub(lambda found: self._whole[found[0]], text)
            return hidden.shown(text)

        return hidden.every(one, value)

    def _pattern(self) -> re.Pattern[str] | None:
        if self._within is None:
            texts = {t for t in self._whole if len(t) >= _TELLING} - self._plain
            self._within = _between_signs(dict.fromkeys(texts, ""))
        return self._within

    def _secrets(self) -> re.Pattern[str] | None:
        """What is hidden wherever it stands: long, and nowhere written in clear."""
        if self._secret is None:
            clear = "\n".join(self._plain)
            texts = [t for t in self._whole if len(t) >= _SECRET and t not in clear]
            self._secret = _any_of(texts)
        return self._secret


def _any_of(texts: list[str]) -> re.Pattern[str] | None:
    if not texts:
        return None
    return re.compile("|".join(map(re.escape, sorted(texts, key=len, reverse=True))))


def _between_signs(texts: Mapping[str, str]) -> re.Pattern[str] | None:
    found = _any_of([*texts])
    return found and re.compile(rf"(?<![\w-])(?:{found.pattern})(?![\w-])")


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for key, item in value.items():
                yield from _texts(key)
                yield from _texts(item)
        case list() | tuple() | set() | frozenset():
            for item in value:
                yield from _texts(item)
        case _ if is_dataclass(value) and not isinstance(value, type):
            for field in fields(value):
                yield from _texts(getattr(value, field.name))
        case _:
            pass
