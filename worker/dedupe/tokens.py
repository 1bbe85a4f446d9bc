"""Text to tokens that are indifferent to typography, in scripts with and without spaces."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable
from typing import Final

_UNSPACED: Final = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f"  # Myanmar
    "\u1780-\u17ff"  # Khmer
    "\u3040-\u30ff\u31f0-\u31ff"  # Kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Han
    "\U00020000-\U0003ffff"
)
"""Scripts that are written without spaces between words; each letter with its marks is a token there."""


def _ranges(points: Iterable[int]) -> str:
    """Write code points as the inside of a character class."""
    parts: list[str] = []
    first = last = -2
    for point in [*points, sys.maxunicode + 2]:
        if point == last + 1:
            last = point
            continue
        if first >= 0:
            parts.append(re.escape(chr(first)) + ("" if first == last else "-" + re.escape(chr(last))))
        first = last = point
    return "".join(parts)


_MARKS: Final = _ranges(point for point in range(0x300, 0x1AFF) if unicodedata.category(chr(point)) in {"Mn", "Mc"})
_INTRICATE: Final = re.compile(rf"[{_UNSPACED}{_MARKS}]")
_INTRICATE_TOKEN: Final = re.compile(rf"[{_UNSPACED}][{_MARKS}]*|(?:[^\W{_UNSPACED}]+[{_MARKS}]*)+(?:[.,]\d+)*")
_TOKEN: Final = re.compile(r"\w+(?:[.,]\d+)*")
_ASCII_TOKEN: Final = re.compile(r"[0-9a-z_]+(?:[.,][0-9]+)*")  # twice as fast on lower-case ASCII
_DROPPED: Final = re.compile(
    "['\u2018\u2019\u02bc\u00ad\u200b\u200c\u200d\u2060\ufeff"  # apostrophes, soft hyphens, zero-width
    "\u0640\u064b-\u0652"  # Arabic tatweel and vowel points, which are optional
    "\u0591-\u05bd\u05bf\u05c1\u05c2]"  # Hebrew points
)
_PUNCTUATION: Final = re.compile("[\u00a0\u00ab\u00bb\u2010-\u2017\u201a-\u2027\u202f-\u205e]+")


def tokens(text: str) -> list[str]:
    """Split into words and numbers, indifferent to typography.

    NFKC, casefolded; apostrophes, zero-width characters and optional vowel points dropped. Numbers keep
    inner points and commas, so that 1.5 is not 15. Scripts without spaces give a token a letter.
    """
    folded, pattern = _folded(text)
    return pattern.findall(folded)


def paragraph_tokens(body: str) -> list[list[str]]:
    """Split each paragraph (they stand an empty line apart) like `tokens`; those without a word are left out."""
    folded, pattern = _folded(body)
    return [found for block in folded.split("\n\n") if (found := pattern.findall(block))]


def _folded(text: str) -> tuple[str, re.Pattern[str]]:
    """Fold a text, and choose the fastest pattern that splits it."""
    if text.isascii():
        return text.replace("'", "").lower(), _ASCII_TOKEN
    folded = _DROPPED.sub("", unicodedata.normalize("NFKC", text)).casefold()
    folded = _PUNCTUATION.sub(" ", folded)
    if folded.isascii():  # ASCII but for its quotes and dashes
        return folded, _ASCII_TOKEN
    return folded, _INTRICATE_TOKEN if _INTRICATE.search(folded) else _TOKEN
