"""Which blocks of a page are in its gold text: an alignment that keeps the order of both."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from benchmarks.quality.body import tokens

_LONG: Final = 8  # tokens from which a block is placed by its own 4-grams
_SHARE: Final = 0.5  # of a block's tokens that must be in the gold text to count it as article
_MOST_PLACES: Final = 12


def label_blocks(texts: Sequence[str], gold: str) -> list[float]:
    """Give each block the share of its tokens that the gold text holds at a place in order (0..1).

    Every block gets candidate places in the gold text; the heaviest chain of blocks whose places
    rise with their order is kept, so that a teaser that repeats a paragraph elsewhere is no article.
    """
    gold_words = tokens(gold)
    grams: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for size in (1, 2, 3, 4):
        for at in range(len(gold_words) - size + 1):
            grams[tuple(gold_words[at : at + size])].append(at)
    candidates: list[tuple[int, int, int, float]] = []  # block, place, end, tokens hit
    for number, text in enumerate(texts):
        words = tokens(text)
        if words:
            candidates += [(number, *place) for place in _places(words, gold_words, grams)]
    chosen = _heaviest_chain(candidates)
    labels = [0.0] * len(texts)
    for number, _, _, hit in chosen:
        labels[number] = hit / len(tokens(texts[number]))
    return labels


def _places(words: list[str], gold: list[str], grams: dict[tuple[str, ...], list[int]]) -> list[tuple[int, int, float]]:
    if len(words) < _LONG:
        size = min(4, len(words))
        starts = [at for at in grams.get(tuple(words[:size]), ()) if gold[at : at + len(words)] == words]
        return [(at, at + len(words), float(len(words))) for at in starts[:_MOST_PLACES]]
    offsets: dict[int, int] = defaultdict(int)
    hits = 0
    for at in range(len(words) - 3):
        found = grams.get(tuple(words[at : at + 4]), ())
        hits += bool(found)
        for place in found[:_MOST_PLACES]:
            offsets[(place - at) // 4] += 1  # small insertions shift the place
    share = hits / (len(words) - 3)
    if share < _SHARE:
        return []
    best = sorted(offsets.items(), key=lambda pair: -pair[1])[:3]
    return [
        (max(0, key * 4), max(1, key * 4 + int(len(words) * share)), share * len(words) * (n / best[0][1]))
        for key, n in best
    ]


def _heaviest_chain(candidates: list[tuple[int, int, int, float]]) -> list[tuple[int, int, int, float]]:
    """Weighted longest increasing subsequence; ends may overlap the next start by a few tokens."""
    slack = 4
    candidates = sorted(candidates, key=lambda item: (item[0], item[1]))
    keys: list[int] = []  # ends, rising
    tops: list[float] = []  # best weight for an end up to keys[i], rising
    last: list[int] = []
    back = [-1] * len(candidates)
    weights = [0.0] * len(candidates)
    at = 0
    while at < len(candidates):
        group = at
        while group < len(candidates) and candidates[group][0] == candidates[at][0]:
            group += 1
        for number in range(at, group):
            _, start, _, hit = candidates[number]
            place = bisect_left(keys, start + slack + 1) - 1
            weights[number] = hit + (tops[place] if place >= 0 else 0.0)
            back[number] = last[place] if place >= 0 else -1
        for number in range(at, group):
            end, weight = candidates[number][2], weights[number]
            place = bisect_left(keys, end + 1)
            if place and tops[place - 1] >= weight:
                continue
            keys.insert(place, end)
            tops.insert(place, weight)
            last.insert(place, number)
            while place + 1 < len(keys) and tops[place + 1] <= weight:
                del keys[place + 1], tops[place + 1], last[place + 1]
        at = group
    chain = []
    number = last[-1] if last else -1
    while number >= 0:
        chain.append(candidates[number])
        number = back[number]
    return chain
