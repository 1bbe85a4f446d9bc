"""Payloads on this machine's disk until the intake has room: append-only files, flushed, sent again in order."""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from worker.client.options import Ready
from worker.errors import IntakeError

_HEAD: Final = struct.Struct("<II")  # length and CRC-32 of what follows
_LENGTH: Final = struct.Struct("<I")
_SEGMENT_BYTES: Final = 64_000_000
_POSITION: Final = "position"


def _pack(item: Ready) -> bytes:
    parts = [item.once.encode()]
    for name, value in item.fields.items():
        parts += (name, value)
    body = b"".join(_LENGTH.pack(len(part)) + part for part in parts)
    return _HEAD.pack(len(body), zlib.crc32(body)) + body


def _unpack(body: bytes) -> Ready:
    parts: list[bytes] = []
    at = 0
    while at < len(body):
        (length,) = _LENGTH.unpack_from(body, at)
        at += _LENGTH.size
        parts.append(body[at : at + length])
        at += length
    return Ready(dict(zip(parts[1::2], parts[2::2], strict=True)), parts[0].decode())


def _records(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Give each whole record and where it ends; stops at one that is cut or damaged."""
    while len(head := file.read(_HEAD.size)) == _HEAD.size:
        length, crc = _HEAD.unpack(head)
        body = file.read(length)
        if len(body) < length or zlib.crc32(body) != crc:
            return
        yield body, file.tell()


class Spill:
    """One directory of spilled entries; one client at a time, others are refused.

    An entry is kept once `append` returned (it is flushed to disk by then), until `forget`. A crash in between sends it
    again, under its idempotency key. What a crash cut off at the end was never told to be kept, and is dropped.
    """

    def __init__(self, directory: Path) -> None:
        """Open a directory, made where it is missing. Raises IntakeError where another client has it."""
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._lock = (directory / "lock").open("ab")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            self._lock.close()
            msg = f"another client spills to {directory}; give each a directory of its own"
            raise IntakeError(msg) from exc
        self._out: BinaryIO | None = None
        self._first, self._offset = self._position()
        self._ends: list[int] = []
        self.waiting = self._recover()

    def _position(self) -> tuple[int, int]:
        with contextlib.suppress(FileNotFoundError, ValueError):
            segment, offset = (self._directory / _POSITION).read_text().split()
            return int(segment), int(offset)
        return 0, 0

    def _segments(self) -> list[Path]:
        return sorted(self._directory.glob("*.spill"))

    def _recover(self) -> int:
        """Drop what was sent and what was cut off; gives how many entries wait."""
        count = 0
        for path in self._segments():
            number = int(path.stem)
            if number < self._first:
                path.unlink()
                continue
            with path.open("r+b") as file:
                start = self._offset if number == self._first else 0
                file.seek(start)
                ends = [start, *(end for _, end in _records(file))]
                count += len(ends) - 1
                if file.seek(0, os.SEEK_END) > ends[-1]:
                    file.truncate(ends[-1])
                    os.fsync(file.fileno())
        return count

    def append(self, items: Sequence[Ready]) -> list[str]:
        """Keep entries behind those that wait; gives `spill:SEGMENT:OFFSET` for each. Raises OSError."""
        out = self._writable()
        start = out.seek(0, os.SEEK_END)
        segment = Path(out.name).stem
        places: list[str] = []
        try:
            for item in items:
                places.append(f"spill:{segment}:{out.tell()}")
                out.write(_pack(item))
            out.flush()
            os.fsync(out.fileno())
        except OSError:
            self._out = None  # what its buffer still holds must not come after the cut
            with contextlib.suppress(OSError):
                out.close()
            with contextlib.suppress(OSError):
                os.truncate(out.name, start)
            raise
        self.waiting += len(places)
        return places

    def _writable(self) -> BinaryIO:
        if self._out is not None and self._out.tell() < _SEGMENT_BYTES:
            return self._out
        if self._out is not None:
            self._out.close()
        present = self._segments()
        number = max(int(present[-1].stem) + 1 if present else 0, self._first)
        self._out = (self._directory / f"{number:010}.spill").open("ab")
        self._sync()
        return self._out

    def oldest(self, most: int, most_bytes: int) -> list[Ready]:
        """Read the next entries to send, at least one where any waits."""
        found: list[Ready] = []
        self._ends = []
        size = 0
        for path in self._segments():
            if int(path.stem) < self._first:
                continue
            with path.open("rb") as file:
                file.seek(self._offset if int(path.stem) == self._first else 0)
                for body, end in _records(file):
                    found.append(_unpack(body))
                    self._ends.append(end)
                    size += len(body)
                    if len(found) >= most or size >= most_bytes:
                        return found
            if found:  # a batch does not reach over files, so that one position tells how far it went
                return found
            self._first, self._offset = int(path.stem) + 1, 0
        return found

    def forget(self, count: int) -> None:
        """Note that the first `count` of those last read are stored; files that are sent to the end are removed."""
        segment = self._first
        path = self._directory / f"{segment:010}.spill"
        self._offset = self._ends[count - 1]
        self.waiting -= count
        if self._offset >= path.stat().st_size and (self.waiting == 0 or self._out is None or self._newer(segment)):
            if self._out is not None and Path(self._out.name) == path:
                self._out.close()
                self._out = None
            self._first, self._offset = segment + 1, 0
        temporary = self._directory / f".{_POSITION}"
        with temporary.open("w") as file:
            file.write(f"{self._first} {self._offset}")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._directory / _POSITION)
        self._sync()
        if self._first > segment:
            path.unlink(missing_ok=True)

    def _newer(self, segment: int) -> bool:
        return any(int(path.stem) > segment for path in self._segments())

    def _sync(self) -> None:
        folder = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def close(self) -> None:
        """Give the directory up; what waits is sent by the next client that opens it."""
        if self._out is not None:
            self._out.close()
        self._lock.close()
