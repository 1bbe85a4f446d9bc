"""The body metric of the article-extraction benchmark: 4-gram shingles, counted a page, means over pages.

Definition: tokens are runs of word characters, case kept; a page's shingles are its 4-grams with
counts (the whole text where it is shorter); true positives, false positives and false negatives of
a page are divided by their sum before the means are taken.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(r"\w+", re.UNICODE)
_GRAM: Final = 4


def tokens(text: str) -> list[str]:
    """Give the runs of word characters."""
    return _TOKEN.findall(text or "")


def shingles(words: list[str]) -> Counter[tuple[str, ...]]:
    """Count the 4-grams; a shorter text is one shingle, an empty one none."""
    if not words:
        return Counter()
    return Counter(tuple(words[at : at + _GRAM]) for at in range(max(1, len(words) - _GRAM + 1)))


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, false positives and false negatives of one page as shares of their sum."""

    hit: float
    extra: float
    missed: float
    equal: bool = False

    @property
    def f1(self) -> float:
        """F1 of this page alone."""
        return 2 * self.hit / (2 * self.hit + self.extra + self.missed) if self.hit else float(self.equal)


def compare(found: str, gold: str) -> Counts:
    """Compare one page's text with the gold."""
    found_words, gold_words = tokens(found), tokens(gold)
    one, two = shingles(found_words), shingles(gold_words)
    hit = sum((one & two).values())
    extra, missed = sum(one.values()) - hit, sum(two.values()) - hit
    whole = (hit + extra + missed) or 1
    return Counts(hit / whole, extra / whole, missed / whole, found_words == gold_words)


@dataclass(frozen=True, slots=True)
class Score:
    """Figures of a set of pages, each in 0..1."""

    f1: float
    precision: float
    recall: float
    accuracy: float
    pages: int


def score(pages: Iterable[Counts]) -> Score:
    """Sum up a set of pages."""
    rows = list(pages)
    hit, extra, missed = (sum(getattr(row, name) for row in rows) for name in ("hit", "extra", "missed"))
    precision = hit / (hit + extra) if hit else 0.0
    recall = hit / (hit + missed) if hit else 0.0
    f1 = 2 * precision * recall / (precision + recall) if hit else 0.0
    return Score(f1, precision, recall, sum(row.equal for row in rows) / max(len(rows), 1), len(rows))
