"""What an answer is worth."""

from __future__ import annotations

from dataclasses import dataclass

from flowguard.model.smoke import Mismatch, Part


@dataclass(frozen=True, slots=True)
class Evaluation:
    """An answer, judged; or a part of that judgement."""

    mismatches: tuple[Mismatch, ...] = ()
    """Why it failed."""
    parts: tuple[Part, ...] = ()
    """Its dependencies."""
    slow: tuple[str, ...] = ()
    """Why it passes with a warning: time, certificate, a degraded dependency."""
    unmeasured: tuple[str, ...] = ()
    """Why it says neither: throttled, a dependency nobody reports, a pattern without
    an end. It counts where nothing failed."""
    explained: bool = False
    """Whether a server's error is explained by what is not the service's own."""

    @property
    def failed(self) -> bool:
        """Whether an expectation did not hold."""
        return bool(self.mismatches)

    @property
    def passed(self) -> bool:
        """Whether all held, and all could be told; it may still be slow."""
        return not self.mismatches and not self.unmeasured

    def __add__(self, other: Evaluation) -> Evaluation:
        """Both of them; what was found twice, once."""
        return Evaluation(
            tuple(dict.fromkeys((*self.mismatches, *other.mismatches))),
            (*self.parts, *other.parts),
            (*self.slow, *other.slow),
            (*self.unmeasured, *other.unmeasured),
            self.explained or other.explained,
        )
