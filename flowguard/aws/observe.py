"""Every question and who answers it."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import CancelledError
from typing import Any

from flowguard import lookups
from flowguard.aws import (
    artifacts,
    contents,
    exports,
    history,
    named,
    ownership,
    recovery,
    stacks,
    values,
)
from flowguard.aws.answers import broken
from flowguard.aws.pool import Pool
from flowguard.aws.session import Aws
from flowguard.aws.source import Answers, Source
from flowguard.model.places import Place
from flowguard.model.questions import Lookup, Observed, Unknown, UnknownKind

__all__ = ["SOURCES", "Observer", "Source"]

SOURCES: Mapping[type[Lookup[Any]], Source] = {
    lookups.AlarmState: recovery.ALARM_STATE,
    lookups.ArtifactAt: artifacts.ARTIFACT_AT,
    lookups.ChangeSetsOf: stacks.CHANGE_SETS_OF,
    lookups.ContentsOf: contents.CONTENTS_OF,
    lookups.DeployedTemplate: stacks.DEPLOYED_TEMPLATE,
    lookups.ExportNamed: exports.EXPORT_NAMED,
    lookups.ImportersOf: exports.IMPORTERS_OF,
    lookups.LastOperation: history.LAST_OPERATION,
    lookups.OwnerOf: ownership.OWNER_OF,
    lookups.ParameterNamed: values.PARAMETER_NAMED,
    lookups.RecoveryOf: recovery.RECOVERY_OF,
    lookups.ResourceNamed: named.SOURCE,
    lookups.SecretNamed: values.SECRET_NAMED,
    lookups.StackNamed: stacks.STACK_NAMED,
    lookups.StackPolicyOf: recovery.STACK_POLICY_OF,
    lookups.StackResources: stacks.STACK_RESOURCES,
    lookups.StacksIn: stacks.STACKS_IN,
    lookups.TagsOf: ownership.TAGS_OF,
    lookups.ZonesIn: values.ZONES_IN,
}

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Is told how many questions were asked so far, and how many answered."""

NOT_ANSWERED: Observed[Any] = Unknown(UnknownKind.UNREACHABLE, "AWS gave no answer")
NO_SOURCE: Observed[Any] = Unknown(UnknownKind.UNSUPPORTED, "AWS has no call for it")
OTHER_ACCOUNT: Observed[Any] = Unknown(
    UnknownKind.UNSUPPORTED, "it is in another account than the credentials"
)

Group = tuple[type[Lookup[Any]], Place]


class Observer:
    """Answers lookups from one account; what nobody answers is Unknown."""

    def __init__(
        self,
        aws: Aws,
        progress: Progress | None = None,
        *,
        sources: Mapping[type[Lookup[Any]], Source] = SOURCES,
    ) -> None:
        # A later round may come to the same call by another question.
        self._aws = aws.once()
        self._progress = progress
        self._sources = sources
        self._asked = self._answered = 0
        self._lock = threading.Lock()
        # Apart from the threads that call: those never wait for others.
        self._pool = Pool(len(SOURCES), "aws-source")

    def __call__(self, asked: Iterable[Lookup[Any]]) -> Answers:
        """The answer to each lookup, all sources being asked at once."""
        groups: dict[Group, list[Lookup[Any]]] = defaultdict(list)
        for lookup in dict.fromkeys(asked):
            groups[type(lookup), lookup.place].append(lookup)
        self._tell(asked=sum(map(len, groups.values())))
        try:
            answers = self._pool.map(self._answer, groups.values())
        except BaseException:
            self._aws.cancel()
            raise
        return {lookup: answer for part in answers for lookup, answer in part.items()}

    def _answer(self, group: Sequence[Lookup[Any]]) -> Answers:
        """The answers to lookups of one type and place, none left out."""
        answers = self._fetch(group)
        self._tell(answered=len(group))
        return {lookup: answers.get(lookup, NOT_ANSWERED) for lookup in group}

    def _fetch(self, group: Sequence[Lookup[Any]]) -> Answers:
        source = self._sources.get(type(group[0]))
        if source is None:
            return dict.fromkeys(group, NO_SOURCE)
        if not self._is_ours(group[0].place):
            return dict.fromkeys(group, OTHER_ACCOUNT)
        try:
            return source.fetch(self._aws, group)
        except CancelledError:
            raise
        except Exception as error:  # the other sources go on
            log.debug("%s broke", type(group[0]).__name__, exc_info=True)
            return dict.fromkeys(group, broken(error))

    def _is_ours(self, place: Place) -> bool:
        ours = self._aws.place.account_id
        return ours is None or place.account_id in {None, ours}

    def _tell(self, *, asked: int = 0, answered: int = 0) -> None:
        with self._lock:
            self._asked += asked
            self._answered += answered
            if self._progress:
                self._progress(self._asked, self._answered)
