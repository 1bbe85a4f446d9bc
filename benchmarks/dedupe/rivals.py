"""The ways to find duplicates that are compared: ours, and others as their documentation shows them.

Each takes an article and says what it repeats. The others know one answer, near; what they found to be a
copy they do not keep, as one would use them. A row imports its own library, in its own process.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from typing import Any, Final, Protocol

import redis

from benchmarks.dedupe.judge import Call
from benchmarks.dedupe.stream import Item, article_of
from benchmarks.dedupe.text import shingles, units
from worker.dedupe.fingerprint import fingerprint
from worker.index.memory import MemoryIndex
from worker.index.redis_index import IndexOptions, RedisIndex
from worker.ports import Fingerprint, Index

_PERMUTATIONS: Final = 128
_SHORT: Final = 50
_WINDOW_SECONDS: Final = 14 * 86400.0
_HOLD_SECONDS: Final = 3600.0


class Rival(Protocol):
    """One way: what it computes of an article, and what it says to it."""

    def signature(self, item: Item) -> Any:
        """Compute what the article is compared by."""

    def check(self, number: int, signature: Any) -> Call:
        """Judge, and keep it if it is not a copy."""


def _grams(item: Item, length: int) -> set[str]:
    words = units(item.text.body)
    return {" ".join(words[at : at + length]) for at in range(max(1, len(words) - length + 1))}


class Copydesk:
    """Fingerprint and index; two calls an article, as the line makes them."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._numbers: dict[str, int] = {}

    def signature(self, item: Item) -> Fingerprint:
        """See `Rival`."""
        return fingerprint(*article_of(item))

    def check(self, number: int, signature: Fingerprint) -> Call:
        """See `Rival`."""
        verdict = self._index.reserve([(str(number), [signature])])[0][0]
        self._index.finalise(str(number))
        self._numbers.setdefault(signature.article_id, number)
        if verdict is None:
            return Call("wait")
        return Call(verdict.kind, None if verdict.of is None else self._numbers.get(verdict.of, -1))


class Datasketch:
    """MinHashLSH, 128 permutations of 5-grams, threshold .7, in Redis; unverified, as it keeps no signatures."""

    def __init__(self, client: redis.Redis) -> None:
        from datasketch import MinHash, MinHashLSH

        self._minhash = MinHash
        kept = {"unix_socket_path": "unix_socket_path", "path": "unix_socket_path", "host": "host", "port": "port"}
        given = client.connection_pool.connection_kwargs
        where = {kept[name]: value for name, value in given.items() if name in kept}
        storage = {"type": "redis", "basename": secrets.token_bytes(4), "redis": where}
        self._index = MinHashLSH(threshold=0.7, num_perm=_PERMUTATIONS, storage_config=storage)

    def signature(self, item: Item) -> Any:
        """See `Rival`."""
        made = self._minhash(num_perm=_PERMUTATIONS)
        made.update_batch([gram.encode("utf-8", "replace") for gram in _grams(item, 5)])
        return made

    def check(self, number: int, signature: Any) -> Call:
        """See `Rival`."""
        found = self._index.query(signature)
        if found:
            return Call("near", min(int(key) for key in found))
        self._index.insert(str(number), signature)
        return Call("new")


class Rensa:
    """RMinHashLSH, 128 permutations of 5-grams, 16 bands; candidates are verified at .6, the best one is taken."""

    def __init__(self) -> None:
        from rensa import RMinHash, RMinHashLSH

        self._minhash = RMinHash
        self._index = RMinHashLSH(threshold=0.6, num_perm=_PERMUTATIONS, num_bands=16)
        self._kept: dict[int, Any] = {}

    def signature(self, item: Item) -> Any:
        """See `Rival`."""
        made = self._minhash(num_perm=_PERMUTATIONS, seed=42)
        made.update(list(_grams(item, 5)))
        return made

    def check(self, number: int, signature: Any) -> Call:
        """See `Rival`."""
        alike = [(signature.jaccard(self._kept[key]), -key) for key in self._index.query(signature)]
        best = max(alike, default=(0.0, 0))
        if best[0] >= 0.6:
            return Call("near", -best[1])
        self._index.insert(number, signature)
        self._kept[number] = signature
        return Call("new")


