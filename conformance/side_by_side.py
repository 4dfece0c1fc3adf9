"""One function called many times in processes of their own, which end with whoever began them, however that ends."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.process import BaseProcess
from typing import Any, Final, TypeVar

__all__ = ["results"]

_A = TypeVar("_A")
_R = TypeVar("_R")

# A process that was killed takes the calls of all others with it; so often they are made again.
_LIVES: Final = 3
# Seconds that a process has to clean up in.
_END_WITHIN: Final = 30.0


def results(function: Callable[[_A], _R], arguments: Sequence[_A], *, at_once: int) -> Generator[tuple[_A, _R | None]]:
    """The result of each call as it comes, with its argument; None for a call whose process was killed again and again.

    Close the iterator to end all processes before their time.
    """
    left = list(arguments)
    for _ in range(_LIVES):
        for argument, result in _of_one_pool(function, tuple(left), at_once) if left else ():
            left.remove(argument)
            yield argument, result
    for argument in left:
        yield argument, None


def _of_one_pool(function: Callable[[_A], _R], arguments: tuple[_A, ...], at_once: int) -> Iterator[tuple[_A, _R]]:
    """What one pool comes to, until it has come to everything or one of its processes is killed."""
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(at_once, mp_context=multiprocessing.get_context("spawn"), initializer=_serve)
    came_to_its_end = False
    try:
        with contextlib.suppress(BrokenProcessPool):
            running = {pool.submit(function, argument): argument for argument in arguments}
            for done in as_completed(running):
                yield running[done], done.result()
            came_to_its_end = True
    finally:
        pool.shutdown(wait=came_to_its_end, cancel_futures=True)
        _end(set(multiprocessing.active_children()) - others)


def _end(processes: set[BaseProcess]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(_END_WITHIN)
        if process.is_alive():
            process.kill()


def _serve() -> None:
    """Ctrl-C is for the process that waits; this one ends when it is told to, or when that one is no longer there."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _leave(*_: Any) -> None:
    """Clean up what is in hand and end; a pool would go on with its next call."""
    # Whoever comes here a second time is cleaning up already.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    last = threading.Timer(_END_WITHIN - 5, os._exit, (1,))
    last.daemon = True
    last.start()
    raise SystemExit(1)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
