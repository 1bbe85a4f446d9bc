"""Limits on one payload: time by a signal, memory by the address space of the process."""

from __future__ import annotations

import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_AGAIN_SECONDS: Final = 0.25


class TimeExceeded(BaseException):  # not an Error: libraries that catch Exception must not eat it
    """The soft time limit passed; raised inside the work by a signal handler."""


@contextmanager
def soft_limit(seconds: float) -> Iterator[None]:
    """Raise TimeExceeded in the block after `seconds`, and again while something swallows it.

    Python code only: native code that never returns is stopped by the hard limit, which kills the
    process. In a thread other than the main one there are no signals and so no soft limit.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def expire(_signum: int, _frame: FrameType | None) -> None:
        raise TimeExceeded

    former = signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_SECONDS)
    try:
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:  # again: the signal may have struck in the line above, before the timer was off
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)


def limit_memory(megabytes: int) -> None:
    """Let this process add at most so much address space from now on; past it Python raises MemoryError.

    0 means no limit. Where the system has no such limit (macOS), nothing happens.
    """
    if megabytes == 0:
        return
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123  # one line of the kernel
            used = int(statm.read().split()[0]) * resource.getpagesize()
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (used + megabytes * 1_048_576, hard))
    except (OSError, ValueError):
        return
