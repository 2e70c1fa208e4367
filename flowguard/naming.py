"""What the name of a stack says: service, stage, and what should not be there.

`flowlogic-backend-staging-v2-staging` is the service `flowlogic-backend`, a
stage, a temporary suffix, and the stage again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

STAGES: Mapping[str, tuple[str, ...]] = {
    "development": ("dev", "develop", "development"),
    "test": ("test", "tst", "testing"),
    "integration": ("int", "integration"),
    "qa": ("qa",),
    "acceptance": ("uat", "acc", "acceptance"),
    "staging": ("staging", "stg", "stage"),
    "preproduction": ("preprod", "preproduction"),
    "production": ("prod", "production", "prd"),
    "sandbox": ("sandbox", "sbx"),
}
"""Each stage and the words teams write for it."""

AMBIGUOUS = frozenset(
    (
        *("stage", "test", "tst", "testing", "int", "integration", "qa", "acc"),
        *("acceptance", "sandbox", "live", "develop"),
    )
)
"""Words for stages that name other things as well: `order-stage-processor-dev`."""

TEMPORARY = re.compile(r"v\d+|new|clean|test|old|tmp|temp|copy|backup|bak")
"""Suffixes that get round a name that was not free."""
ORDINARY = frozenset({"test", "backup", "copy"})
"""Those of them that services are called by: `load-test-prod`, `db-backup-prod`."""


@dataclass(frozen=True, slots=True)
class Convention:
    """How the project names things, where it says so."""

    stack: str = ""
    """A pattern such as `{service}-{stage}`; empty where none is given."""
    resources: str = ""
    """The same for physical names, with `{name}` for the rest of the name."""
    service: str = ""
    stages: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """The project's stages with the aliases of each."""

    def canonical(self, word: str) -> str | None:
        """The stage that `word` stands for, or None where it is no stage."""
        word = word.lower()
        for stage, aliases in self.stages:
            if word == stage.lower() or word in {a.lower() for a in aliases}:
                return next(
                    (known for known, words in STAGES.items() if stage in words), stage
                )
        return next((stage for stage, words in STAGES.items() if word in words), None)


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart."""

    text: str
    base: tuple[str, ...]
    """The words that are neither stage nor temporary: what is named."""
    stages: tuple[str, ...]
    """The words that name a stage, as written, in their order."""
    temporary: tuple[str, ...]
    """The temporary words, as written."""
    stage: str | None
    """The stage, canonical; the last one that is named."""

    @property
    def environment(self) -> tuple[tuple[str, ...], str] | None:
        """What makes two stacks one environment: what is named, and its stage."""
        return (self.base, self.stage) if self.base and self.stage else None


def split(text: str, convention: Convention | None = None) -> Name:
    """Take a name apart.

    Stages count wherever they stand, but for the ambiguous words, which count at an
    end; a temporary word counts only at the end of the name or before a stage, for
    `api-v2-orders` is a name like any other; `test` is a stage unless another stage
    is named.
    """
    convention = convention or Convention()
    words = [word for word in re.split(r"[-_./]", text.lower()) if word]
    is_stage = _stages(words, [convention.canonical(word) for word in words])
    temporary = _temporary(words, is_stage)
    rows = list(zip(words, is_stage, temporary, strict=True))
    stages = tuple(word for word, stage, _ in rows if stage)
    return Name(
        text=text,
        base=tuple(word for word, stage, temp in rows if not stage and not temp),
        stages=stages,
        temporary=tuple(word for word, _, temp in rows if temp),
        stage=convention.canonical(stages[-1]) if stages else None,
    )


def _stages(words: list[str], named: list[str | None]) -> list[bool]:
    """Which words name the stage; `named` is what each could stand for."""
    found = [
        bool(stage) and word not in AMBIGUOUS
        for word, stage in zip(words, named, strict=True)
    ]
    end = _end(words, named)
    if end > 0 and named[end] == "test":  # `staging-test`: the test of staging
        before = _end(words[:end], named[:end])
        if any(found) or (before >= 0 and named[before] not in {None, "test"}):
            end = before
    if end < 0:
        return found
    found[end] = named[end] is not None
    twice = named[end] if named[end] != "test" else None  # `load-test-test`
    for index in reversed(range(end)):  # `shop-stage-v2-stage`
        if not found[index] and twice and named[index] == twice:
            found[index] = True
        elif not found[index] and not TEMPORARY.fullmatch(words[index]):
            break
    if words and not any(found):
        found[0] = named[0] is not None
    return found


def _end(words: list[str], named: list[str | None]) -> int:
    """The index of the last word that is not merely temporary; -1 for none."""
    last = len(words) - 1
    while last >= 0 and not named[last] and TEMPORARY.fullmatch(words[last]):
        last -= 1
    return last


def _temporary(words: list[str], is_stage: list[bool]) -> list[bool]:
    """Which words are there for a while only."""
    found = [False] * len(words)
    open_end = True
    for index in reversed(range(len(words))):
        word, before = words[index], words[index - 1]
        if is_stage[index]:
            open_end = True
            continue
        follows = is_stage[index - 1] or TEMPORARY.fullmatch(before) is not None
        odd = word not in ORDINARY or index == len(words) - 1 or follows
        open_end = bool(open_end and index and odd and TEMPORARY.fullmatch(word))
        found[index] = open_end
    return found


MIN_EVIDENCE = 3
"""From how many names of an account a habit is learnt."""


def learn_spelling(names: Iterable[Name], stage: str) -> str | None:
    """How these names spell a stage, where at least three agree and none differs."""
    spellings = Counter(name.stages[-1] for name in names if name.stage == stage)
    if len(spellings) == 1 and spellings.total() >= MIN_EVIDENCE:
        return next(iter(spellings))
    return None


def spelling(word: str, convention: Convention) -> str:
    """How the project spells the stage that `word` stands for."""
    for stage, aliases in convention.stages:
        if word.lower() in {a.lower() for a in aliases}:
            return stage
    return word


def conventional(name: Name, word: str, convention: Convention) -> str:
    """What a stack should be called, by the project's pattern or the usual one."""
    service = convention.service or "-".join(name.base)
    pattern = convention.stack or "{service}-{stage}"
    return pattern.replace("{service}", service).replace("{stage}", word)


def faults(name: Name, convention: Convention) -> tuple[str, ...]:
    """What is wrong with a stack's name, in words; nothing where it is well."""
    found = [f"{word!r} is a temporary suffix" for word in name.temporary]
    *inside, last = name.stages or ("",)
    for word in dict.fromkeys(inside):
        twice = convention.canonical(word) == name.stage
        again = ", and so twice" if twice else ""
        found.append(f"the stage {word!r} stands inside the service name{again}")
    if last and spelling(last, convention) != last:
        found.append(
            f"{last!r} is an alias of the stage {spelling(last, convention)!r}"
        )
    expected = conventional(name, spelling(last, convention), convention)
    if convention.stack and not found and name.text != expected:
        found.append(f"the project's pattern is {convention.stack!r}")
    return tuple(found)


def matches(text: str, stage: str, convention: Convention) -> bool:
    """Whether a physical name follows the project's pattern for resources."""
    pattern = re.escape(convention.resources)
    for placeholder, value in (
        ("service", re.escape(convention.service) or ".+"),
        ("stage", re.escape(stage)),
        ("name", ".+"),
    ):
        pattern = pattern.replace(re.escape(f"{{{placeholder}}}"), value)
    return re.fullmatch(pattern, text) is not None
