"""Alarms of the way out: sinks too far behind, groups that nobody serves, a server that fills up because of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import redis

from worker.delivery.lag import groups, lag_of, server_fullness

FULL_SHARE: Final = 0.8
"""Share of `maxmemory` from which a sink that is behind is an alarm, however little it is."""


@dataclass(frozen=True, slots=True)
class AlarmLimits:
    """How far a sink may be behind, in records and in the age of the oldest."""

    records: int
    seconds: float


class SinkAlarms:
    """Looks at all groups of all streams; `streams` are pairs of lane and key, `limits` each sink's limits."""

    def __init__(
        self, client: redis.Redis, streams: Sequence[tuple[str, str]], limits: Mapping[str, AlarmLimits]
    ) -> None:
        self._client = client
        self._streams = streams
        self._limits = limits

    def __call__(self) -> list[dict[str, Any]]:
        """Give one line (sink, lane, records, oldest_seconds, reason) for each alarm; raises redis.RedisError."""
        found: list[dict[str, Any]] = []
        fullness = server_fullness(self._client)
        for lane, articles in self._streams:
            for name, group in groups(self._client, articles).items():
                lag = lag_of(self._client, articles, group)
                reason = self._reason(name, lag.records, lag.oldest_seconds, fullness)
                if reason and lag.records:
                    line = {"sink": name, "lane": lane, "records": lag.records, "reason": reason}
                    found.append(line | {"oldest_seconds": round(lag.oldest_seconds)})
        return found

    def _reason(self, sink: str, records: int, seconds: float, fullness: float | None) -> str | None:
        limits = self._limits.get(sink)
        if limits is None:
            return f"the settings name no such sink, so the stream grows; remove it: copydesk sinks rm {sink}"
        if records > limits.records:
            return f"more than {limits.records} records wait"
        if seconds > limits.seconds:
            return f"the oldest record waits for more than {limits.seconds:g} s"
        if fullness is not None and fullness > FULL_SHARE:
            return f"the server's memory is used to {fullness:.0%}"
        return None
