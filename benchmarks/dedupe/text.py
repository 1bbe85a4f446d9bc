"""What the generator of near-duplicates counts in: a text of paragraphs, and the units (words or characters) in it.

It has its own normalisation on purpose: the labels must not lean on the detector that they judge.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

_UNSPACED: Final = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
"""Scripts without spaces between words (Thai, kana, Han): their unit is the character."""
UNIT: Final = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+(?:[.,]\d+)*")
INVISIBLE: Final = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_DROPPED: Final = str.maketrans(dict.fromkeys(map(ord, "'\u2018\u2019\u02bc" + INVISIBLE)))
SHINGLE: Final = 5


@dataclass(frozen=True)
class Text:
    """A headline, paragraphs without blank lines in them, and an ISO 639-1 language code."""

    headline: str
    paragraphs: tuple[str, ...]
    language: str = "en"

    @cached_property
    def body(self) -> str:
        """Paragraphs separated by one empty line."""
        return "\n\n".join(self.paragraphs)

    @cached_property
    def units(self) -> tuple[str, ...]:
        """The body's units, normalised."""
        return tuple(units(self.body))

    @property
    def size(self) -> int:
        """The number of units in the body."""
        return len(self.units)


def units(text: str) -> list[str]:
    """Split into words and numbers, characters in unspaced scripts; indifferent to typography and case."""
    return UNIT.findall(unicodedata.normalize("NFKC", text).translate(_DROPPED).casefold())


def shingles(words: Iterable[str]) -> set[int]:
    """Give the hashes of the 5-grams; a shorter text is one shingle. Stable within a process only."""
    row = list(words)
    if len(row) < SHINGLE:
        return {hash(tuple(row))} if row else set()
    return {hash(tuple(row[at : at + SHINGLE])) for at in range(len(row) - SHINGLE + 1)}


def script(text: str) -> str:
    """Name the script of most letters at the start: latin, cyrillic, cjk, hangul, thai, arabic, hebrew, other."""
    counts: dict[str, int] = {}
    for letter in filter(str.isalpha, text[:400]):
        name = _SCRIPTS.get(unicodedata.name(letter, "?").split(" ", 1)[0], "other")
        counts[name] = counts.get(name, 0) + 1
    return max(counts, key=lambda name: (counts[name], name)) if counts else "other"


_SCRIPTS: Final = {
    "LATIN": "latin",
    "CYRILLIC": "cyrillic",
    "CJK": "cjk",
    "HIRAGANA": "cjk",
    "KATAKANA": "cjk",
    "HANGUL": "hangul",
    "THAI": "thai",
    "ARABIC": "arabic",
    "HEBREW": "hebrew",
}
