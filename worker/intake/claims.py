"""Claims on a lane: take entries, keep the lease, put entries aside, take over from the dead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import redis

from worker.intake.lane import GROUP, Lane
from worker.intake.script import script_text

_RESUME_MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """A claimed intake entry; `deliveries` counts this one, `attempts` earlier transient failures."""

    id: str
    fields: Mapping[bytes, bytes] = field(repr=False)
    deliveries: int = 1
    attempts: int = 0

    @property
    def received_at(self) -> datetime:
        """Arrival: the server's clock when the entry was added."""
        return entry_time(self.id)

    @property
    def size(self) -> int:
        """Bytes of all fields."""
        return sum(map(len, self.fields.values()))


def entry_time(entry_id: str) -> datetime:
    """Read the time that a stream id carries (milliseconds since 1970, UTC)."""
    return datetime.fromtimestamp(int(entry_id.split("-", maxsplit=1)[0]) / 1000, UTC)


@dataclass(frozen=True, slots=True)
class Parked:
    """An entry to put aside: how long in seconds, and why."""

    entry: Entry
    seconds: float
    attempts: int
    cause: str


@dataclass(frozen=True, slots=True)
class ClaimOptions:
    """Lease in seconds, and how much one claim may take."""

    lease_seconds: float
    batch_count: int
    batch_bytes: int


class Claims:
    """One consumer's claims on one lane."""

    def __init__(self, client: redis.Redis, lane: Lane, consumer: str, options: ClaimOptions) -> None:
        self.lane = lane
        self.consumer = consumer
        self._options = options
        self._keys = [lane.intake, lane.parked, lane.parking]
        self._claim = client.register_script(script_text("claim"))
        self._renew = client.register_script(script_text("renew"))
        self._park = client.register_script(script_text("park"))
        self._resume = client.register_script(script_text("resume"))

    @property
    def lease_seconds(self) -> float:
        """How long a claim holds without renewal."""
        return self._options.lease_seconds

    def claim(self, share: int) -> list[Entry]:
        """Take the next entries; new ones are split among `share` workers so that a short backlog is not one's."""
        options = self._options
        lease_ms = int(options.lease_seconds * 1000)
        args: list[str | int] = [GROUP, self.consumer, lease_ms, options.batch_count, options.batch_bytes, share]
        return _entries(self._claim(keys=[*self._keys, self.lane.state], args=args))

    def resume(self) -> list[Entry]:
        """Read again what this consumer holds, after its connection was lost in the middle of a batch."""
        return _entries(
            self._resume(keys=[self.lane.intake, self.lane.parking], args=[GROUP, self.consumer, _RESUME_MOST])
        )

    def renew(self, entries: Sequence[Entry]) -> set[str]:
        """Start the lease anew; returns the ids that are still ours."""
        kept = self._renew(keys=self._keys[:1], args=[GROUP, self.consumer, *(e.id for e in entries)])
        return {item.decode() for item in kept}

    def park(self, items: Iterable[Parked]) -> int:
        """Put entries aside until they are due; returns how many were still ours."""
        args: list[str | int] = [GROUP]
        for item in items:
            args += (item.entry.id, int(item.seconds * 1000), item.entry.deliveries, item.attempts, item.cause)
        return int(self._park(keys=self._keys, args=args)) if len(args) > 1 else 0


def age_consumers(client: redis.Redis, lane: Lane, lease_seconds: float, consumers: Sequence[str]) -> int:
    """Give up the leases of consumers known to be dead; returns how many entries they held."""
    if not consumers:
        return 0
    script = client.register_script(script_text("age"))
    return int(script(keys=[lane.intake], args=[GROUP, int(lease_seconds * 1000), *consumers]))


def _entries(rows: list[Any]) -> list[Entry]:
    return [
        Entry(row_id.decode(), dict(zip(flat[::2], flat[1::2], strict=True)), int(deliveries), int(attempts))
        for row_id, deliveries, attempts, flat in rows
    ]
