"""WARC files of any size, record by record, with progress; what is no article is counted and left out."""

from __future__ import annotations

import mmap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from worker.client import Client, Item
from worker.errors import PayloadError
from worker.model import Payload
from worker.unpack import warc
from worker.unpack.parts import Budget, Failed, Skipped

LARGEST: Final = 10_000_000
"""Bytes of one record, as limits.raw_bytes by default."""


@dataclass(frozen=True, slots=True)
class WarcPayload:
    """A record that may be an article: what it is called, and a WARC of it alone or why it cannot be read."""

    name: str
    payload: bytes = field(default=b"", repr=False)
    error: PayloadError | None = None


class _Watched(mmap.mmap):
    """A memory map that notes how far it was read."""

    reached = 0

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice) and key.stop is not None:
            self.reached = max(self.reached, min(key.stop, len(self)))
        return super().__getitem__(key)


def is_warc(path: Path) -> bool:
    """Tell by its first bytes whether a file is a WARC, packed or plain. Raises OSError."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as raw:
        return warc.opened(raw) is not None


class WarcFile:
    """Iterates over the payloads of one WARC file (plain, gzip or zstd); `size` and `done` are bytes of the file."""

    def __init__(self, path: Path, most_bytes: int = LARGEST) -> None:
        """Look at nothing yet; a record of more than `most_bytes` is an error in its place."""
        self.path = path
        self.size = path.stat().st_size
        self.done = 0
        self.payloads = 0
        self.failed = 0
        self.skipped = Counter[str]()
        self._most = most_bytes

    def __iter__(self) -> Iterator[WarcPayload]:
        """Give each record that may be an article. Raises OSError, and PayloadError where the file is no WARC."""
        if not self.size:
            raise PayloadError("empty", f"{self.path} has no bytes")
        with self.path.open("rb") as file, _Watched(file.fileno(), 0, access=mmap.ACCESS_READ) as raw:
            pieces = warc.opened(raw)
            if pieces is None:
                raise PayloadError("format_unknown", f"{self.path} is no WARC file")
            outer = Payload(b"", str(self.path), datetime.now(UTC))
            for number, item in enumerate(warc.split(pieces, self._most), start=1):
                self.done = raw.reached
                part = warc.read_record(outer, item, (f"record {number}",), Budget(self._most, self._most))
                here = f"{self.path}#{number}"
                if isinstance(part, Skipped):
                    self.skipped[part.reason] += 1
                elif isinstance(part, Failed):
                    self.failed += 1
                    yield WarcPayload(here, error=part.error)
                elif isinstance(item, warc.RawRecord):
                    self.payloads += 1
                    yield WarcPayload(here, item.whole)
            self.done = self.size


def load_warc(
    client: Client,
    paths: Iterable[Path],
    *,
    progress: Callable[[WarcFile], None] | None = None,
    most_bytes: int = LARGEST,
    source: str | None = None,
) -> list[WarcFile]:
    """Push all payloads of WARC files; `progress` is called with the file after each stored batch and at its end.

    Raises IntakeError, OSError, and PayloadError for a file that is no WARC; records that cannot be read are counted in
    `failed`. Each payload's idempotency key derives from file name, size and record, so that a load that was cut off
    can be started again within the client's `idempotency_seconds`.
    """
    files = []
    for path in paths:
        file = WarcFile(path, most_bytes)
        files.append(file)
        items = (
            Item(part.payload, "application/warc", source=source, name=part.name, once=f"{part.name}:{file.size}")
            for part in file
            if part.error is None
        )
        batch = client.options.batch_count
        for number, _ in enumerate(client.push_iter(items), start=1):
            if progress is not None and number % batch == 0:
                progress(file)
        if progress is not None:
            progress(file)
    return files
