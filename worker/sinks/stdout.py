"""Standard output as destination, a record a line, for containers: at least once."""

from __future__ import annotations

import fcntl
import os
import select
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
import orjson

from worker.errors import TransientError
from worker.ports import Letter, Receipt, Sink

_STDOUT: Final = 1  # not sys.stdout, which Celery's worker turns into log lines
_AT_ONCE: Final = 4096  # what a pipe takes whole when it says that it takes something (POSIX PIPE_BUF, Linux)


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of the sink `stdout`.

    `element`: the `record` itself, or an `envelope` with `id`, `message` and `record`. `timeout_seconds`: for all of a
    batch, where whoever reads is slow.
    """

    element: Literal["record", "envelope"] = "record"
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0)] = 30.0


class Stdout:
    """Writes each record as one line; see `worker.ports.Sink`."""

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._options = options

    def deliver(self, batch: str, letters: Sequence[Letter]) -> Receipt:
        """Write the records; returns when the pipe or file has all of them, not when somebody has read them."""
        del batch
        lines = [letter.json for letter in letters]
        if self._options.element == "envelope":
            lines = [
                orjson.dumps({"id": letter.record_id, "message": letter.id, "record": orjson.Fragment(letter.json)})
                for letter in letters
            ]
        deadline = time.monotonic() + self._options.timeout_seconds
        try:
            with _alone(deadline) as torn:
                text = b"".join(part for line in lines for part in (line, b"\n"))
                self._write(b"\n" + text if torn else text, deadline)
        except OSError as exc:
            msg = f"sink {self.name!r}: standard output: {exc}"
            raise TransientError(msg) from exc
        return Receipt("stdout")

    def check(self) -> str:
        """Tell whether standard output is open."""
        try:
            os.fstat(_STDOUT)
        except OSError as exc:
            msg = f"sink {self.name!r}: standard output: {exc}"
            raise TransientError(msg) from exc
        return "standard output is open"

    def _write(self, text: bytes, deadline: float) -> None:
        left = memoryview(text)
        while left:
            _, writable, _ = select.select([], [_STDOUT], [], max(0.0, deadline - time.monotonic()))
            if not writable:
                msg = f"nobody reads for {self._options.timeout_seconds:g} s"
                raise TimeoutError(msg)
            left = left[os.write(_STDOUT, left[:_AT_ONCE]) :]


@contextmanager
def _alone(deadline: float) -> Iterator[bool]:
    """Keep other processes that write to the same place out: a pipe mixes what is longer than it takes at once.

    Gives whether the one before may have ended within a line: the lock's first byte stays 1 until all is written.
    """
    place = os.fstat(_STDOUT)
    path = Path(tempfile.gettempdir()) / f"copydesk-{os.getuid()}-{place.st_dev:x}-{place.st_ino:x}.lock"
    lock = os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
        torn = os.pread(lock, 1, 0) == b"1"
        os.pwrite(lock, b"1", 0)
        yield torn
        os.pwrite(lock, b"0", 0)
    finally:
        os.close(lock)


component: type[Sink] = Stdout
