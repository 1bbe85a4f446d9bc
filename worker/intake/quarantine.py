"""Quarantine: payloads that could not be processed, with cause and history; listed, put back, dropped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast

import orjson
import redis

from worker.intake.claims import entry_time
from worker.intake.lane import Lane
from worker.intake.script import script_text
from worker.text.urls import registered_domain

_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A payload in quarantine: its entry there, the cause code, and the intake entry as it was."""

    id: str
    cause: str
    detail: str
    entry: str
    history: dict[str, Any]
    fields: dict[bytes, bytes] = field(repr=False)

    @property
    def at(self) -> datetime:
        """When it was quarantined."""
        return entry_time(self.id)

    @property
    def payload_id(self) -> str:
        """The producer's id, or the intake entry's."""
        return self.fields.get(b"id", self.entry.encode()).decode("utf-8", "replace")

    @property
    def publisher(self) -> str:
        """The site of the payload's address, else its source; empty where it has neither."""
        address = self.fields.get(b"url", b"").decode("utf-8", "replace")
        return registered_domain(address) or self.fields.get(b"source", b"").decode("utf-8", "replace")

    @property
    def origin(self) -> str:
        """What tells a person which payload it is: file name, URL or source."""
        for name in (b"name", b"url", b"source"):
            if value := self.fields.get(name):
                return value.decode("utf-8", "replace")
        return self.payload_id


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which payloads: all conditions that are given must hold; `since` and `until` (excluded) are of the quarantine."""

    cause: str | None = None
    publisher: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def __call__(self, item: Quarantined) -> bool:
        """Tell whether a payload is meant."""
        return (
            self.cause in {None, item.cause}
            and self.publisher in {None, item.publisher}
            and (self.since is None or item.at >= self.since)
            and (self.until is None or item.at < self.until)
        )


class Quarantine:
    """The quarantine of one lane."""

    def __init__(self, client: redis.Redis, lane: Lane) -> None:
        self._client = client
        self._lane = lane
        self._requeue = client.register_script(script_text("requeue"))

    def __iter__(self) -> Iterator[Quarantined]:
        """Walk all entries, oldest first, a page at a time."""
        after = "-"
        while page := self._rows(after, "+"):
            for row_id, fields in page:
                yield _read(row_id, fields)
            after = "(" + page[-1][0].decode()

    def _rows(self, start: str, end: str) -> list[tuple[bytes, dict[bytes, bytes]]]:
        rows = self._client.xrange(self._lane.quarantine, start, end, count=_PAGE)
        return cast("list[tuple[bytes, dict[bytes, bytes]]]", rows)  # the client does not decode

    def get(self, entry_id: str) -> Quarantined | None:
        """Fetch one by its id in quarantine."""
        rows = self._rows(entry_id, entry_id)
        return _read(*rows[0]) if rows else None

    def requeue(self, entry_ids: Sequence[str]) -> list[tuple[str, str]]:
        """Put payloads back into the intake as new entries; returns (id in quarantine, id in intake) pairs.

        One step each: a payload is in quarantine or in the intake, never in both or in none.
        """
        keys = [self._lane.quarantine, self._lane.intake]
        pairs = ((item, self._requeue(keys=keys, args=[item])) for item in entry_ids)
        return [(item, new.decode()) for item, new in pairs if new]

    def drop(self, entry_ids: Sequence[str]) -> int:
        """Delete payloads for good; returns how many were there."""
        return int(self._client.xdel(self._lane.quarantine, *entry_ids)) if entry_ids else 0


def _read(row_id: bytes, fields: dict[bytes, bytes]) -> Quarantined:
    own = {name: fields[name] for name in fields if name.startswith(b"q_")}
    return Quarantined(
        id=row_id.decode(),
        cause=own.get(b"q_cause", b"unexpected").decode(),
        detail=own.get(b"q_detail", b"").decode("utf-8", "replace"),
        entry=own.get(b"q_entry", row_id).decode(),
        history=orjson.loads(own.get(b"q_history", b"{}")),
        fields={name: value for name, value in fields.items() if name not in own},
    )
