"""What one run hides, found again in what AWS answers.

Stand-ins (`flowguard.model.hidden`) keep a value out of what is made from the
template. AWS's answers hold it in clear: the table `orders-s3cret` exists. Before a
rule reads an answer, each text in it that the run knows as hidden becomes the same
stand-in, so that the rule compares like with like, and tells no more.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import is_dataclass
from typing import Any, TypeVar

from flowguard.model import hidden
from flowguard.model.places import Location

T = TypeVar("T")

_TELLING = 6
"""How long a text is at least to be looked for between the signs of others."""
_SECRET = 8
"""How long one is to be looked for within words, too."""
_WORD = re.compile(r"[\w-]+")


class Veil:
    """The hidden texts of a run."""

    def __init__(self) -> None:
        self._whole: dict[str, str] = {}
        """The stand-in of each text, by what it stands for."""
        self._words: dict[str, str] = {}
        """The same of each word that a hidden text has between its signs."""
        self._values: dict[str, str] = {}
        """The same of each value that was read."""
        self._plain: set[str] = set()
        self._signed: re.Pattern[str] | None = None
        self._secret: re.Pattern[str] | None = None
        self._done: dict[tuple[int, object], tuple[object, Any]] = {}
        self._walked: dict[int, object] = {}
        """What was learnt from already: most of it is the same in each round."""

    def learn(self, subject: object, written: object = ()) -> bool:
        """Remember the hidden texts of `subject`; whether one of them is new.

        What `written` says in clear was no secret, and is not hidden elsewhere.
        """
        if not hidden.any_known():
            return False
        before = len(self._whole)
        for text in set(_texts(subject, self._walked)):
            if hidden.is_hidden(text):
                self._remember(text)
        if len(self._whole) == before:
            return False
        self._plain |= {t for t in set(_texts(written)) if not hidden.is_hidden(t)}
        clear = "\n".join(self._plain)
        signed = [v for v in self._values if len(v) >= _TELLING and _has_signs(v)]
        secret = [v for v in self._values if len(v) >= _SECRET and v not in clear]
        self._signed, self._secret = _between_signs(signed), _any_of(secret)
        self._done = {}
        return True

    def _remember(self, text: str) -> None:
        self._values |= hidden.values_in(text)
        self._whole.setdefault(hidden.real(text), text)
        self._whole |= self._values
        for word in _WORD.findall(text):
            known = hidden.real(word)
            if hidden.is_hidden(word) and not _has_signs(known):
                self._words.setdefault(known, word)

    def conceal(self, answer: T, question: object = None) -> T:
        """`answer` with each text that is known as hidden as its stand-in.

        What a `question` asked for is found however short it is.
        """
        if not self._whole:
            return answer
        key = (id(answer), question)
        if key not in self._done:  # with the answer, which keeps its id
            self._done[key] = (answer, self._concealed(answer, question))
        made: T = self._done[key][1]
        return made

    def _concealed(self, answer: T, question: object) -> T:
        asked = {t for t in _texts(question) if hidden.is_hidden(t)}
        own = {hidden.real(text): text for text in asked}

        def one(text: str) -> str:
            whole = self._whole.get(text)
            if whole is not None and (len(text) >= _TELLING or text in own):
                return text if text in self._plain and text not in own else whole
            if any(asked_for in text for asked_for in own):
                between = _between_signs([*own])
                text = between.sub(lambda found: own[found[0]], text) if between else ""
            if self._signed:
                text = self._signed.sub(lambda found: self._values[found[0]], text)
            return _WORD.sub(self._word, text)

        return hidden.every(one, answer)

    def _word(self, found: re.Match[str]) -> str:
        word = found[0]
        telling = len(word) >= _TELLING and word not in self._plain
        return self._words.get(word, word) if telling else word

    def sealed(self, value: T) -> T:
        """As `conceal`, and long values within words: for what a tool has written."""
        secret, value = self._secret, self.conceal(value)
        if secret is None:
            return value
        put = secret.sub
        return hidden.every(
            lambda text: put(lambda found: self._values[found[0]], text), value
        )

    def shown(self, value: T) -> T:
        """`value` as people may see it: expressions for what they read."""
        if not hidden.any_known():
            return value
        secret = self._secret

        def one(text: str) -> str:
            if secret:
                text = secret.sub(lambda found: self._values[found[0]], text)
            return hidden.shown(text)

        return hidden.every(one, value)


def _has_signs(text: str) -> bool:
    return _WORD.fullmatch(text) is None


def _any_of(texts: Collection[str]) -> re.Pattern[str] | None:
    if not texts:
        return None
    return re.compile("|".join(map(re.escape, sorted(texts, key=len, reverse=True))))


def _between_signs(texts: Collection[str]) -> re.Pattern[str] | None:
    found = _any_of(texts)
    return found and re.compile(rf"(?<![\w-])(?:{found.pattern})(?![\w-])")


def _texts(value: Any, walked: dict[int, object] | None = None) -> Iterator[str]:
    """Every text in `value`; of what was `walked` already, nothing."""
    if isinstance(value, str):
        yield value
    elif walked is None or id(value) not in walked:
        if walked is not None:
            walked[id(value)] = value
        for part in _parts(value):
            yield from _texts(part, walked)


def _parts(value: Any) -> Iterable[Any]:
    match value:
        case Mapping():
            return [*value.keys(), *value.values()]
        case list() | tuple() | set() | frozenset():
            return value
        case _ if is_dataclass(value) and not isinstance(value, type | Location):
            return [getattr(value, name) for name in hidden.names_of(type(value))]
        case _:
            return ()
