"""What the parts of a snapshot are gathered with."""

from __future__ import annotations

from flowguard.model.questions import Observed, Present, T, Unknown


class Gaps(dict[str, Unknown]):
    """What nobody would tell, by the part of the snapshot that lacks it."""

    def fill(self, part: str, answer: Observed[T], otherwise: T) -> T:
        """The answer; `otherwise` where there is none, with why, or nothing."""
        if isinstance(answer, Unknown):
            self[part] = answer
        return answer.value if isinstance(answer, Present) else otherwise
