"""What the index keeps of an article, a *print*: packing to bytes and back; pure.

A print of an article of 500 words takes about 160 bytes. It holds no text: of the shingles (five tokens in a
row) a sample of 12-bit hashes, of each number a 12-bit hash of its neighbours and a 12-bit hash of its value,
of each paragraph 8 bits of hash and 4 of length.

The sample is level-adaptive: of all 64-bit shingle hashes those below 2^(64 - level) are kept, with the lowest
level that leaves at most `SAMPLE_MOST`. Two prints are compared at the higher of their levels; so one
sample gives Jaccard similarity and containment both ways, for texts of any two lengths.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from functools import lru_cache
from math import log2
from typing import Final

from worker.ports import Print

SAMPLE_MOST: Final = 64
NUMBERS_MOST: Final = 32
PARAGRAPHS_MOST: Final = 48
URLS_MOST: Final = 3
LEVELS: Final = 5
"""So many levels deeper than its own a sample is counted: from 64 hashes down to about 2."""

_HEAD: Final = struct.Struct("<II16s3sH3sBBHBBBBB5s")
# arrived, parent, article id, text, headline, site, agency, version, shingles, level, counts, flags, deeper levels
_FIRST, _CLUSTER, _TINY, _WITHDRAWN = 1, 2, 4, 8
FLAGS_AT: Final = 40
"""Where in the bytes the flags stand: the index sets one of them in place."""


def bare(item: Print) -> Print:
    """Strip a print to what tells its address and chain: that of a copy, whose text is another print's."""
    return replace(item, sample="", deeper=(0,) * LEVELS, numbers=(), paragraphs="")


def pack(item: Print) -> bytes:
    """Write a print; `unpack` reads it. Arrival is in whole seconds since 1970, at the very start."""
    flags = _FIRST * bool(item.first) | _CLUSTER * bool(item.cluster) | _TINY * item.tiny | _WITHDRAWN * item.withdrawn
    count = len(item.sample) // 3
    parts = [
        _HEAD.pack(
            item.arrived,
            item.parent,
            bytes.fromhex(item.article_id),
            item.text.to_bytes(3, "little"),
            item.headline,
            item.site.to_bytes(3, "little"),
            item.agency,
            min(item.version, 255),
            min(item.shingles, 65535),
            item.level,
            count,
            len(item.numbers),
            len(item.paragraphs) // 3,
            flags | len(item.urls) << 4,
            bytes(item.deeper),
        ),
        *(url.to_bytes(3, "little") for url in item.urls),
        _packed(item.sample),
        b"".join(number.to_bytes(3, "little") for number in item.numbers),
        _packed(item.paragraphs),
    ]
    parts += [bytes.fromhex(identity) for identity in (item.first, item.cluster) if identity]
    return b"".join(parts)


def unpack(raw: bytes) -> Print:
    """Read what `pack` wrote. Raises struct.error for anything else."""
    (
        arrived,
        parent,
        article_id,
        text,
        headline,
        site,
        agency,
        version,
        shingles,
        level,
        count,
        numbers,
        paragraphs,
        flags,
        deeper,
    ) = _HEAD.unpack_from(raw)
    at = _HEAD.size
    urls = []
    for _ in range(flags >> 4):
        urls.append(int.from_bytes(raw[at : at + 3], "little"))
        at += 3
    sample, at = _unpacked(raw, at, count)
    pairs = tuple(int.from_bytes(raw[place : place + 3], "little") for place in range(at, at + 3 * numbers, 3))
    at += 3 * numbers
    marks, at = _unpacked(raw, at, paragraphs)
    first = cluster = None
    if flags & _FIRST:
        first, at = raw[at : at + 16].hex(), at + 16
    if flags & _CLUSTER:
        cluster = raw[at : at + 8].hex()
    return Print(
        article_id=article_id.hex(),
        arrived=arrived,
        text=int.from_bytes(text, "little"),
        urls=tuple(urls),
        headline=headline,
        site=int.from_bytes(site, "little"),
        agency=agency,
        shingles=shingles,
        level=level,
        sample=sample,
        deeper=tuple(deeper),
        numbers=pairs,
        paragraphs=marks,
        tiny=bool(flags & _TINY),
        withdrawn=bool(flags & _WITHDRAWN),
        version=version,
        parent=parent,
        first=first,
        cluster=cluster,
    )


def _packed(digits: str) -> bytes:
    return bytes.fromhex(digits + "0" * (len(digits) % 2))


def _unpacked(raw: bytes, at: int, count: int) -> tuple[str, int]:
    """Read `count` groups of three hex digits; returns them, and where the next part begins."""
    end = at + (count * 3 + 1) // 2
    return raw[at:end].hex()[: count * 3], end


def triples(digits: str) -> list[str]:
    """Split a sample or paragraphs into their groups of three digits."""
    return [digits[at : at + 3] for at in range(0, len(digits), 3)]


def length_class(count: int) -> int:
    """Class of a paragraph's length in tokens, 0 to 15; two classes to each doubling."""
    return min(15, round(2 * log2(count)))


def tokens_in(paragraph: str) -> float:
    """Estimate the tokens of a paragraph from its class."""
    return float(2.0 ** (int(paragraph[2], 16) / 2))


def samples(one: Print, other: Print) -> tuple[frozenset[str], frozenset[str]]:
    """Give both samples at the higher of the two levels, so that they are samples of the same hashes."""
    level = max(one.level, other.level)
    return _at(one, level), _at(other, level)


def _at(item: Print, level: int) -> frozenset[str]:
    down = level - item.level
    count = len(item.sample) // 3 if down == 0 else item.deeper[down - 1] if down <= LEVELS else 0
    return _digits_set(item.sample[: count * 3])


@lru_cache(maxsize=256)
def _digits_set(digits: str) -> frozenset[str]:
    """Split once for all the candidates that one text is compared with."""
    return frozenset(triples(digits))
