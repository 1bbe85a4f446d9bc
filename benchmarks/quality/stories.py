"""How well articles of one event are told: the story clusterer on articles read by eye, in two halves.

    python benchmarks/quality/stories.py            # needs pip install 'copydesk[embed]'
    python benchmarks/quality/stories.py --worst    # what is wrong

Exit status: 0 both halves at their goals, or nothing to measure; 1 one that is not.

Stories of `stories.toml` alternate between the half that thresholds were chosen on and the other; articles of no story
are in both. Each half is placed in several orders, all arriving within a day, and pairs in one story are counted.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path
from typing import Final

import orjson

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.quality.pages import DATA
from worker.index.stories import MemoryStories
from worker.ports import Sketch
from worker.story.sketch import sketch

_FILES: Final = ("keyphrases-kpcrowd-0-249", "quotes-polnear-dev", "places-trnews")
_GOLD: Final = Path(__file__).with_name("stories.toml")
_SHORTEST: Final = 400  # characters; shorter ones are headlines alone
_ORDERS: Final = 10
_BEGUN: Final = 1_790_000_000.0
_HALVES: Final = (("tuned", 0.94), ("held out", 0.74))
"""Halves of the gold, and the least pair F1 of each: a guard against regression."""


@dataclass(slots=True)
class Tally:
    """Pairs put in one story: rightly, wrongly; and pairs of one story that were not."""

    hit: int = 0
    extra: int = 0
    missed: int = 0

    @property
    def both(self) -> float:
        """F1 of pairs."""
        return 2 * self.hit / max(1, 2 * self.hit + self.extra + self.missed)

    def __str__(self) -> str:
        precision, recall = self.hit / max(1, self.hit + self.extra), self.hit / max(1, self.hit + self.missed)
        return f"pairs precision {precision:.3f}  recall {recall:.3f}  F1 {self.both:.3f}"


def texts(folder: Path) -> dict[str, str]:
    """Read the articles by the digests of the gold."""
    found = {}
    for name in _FILES:
        for line in (folder / "nlp" / f"{name}.jsonl").open("rb"):
            text = orjson.loads(line)["text"]
            if len(text) >= _SHORTEST:
                found[hashlib.sha256(text.encode()).hexdigest()[:12]] = text
    return found


def gold(half: int) -> tuple[dict[str, int], set[str]]:
    """Give article -> number of its story in one half (0, 1), and what that half leaves out."""
    read = tomllib.loads(_GOLD.read_text("utf-8"))
    story = {one: number for number, entry in enumerate(read["story"]) for one in entry["articles"]}
    others = {one for one, number in story.items() if number % 2 != half}
    return {one: number for one, number in story.items() if one not in others}, others | set(read["left_out"])


def judge(sketches: Mapping[str, Sketch], story: Mapping[str, int], seed: int) -> Iterator[tuple[str, str, bool, bool]]:
    """Place articles in an order of chance; yield the pairs that are one story, by the gold or by us."""
    order = sorted(sketches)
    random.Random(seed).shuffle(order)
    index = MemoryStories()
    placed = {one: index.place(one * 3, sketches[one], _BEGUN + 200.0 * at).story for at, one in enumerate(order)}
    for one, two in combinations(order, 2):
        right = one in story and story[one] == story.get(two)
        if right or placed[one] == placed[two]:
            yield one, two, right, placed[one] == placed[two]


def count(pairs: Sequence[tuple[str, str, bool, bool]]) -> Tally:
    """Count pairs."""
    tally = Tally()
    for _, _, right, found in pairs:
        tally.hit += right and found
        tally.extra += found and not right
        tally.missed += right and not found
    return tally


def mean_recall(runs: Sequence[Sequence[tuple[str, str, bool, bool]]], story: Mapping[str, int]) -> float:
    """Give the share of a story's pairs that are found, as a mean over stories: one large one does not decide it."""
    found: dict[int, list[bool]] = {}
    for one, _, right, together in (pair for run in runs for pair in run):
        if right:
            found.setdefault(story[one], []).append(together)
    return sum(sum(some) / len(some) for some in found.values()) / max(1, len(found))


def main() -> int:
    """Run from the command line; gives the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--worst", action="store_true", help="print the wrong pairs of the tuned half")
    options = parser.parse_args()
    if not (options.data / "nlp").is_dir() or find_spec("onnxruntime") is None:
        print("stories: skipped, the data or pip install 'copydesk[embed]' is missing")
        return 0
    from worker.story.embedding import embed  # noqa: PLC0415  # its extra may be absent

    known = texts(options.data)
    began = time.process_time()
    sketches = {one: sketch(None, text, embed) for one, text in known.items()}
    print(f"{len(known)} articles, {(time.process_time() - began) * 1000 / len(known):.1f} ms CPU for a sketch")
    status = 0
    for half, (name, goal) in enumerate(_HALVES):
        story, left_out = gold(half)
        chosen = {one: made for one, made in sketches.items() if one not in left_out}
        began = time.process_time()
        runs = [list(judge(chosen, story, seed)) for seed in range(_ORDERS)]
        placed = (time.process_time() - began) * 1000 / len(chosen) / _ORDERS
        tally = count([pair for run in runs for pair in run])
        print(f"{name:9} {tally}  ({len(chosen)} articles, {placed:.2f} ms to place)")
        print(f"{'':9} recall, mean over stories {mean_recall(runs, story):.3f}")
        if tally.both < goal:
            print(f"{'':9} MISSED: F1 below {goal:.2f}")
            status = 1
        if options.worst and half == 0:
            for one, two, right, _ in sorted({pair for run in runs for pair in run if pair[2] != pair[3]}):
                print(
                    "  missed" if right else "  wrong ",
                    known[one][:60].replace("\n", " "),
                    "|",
                    known[two][:60].replace("\n", " "),
                )
    return status


if __name__ == "__main__":
    sys.exit(main())
