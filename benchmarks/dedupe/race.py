"""Twins that arrive at the same instant: of each pair exactly one may be new, whatever the order of the calls.

    python benchmarks/dedupe/race.py --pairs 100000 --workers 8

Each pair is given to two workers, which come to it at about the same time; half of the pairs are the same text, half
differ in three words. Exit status 1 when a pair has not exactly one new article.
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

_PREFIX: Final = "{race}:"
_BATCH: Final = 8
_PAUSE_SECONDS: Final = 0.001


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
        # A copy stands at another site; every other one has three words in a hundred changed.
        prints = {number: made(number, (number % 2) * 0.03 if side else None) for number in batch}
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
    for left, right in zip(results[::2], results[1::2], strict=True):
        for number, kind in left[0].items():
            sides[tuple(sorted((kind, right[0][number])))] += 1
    for kinds, count in sides.most_common():
        sys.stdout.write(f"{count:8,} pairs: {' and '.join(kinds)}\n")
    wrong = sum(count for kinds, count in sides.items() if kinds.count("new") != 1)
    waits = sum(count for _, count in results)
    took = time.monotonic() - began
    sys.stdout.write(
        f"{waits:,} times a twin had to wait; {options.pairs:,} pairs in {took:.0f} s; {wrong} pairs wrong\n"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
