"""A lane's marks: how full it may get before producers are refused, and from where on they are let in again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import redis

from worker.intake.lane import Lane


@dataclass(frozen=True, slots=True)
class Marks:
    """Payloads and bytes at which a lane closes (high) and opens again (low); a high mark of 0 is no limit."""

    high_entries: int = 0
    low_entries: int = 0
    high_bytes: int = 0
    low_bytes: int = 0


def set_marks(client: redis.Redis, lane: Lane, marks: Marks) -> None:
    """Write a lane's marks for all producers, in whatever language; the last one that writes holds.

    A server at `maxmemory` keeps those that it has. Raises redis.RedisError.
    """
    values: dict[Any, int] = {
        "high_entries": marks.high_entries,
        "low_entries": min(marks.low_entries, marks.high_entries),
        "high_bytes": marks.high_bytes,
        "low_bytes": min(marks.low_bytes, marks.high_bytes),
    }
    try:
        client.hset(lane.admission, mapping=values)
    except redis.exceptions.OutOfMemoryError:
        return
