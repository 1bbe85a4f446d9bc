"""What clustering looks at of an article: an embedding of its beginning, and digests of its most telling words."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from hashlib import blake2b
from math import log
from typing import Final

import numpy as np

from worker.ports import Embedder, Sketch
from worker.text.stopwords import stopwords_of

WORDS: Final = 24
_READ: Final = 3_000  # characters in which words are looked for
_EMBEDDED: Final = 1_500  # … that the embedder is given; it reads fewer
_CAPITAL: Final = 0.5  # what a word with a capital counts more, as for keyphrases
_WORD: Final = re.compile(r"[^\W\d_]{3,40}|\d[\d,.]{0,12}\d")
_SCALE: Final = 127


def sketch(headline: str | None, body: str, embedder: Embedder) -> Sketch:
    """Make the sketch of an English article."""
    text = f"{headline or ''} {body[:_READ]}"
    vector = np.asarray(embedder(" ".join(text[:_EMBEDDED].split())), dtype=np.float32)
    small = np.rint(vector / max(float(np.linalg.norm(vector)), 1e-9) * _SCALE).astype(np.int8)
    return Sketch(small.tobytes(), tuple(_digest(word) for word in telling_words(text)))


def telling_words(text: str) -> list[str]:
    """Give the words that come often and early, the most telling first, in lower case; without stop words."""
    stop = stopwords_of("en")
    weights: Counter[str] = Counter()
    first: dict[str, int] = {}
    for place, word in enumerate(_WORD.findall(text[:_READ])):
        key = word.lower()
        if key not in stop:
            weights[key] += 1 + (_CAPITAL if word[0].isupper() else 0)  # type: ignore[assignment]
            first.setdefault(key, place)
    ranked = sorted(weights, key=lambda key: (-weights[key] / (1 + log(2 + first[key])), first[key]))
    return ranked[:WORDS]


@lru_cache(maxsize=16_384)
def _digest(word: str) -> int:
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "big")
