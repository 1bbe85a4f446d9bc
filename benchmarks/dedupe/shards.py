"""One index over several servers: documents spread by article, or features spread by their hash; which costs less.

    python benchmarks/dedupe/shards.py [--documents 5000] [--shards 1 2 4]

By article, a document is kept on one server and every server is asked for candidates. By feature, a document is filed
on each server that its features fall to, and those are asked. CPU time of client and servers together, so that two
cores tell what more would: the calls of one document to several servers could be made at the same time.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import redis

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.dedupe.gate import index_in
from benchmarks.dedupe.growth import made
from worker.cli.embedded import EmbeddedServer
from worker.index.redis_index import RedisIndex
from worker.ports import Fingerprint

_PREFIX: Final = "{shard}:"
_BATCH: Final = 16


@dataclass(frozen=True, slots=True)
class Shard:
    """One server of the index."""

    client: redis.Redis
    index: RedisIndex

    def cpu(self) -> float:
        """Seconds of CPU time that the server has used."""
        info: dict[str, Any] = self.client.info("cpu")
        return float(info["used_cpu_user"] + info["used_cpu_sys"])


def by_article(shards: Sequence[Shard], batch: Sequence[tuple[int, Fingerprint]]) -> int:
    """Ask every server about each document; keep it on the one that its id falls to. Returns the calls made."""
    for number, shard in enumerate(shards):
        shard.index.reserve([(str(at), [item]) for at, item in batch])
        for at, item in batch:
            settle = (
                shard.index.finalise if int(item.article_id[:8], 16) % len(shards) == number else shard.index.release
            )
            settle(str(at))
    return len(shards)


def by_feature(shards: Sequence[Shard], batch: Sequence[tuple[int, Fingerprint]]) -> int:
    """File and look up each feature on the server that its hash falls to. Returns the calls made."""
    calls = 0
    for number, shard in enumerate(shards):

        def here(values: Sequence[int], number: int = number) -> tuple[int, ...]:
            return tuple(value for value in values if (value >> 20) % len(shards) == number)

        parts = [
            (str(at), [replace(item, urls=here(item.urls), lede=here(item.lede), body=here(item.body))])
            for at, item in batch
        ]
        parts = [(owner, items) for owner, items in parts if items[0].urls or items[0].lede or items[0].body]
        if parts:
            calls += 1
            shard.index.reserve(parts)
            for owner, _ in parts:
                shard.index.finalise(owner)
    return calls


def measure(way: Callable[..., int], servers: int, documents: Sequence[Fingerprint]) -> tuple[float, float]:
    """Fill an index of so many servers; returns microseconds of CPU time, and calls, a document."""
    with contextlib.ExitStack() as stack:
        shards = []
        for _ in range(servers):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ds")))
            client = redis.Redis.from_url(stack.enter_context(EmbeddedServer(folder)).url)
            shards.append(Shard(client, index_in(client, _PREFIX)))
        before, began = sum(shard.cpu() for shard in shards), time.process_time()
        calls = 0
        for start in range(0, len(documents), _BATCH):
            calls += way(shards, list(enumerate(documents[start : start + _BATCH], start)))
        spent = time.process_time() - began + sum(shard.cpu() for shard in shards) - before
        return spent / len(documents) * 1e6, calls * _BATCH / len(documents)


def main() -> None:
    """Print a row for each way and number of servers."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--documents", type=int, default=5000)
    parser.add_argument("--shards", type=int, nargs="+", default=[1, 2, 4])
    options = parser.parse_args()
    documents = [made(number) for number in range(options.documents)]
    sys.stdout.write("| way | servers | CPU µs a document | servers asked |\n| --- | --- | --- | --- |\n")
    for servers in options.shards:
        for way in (by_article, by_feature):
            spent, calls = measure(way, servers, documents)
            name = way.__name__.replace("_", " ")
            sys.stdout.write(f"| {name} | {servers} | {spent:.0f} | {calls:.1f} |\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
