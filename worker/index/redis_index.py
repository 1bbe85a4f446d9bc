"""The dedupe index in Redis: one server call a payload, keys that expire by themselves after the window."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Any, Final

import redis

from worker.model import Verdict, VerdictKind
from worker.ports import Fingerprint

SETTLE_LUA: Final = files("worker.index").joinpath("settle.lua").read_text("utf-8")
"""Lua functions `index_finalise(prefix, owner)` and `index_release(prefix, owner)` for the commit script."""

_RESERVE_LUA: Final = files("worker.index").joinpath("reserve.lua").read_text("utf-8")
_FINALISE_LUA: Final = SETTLE_LUA + "index_finalise(ARGV[1], ARGV[2])"
_RELEASE_LUA: Final = SETTLE_LUA + "index_release(ARGV[1], ARGV[2])"
_KINDS: Final[dict[bytes, VerdictKind]] = {b"new": "new", b"exact": "exact", b"revision": "revision"}


class RedisIndex:
    """Reservations and digests under `prefix` (which carries the hash tag); fulfils `worker.ports.Index`.

    `window_seconds` counts from the arrival of the article that made the entry. `hold_seconds` is how long a
    reservation that is not settled binds others; it must be longer than an entry may be in work.
    """

    def __init__(self, client: redis.Redis, prefix: str, window_seconds: float, hold_seconds: float) -> None:
        self.prefix = prefix
        self._window_ms = int(window_seconds * 1000)
        self._hold_ms = int(hold_seconds * 1000)
        self._reserve = client.register_script(_RESERVE_LUA)
        self._finalise = client.register_script(_FINALISE_LUA)
        self._release = client.register_script(_RELEASE_LUA)

    def reserve(self, owner: str, fingerprints: Sequence[Fingerprint]) -> list[Verdict | None]:
        """See `worker.ports.Index.reserve`."""
        args: list[str | int] = [self.prefix, owner, self._window_ms, self._hold_ms]
        for item in fingerprints:
            args += (item.article_id, item.payload, item.body, item.url or "", item.title or "")
        rows = self._reserve(keys=[self.prefix + "d"], args=args)
        return [self._verdict(row) for row in rows]

    @staticmethod
    def _verdict(row: list[Any]) -> Verdict | None:
        if row[0] == b"wait":
            return None
        kind, of, evidence, version = row
        return Verdict(
            kind=_KINDS[kind],
            of=of.decode() or None,
            similarity=1.0 if kind == b"exact" else None,
            evidence=(evidence.decode(),) if evidence else (),
            version=int(version),
        )

    def finalise(self, owner: str) -> None:
        """See `worker.ports.Index.finalise`."""
        self._finalise(keys=[self.prefix + "d"], args=[self.prefix, owner])

    def release(self, owner: str) -> None:
        """See `worker.ports.Index.release`."""
        self._release(keys=[self.prefix + "d"], args=[self.prefix, owner])
