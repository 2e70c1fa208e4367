"""Reads what a test runner wrote in JUnit's format, whoever wrote it.

Straight on expat: a document type is refused, so that there are no entities to
expand and no files to fetch (defusedxml does the same, and has had no release since
2021). No test runner writes one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from flowguard.model.smoke import Part, SmokeOutcome

MAX_BYTES = 20 * 1024 * 1024
MAX_DEPTH = 100
MAX_PARTS = 10_000
LONGEST = 500
CHUNK = 1 << 16

OUTCOMES = {"failure": SmokeOutcome.FAILED, "error": SmokeOutcome.ERRORED}


class UnreadableError(Exception):
    """A file is not what a test runner writes; its text says why."""


@dataclass(frozen=True, slots=True)
class Tests:
    """What the files tell of."""

    parts: tuple[Part, ...] = ()
    """The tests that were run."""
    skipped: int = 0


def read(path: Path) -> Tests:
    """The tests that a file tells of. Raises UnreadableError."""
    reader = _Reader()
    try:
        with path.open("rb") as file:
            reader.read(file.read(MAX_BYTES + 1))
    except OSError as error:
        raise UnreadableError(error.strerror or "it cannot be read") from error
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise UnreadableError(f"it is no XML ({error})") from error
    return Tests(tuple(reader.parts), reader.skipped)


@dataclass(slots=True)
class _Case:
    """A test that is being read."""

    name: str
    outcome: SmokeOutcome = SmokeOutcome.PASSED
    message: str = ""
    skipped: bool = False


@dataclass(slots=True)
class _Reader:
    """Follows the elements of one document."""

    parts: list[Part] = field(default_factory=list)
    skipped: int = 0
    _case: _Case | None = None
    _text: list[str] | None = None
    """What stands in the failure that is being read, while it has no message."""
    _depth: int = 0
    _root: str = ""

    def read(self, data: bytes) -> None:
        """Read a whole document. Raises UnreadableError or what expat raises."""
        if len(data) > MAX_BYTES:
            raise UnreadableError(f"it is larger than {MAX_BYTES >> 20} MB")
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.Parse(data, True)
        if self._root not in {"testsuite", "testsuites"}:
            raise UnreadableError(f"it is no JUnit: its root is {_short(self._root)!r}")

    def _doctype(self, *_: object) -> None:
        raise UnreadableError("it has a document type, which no test runner writes")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise UnreadableError("its elements are nested too deep")
        self._root = self._root or name
        if name == "testcase":
            self._case = _Case(_named(attributes))
        elif self._case and name in OUTCOMES:
            self._ended(self._case, name, attributes)
        elif self._case and name == "skipped":
            self._case.skipped = True

    def _ended(self, case: _Case, name: str, attributes: dict[str, str]) -> None:
        # A failure outweighs what else is said of the same test.
        if case.outcome is not SmokeOutcome.FAILED:
            case.outcome = OUTCOMES[name]
            case.message = attributes.get("message", "")
            self._text = None if case.message else []

    def _characters(self, text: str) -> None:
        if self._text is not None and sum(map(len, self._text)) < LONGEST:
            self._text.append(text)

    def _end(self, name: str) -> None:
        self._depth -= 1
        case = self._case
        if case and name in OUTCOMES and self._text is not None:
            case.message, self._text = "".join(self._text), None
        if case and name == "testcase":
            self._keep(case)
            self._case = None

    def _keep(self, case: _Case) -> None:
        if case.skipped and case.outcome is SmokeOutcome.PASSED:
            self.skipped += 1
            return
        if len(self.parts) == MAX_PARTS:
            raise UnreadableError(f"it tells of more than {MAX_PARTS:,} tests")
        self.parts.append(Part(case.name, case.outcome, _short(case.message)))


def _named(attributes: dict[str, str]) -> str:
    """`classname > name`, or what there is of it."""
    names = (attributes.get("classname", ""), attributes.get("name", ""))
    return " > ".join(_short(name) for name in names if name.strip()) or "a test"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
