"""Twins that arrive at the same instant: of each pair exactly one may be new, whatever the order of the calls.

    python benchmarks/dedupe/race.py --pairs 100000 --workers 8

Each pair is given to two workers, which wait for each other before each eight pairs; half of the pairs are the same
text, half differ in three words of a hundred. A pair of which both are new is judged again, one after the other in an
index of its own: where they are new there too, they share no feature, and no race parted them. Exit status 1 when a
pair has not exactly one new article for any other reason.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

import redis

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.dedupe.gate import index_in
from benchmarks.dedupe.growth import made
from worker.cli.embedded import EmbeddedServer
from worker.index.memory import MemoryIndex
from worker.ports import Fingerprint

_PREFIX: Final = "{race}:"
_BATCH: Final = 8
_PAUSE_SECONDS: Final = 0.001


def article(number: int, side: int) -> Fingerprint:
    """Make one side of a pair: a copy stands at another site; every other one has three words in a hundred changed."""
    return made(number, (number % 2) * 0.03 if side else None)


def _meet(client: redis.Redis, worker: int) -> None:
    """Wait until the worker with the other side of the pairs is here, too."""
    other = worker ^ 1
    client.rpush(f"{_PREFIX}meet:{other}", 1)
    client.blpop([f"{_PREFIX}meet:{worker}"])


def unlike(number: int) -> bool:
    """Tell whether the two of a pair are both new when they come one after the other to an index of their own."""
    index = MemoryIndex()
    kinds = []
    for side in (0, 1):
        ((verdict,),) = index.reserve([(str(side), [article(number, side)])])
        index.finalise(str(side))
        kinds.append(verdict.kind if verdict else None)
    return kinds == ["new", "new"]


def twin(url: str, worker: int, workers: int, pairs: int) -> tuple[dict[int, str], int]:
    """Put this worker's side of its pairs into the index; gives the kinds by pair, and how often it had to wait."""
    client = redis.Redis.from_url(url)
    index = index_in(client, _PREFIX)
    side = worker % 2
    kinds: dict[int, str] = {}
    waits = 0
    mine = [number for number in range(pairs) if number % (workers // 2) == worker // 2]
    for start in range(0, len(mine), _BATCH):
        batch = mine[start : start + _BATCH]
        owners = {number: f"{worker}-{number}" for number in batch}
        prints = {number: article(number, side) for number in batch}
        _meet(client, worker)
        while batch:
            answers = index.reserve([(owners[number], [prints[number]]) for number in batch])
            waiting = []
            for number, (verdict,) in zip(batch, answers, strict=True):
                if verdict is None:
                    waiting.append(number)
                else:
                    kinds[number] = verdict.kind
                    index.finalise(owners[number])
            waits += len(waiting)
            batch = waiting
            if batch:
                time.sleep(_PAUSE_SECONDS)
    return kinds, waits


def main() -> int:
    """Run the race and print what became of the pairs."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=8, help="an even number (default: 8)")
    options = parser.parse_args()
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="dr") as folder,
        EmbeddedServer(Path(folder)) as server,
        ProcessPoolExecutor(options.workers) as pool,
    ):
        jobs = [pool.submit(twin, server.url, n, options.workers, options.pairs) for n in range(options.workers)]
        results = [job.result() for job in jobs]
    sides = Counter[tuple[str, ...]]()
    apart = 0
    for left, right in zip(results[::2], results[1::2], strict=True):
        for number, kind in left[0].items():
            kinds = tuple(sorted((kind, right[0][number])))
            sides[kinds] += 1
            apart += kinds == ("new", "new") and unlike(number)
    for kinds, count in sides.most_common():
        sys.stdout.write(f"{count:8,} pairs: {' and '.join(kinds)}\n")
    wrong = sum(count for kinds, count in sides.items() if kinds.count("new") != 1) - apart
    waits = sum(count for _, count in results)
    took = time.monotonic() - began
    sys.stdout.write(
        f"{waits:,} times a twin had to wait; {options.pairs:,} pairs in {took:.0f} s\n"
        f"{apart} pairs share no feature and are both new without a race, too; {wrong} pairs wrong\n"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
