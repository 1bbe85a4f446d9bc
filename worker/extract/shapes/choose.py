"""Which shape an item is of, and the item read: configuration first, then its shape, then the usual names."""

from __future__ import annotations

from typing import Final

from worker.extract import jsonld
from worker.extract.draft import Draft
from worker.extract.page import read_page
from worker.extract.shapes.diffbot import DIFFBOT
from worker.extract.shapes.fundus import FUNDUS
from worker.extract.shapes.generic import body_in, page_in, put_generic
from worker.extract.shapes.mapped import FieldPaths, put_mapped
from worker.extract.shapes.news_please import NEWS_PLEASE
from worker.extract.shapes.ninjs import NINJS
from worker.extract.shapes.schema_org import SCHEMA_ORG
from worker.extract.shapes.values import Item, Shape, put_blocks
from worker.extract.shapes.zyte import ZYTE
from worker.model import Issue

SHAPES: Final = (SCHEMA_ORG, NINJS, ZYTE, DIFFBOT, NEWS_PLEASE, FUNDUS)


def shape_of(item: Item) -> Shape | None:
    """Give the shape whose own keys fit best; None where none fits."""
    score, shape = max(((shape.score(item), shape) for shape in SHAPES), key=lambda pair: pair[0])
    return shape if score > 0 else None


def read_item(item: Item, mapping: FieldPaths) -> Draft:
    """Read one object into a draft.

    A whole HTML page in it is read as one where nothing else gives a body, and where the item is of
    no known shape: crawlers store it beside a few fields of their own. Raises PayloadError
    `article_missing` where such a page, or the object itself, says that it is no article.
    """
    draft = Draft("json")
    put_mapped(draft, item, mapping)
    shape = shape_of(item)
    if shape is not None:
        blocks = draft.blocks
        shape.read(draft, item)
        draft.blocks = blocks or draft.blocks
    page = page_in(item.plain) if not draft.blocks else None
    if page is not None:
        _add_page(draft, page, item)
    put_generic(draft, item)
    if not draft.blocks:
        put_blocks(draft, body_in(item.plain))
    if not draft.blocks and draft.values.get("subtitle"):
        draft.blocks = [(draft.values["subtitle"], "text")]
        draft.issues.append(Issue("teaser_only", "body"))
    return draft


def _add_page(draft: Draft, page: str, item: Item) -> None:
    """Read a page and let it fill what is still empty; its body is the item's."""
    address = draft.values.get("url") or jsonld.text_of(item.plain.get("url")) or item.base
    read = read_page(page, address)
    for name, value in read.values.items():
        if name not in draft.values:
            draft.values[name] = value
            draft.provenance[name] = read.provenance[name]
    draft.provenance.setdefault("body", read.provenance["body"])
    draft.variants += read.variants
    draft.blocks = read.blocks
    draft.issues += read.issues
    draft.images += read.images
    draft.versions |= read.versions
    if draft.access == "unknown":
        draft.access = read.access
    if draft.article_type == "unknown":
        draft.article_type = read.article_type
