"""What the texts of options stand for; a `ValueError` says what is wrong with one."""

from __future__ import annotations

import math
import pathlib
from typing import TYPE_CHECKING

from flowguard import spoken
from flowguard.report import FORMATS

if TYPE_CHECKING:
    from flowguard.model.places import Severity

LONGEST_WINDOW = 180
MOST = 100_000
"""Ten weeks of minutes, ten years of hours: nobody waits for longer, and no clock
overflows."""


def minutes(text: str) -> float:
    """A number of minutes that a clock can wait for."""
    return _amount(text, "minutes")


def hours(text: str) -> float:
    """The same in hours."""
    return _amount(text, "hours")


def _amount(text: str, unit: str) -> float:
    plain = text.isascii() and "_" not in text  # Python takes more than people mean
    try:
        number = float(text) if plain else math.nan
    except ValueError:
        number = math.nan
    if not 0 < number <= MOST:  # false for what is no number, too
        raise ValueError(
            f"{text!r} is no number of {unit}", f"write one above 0 and up to {MOST}"
        )
    return number


def window(text: str) -> int:
    """The minutes of a monitoring window, such as `5m`: CloudFormation's own limits."""
    number = text.removesuffix("m")
    if number.isascii() and number.isdecimal() and int(number) <= LONGEST_WINDOW:
        return int(number)
    raise ValueError(
        f"{text!r} is no number of minutes",
        f"write one from 0 to {LONGEST_WINDOW}, such as 5m",
    )


def severity(word: str) -> Severity | None:
    """The least that blocks; None for never."""
    from flowguard.model.places import Severity

    return None if word == "never" else Severity[word.upper()]


def report_file(text: str) -> tuple[str, pathlib.Path]:
    """A format and the file of a report, of `FORMAT=PATH`."""
    name, _, place = text.partition("=")
    if name not in FORMATS or not place:
        raise ValueError(
            f"{text!r} is not FORMAT=PATH",
            f"write json=report.json; formats: {', '.join(FORMATS)}",
        )
    if place == "-":
        raise ValueError(
            f"{text!r} names no file",
            f"for standard output, write {spoken.option('format', name)}",
        )
    return name, pathlib.Path(place)
