"""A key on a Redis server as destination of batches: the cursor that tells what was added before, and plain errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from worker.errors import ConfigError, TransientError

_CURSOR_LUA: Final = """
-- KEYS  destination, cursor        ARGV  source, last id's ms and seq, then what the script asks for
-- Batches of one source come in order, so the last id added tells which are new.
local field, ms, seq = KEYS[1] .. '|' .. ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local at = redis.call('HGET', KEYS[2], field)
if at then
  local had_ms, had_seq = string.match(at, '^(%d+)-(%d+)$')
  had_ms, had_seq = tonumber(had_ms), tonumber(had_seq)
  if ms < had_ms or (ms == had_ms and seq <= had_seq) then return 0 end
end
local function moved(added)
  redis.call('HSET', KEYS[2], field, ARGV[2] .. '-' .. ARGV[3])
  return added
end
"""


class RedisTarget:
    """One key, written by one script that moves the cursor in the same step; connections are made on first use.

    `lua` is the script's own part. It adds what stands in ARGV from 4 on and ends with `return moved(count)`; it does
    not run for a batch that was added before.
    """

    def __init__(self, sink: str, url: str, key: str, lua: str, timeout_seconds: float) -> None:
        self._sink = sink
        self._key = key
        try:
            self.client = redis.Redis.from_url(
                url,
                socket_timeout=timeout_seconds,
                socket_connect_timeout=timeout_seconds,
                retry=Retry(NoBackoff(), 0),
            )
        except ValueError as exc:
            # What redis-py says of an address may quote a part of the password.
            msg = f"sink {sink!r}: url is no valid redis://, rediss:// or unix:// address"
            raise ConfigError(msg) from exc
        self._append = self.client.register_script(_CURSOR_LUA + lua)

    def append(self, batch: str, args: Sequence[str | int | bytes]) -> None:
        """Run the script for a batch (`LANE-SHARD-MS-SEQ-MS-SEQ`); raises TransientError and ConfigError."""
        source, _, _, last_ms, last_seq = batch.rsplit("-", 4)
        try:
            self._append(keys=[self._key, f"{{{self._tag()}}}:cursor"], args=[source, last_ms, last_seq, *args])
        except redis.RedisError as exc:
            raise self.translate(exc) from exc

    def _tag(self) -> str:
        """Give the part of the key's name that Redis Cluster hashes, so that key and cursor share a slot."""
        start, end = self._key.find("{"), self._key.find("}")
        return self._key[start + 1 : end] if 0 <= start < end - 1 else self._key

    def translate(self, exc: redis.RedisError) -> ConfigError | TransientError:
        """Tell a mistake in the settings from a failure that may pass."""
        if isinstance(exc, redis.AuthenticationError | redis.exceptions.NoPermissionError):
            return ConfigError(f"sink {self._sink!r}: the server refuses the user or password: {exc}")
        if "WRONGTYPE" in str(exc):
            return ConfigError(f"sink {self._sink!r}: key {self._key!r} is of another type: {exc}")
        return TransientError(f"sink {self._sink!r}: {exc}")
