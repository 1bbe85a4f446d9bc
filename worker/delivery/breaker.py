"""A sink's circuit breaker, shared by all workers: after failures in a row the destination is left in peace a while."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final, Literal, cast

import redis

State = Literal["closed", "open", "trial"]
_ERROR_LIMIT: Final = 300
_FAIL_LUA: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local failures = redis.call('HINCRBY', KEYS[1], 'failures', 1)
redis.call('HSET', KEYS[1], 'error', ARGV[3], 'failed_at', now)
if failures >= tonumber(ARGV[1]) then redis.call('HSET', KEYS[1], 'open_until', now + ARGV[2]) end
return failures
"""


@dataclass(frozen=True, slots=True)
class BreakerState:
    """`closed`: deliver; `open`: do not; `trial`: one lane may try. Seconds since 1970, 0 for never."""

    state: State
    failures: int = 0
    error: str = ""
    failed_at: float = 0.0
    open_until: float = 0.0


class Breaker:
    """Counts a sink's failures in a row, over all lanes; opens at `failures` and half-opens after `rest_seconds`."""

    def __init__(self, client: redis.Redis, key: str, failures: int, rest_seconds: float) -> None:
        self._client = client
        self._key = key
        self._most = failures
        self._rest_ms = int(rest_seconds * 1000)
        self._fail = client.register_script(_FAIL_LUA)

    def state(self) -> BreakerState:
        """Ask the server; raises redis.RedisError."""
        raw = cast("dict[bytes, bytes]", self._client.hgetall(self._key))
        failures = int(raw.get(b"failures", 0))
        until = int(raw.get(b"open_until", 0)) / 1000
        state: State = "closed"
        if failures >= self._most:
            state = "open" if time.time() < until else "trial"
        error = raw.get(b"error", b"").decode("utf-8", "replace")
        return BreakerState(state, failures, error, int(raw.get(b"failed_at", 0)) / 1000, until)

    def failed(self, error: str) -> int:
        """Note a failure; returns how many there were in a row."""
        return int(self._fail(keys=[self._key], args=[self._most, self._rest_ms, error[:_ERROR_LIMIT]]))

    def succeeded(self) -> None:
        """Close it; the last error is forgotten."""
        self._client.delete(self._key)
