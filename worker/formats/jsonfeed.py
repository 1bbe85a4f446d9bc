"""JSON Feed 1.0 and 1.1: one article an item."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from worker.errors import PayloadError
from worker.extract.feed_item import MOST_ITEMS, FeedItem, article_of
from worker.extract.json_text import load
from worker.model import Article, Issue, Payload
from worker.ports import Format, Sniff
from worker.text.charset import decode
from worker.text.urls import absolute

_VERSION: Final = re.compile(rb'"version"\s*:\s*"https?:(?:\\?/){2}(?:www\.)?jsonfeed\.org\\?/version\\?/')


class JsonFeed:
    """A feed in JSON; told by its `version`, or by its media type."""

    name = "jsonfeed"
    version = "1"

    def score(self, sniff: Sniff) -> float:
        """An object that names the version's address."""
        if sniff.head[:1] != b"{":
            return 0.0
        if _VERSION.search(sniff.head):
            return 0.98
        return 0.97 if sniff.media_type == "application/feed+json" and re.match(rb'\{\s*"', sniff.head) else 0.0

    def parse(self, payload: Payload) -> Iterator[Article | PayloadError]:
        """Yield each item; see `worker.ports.Format`."""
        decoded = decode(payload.body, payload.media_type)
        feed, mended = load(decoded.text)
        items = feed.get("items") if isinstance(feed, dict) else None
        if not isinstance(items, list) or not items:
            raise PayloadError("article_missing", "the JSON feed has no items")
        once: tuple[Issue, ...] = ()
        if len(items) > MOST_ITEMS:
            once = (Issue("items_cut", None, f"{MOST_ITEMS} of {len(items)} items are read"),)
        for part, raw in enumerate(items[:MOST_ITEMS]):
            if not isinstance(raw, dict):
                yield PayloadError("article_missing", "an item of the feed is not an object")
                continue
            try:
                item = _item(raw, feed)
                article = article_of(item, "jsonfeed", payload, part, (*decoded.issues, *mended, *once))
            except PayloadError as exc:
                yield exc
                continue
            once = ()
            yield article


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""


def _item(raw: Mapping[str, Any], feed: Mapping[str, Any]) -> FeedItem:
    home = _text(feed.get("home_page_url")) or None
    plain = _text(raw.get("content_text"))
    summary = _text(raw.get("summary"))
    item = FeedItem(
        title=html.escape(_text(raw.get("title")), quote=False),  # plain text by the specification
        url=_text(raw.get("url")) or absolute(_text(raw.get("id"))),
        base=home or _text(feed.get("feed_url")) or None,
        content=_text(raw.get("content_html")) or html.escape(plain, quote=False),
        summary=html.escape(summary, quote=False),
        language=_text(raw.get("language")) or _text(feed.get("language")) or None,
        authors=_names(raw) or _names(feed),
    )
    if not raw.get("content_html") and "\n" in plain:
        paragraphs = re.split(r"\n\s*\n", plain) if re.search(r"\n\s*\n", plain) else plain.split("\n")
        item.content = "".join(f"<p>{html.escape(text, quote=False)}</p>" for text in paragraphs)
    for name, dates in (("date_published", item.published), ("date_modified", item.modified)):
        if text := _text(raw.get(name)):
            dates.append((text, name))
    tags = raw.get("tags")
    item.tags = [html.escape(_text(tag), quote=False) for tag in tags] if isinstance(tags, list) else []
    if title := _text(feed.get("title")):
        item.publisher = (html.escape(title, quote=False), home, "title")
    for key in ("image", "banner_image"):
        if address := _text(raw.get(key)):
            item.images.append((address, None))
    attached = raw.get("attachments")
    for attachment in attached if isinstance(attached, list) else []:
        if isinstance(attachment, dict) and _text(attachment.get("mime_type")).startswith("image/"):
            item.images.append((_text(attachment.get("url")), _text(attachment.get("title")) or None))
    return item


def _names(node: Mapping[str, Any]) -> list[str]:
    """Give the authors' names; version 1.0 has one `author`, 1.1 a list."""
    listed = node.get("authors")
    found = [*(listed if isinstance(listed, list) else []), node.get("author")]
    return list(dict.fromkeys(_text(who.get("name")) for who in found if isinstance(who, dict) and who.get("name")))


component: type[Format] = JsonFeed
