"""Article objects of Zyte's extraction API, bare or under `article`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from worker.extract import jsonld
from worker.extract.draft import Draft
from worker.extract.shapes.values import (
    Item,
    Shape,
    blocks_of,
    put_authors,
    put_date,
    put_images,
    put_text,
    section_of_trail,
)
from worker.text.dates import read_date

_OWN: Final = ("articlebodyhtml", "datepublishedraw", "datemodifiedraw", "mainimage", "breadcrumbs", "canonicalurl")
_COMMON: Final = ("headline", "articlebody", "inlanguage")
_ORIGIN: Final = "json:zyte"


def _score(item: Item) -> float:
    if "@type" in item.raw or not any(key in item.plain for key in ("articlebody", "articlebodyhtml", "headline")):
        return 0.0
    own = sum(key in item.plain for key in _OWN)
    return min(0.95, 0.3 * own + 0.1 * sum(key in item.plain for key in _COMMON)) if own else 0.0


def _read(draft: Draft, item: Item) -> None:
    plain = item.plain
    put_text(draft, "headline", plain, ("headline",), _ORIGIN)
    put_text(draft, "subtitle", plain, ("description",), _ORIGIN, 0.6)
    for name, key in (("published_at", "datepublished"), ("modified_at", "datemodified")):
        put_date(draft, name, _as_written(plain.get(key), plain.get(f"{key}raw")), _ORIGIN, key)
    put_authors(draft, _names(plain.get("authors")), _ORIGIN, "authors")
    put_text(draft, "language_declared", plain, ("inlanguage",), _ORIGIN, 0.8)
    put_text(draft, "url", plain, ("url",), _ORIGIN)
    put_text(draft, "canonical_url", plain, ("canonicalurl",), _ORIGIN)
    section = section_of_trail(plain.get("breadcrumbs"), draft.values.get("headline"))
    draft.put("section", section, _ORIGIN, "breadcrumbs", 0.75)
    for key in ("mainimage", "images"):
        put_images(draft, jsonld.images_of(plain.get(key) or []), item.base or draft.values.get("url"))
    draft.blocks = blocks_of(plain.get("articlebodyhtml")) or blocks_of(plain.get("articlebody"))


def _names(authors: Any) -> list[str]:
    found = [author for author in authors if isinstance(author, dict)] if isinstance(authors, list) else []
    return [name for author in found if (name := jsonld.text_of(author.get("name") or author.get("nameRaw")))]


def _as_written(parsed: Any, raw: Any) -> Any:
    """Take the date as the page had it where that says the same in its own offset, or is a day and no more.

    The API normalises, and so may write midnight where the page named a day alone.
    """
    if not isinstance(parsed, str) or not isinstance(raw, str):
        return parsed or raw
    own, made = read_date(raw), read_date(parsed)
    if own is None or made is None or own.ambiguous:
        return parsed
    if len(own.value) == len("2026-01-01"):
        return raw if own.value == made.day and "T00:00:00" in made.value else parsed
    first, second = datetime.fromisoformat(own.value), datetime.fromisoformat(made.value)
    return raw if first.tzinfo and second.tzinfo and first == second else parsed


ZYTE: Final = Shape("zyte", _score, _read)
