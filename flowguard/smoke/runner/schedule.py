"""Which check runs when: side by side, after those whose captures it uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

MOST_THREADS = 256
"""Checks that are under way at once; how many send is the session's to bound."""


def run_all(
    work: Mapping[str, Callable[[], None]],
    needs: Mapping[str, frozenset[str]],
    cancel: Callable[[], None],
) -> None:
    """Run all of it, each once those that it needs have ended.

    An exception of one, or Ctrl-C, cancels the rest; it is raised once all that had
    begun has come to its end, which cleans up.
    """
    left = dict(work)
    running: dict[Future[None], str] = {}
    raised: BaseException | None = None
    with ThreadPoolExecutor(min(len(work), MOST_THREADS) or 1) as pool:
        while left or running:
            try:
                _submit(pool, left, running, needs)
                done, _ = wait(running, return_when=FIRST_COMPLETED)
            except KeyboardInterrupt as error:
                if raised is not None:
                    raise
                raised = error
                left.clear()
                cancel()
                continue
            for future in done:
                del running[future]
                failed = future.exception()
                if failed is not None and raised is None:
                    raised = failed
                    left.clear()
                    cancel()
    if raised is not None:
        raise raised


def _submit(
    pool: ThreadPoolExecutor,
    left: dict[str, Callable[[], None]],
    running: dict[Future[None], str],
    needs: Mapping[str, frozenset[str]],
) -> None:
    """Begin what waits for nothing that is still to end."""
    busy = {*left, *running.values()}
    ready = [name for name in left if not (needs.get(name, frozenset()) & busy)]
    # A circle would wait for ever; the spec refuses it, and so it is no loss to cut it.
    for name in ready or ([] if running else list(left)):
        running[pool.submit(left.pop(name))] = name
