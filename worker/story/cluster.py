"""The story clusterer: single pass, each article to the nearest story of the arrival window or to one of its own.

Nearness is the cosine of embedding and story's centroid plus that of telling words, weighted by their rarity in the
window (inverse document frequency). The same updates in the same order give the same stories, in any process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import log, sqrt
from typing import Any, Final

import numpy as np

from worker.ports import Sketch

DIMENSIONS: Final = 384
WINDOW: Final = 3 * 86_400.0
"""Seconds after its last article that a story takes in another."""
STORIES_MOST: Final = 5_000
"""Stories in the window; the one that was silent longest goes. A matrix of 8 MB."""
NEAR: Final = 0.85
"""Least sum of both cosines: pair F1 on the half of the gold that it was chosen on .976, with .80 .964."""
WORDS_WEIGHT: Final = 1.0
"""What the words' cosine counts; with 0.5 .939, without words .777, each at its own best threshold."""
_CANDIDATES: Final = 30  # nearest by embedding, of which words are compared
_PRIOR: Final = 60  # articles that are added to those of the window, so that a few do not make every word rare
_COMMON: Final = 3  # words of a story are those of at least a third of its articles


@dataclass(frozen=True, slots=True)
class Update:
    """One article that went to a story; `arrived` in seconds since 1970."""

    story: str
    sketch: Sketch
    arrived: float


@dataclass(slots=True)
class _Story:
    slot: int
    words: Counter[int] = field(default_factory=Counter)
    size: int = 0
    last: float = 0.0


class StoryMap:
    """The stories of the window, as the updates so far make them."""

    def __init__(self) -> None:
        self._stories: dict[str, _Story] = {}
        self._names: dict[int, str] = {}
        self._sums = np.zeros((64, DIMENSIONS), dtype=np.float32)
        self._units = np.zeros_like(self._sums)
        self._free: list[int] = list(range(63, -1, -1))
        self._uses: Counter[int] = Counter()
        self._articles = 0
        self._latest = 0.0

    def __len__(self) -> int:
        return len(self._stories)

    def apply(self, update: Update) -> None:
        """Take in an article; stories that fell out of the window go."""
        story = self._stories.get(update.story)
        if story is None:
            story = self._stories[update.story] = _Story(self._slot())
            self._names[story.slot] = update.story
        vector = _vector(update.sketch)
        self._sums[story.slot] += vector
        self._units[story.slot] = _unit(self._sums[story.slot])
        story.words.update(set(update.sketch.words))
        self._uses.update(set(update.sketch.words))
        story.size += 1
        self._articles += 1
        story.last = max(story.last, update.arrived)
        self._latest = max(self._latest, update.arrived)
        del self._stories[update.story]  # the dict is in the order of the last update
        self._stories[update.story] = story
        self._forget()

    def nearest(self, sketch: Sketch, arrived: float) -> tuple[str, float] | None:
        """Give the story that an article belongs to, with how near it is; None for one that begins a story."""
        vector = _unit(_vector(sketch))
        cosines = self._units @ vector
        most = min(_CANDIDATES, len(cosines))
        found: list[tuple[float, str]] = []
        for slot in np.argpartition(-cosines, most - 1)[:most]:
            name = self._names.get(int(slot))
            if name is None or arrived - self._stories[name].last > WINDOW:
                continue
            near = float(cosines[slot]) + WORDS_WEIGHT * self._words(sketch.words, self._stories[name])
            if near >= NEAR:
                found.append((near, name))
        if not found:
            return None
        near, name = max(found)
        return name, near

    def _words(self, words: Iterable[int], story: _Story) -> float:
        """Give the cosine of an article's words and a story's, by inverse document frequency."""
        own = set(words)
        theirs = {word for word, uses in story.words.items() if uses * _COMMON >= story.size}
        weights = {word: log((self._articles + _PRIOR) / (self._uses[word] + 1)) ** 2 for word in own | theirs}
        norm = sqrt(sum(weights[word] for word in own) * sum(weights[word] for word in theirs))
        return sum(weights[word] for word in own & theirs) / norm if norm else 0.0

    def _slot(self) -> int:
        if not self._free:
            size = len(self._sums)
            self._sums = np.vstack((self._sums, np.zeros_like(self._sums)))
            self._units = np.vstack((self._units, np.zeros_like(self._units)))
            self._free = list(range(2 * size - 1, size - 1, -1))
        return self._free.pop()

    def _forget(self) -> None:
        """Drop what is out of the window or too much, the longest silent first."""
        while self._stories:
            name, story = next(iter(self._stories.items()))
            if len(self._stories) <= STORIES_MOST and self._latest - story.last <= WINDOW:
                break
            del self._stories[name], self._names[story.slot]
            self._uses.subtract(story.words)
            for word in [word for word in story.words if self._uses[word] <= 0]:
                del self._uses[word]
            self._articles -= story.size
            self._sums[story.slot] = self._units[story.slot] = 0.0
            self._free.append(story.slot)


def _vector(sketch: Sketch) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.frombuffer(sketch.vector, dtype=np.int8).astype(np.float32)


def _unit(vector: np.ndarray[Any, np.dtype[np.float32]]) -> np.ndarray[Any, np.dtype[np.float32]]:
    norm = float(np.linalg.norm(vector))
    return vector / np.float32(norm) if norm else vector