class SimHash:
    """64 bits over word pairs, Hamming distance up to 6; seven tables, one of which two such hashes always share.

    Charikar (2002) for the hash, Manku et al. (2007) for the tables.
    """

    _DISTANCE: Final = 6
    _BLOCKS: Final = tuple((at * 64 // 7, (at + 1) * 64 // 7) for at in range(7))

    def __init__(self) -> None:
        from hashlib import blake2b

        import numpy as np

        self._np = np
        self._hash = blake2b
        self._tables: list[dict[int, list[tuple[int, int]]]] = [{} for _ in self._BLOCKS]

    def signature(self, item: Item) -> int:
        """See `Rival`."""
        np = self._np
        raw = b"".join(self._hash(gram.encode("utf-8", "replace"), digest_size=8).digest() for gram in _grams(item, 2))
        bits = np.unpackbits(np.frombuffer(raw, dtype=np.uint8).reshape(-1, 8), axis=1)
        majority = bits.sum(axis=0, dtype=np.int32) * 2 > len(bits)
        return int.from_bytes(np.packbits(majority).tobytes(), "big")

    def check(self, number: int, signature: int) -> Call:
        """See `Rival`."""
        best = (self._DISTANCE + 1, -1)
        keys = [(signature >> low) & ((1 << (high - low)) - 1) for low, high in self._BLOCKS]
        for table, key in zip(self._tables, keys, strict=True):
            for kept, of in table.get(key, ()):
                best = min(best, ((kept ^ signature).bit_count(), of))
        if best[1] >= 0:
            return Call("near", best[1])
        for table, key in zip(self._tables, keys, strict=True):
            table.setdefault(key, []).append((signature, number))
        return Call("new")


class Exhaustive:
    """Every text against every other, all shingles and numbers kept: what plain rules reach without any economy.

    Not a way to work, but a check on the labels, and a mark for those that keep a few bytes.
    """

    def __init__(self) -> None:
        self._holders: dict[int, list[int]] = {}
        self._kept: dict[int, tuple[int, Counter[str]]] = {}
        self._same: dict[tuple[str, ...], int] = {}

    def signature(self, item: Item) -> tuple[tuple[str, ...], set[int], Counter[str]]:
        """See `Rival`."""
        words = tuple(units(item.text.body))
        if len(words) < _SHORT:
            words = (*units(item.text.headline), *words)
        return words, shingles(words), Counter(word for word in words if word[0].isdecimal())

    def check(self, number: int, signature: tuple[tuple[str, ...], set[int], Counter[str]]) -> Call:
        """See `Rival`."""
        words, found, numbers = signature
        best = Call("exact", self._same[words]) if words in self._same else self._best(found, numbers)
        self._same.setdefault(words, number)
        self._kept[number] = (len(found), numbers)
        for shingle in found:
            self._holders.setdefault(shingle, []).append(number)
        return best

    def _best(self, found: set[int], numbers: Counter[str]) -> Call:
        hits = Counter(holder for shingle in found for holder in self._holders.get(shingle, ()))
        candidates = []
        for holder, shared in hits.most_common(12):
            size, theirs = self._kept[holder]
            shorter, longer = sorted((size, len(found)))
            agreed = sum((numbers & theirs).values())
            changed = min(len(set(numbers - theirs)), len(set(theirs - numbers)))
            likeness = shared / (shorter + longer - shared)
            if shorter >= 0.65 * longer and likeness >= 0.4:
                if changed < 2 or changed <= agreed:
                    candidates.append((not changed, likeness, Call("revision" if changed else "near", holder)))
            elif shared >= 0.7 * shorter:
                part = "contained" if len(found) < size else "expands"
                candidates.append((False, likeness, Call("revision" if changed else part, holder)))
        return max(candidates, key=lambda one: one[:2], default=(False, 0.0, Call("new")))[2]


def copydesk_redis(client: redis.Redis) -> Rival:
    """Our index in Redis."""
    prefix = f"{{rivals-{secrets.token_hex(4)}}}:"
    return Copydesk(RedisIndex(client, prefix, IndexOptions(_WINDOW_SECONDS, _HOLD_SECONDS)))


ON_REDIS: Final[dict[str, Callable[[redis.Redis], Rival]]] = {
    "copydesk, Redis": copydesk_redis,
    "datasketch LSH, Redis": Datasketch,
}
IN_MEMORY: Final[dict[str, Callable[[], Rival]]] = {
    "copydesk, memory": lambda: Copydesk(MemoryIndex()),
    "rensa LSH, memory": Rensa,
    "SimHash, memory": SimHash,
    "exhaustive, memory": Exhaustive,
}
NAMES: Final = (*ON_REDIS, *IN_MEMORY)
