"""News pages in many languages, scripts and charsets, read whole: each field against a gold that was written by hand.

A page is `NAME.html` beside `NAME.gold.json`. What the reader does not get right yet stands in
`KNOWN_GAPS`; such a check must fail, so that whoever mends it takes it off the list.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from benchmarks.quality.body import Counts, compare
from worker import wiring
from worker.errors import PayloadError
from worker.model import Article, Enriched, Payload
from worker.settings import Settings

HERE: Final = Path(__file__).parent
NAMES: Final = sorted(path.name.removesuffix(".gold.json") for path in HERE.glob("*.gold.json"))
SPINE: Final = wiring.pipeline(Settings())
FLOOR: Final = 0.98
KNOWN_GAPS: Final[frozenset[tuple[str, str]]] = frozenset()
"""(page, check) that fails for now."""


@cache
def gold(name: str) -> dict[str, Any]:
    """Give what the page says, as a careful reader notes it."""
    found: dict[str, Any] = orjson.loads((HERE / f"{name}.gold.json").read_bytes())
    return found


@cache
def article(name: str) -> Article:
    """Read the page as the worker would."""
    wanted = gold(name)
    raw = (HERE / f"{name}.html").read_bytes()
    known = {"media_type": wanted.get("content_type"), "url": wanted["url"]}
    (found,) = SPINE.parse(Payload(raw, name, datetime(2026, 3, 12, tzinfo=UTC), **known))
    assert isinstance(found, Article)
    return found


def likeness(found: str, wanted: str, *, unspaced: bool) -> Counts:
    """Compare two bodies by the benchmark's metric; in scripts without spaces each character is a word."""
    if unspaced:
        found, wanted = (" ".join(char for char in text if not char.isspace()) for text in (found, wanted))
    else:  # vowel signs are no word characters to a regular expression, so words are kept whole by hand
        found, wanted = (
            "".join("x" if unicodedata.category(c) == "Mn" else c for c in text) for text in (found, wanted)
        )
    return compare(found, wanted)


def headline(name: str) -> None:
    assert article(name).headline == gold(name)["headline"]


def body(name: str) -> None:
    wanted = gold(name)
    counts = likeness(article(name).body, "\n\n".join(wanted["body"]), unspaced=wanted.get("unspaced", False))
    assert counts.f1 >= wanted.get("floor", FLOOR), article(name).body


def paragraphs(name: str) -> None:
    read = article(name)
    assert [read.body[p.start : p.end] for p in read.paragraphs] == gold(name)["body"]


def furniture(name: str) -> None:
    assert [text for text in gold(name)["absent"] if text in article(name).body] == []


def authors(name: str) -> None:
    assert list(article(name).authors) == gold(name)["authors"]


def published_at(name: str) -> None:
    assert article(name).published_at == gold(name)["published_at"]


def tags(name: str) -> None:
    assert list(article(name).tags) == gold(name)["tags"]


def section(name: str) -> None:
    assert article(name).section == gold(name)["section"]


def language(name: str) -> None:
    """The declared and the detected language are the page's; regions count only where the gold names one."""
    wanted = gold(name)["language"]
    read = article(name)
    assert (read.language_declared or "")[: len(wanted)] == wanted
    told = SPINE.enrich(Enriched(read)).language
    assert told is not None
    assert told.code == wanted[:2]


def publisher(name: str) -> None:
    read = article(name).publisher
    assert read is not None
    assert read.name == gold(name)["publisher"]


def canonical_url(name: str) -> None:
    assert article(name).canonical_url == gold(name)["canonical_url"]


def images(name: str) -> None:
    assert list(dict.fromkeys(image.url for image in article(name).images)) == gold(name)["images"]


CHECKS: Final[dict[str, Callable[[str], None]]] = {
    check.__name__: check
    for check in (
        *(headline, body, paragraphs, furniture, authors, published_at),
        *(tags, section, language, publisher, canonical_url, images),
    )
}
ALL: Final = [(name, check) for name in NAMES for check in CHECKS]


@pytest.mark.parametrize(("name", "check"), [pair for pair in ALL if pair not in KNOWN_GAPS])
def test_page_is_read_as_its_gold_says(name: str, check: str) -> None:
    CHECKS[check](name)


@pytest.mark.skipif(not KNOWN_GAPS, reason="none is known")
@pytest.mark.parametrize(("name", "check"), sorted(KNOWN_GAPS))
def test_known_gap_still_is_one(name: str, check: str) -> None:
    with pytest.raises((AssertionError, PayloadError)):
        CHECKS[check](name)


def test_pages_are_in_at_least_twelve_languages_and_six_old_charsets() -> None:
    assert len({gold(name)["language"][:2] for name in NAMES}) >= 12
    assert sum(b"\xef\xbf\xbd" not in raw and not _is_utf8(raw) for raw in map(_raw, NAMES)) >= 6


def _raw(name: str) -> bytes:
    return (HERE / f"{name}.html").read_bytes()


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
