"""The dedupe index in Redis: one server call for any number of articles, generations that expire as a whole."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final, cast

import redis

from worker.dedupe.judge import Judgement, Keep
from worker.dedupe.prints import pack, unpack
from worker.index.reservation import IDENTITY, features, identity_feature, judge_in_order
from worker.model import Verdict
from worker.ports import Candidate, Fingerprint, Print, Request

_SCRIPTS: Final = files("worker.index")
SETTLE_LUA: Final = _SCRIPTS.joinpath("settle.lua").read_text("utf-8")
"""Lua functions `index_finalise(prefix, owner, settlements)` and `index_release(prefix, owner)` for the commit."""

_RESERVE_LUA: Final = SETTLE_LUA + _SCRIPTS.joinpath("reserve.lua").read_text("utf-8")
_FINALISE_LUA: Final = SETTLE_LUA + "index_finalise(ARGV[1], ARGV[2], {unpack(ARGV, 3)})"
_RELEASE_LUA: Final = SETTLE_LUA + "index_release(ARGV[1], ARGV[2])"
_FEATURE: Final = struct.Struct("<BI3s")
_BY: Final = tuple(
    frozenset(name for bit, name in ((1, "text"), (2, "url"), (4, "title")) if value & bit) for value in range(8)
)
_CHUNK: Final = 200  # articles a call: the server serves nobody else meanwhile
_REMEMBERED: Final = 4096
_WITHDRAWS: Final = 4


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """Window and hold in seconds, and how many documents the index may hold at most (0: no limit).

    The window counts from an article's arrival. The hold is how long a reservation that is not settled binds others;
    it must be longer than an entry may be in work.
    """

    window_seconds: float
    hold_seconds: float
    documents_most: int = 0


@dataclass(frozen=True, slots=True)
class IndexState:
    """Documents ever kept, entries with reservations, how often the index forgot early, and how far back it knows."""

    documents: int
    reserved: int
    window_cut: int
    reaches_back_seconds: float


class RedisIndex:
    """Reservations and prints under `prefix` (which carries the hash tag); fulfils `worker.ports.Index`.

    Between `reserve` and the end of a reservation an instance remembers what it judged; another process that takes an
    entry over judges again, with the same result.
    """

    def __init__(self, client: redis.Redis, prefix: str, options: IndexOptions) -> None:
        self.prefix = prefix
        self._options = options
        self._settlements: dict[str, dict[str, bytes]] = {}
        self._client = client
        self._reserve = client.register_script(_RESERVE_LUA)
        self._finalise = client.register_script(_FINALISE_LUA)
        self._release = client.register_script(_RELEASE_LUA)

    def reserve(self, requests: Sequence[Request]) -> list[list[Verdict | None]]:
        """See `worker.ports.Index.reserve`."""
        flat = [(owner, item) for owner, fingerprints in requests for item in fingerprints]
        rows: list[Any] = []
        for start in range(0, len(flat), _CHUNK):
            rows += self._ask(flat[start : start + _CHUNK])
        answers, at = [], 0
        for owner, fingerprints in requests:
            answers.append(self._judged(owner, fingerprints, rows[at : at + len(fingerprints)]))
            at += len(fingerprints)
        return answers

    def _ask(self, items: Sequence[tuple[str, Fingerprint]]) -> list[Any]:
        options = self._options
        args: list[str | int | bytes] = [
            self.prefix,
            int(options.window_seconds * 1000),
            int(options.hold_seconds * 1000),
            options.documents_most,
        ]
        for owner, item in items:
            args += (owner, bytes.fromhex(item.payload), pack(item.print), _features(item))
        rows: list[Any] = self._reserve(keys=[self.prefix + "m"], args=args)
        return rows

    def _judged(self, owner: str, fingerprints: Sequence[Fingerprint], rows: Sequence[Any]) -> list[Verdict | None]:
        candidates = [[_candidate(row) for row in found] for _, found in rows]
        judgements = judge_in_order([number for number, _ in rows], fingerprints, candidates)
        settlements = {
            item.payload: _settlement(item, judgement)
            for item, judgement in zip(fingerprints, judgements, strict=True)
            if judgement.verdict is not None and judgement.keep is not Keep.NOTHING
        }
        while len(self._settlements) >= _REMEMBERED:  # of entries that another process has taken over
            del self._settlements[next(iter(self._settlements))]
        self._settlements[owner] = settlements
        return [judgement.verdict for judgement in judgements]

    def state(self) -> IndexState:
        """Read what the index holds; raises redis.RedisError."""
        head: dict[bytes, bytes] = dict(cast("Any", self._client.hgetall(self.prefix + "m")))
        current = int(head.get(b"generation", 0))
        starts = [self._client.hget(f"{self.prefix}g:{number}", "started") for number in (current - 1, current)]
        seconds, _ = cast("Any", self._client.time())
        known = [seconds - int(cast("Any", start)) / 1000 for start in starts if start is not None]
        return IndexState(
            int(head.get(b"documents", 0)),
            int(cast("Any", self._client.zcard(self.prefix + "h"))),
            int(head.get(b"cut", 0)),
            min(max(known, default=0.0), self._options.window_seconds),
        )

    def settlements(self, owner: str) -> list[bytes]:
        """Give what is to be kept of the owner's articles, for `index_finalise`, and forget it."""
        return list(self._settlements.pop(owner, {}).values())

    def finalise(self, owner: str) -> None:
        """See `worker.ports.Index.finalise`."""
        self._finalise(keys=[self.prefix + "m"], args=[self.prefix, owner, *self.settlements(owner)])

    def release(self, owner: str) -> None:
        """See `worker.ports.Index.release`."""
        self._settlements.pop(owner, None)
        self._release(keys=[self.prefix + "m"], args=[self.prefix, owner])


def _settlement(fingerprint: Fingerprint, judgement: Judgement) -> bytes:
    """Write what settle.lua is to keep: digest of payload and part, 1 for the address or 2 for all, the print."""
    code = judgement.keep.value | (_WITHDRAWS if judgement.withdraws else 0)
    return bytes.fromhex(fingerprint.payload) + bytes([code]) + pack(judgement.print)


def _features(fingerprint: Fingerprint) -> bytes:
    """Write the features as reserve.lua reads them: kind, 32 bits of address, 24 of tag that overlap it by 20."""
    found = [(IDENTITY, identity_feature(fingerprint.article_id)), *features(fingerprint)]
    return b"".join(
        _FEATURE.pack(kind, value & 0xFFFFFFFF, (value >> 12 & 0xFFFFFF).to_bytes(3, "little")) for kind, value in found
    )


def _candidate(row: list[Any]) -> Candidate:
    number, foreign, lede, body, by, raw = row
    print_: Print = unpack(raw)
    return Candidate(print_, number, pending=bool(foreign), lede=lede, body=body, by=_BY[by])
