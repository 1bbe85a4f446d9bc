"""Items of no known shape: fields under the names that crawlers usually give them."""

from __future__ import annotations

import re
from typing import Any, Final

from worker.extract import jsonld
from worker.extract.draft import Draft
from worker.extract.shapes.values import (
    Item,
    Plain,
    blocks_of,
    put_authors,
    put_date,
    put_images,
    put_publisher,
    text_at,
)

# Keys best first; compared without case, underscores and dashes.
ALIASES: Final = {
    "headline": ("headline", "title", "name", "heading", "articletitle"),
    "subtitle": ("subtitle", "subheadline", "deck", "description", "summary", "lead", "abstract", "excerpt"),
    "body": ("articlebody", "body", "text", "content", "maintext", "fulltext", "articletext", "plaintext",
             "bodyhtml", "bodytext", "contenthtml", "html", "articlebodyhtml", "contenttext", "paragraphs"),
    "authors": ("authors", "author", "byline", "creator", "writer", "by"),
    "published_at": ("publishedat", "datepublished", "published", "date", "pubdate", "publishdate", "publicationdate",
                     "datepublish", "publishingdate", "created", "createdat", "time", "timestamp"),
    "modified_at": ("modifiedat", "datemodified", "updated", "updatedat", "modified", "lastmodified", "datemodify"),
    "url": ("url", "link", "articleurl", "permalink", "sourceurl"),
    "canonical_url": ("canonicalurl", "canonical"),
    "publisher": ("publisher", "source", "site", "sitename", "outlet", "provider", "sourcename", "sourcedomain"),
    "section": ("section", "category", "articlesection", "rubric", "categories"),
    "tags": ("tags", "keywords", "topics", "tag", "labels"),
    "language": ("language", "lang", "inlanguage", "languagecode"),
    "images": ("images", "image", "imageurl", "imageurls", "topimage", "thumbnail"),
}  # fmt: skip
_PAGE: Final = re.compile(r"^\s*(?:<!doctype html|<html\b)", re.IGNORECASE)
_PAGE_KEYS: Final = ("html", "browserhtml", "body", "content", "rawhtml", "pagehtml")


def has_body(item: Plain) -> bool:
    """Tell whether an object has a key under which bodies usually stand."""
    return not item.keys().isdisjoint(ALIASES["body"])


def page_in(item: Plain) -> str | None:
    """Give the value that is a whole HTML page."""
    for key in _PAGE_KEYS:
        value = item.get(key)
        if isinstance(value, dict):  # Fundus keeps the page beside where it was fetched
            value = value.get("content")
        if isinstance(value, str) and _PAGE.match(value):
            return value
    return None


def body_in(item: Plain) -> Any:
    """Give the first body that has text; a whole page is none."""
    for key in ALIASES["body"]:
        value = item.get(key)
        if not (isinstance(value, str) and _PAGE.match(value)) and blocks_of(value):
            return value
    return None


def put_generic(draft: Draft, item: Item) -> None:
    """Fill each field that is still empty from the first of its names that has a value; not the body."""
    plain = item.plain
    for name in ("headline", "subtitle", "section", "url", "canonical_url"):
        value, key = text_at(plain, *ALIASES[name])
        draft.put(name, value, f"json:{key}", "alias", 0.9)
    for name in ("published_at", "modified_at"):
        key = next((key for key in ALIASES[name] if plain.get(key)), "")
        put_date(draft, name, plain.get(key), f"json:{key}", "alias")
    for key in ALIASES["authors"]:
        put_authors(draft, plain.get(key), f"json:{key}", "alias", 0.8)
    value, key = text_at(plain, *ALIASES["publisher"])
    put_publisher(draft, value, f"json:{key}", "alias")
    for key in ALIASES["tags"]:
        draft.put("tags", tuple(jsonld.list_of(plain.get(key) or [])), f"json:{key}", "alias", 0.9)
    value, key = text_at(plain, *ALIASES["language"])
    draft.put("language_declared", value, f"json:{key}", "alias", 0.8)
    if not draft.images:
        for key in ALIASES["images"]:
            put_images(draft, jsonld.images_of(plain.get(key) or []), draft.values.get("url") or item.base)
