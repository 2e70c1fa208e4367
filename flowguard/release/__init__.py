"""Whether the live release is the one that this pipeline has deployed, by its content."""

from flowguard.release.compare import compare
from flowguard.release.find import find
from flowguard.release.values import (
    Artifact,
    Likeness,
    Live,
    LocalRelease,
    Match,
    stamp,
)

__all__ = [
    "Artifact",
    "Likeness",
    "Live",
    "LocalRelease",
    "Match",
    "compare",
    "find",
    "stamp",
]
