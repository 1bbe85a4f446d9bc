"""Dead letters: records that a sink refused, with cause; listed, put back to that sink alone, dropped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from typing import Final, cast

import redis

_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that a sink refused: its id among the dead letters, why, and the record."""

    id: str
    sink: str
    record_id: str
    cause: str
    detail: str
    batch: str
    json: bytes = field(repr=False)

    @property
    def at(self) -> datetime:
        """When it was refused."""
        return datetime.fromtimestamp(int(self.id.split("-")[0]) / 1000, UTC)


class DeadLetters:
    """The dead letters of one sink on one lane."""

    def __init__(self, client: redis.Redis, stream: str, articles: str, sink: str) -> None:
        self._client = client
        self._stream = stream
        self._articles = articles
        self._sink = sink
        self._requeue = client.register_script(files("worker.delivery").joinpath("requeue.lua").read_text("utf-8"))

    def __len__(self) -> int:
        """Count them."""
        return int(self._client.xlen(self._stream))

    def __iter__(self) -> Iterator[DeadLetter]:
        """Walk all, oldest first, a page at a time."""
        after = "-"
        while page := self._rows(after, "+"):
            for row_id, fields in page:
                yield self._read(row_id, fields)
            after = "(" + page[-1][0].decode()

    def get(self, letter_id: str) -> DeadLetter | None:
        """Fetch one by its id."""
        rows = self._rows(letter_id, letter_id)
        return self._read(*rows[0]) if rows else None

    def requeue(self, ids: Sequence[str]) -> int:
        """Put letters back to this sink, one step each; returns how many were there."""
        keys = [self._stream, self._articles]
        return sum(int(self._requeue(keys=keys, args=[item, self._sink])) for item in ids)

    def drop(self, ids: Sequence[str]) -> int:
        """Delete letters for good; returns how many were there."""
        return int(self._client.xdel(self._stream, *ids)) if ids else 0

    def _rows(self, start: str, end: str) -> list[tuple[bytes, dict[bytes, bytes]]]:
        rows = self._client.xrange(self._stream, start, end, count=_PAGE)
        return cast("list[tuple[bytes, dict[bytes, bytes]]]", rows)  # the client does not decode

    def _read(self, row_id: bytes, fields: dict[bytes, bytes]) -> DeadLetter:
        def text(name: bytes) -> str:
            return fields.get(name, b"").decode("utf-8", "replace")

        return DeadLetter(
            id=row_id.decode(),
            sink=self._sink,
            record_id=text(b"id"),
            cause=text(b"d_cause"),
            detail=text(b"d_detail"),
            batch=text(b"d_batch"),
            json=fields.get(b"record", b""),
        )
