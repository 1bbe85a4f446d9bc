"""A worker app whose pipeline has one more format: payloads that kill, hang or exhaust their process on demand."""

from __future__ import annotations

import ctypes
import os
import signal
import threading
from collections.abc import Iterator

from worker import app as target
from worker.errors import PayloadError
from worker.model import Article, Payload
from worker.pipeline import Pipeline
from worker.ports import Sniff

MARK = b"%POISON "
app = target.app
_original = target.spine


def _spin() -> None:
    while True:
        pass


def _native_hang() -> None:
    sum(range(10**13))  # one call into C for hours: no signal handler of Python can run meanwhile


def _swallow() -> None:
    while True:
        try:
            _spin()
        except BaseException:  # noqa: BLE001, S112  # the worst a library can do
            continue


def _memory() -> None:
    bytearray(1 << 40)


_HELD = threading.Lock()
_HELD.acquire()  # in the parent: in each child it stays held for ever, as the locks of a library that is not fork-safe


ACTS = {
    "fork": lambda: _HELD.acquire(),  # noqa: PLW0108  # as the others
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "exit": lambda: os._exit(1),
    "segfault": lambda: ctypes.string_at(0),
    "spin": _spin,
    "native": _native_hang,
    "swallow": _swallow,
    "memory": _memory,
}


class Poison:
    """A format that runs the act its payload names."""

    name = "poison"
    version = "1"

    def score(self, sniff: Sniff) -> float:
        """Take payloads with the mark, before all others."""
        return 2.0 if sniff.head.startswith(MARK) else 0.0

    def parse(self, payload: Payload) -> Iterator[Article | PayloadError]:
        """Run the act; only some of them return."""
        ACTS[payload.body.removeprefix(MARK).decode().strip()]()
        yield PayloadError("article_missing", "the poison did not work")


def _poisoned() -> Pipeline:
    spine = _original()
    return Pipeline((Poison(), *spine.formats), spine.enrichers)


target.spine = _poisoned  # type: ignore[assignment]
