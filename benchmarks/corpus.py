"""Development data for quality figures: real pages with gold, read from where they lie, never copied."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import zstandard

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"


def pages(name: str) -> Iterator[dict[str, Any]]:
    """Yield the pages of one file of the extraction data, `wcxb-dev` say."""
    with zstandard.open(DATA / "extraction" / f"{name}.jsonl.zst", "rb") as stream:
        rest = b""
        while chunk := stream.read(1 << 20):
            *lines, rest = (rest + chunk).split(b"\n")
            yield from map(orjson.loads, filter(None, lines))
        if rest.strip():
            yield orjson.loads(rest)


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """Count the 4-grams of word runs; the whole text where it is shorter."""
    tokens = re.findall(r"\w+", text)
    if len(tokens) < 4:
        return Counter([tuple(tokens)] if tokens else [])
    return Counter(zip(tokens, tokens[1:], tokens[2:], tokens[3:], strict=False))


def body_counts(found: str, gold: str) -> tuple[float, float, float]:
    """Give true positives, false positives and false negatives of a page, normalised by their sum."""
    a, b = shingles(found), shingles(gold)
    both = sum((a & b).values())
    parts = both, sum(a.values()) - both, sum(b.values()) - both
    total = sum(parts) or 1
    return parts[0] / total, parts[1] / total, parts[2] / total
