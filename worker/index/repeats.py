"""What publishers repeat, in Redis and in memory: a capped sorted set a publisher, whose counts fade (forward decay).

An article adds 2^(age of the landmark in half-lives) to the score of each of its parts; divided by today's weight that
is a count in which older articles weigh less (forward decay: Cormode, Shkapenyuk, Srivastava and Xu, ICDE 2009). The
cap removes the least score, which is what was seen once and longest ago.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from importlib.resources import files
from typing import Any, Final, cast

import redis

from worker.model import Repeats
from worker.ports import Repeatable

REPEATS_LUA: Final = files("worker.index").joinpath("repeats.lua").read_text("utf-8")
"""The Lua function `repeats_learn(prefix, lesson)`, for the commit."""

PARTS_MOST: Final = 256
"""Parts a publisher; of one that writes 20 a day, each with 12 parts of its own, those of the last day are kept."""
HALF_LIFE: Final = 30 * 86_400.0
"""Seconds: a weekly column comes to a count of about 7, a daily one to 40."""
FORGOTTEN: Final = 90 * 86_400
"""Seconds after a publisher's last article until all of it is forgotten."""
_LANDMARK: Final = 1_767_225_600.0
"""2026-01-01 UTC. Scores double each half-life, and a double holds that until the year 2110."""
_ARTICLES: Final = b"n" + bytes(6)
"""The member that counts the articles; never removed, having the greatest score."""
_LATEST: Final = b"z" + bytes(6)
"""The member that has the weight of the latest article: an article of the archive that comes again asks as of then.
Of equal scores the last name is removed last."""
_MOST_HALF_LIVES: Final = 900.0
"""Between the landmark and an arrival, either way: a clock that is that wrong breaks nothing else."""
_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-")


def weight(arrived: float) -> float:
    """Give what an article counts that arrived then, in seconds since 1970."""
    half_lives = (arrived - _LANDMARK) / HALF_LIFE
    return float(2.0 ** max(-_MOST_HALF_LIVES, min(_MOST_HALF_LIVES, half_lives)))


def lesson(one: Repeatable) -> bytes:
    """Pack what `repeats_learn` is to count: publisher, weight, cap, seconds to keep, members of seven bytes."""
    head = f"{_key(one.publisher)}\n{weight(one.arrived)!r}\n{PARTS_MOST}\n{FORGOTTEN}\n"
    return head.encode() + b"".join(_members(one))


def _members(one: Repeatable) -> list[bytes]:
    stamp = [one.stamp] if one.stamp is not None else []
    return [*dict.fromkeys(digest for _, _, digest in one.parts), *stamp, _ARTICLES]


def _asked(one: Repeatable) -> list[bytes]:
    return [*_members(one), _LATEST]


def _key(publisher: str) -> str:
    """Name a publisher's key: its domain, or a digest of what is no plain name."""
    plain = _PLAIN.issuperset(publisher)
    return publisher if plain else "=" + blake2b(publisher.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _repeats(one: Repeatable, scores: Sequence[float | None]) -> Repeats:
    """Turn the scores of `_asked` to counts, as of the article's arrival or the latest one that was learned."""
    now = max(weight(one.arrived), scores[-1] or 0.0)
    counts = {member: (score or 0.0) / now for member, score in zip(_members(one), scores[:-1], strict=True)}
    parts = tuple((start, end, counts[digest]) for start, end, digest in one.parts if counts[digest])
    return Repeats(counts[_ARTICLES], parts, counts[one.stamp] if one.stamp is not None else 0.0)


class RedisRepeats:
    """Under `prefix` (which carries the hash tag); fulfils `worker.ports.RepeatStore`.

    The line writes through the commit's script, which counts an entry once; `learn` is for what has no commit.
    """

    def __init__(self, client: redis.Redis, prefix: str) -> None:
        self._client = client
        self._prefix = prefix
        self._learn = client.register_script(REPEATS_LUA + "repeats_learn(ARGV[1], ARGV[2])")

    def look_up(self, asked: Sequence[Repeatable | None]) -> list[Repeats | None]:
        """See `worker.ports.RepeatStore.look_up`; one round trip. Raises redis.RedisError."""
        known = [one for one in asked if one is not None]
        if not known:
            return [None] * len(asked)
        line = self._client.pipeline(transaction=False)
        for one in known:
            members = cast("list[str]", _asked(one))  # redis-py takes bytes as well
            line.zmscore(f"{self._prefix}p:{_key(one.publisher)}", members)
        answers: list[Any] = line.execute()
        found = iter([_repeats(one, scores) for one, scores in zip(known, answers, strict=True)])
        return [None if one is None else next(found) for one in asked]

    def learn(self, one: Repeatable) -> None:
        """See `worker.ports.RepeatStore.learn`."""
        self._learn(keys=[self._prefix + "m"], args=[self._prefix, lesson(one)])


class MemoryRepeats:
    """The in-memory twin, for one process; forgets no publisher. Fulfils `worker.ports.RepeatStore`."""

    def __init__(self) -> None:
        self._scores: dict[str, dict[bytes, float]] = {}

    def look_up(self, asked: Sequence[Repeatable | None]) -> list[Repeats | None]:
        """See `worker.ports.RepeatStore.look_up`."""
        return [None if one is None else self._known(one) for one in asked]

    def _known(self, one: Repeatable) -> Repeats:
        scores = self._scores.get(_key(one.publisher), {})
        return _repeats(one, [scores.get(member) for member in _asked(one)])

    def learn(self, one: Repeatable) -> None:
        """See `worker.ports.RepeatStore.learn`."""
        scores = self._scores.setdefault(_key(one.publisher), {})
        added = weight(one.arrived)
        for member in _members(one):
            scores[member] = scores.get(member, 0.0) + added
        scores[_LATEST] = max(scores.get(_LATEST, 0.0), added)
        least = sorted(scores, key=lambda member: (scores[member], member))
        for member in least[: max(0, len(scores) - PARTS_MOST)]:
            del scores[member]
