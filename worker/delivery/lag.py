"""How far a sink is behind on one lane, and when that is an alarm; the server's answers, no guesses."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final, cast

import redis

from worker.server import merged

_COUNTED: Final = 1000  # entries walked where the server cannot say how many are left (its `lag` is nil)


@dataclass(frozen=True, slots=True)
class Lag:
    """What one sink has not acknowledged of a lane.

    `waiting` are records not yet in a batch, `in_batch` those in the open one; `oldest_seconds` is the age of the
    oldest of both. `at_least` tells that there are more than could be counted.
    """

    waiting: int = 0
    in_batch: int = 0
    oldest_seconds: float = 0.0
    at_least: bool = False

    @property
    def records(self) -> int:
        """All that is not acknowledged."""
        return self.waiting + self.in_batch


def groups(client: redis.Redis, articles: str) -> dict[str, dict[str, Any]]:
    """Give the consumer groups of an articles stream by name; empty where there is no stream."""
    try:
        rows = client.xinfo_groups(articles)
    except redis.ResponseError as exc:
        if "no such key" in str(exc):
            return {}
        raise
    return {row["name"].decode(): row for row in rows}


def lag_of(client: redis.Redis, articles: str, group: dict[str, Any]) -> Lag:
    """Measure how far a group is behind; raises redis.RedisError."""
    name, last = group["name"], group["last-delivered-id"]
    after = cast("list[tuple[bytes, Any]]", client.xrange(articles, b"(" + last, "+", count=1))
    waiting, at_least = 0, False
    if after:
        known = group.get("lag")
        if known is None:
            waiting = len(cast("list[Any]", client.xrange(articles, b"(" + last, "+", count=_COUNTED)))
            at_least = waiting == _COUNTED
        else:
            waiting = int(known)
    pending = int(group["pending"])
    oldest = after[0][0] if after else None
    if pending:
        first = client.xpending(articles, name)["min"]
        oldest = first or oldest
    age = max(0.0, time.time() - int(oldest.split(b"-")[0]) / 1000) if oldest else 0.0
    return Lag(waiting, pending, age, at_least)


def server_fullness(client: redis.Redis) -> float | None:
    """Share of `maxmemory` that the server uses (of a Cluster the fullest node), None where it has no limit."""
    shares = [
        int(memory["used_memory"]) / limit
        for memory in merged(client.info("memory"))
        if (limit := int(memory.get("maxmemory", 0)))
    ]
    return max(shares, default=None)
