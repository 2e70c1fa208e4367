"""What FlowGuard raises when it cannot do its job."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flowguard.model import hidden
from flowguard.model.urls import without_credentials

if TYPE_CHECKING:
    from flowguard.model.places import Location


class FlowGuardError(Exception):
    """FlowGuard could not do its job: what is wrong, where, and what to do.

    The command line prints it and ends with exit code 2. The credentials of a URL in
    either text are not kept.
    """

    def __init__(
        self, message: str, *, help: str = "", location: Location | None = None
    ) -> None:
        message = without_credentials(hidden.shown(message))
        help = without_credentials(hidden.shown(help))  # noqa: A001
        super().__init__(message)
        self.message = message
        """One sentence, lower case, without a full stop."""
        self.help = help
        """The next step, an imperative."""
        self.location = location
        """Where the user can mend it, if it is in a file."""

    def __str__(self) -> str:
        where = f"{self.location}: " if self.location else ""
        return f"{where}{self.message}"


class UsageError(FlowGuardError):
    """The command line asks for what cannot be."""


class ConfigError(FlowGuardError):
    """`flowguard.yml` is wrong."""


class TemplateError(FlowGuardError):
    """The template, or a file that it includes, is wrong."""


class AccountError(FlowGuardError):
    """AWS cannot be asked at all: no credentials, no network, all denied."""


class InternalError(FlowGuardError):
    """FlowGuard, or a library that it uses, is wrong: nothing of the user's is."""

    def __init__(self, message: str, *, location: Location | None = None) -> None:
        super().__init__(
            f"internal error: {message}",
            help="nothing is known to be wrong with the deploy, and nothing is known "
            "to be right; report this, with what --verbose prints",
            location=location,
        )


def nearest(word: str, known: Iterable[str], *, least: float = 0.7) -> str:
    """The known word that may have been meant; empty where none is near."""
    import difflib  # only an error needs it

    return next(iter(difflib.get_close_matches(word, [*known], n=1, cutoff=least)), "")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """ "; did you mean …?" with the nearest of the known words, or nothing."""
    near = nearest(word, known)
    return f"; did you mean {near!r}?" if near else ""
