"""Finds payloads in the raw archive by its index and reads them back as intake entries' fields."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
import zstandard
from fastwarc.warc import ArchiveIterator

from worker.archive.stage import INDEX
from worker.errors import CopydeskError
from worker.storage.store import Store

_HOUR: Final = "dt=%Y-%m-%d/hour=%H"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which payloads: all conditions that are given must hold.

    `since` and `until` (excluded) are times of arrival. `publisher` is a domain, of the record or of the address.
    `record` is a record id, `cause` a code under which the payload went to quarantine, `digest` the payload's.
    """

    since: datetime | None = None
    until: datetime | None = None
    publisher: str | None = None
    record: str | None = None
    cause: str | None = None
    digest: str | None = None
    lane: str | None = None

    def __call__(self, line: dict[str, Any]) -> bool:
        """Tell whether a line of the index is wanted."""
        arrived = datetime.fromisoformat(line["arrived"])
        return (
            (self.since is None or arrived >= self.since)
            and (self.until is None or arrived < self.until)
            and (self.publisher is None or self._by(line))
            and (self.record is None or any(row["id"] == self.record for row in line["records"]))
            and self.cause in {None, line["cause"]}
            and self.digest in {None, line["digest"]}
            and self.lane in {None, line["lane"]}
        )

    def _by(self, line: dict[str, Any]) -> bool:
        host = urlsplit(line["fields"].get("url") or "").hostname or ""
        domains = {row["domain"] for row in line["records"]}
        return self.publisher in domains or host == self.publisher or host.endswith(f".{self.publisher}")


class Archive:
    """The archive in one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, wanted: Wanted) -> Iterator[dict[str, Any]]:
        """Walk the index, hour by hour; raises CopydeskError where it cannot be read."""
        first = wanted.since.astimezone(UTC).strftime(_HOUR) if wanted.since else ""
        last = wanted.until.astimezone(UTC).strftime(_HOUR) if wanted.until else "~"
        for key in self._store.keys(INDEX):
            hour = key.removeprefix(INDEX).rsplit("/", 1)[0]
            if first <= hour <= last:
                for line in _lines(self._store.get(key)):
                    if wanted(line):
                        yield line

    def fields(self, line: dict[str, Any]) -> dict[bytes, bytes]:
        """Read the payload that a line names, as the fields of its intake entry.

        A page out of a WARC is unpacked, so `enc` is gone. Raises CopydeskError where the object is missing or damaged.
        """
        fields = {name.encode(): value.encode() for name, value in line["fields"].items()}
        try:
            packed = self._store.get_range(line["object"], line["offset"], line["length"])
            if line["object"].endswith(".warc.gz"):
                record = next(iter(ArchiveIterator(io.BytesIO(packed), parse_http=False)))
                fields.pop(b"enc", None)
                return {b"payload": record.reader.read(), **fields}
            item = next(_lines(packed))
            return {b"payload": base64.b64decode(item["payload"]), **fields}
        except (OSError, StopIteration, zstandard.ZstdError, ValueError, KeyError) as exc:
            msg = f"{self._store.location(line['object'])} at {line['offset']}: {type(exc).__name__}: {exc}"
            raise CopydeskError(msg) from exc


def _lines(packed: bytes) -> Iterator[dict[str, Any]]:
    with zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True) as reader:
        for line in io.TextIOWrapper(reader, encoding="utf-8"):
            yield orjson.loads(line)
