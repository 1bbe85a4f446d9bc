"""Articles of the crawler Fundus: a body of summary and sections, or its plain text."""

from __future__ import annotations

from typing import Any, Final

from worker.extract import jsonld
from worker.extract.draft import Draft
from worker.extract.fragment import Block
from worker.extract.shapes.values import (
    Item,
    Shape,
    blocks_of,
    objects,
    plain,
    plain_text,
    put_authors,
    put_date,
    put_images,
    put_publisher,
    put_text,
)

_OWN: Final = ("plaintext", "publishingdate", "topics", "freeaccess")
_ORIGIN: Final = "json:fundus"


def _score(item: Item) -> float:
    body, html = item.plain.get("body"), item.plain.get("html")
    score = 0.2 * sum(key in item.plain for key in _OWN)
    if isinstance(body, dict) and isinstance(body.get("sections"), list):
        score += 0.6
    if isinstance(html, dict) and ("requested_url" in html or "responded_url" in html):
        score += 0.3
    return min(0.95, score) if score > 0.3 else 0.0  # noqa: PLR2004  # one key alone is anybody's


def _read(draft: Draft, item: Item) -> None:
    plainly = item.plain
    page = plain(html) if isinstance(html := plainly.get("html"), dict) else {}
    draft.put("headline", plain_text(plainly.get("title")), _ORIGIN, "title", 0.9)
    put_date(draft, "published_at", plainly.get("publishingdate"), _ORIGIN, "publishingdate", 0.85)
    put_authors(draft, plainly.get("authors"), _ORIGIN, "authors")
    draft.put("tags", tuple(jsonld.list_of(plainly.get("topics") or [])), _ORIGIN, "topics", 0.85)
    source = plain(info) if isinstance(info := page.get("sourceinfo"), dict) else {}
    put_publisher(draft, jsonld.text_of(plainly.get("publisher")), _ORIGIN, "publisher")
    put_publisher(draft, jsonld.text_of(source.get("publisher")), _ORIGIN, "html.sourceinfo")
    put_text(draft, "url", plainly, ("url",), _ORIGIN)
    put_text(draft, "url", page, ("requestedurl", "respondedurl"), _ORIGIN)
    put_text(draft, "canonical_url", page, ("respondedurl",), _ORIGIN, 0.7)
    put_text(draft, "language_declared", plainly, ("lang", "language"), _ORIGIN, 0.7)
    if isinstance(free := plainly.get("freeaccess"), bool):
        draft.access = "free" if free else "paywalled"
    _put_pictures(draft, plainly.get("images"), item.base or draft.values.get("url"))
    draft.blocks = _blocks(draft, plainly.get("body")) or blocks_of(plainly.get("plaintext"))


def _put_pictures(draft: Draft, pictures: Any, base: str | None) -> None:
    for picture in objects(pictures):
        caption = jsonld.text_of(picture.get("caption") or picture.get("description"))
        versions = [
            version for version in objects(picture.get("versions") or picture) if isinstance(version.get("url"), str)
        ]
        if versions:
            put_images(draft, [(max(versions, key=_width)["url"], caption)], base)


def _width(version: dict[str, Any]) -> float:
    size = version.get("size")
    width = size.get("width") if isinstance(size, dict) else version.get("querywidth")
    return float(width) if isinstance(width, int | float) else 0.0


def _blocks(draft: Draft, body: Any) -> list[Block]:
    if not isinstance(body, dict):
        return blocks_of(body)
    inner = plain(body)
    summary = " ".join(text for text, _ in blocks_of(inner.get("summary")))
    draft.put("subtitle", summary, _ORIGIN, "body.summary", 0.8)
    blocks: list[Block] = []
    for section in objects(inner.get("sections")):
        blocks += [(text, "heading") for text, _ in blocks_of(section.get("headline"))]
        blocks += blocks_of(section.get("paragraphs"))
    return blocks


FUNDUS: Final = Shape("fundus", _score, _read)
