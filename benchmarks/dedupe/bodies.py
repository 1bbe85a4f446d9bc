"""The base texts: real bodies read from the data folder at run time, real duplicates among them left out, two halves.

Nothing of them is kept in the project. The halves have different bases; which half one is in depends
on its name alone.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import orjson
import zstandard

from benchmarks.dedupe.text import SHINGLE, Text, shingles, units

Split = Literal["dev", "test"]
DATA: Final = Path(__file__).parents[3] / "shared" / "data"
"""Where the data is looked for: beside the checkout."""
SHARED: Final = 0.08
"""A body that shares this much with an earlier one is left out: it would count as a false positive.

Of 20,733 bodies of a trial 2,430 did. The share is that of the shorter one's 5-gram shingles.
"""
_LEAST_UNITS: Final = 25
_MOST_UNITS: Final = 2000
"""A longer body ends at the paragraph that reaches this: guides of 5,000 words would take half of the run."""
_SENTENCES: Final = 5
_FRONT_WORDS: Final = 12
_LANGUAGES: Final = {
    **dict.fromkeys("de at li".split(), "de"),
    **dict.fromkeys("uk us za au ie nz ca".split(), "en"),
    "es": "es",
    "mx": "es",
    "fr": "fr",
    "it": "it",
    "jp": "ja",
    "no": "nb",
    "tr": "tr",
    "kr": "ko",
    "cz": "cs",
    "se": "sv",
    "pl": "pl",
    "cn": "zh",
    "tw": "zh",
    "dk": "da",
    "il": "he",
    "lb": "ar",
    "ru": "ru",
    "ua": "uk",
}
"""Country folder -> language, where the country has one that its texts are nearly always in."""

_EARLY: Final = {"sentences": 0.2, "fundus": 0.3, "wcxb": 0.6, "polnear": 0.6, "trnews": 0.6}


@dataclass(frozen=True, slots=True)
class Base:
    """A text that variants are made of; `name` is its collection and place in it."""

    name: str
    text: Text


def files_of(folder: Path) -> dict[str, Path]:
    """Name the files that are read."""
    return {
        "wcxb": folder / "extraction" / "wcxb-dev.jsonl.zst",
        "fundus": folder / "extraction" / "fundus-tests.jsonl.zst",
        "reuters": folder / "dedupe" / "reuters-21578-000-010.jsonl.zst",
        "polnear": folder / "nlp" / "quotes-polnear-dev.jsonl",
        "trnews": folder / "nlp" / "places-trnews.jsonl",
        "sentences": folder / "nlp" / "language-sentences-dev.jsonl",
    }


def present(folder: Path) -> bool:
    """Tell whether all files are there."""
    return all(path.is_file() for path in files_of(folder).values())


def split_of(name: str) -> Split:
    """Tell the half of a base."""
    return "dev" if _rank(name) & 1 else "test"


@cache
def _ordered(folder: Path) -> list[Base]:
    return sorted(_read(folder), key=_place)


def _place(base: Base) -> float:
    """Order at random, but the small collections, which have the many languages, early: the newswire is English."""
    return _rank("order " + base.name) * _EARLY.get(base.name.partition("/")[0], 1.0)


def _rank(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big")


def pool(folder: Path, split: Split, most: int | None = None) -> list[Base]:
    """Read one half's bases in an order that is random and the same everywhere; the first `most` of them alone.

    A base of one half is held against those of both halves, so that no text is nearly in both.
    """
    read = _ordered(folder)
    if most is not None:
        # Both halves' first ones, with a reserve for those that are left out.
        read = read[: most * 3]
    chosen = [base for base in distinct(read) if split_of(base.name) == split]
    return chosen[:most]


def distinct(bases: Iterable[Base], shared: float = SHARED) -> Iterator[Base]:
    """Leave out each base that shares so much of its shingles, or of the earlier one's, with an earlier one."""
    holders: dict[int, list[int]] = defaultdict(list)
    sizes: list[int] = []
    for base in bases:
        found = shingles(base.text.units)
        if len(found) < (base.text.size - SHINGLE + 1) * (1 - shared):
            continue  # it repeats itself: a list, or boilerplate
        hits = Counter(holder for shingle in found for holder in holders.get(shingle, ()))
        if any(count >= shared * min(len(found), sizes[holder]) for holder, count in hits.items()):
            continue
        for shingle in found:
            holders[shingle].append(len(sizes))
        sizes.append(len(found))
        yield base


def _read(folder: Path) -> Iterator[Base]:
    readers = {
        "wcxb": _page,
        "fundus": _page,
        "reuters": _newswire,
        "polnear": _plain,
        "trnews": _plain,
    }
    paths = files_of(folder)
    for collection, reader in readers.items():
        for number, row in enumerate(_rows(paths[collection])):
            name = f"{collection}/{row.get('id', number)}"
            text = reader(name, row)
            if text is not None:
                yield Base(name, text)
    yield from _composed(paths["sentences"])


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    raw = path.read_bytes()
    if path.suffix == ".zst":
        raw = zstandard.ZstdDecompressor().decompress(raw, max_output_size=1 << 30)
    for line in raw.split(b"\n"):
        if line.strip():
            yield orjson.loads(line)


def _text(headline: str, paragraphs: Iterable[str], language: str) -> Text | None:
    kept: list[str] = []
    size = 0
    for paragraph in paragraphs:
        flat = " ".join(paragraph.split())
        if not flat:
            continue
        kept.append(flat)
        size += len(units(flat))
        if size > _MOST_UNITS:
            break
    return Text(" ".join(headline.split()), tuple(kept), language) if size >= _LEAST_UNITS else None


def _page(name: str, row: dict[str, Any]) -> Text | None:
    country = row["id"].split("/")[0] if name.startswith("fundus") else "us"
    return _text(row.get("title") or "", re.split(r"\n\s*\n", row.get("body") or ""), _LANGUAGES.get(country, "und"))


def _newswire(_name: str, row: dict[str, Any]) -> Text | None:
    return _text(row.get("title") or "", re.split(r"\n(?= {3,}\S)", row.get("body") or ""), "en")


def _plain(_name: str, row: dict[str, Any]) -> Text | None:
    """Read a text whose first paragraph is its headline where it is short."""
    paragraphs = [part for part in re.split(r"\n+", row["text"]) if part.strip()]
    if paragraphs and len(paragraphs[0].split()) <= _FRONT_WORDS:
        return _text(paragraphs[0], paragraphs[1:], "en")
    return _text("", paragraphs, "en")


def _composed(path: Path) -> Iterator[Base]:
    """Join sentences of one language to texts: the collections have few or no articles in most languages."""
    by_language: dict[str, list[str]] = defaultdict(list)
    for row in _rows(path):
        by_language[row["lang"]].append(row["text"])
    for language, sentences in by_language.items():
        for at in range(0, len(sentences) - _SENTENCES + 1, _SENTENCES):
            part = sentences[at : at + _SENTENCES]
            paragraphs = [" ".join(part[n : n + 2]) for n in range(1, len(part), 2)]
            text = _text(part[0][:80], paragraphs, language)
            if text is not None:
                yield Base(f"sentences/{language}/{at}", text)
