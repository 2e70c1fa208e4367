"""Names → addresses, in bounded time."""

from __future__ import annotations

import socket
import threading
from itertools import chain, zip_longest

from flowguard.model.exchange import FaultKind
from flowguard.probe.flight import LOOK_UP, Flight, NoAnswer

SocketAddress = tuple[str, int] | tuple[str, int, int, int]
Found = tuple[tuple[int, SocketAddress], ...]
"""Address families, each with an address as sockets take it."""

_Question = tuple[str, int]


class Resolver:
    """Asks the system, which may take its time: in a thread that is not waited for.

    Who asks for a name that is being looked up waits for the same answer, so that
    a resolver that hangs holds one thread for each name, not for each request.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[_Question, _Lookup] = {}

    def resolve(self, host: str, port: int, flight: Flight) -> Found:
        """All addresses, in the order to try them; raises `NoAnswer`."""
        try:
            return _ask(host, port, socket.AI_NUMERICHOST)
        except (OSError, UnicodeError):
            pass  # it is no address but a name
        lookup = self._lookup((host, port))
        try:
            while not lookup.done.wait(min(flight.left(), LOOK_UP)):
                pass
        except NoAnswer as over:
            if over.kind is FaultKind.TIMEOUT:
                text = f"the name was not resolved: {over.message}"
                raise NoAnswer(FaultKind.DNS, text) from None
            raise
        if lookup.found:
            return lookup.found
        raise NoAnswer(FaultKind.DNS, lookup.problem)

    def _lookup(self, question: _Question) -> _Lookup:
        with self._lock:
            if (lookup := self._running.get(question)) is None:
                lookup = self._running[question] = _Lookup()
                threading.Thread(
                    target=self._run, args=(question, lookup), daemon=True
                ).start()
            return lookup

    def _run(self, question: _Question, lookup: _Lookup) -> None:
        try:
            lookup.found = _ask(*question, 0)
        except socket.gaierror as error:
            temporary = error.errno == socket.EAI_AGAIN
            lookup.problem = (
                "the name cannot be resolved now" if temporary else "no such host"
            )
        except (OSError, UnicodeError):
            lookup.problem = "the name cannot be resolved"
        finally:
            with self._lock:
                del self._running[question]
            lookup.done.set()


class _Lookup:
    """A question to the system, and its answer once it is done."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.found: Found = ()
        self.problem = "no such host"


def _ask(host: str, port: int, flags: int) -> Found:
    """Ask; families take turns, so that a broken one costs little (RFC 8305, 4)."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    found = [(int(family), address) for family, _, _, _, address in answers]
    first = [each for each in found if each[0] == found[0][0]]
    other = [each for each in found if each[0] != found[0][0]]
    turns = chain.from_iterable(zip_longest(first, other))
    return tuple(each for each in turns if each is not None)  # type: ignore[misc]
