"""Items of the crawler news-please."""

from __future__ import annotations

from typing import Any, Final

from worker.extract import jsonld
from worker.extract.draft import Draft
from worker.extract.shapes.values import (
    Item,
    Shape,
    plain_text,
    put_authors,
    put_blocks,
    put_date,
    put_images,
    put_text,
)
from worker.model import HeadlineVariant, Publisher
from worker.text.urls import registered_domain

_OWN: Final = ("maintext", "datepublish", "datemodify", "datedownload", "titlepage", "titlerss", "sourcedomain")
_ORIGIN: Final = "json:news-please"
_NOTHING: Final = frozenset({"", "none", "null", "nan"})  # what its CSV and SQL exports write for no value


def _score(item: Item) -> float:
    own = sum(key in item.plain for key in _OWN)
    return min(0.95, 0.3 * own) if own > 1 else 0.0


def _given(value: Any) -> Any:
    return None if isinstance(value, str) and value.strip().casefold() in _NOTHING else value


def _read(draft: Draft, item: Item) -> None:
    plain = {key: _given(value) for key, value in item.plain.items()}
    put_text(draft, "headline", plain, ("title", "titlepage", "titlerss"), _ORIGIN)
    for key in ("titlepage", "titlerss"):
        other = plain_text(plain.get(key))
        seen = {draft.values.get("headline"), *(variant.text for variant in draft.variants)}
        if other and other not in seen:
            draft.variants.append(HeadlineVariant(other, "alternative"))
    draft.put("subtitle", plain_text(plain.get("description")), _ORIGIN, "description", 0.6)
    put_date(draft, "published_at", plain.get("datepublish"), _ORIGIN, "datepublish", 0.8)
    put_date(draft, "modified_at", plain.get("datemodify"), _ORIGIN, "datemodify", 0.6)
    put_authors(draft, plain.get("authors"), _ORIGIN, "authors", 0.75)
    put_text(draft, "url", plain, ("url",), _ORIGIN)
    put_text(draft, "language_declared", plain, ("language",), _ORIGIN, 0.7)
    if host := jsonld.text_of(plain.get("sourcedomain")):
        domain = registered_domain(host if "://" in host else f"https://{host}")
        draft.put("publisher", Publisher(None, domain, "unknown"), _ORIGIN, "sourcedomain", 0.7)
    put_images(draft, jsonld.images_of(plain.get("imageurl") or []), item.base or draft.values.get("url"))
    put_blocks(draft, plain.get("maintext"))


NEWS_PLEASE: Final = Shape("news-please", _score, _read)
