"""schema.org articles: references within the graph resolved, live blogs put together from their updates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from worker.extract import jsonld
from worker.extract.article_node import put_article_node
from worker.extract.draft import Draft
from worker.extract.shapes.values import (
    Item,
    Shape,
    blocks_of,
    plain_text,
    put_authors,
    put_blocks,
    put_date,
    put_publisher,
)
from worker.model import HeadlineVariant

_REFERRING: Final = ("author", "creator", "publisher", "sourceOrganization", "provider", "image", "mainEntityOfPage")
_MOST_UPDATES: Final = 1000
_ORIGIN: Final = "json:schema.org"


def references(data: Any) -> dict[str, Mapping[str, Any]]:
    """Index the nodes of a payload by `@id`, for those that name each other by it."""
    found: dict[str, Mapping[str, Any]] = {}
    for node in jsonld.nodes(data):
        name = node.get("@id")
        if isinstance(name, str) and len(node) > 1:
            found.setdefault(name, node)
    return found


def _resolved(value: Any, graph: Mapping[str, Mapping[str, Any]]) -> Any:
    if isinstance(value, list):
        return [_resolved(item, graph) for item in value]
    if isinstance(value, dict) and len(value) == 1 and isinstance(name := value.get("@id"), str):
        return graph.get(name, {"url": name})
    return value


def _score(item: Item) -> float:
    return 1.0 if jsonld.is_article(item.raw) else 0.0


def _read(draft: Draft, item: Item) -> None:
    node = dict(item.raw)
    for key in _REFERRING:
        if key in node:
            node[key] = _resolved(node[key], item.graph)
    headline = plain_text(node.get("headline")) or plain_text(node.get("name"))
    draft.put("headline", headline, _ORIGIN, "headline", 0.9)
    put_article_node(draft, node, _ORIGIN, item.base)
    for name, key in (("published_at", "datePublished"), ("modified_at", "dateModified")):
        put_date(draft, name, node.get(key), _ORIGIN, key)  # epochs, and dates that cannot be read
    put_date(draft, "published_at", node.get("dateCreated"), _ORIGIN, "dateCreated", 0.7)
    put_authors(draft, node.get("author") or node.get("creator"), _ORIGIN, "author")
    for key in ("sourceOrganization", "provider", "copyrightHolder"):
        put_publisher(draft, jsonld.text_of(node.get(key)), _ORIGIN, key, 0.7)
    other = plain_text(node.get("alternativeHeadline"))
    if other and other != draft.values.get("headline") and other != draft.values.get("subtitle"):
        draft.variants.append(HeadlineVariant(other, "alternative"))
    put_blocks(draft, node.get("articleBody") or node.get("text"))
    _put_updates(draft, node.get("liveBlogUpdate"))


def _put_updates(draft: Draft, updates: Any) -> None:
    """Add a live blog's updates: each one's headline, then its text, in the order in which they stand."""
    for update in (updates if isinstance(updates, list) else [updates])[:_MOST_UPDATES]:
        if not isinstance(update, dict):
            continue
        body = blocks_of(update.get("articleBody") or update.get("text") or update.get("description"))
        title = plain_text(update.get("headline") or update.get("name"))
        if title and (not body or title != body[0][0]):
            draft.blocks.append((title, "heading"))
        draft.blocks += body
        draft.article_type = "live"


SCHEMA_ORG: Final = Shape("schema.org", _score, _read)
