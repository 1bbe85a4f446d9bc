"""The outbox of a lane on a Cluster: what commits wrote down for the dedupe index on another node, applied once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

import redis

from worker.intake.lane import Lane
from worker.intake.script import script_text

OUTBOX_LUA: Final = script_text("outbox")
_APPLIED_SECONDS: Final = 3600
_PAGE: Final = 100
_APPLY_LUA: Final = """
-- KEYS  any key of the index   ARGV  prefix, seconds, then owner and what was written down for it
for i = 3, #ARGV, 2 do
  local owner = ARGV[i]
  local final, settlements, lessons = unpack(cmsgpack.unpack(ARGV[i + 1]))
  -- Whoever comes second, after a crash or beside another worker, changes nothing.
  if redis.call('SET', ARGV[1] .. 'applied:' .. owner, 1, 'NX', 'EX', ARGV[2]) then
    for _, lesson in ipairs(lessons) do repeats_learn(ARGV[1], lesson) end
    if final == 1 then index_finalise(ARGV[1], owner, settlements) else index_release(ARGV[1], owner) end
  end
end
"""


class Outbox:
    """Applies one lane's outbox to the index under `prefix`; `lua` are the index's functions."""

    def __init__(self, client: redis.Redis, lane: Lane, lua: str, prefix: str) -> None:
        self._client = client
        self._key = lane.outbox
        self._prefix = prefix
        self._apply = client.register_script(lua + _APPLY_LUA)

    def settle(self, owners: Sequence[str]) -> None:
        """Apply what these owners' commits wrote down; raises redis.RedisError, and then it stays written down."""
        if owners:
            values = cast("list[bytes | None]", self._client.hmget(self._key, list(owners)))
            self._put([(owner, value) for owner, value in zip(owners, values, strict=True) if value is not None])

    def sweep(self) -> int:
        """Apply what workers that died have left; returns how many."""
        count = 0
        while int(self._client.hlen(self._key)):
            _, page = cast("tuple[int, dict[bytes, bytes]]", self._client.hscan(self._key, count=_PAGE))
            if not page:
                break
            self._put([(owner.decode(), value) for owner, value in page.items()])
            count += len(page)
        return count

    def _put(self, rows: Sequence[tuple[str, bytes]]) -> None:
        if not rows:
            return
        args: list[Any] = [self._prefix, _APPLIED_SECONDS]
        for row in rows:
            args += row
        self._apply(keys=[self._prefix + "m"], args=args)
        self._client.hdel(self._key, *(owner for owner, _ in rows))
