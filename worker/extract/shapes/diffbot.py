"""Article objects of Diffbot, bare or in its `objects` wrapper."""

from __future__ import annotations

from typing import Any, Final

from worker.extract import jsonld
from worker.extract.draft import Draft
from worker.extract.shapes.values import (
    Item,
    Shape,
    blocks_of,
    objects,
    plain_text,
    put_authors,
    put_date,
    put_images,
    put_publisher,
    put_text,
    section_of_trail,
)

_OWN: Final = ("diffboturi", "resolvedpageurl", "pageurl", "humanlanguage", "publisherregion", "publishercountry",
               "estimateddate", "naturalheight", "authorurl")  # fmt: skip
_ORIGIN: Final = "json:diffbot"


def _score(item: Item) -> float:
    own = sum(key in item.plain for key in _OWN)
    if not own or "title" not in item.plain:
        return 0.0
    common = sum(key in item.plain for key in ("sitename", "text", "html", "date", "tags"))
    return min(0.95, 0.3 * own + 0.08 * common)


def _read(draft: Draft, item: Item) -> None:
    plain = item.plain
    draft.put("headline", plain_text(plain.get("title")), _ORIGIN, "title", 0.9)
    put_date(draft, "published_at", plain.get("date"), _ORIGIN, "date", 0.85)
    put_date(draft, "published_at", plain.get("estimateddate"), _ORIGIN, "estimateddate", 0.4)
    put_authors(draft, plain.get("authors"), _ORIGIN, "authors")
    put_authors(draft, plain.get("author"), _ORIGIN, "author", 0.8)
    put_publisher(draft, jsonld.text_of(plain.get("sitename")), _ORIGIN, "sitename")
    put_text(draft, "url", plain, ("pageurl", "resolvedpageurl"), _ORIGIN)
    put_text(draft, "canonical_url", plain, ("resolvedpageurl",), _ORIGIN, 0.8)
    put_text(draft, "language_declared", plain, ("humanlanguage",), _ORIGIN, 0.8)
    draft.put("tags", _labels(plain.get("tags"), "label"), _ORIGIN, "tags", 0.7)
    section = section_of_trail(plain.get("breadcrumb"), draft.values.get("headline"))
    draft.put("section", section, _ORIGIN, "breadcrumb", 0.75)
    draft.put("section", next(iter(_labels(plain.get("categories"), "name")), None), _ORIGIN, "categories", 0.6)
    base = item.base or draft.values.get("url")
    for picture in objects(plain.get("images")):
        url = picture.get("url")
        if isinstance(url, str):
            put_images(draft, [(url, jsonld.text_of(picture.get("title") or picture.get("caption")))], base)
    # `html` has the paragraphs and headings that `text` only hints at; it may be cut short by an option of the call.
    rich, flat = blocks_of(plain.get("html")), blocks_of(plain.get("text"))
    draft.blocks = rich if _words(rich) * 2 > _words(flat) else flat


def _labels(tags: Any, key: str) -> tuple[str, ...]:
    return tuple(label for tag in objects(tags) if (label := jsonld.text_of(tag.get(key))))


def _words(blocks: list[Any]) -> int:
    return sum(len(text.split()) for text, _ in blocks)


DIFFBOT: Final = Shape("diffbot", _score, _read)
