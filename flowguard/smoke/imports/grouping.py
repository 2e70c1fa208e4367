"""Which requests belong into one check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def groups(
    about: Sequence[set[str]],
    changing: Sequence[bool],
    setters: Sequence[Mapping[str, int]],
) -> list[int]:
    """For each request the first one of its check.

    `about` are the variables that say what a request is about, `changing` tells which
    requests change something, and `setters` has the request that saved a variable.
    What one request made and another changes is one check's, with all about it.
    """
    group = list(range(len(about)))
    used = [names & known.keys() for names, known in zip(about, setters, strict=True)]
    changed = {
        (name, setters[index][name])
        for index, changes in enumerate(changing)
        if changes
        for name in used[index]
    }
    for index, names in enumerate(used):
        for name in names:
            if (name, setters[index][name]) in changed:
                _join(group, setters[index][name], index)
    while circle := _circle(group, setters):
        _join(group, *circle)
    return group


def _join(group: list[int], one: int, other: int) -> None:
    low, high = sorted((group[one], group[other]))
    group[:] = [low if g == high else g for g in group]


def _circle(
    group: Sequence[int], setters: Sequence[Mapping[str, int]]
) -> tuple[int, int] | None:
    """Two checks that would wait for each other."""
    needs: dict[int, set[int]] = {g: set() for g in group}
    for index, used in enumerate(setters):
        needs[group[index]] |= {group[s] for s in used.values()} - {group[index]}
    reached = {g: set(direct) for g, direct in needs.items()}
    grown = True
    while grown:
        grown = False
        for there in reached.values():
            further = {far for near in there for far in needs[near]} - there
            there.update(further)
            grown = grown or bool(further)
    for one, others in reached.items():
        for other in others - {one}:
            if one in reached[other]:
                return one, other
    return None
