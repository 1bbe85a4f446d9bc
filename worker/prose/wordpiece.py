"""WordPiece: a text as numbers of BERT's uncased vocabulary, as embedding models of its family read it; pure.

The algorithm is that of Wu et al. 2016 (arXiv 1609.08144) as BERT uses it: the longest piece first, from the left.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

import zstandard

_HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN: Final = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+|[^\w\s]|_")
_ACCENT: Final = re.compile("[\u0300-\u036f]+")
_UNKNOWN, _BEGIN, _END = "[UNK]", "[CLS]", "[SEP]"
_WORD_MOST: Final = 100  # characters; a longer word is unknown
_CHARACTERS: Final = 12  # a piece on average is shorter: so many a piece are read of a text


@cache
def _vocabulary() -> dict[str, int]:
    packed = (files("worker.prose") / "wordpieces.txt.zst").read_bytes()
    return {piece: number for number, piece in enumerate(zstandard.decompress(packed).decode().split("\n"))}


def encode(text: str, most: int) -> list[int]:
    """Give the numbers of a text's pieces between those of its begin and end, at most `most` in all."""
    known = _vocabulary()
    folded = unicodedata.normalize("NFD", text[: most * _CHARACTERS].lower())
    if not folded.isascii():
        folded = _ACCENT.sub("", folded)
    numbers = [known[_BEGIN]]
    for token in _TOKEN.findall(folded):
        numbers += _pieces(token)
        if len(numbers) >= most:
            break
    return [*numbers[: most - 1], known[_END]]


@lru_cache(maxsize=16_384)
def _pieces(word: str) -> tuple[int, ...]:
    known = _vocabulary()
    found = []
    start = 0
    while start < len(word):
        front = "##" if start else ""
        end = next((end for end in range(len(word), start, -1) if front + word[start:end] in known), None)
        if end is None or len(word) > _WORD_MOST:
            return (known[_UNKNOWN],)
        found.append(known[front + word[start:end]])
        start = end
    return tuple(found)
