"""Feeds: RSS, RDF and Atom by lxml where they are, or can be made, well-formed; what is damaged by feedparser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import Any, Final

import feedparser
from lxml import etree

from worker.errors import PayloadError
from worker.extract.feed_item import MOST_ITEMS, FeedItem, article_of
from worker.extract.feed_tree import read_tree
from worker.extract.xml_repair import mend_characters
from worker.model import Article, Issue, Payload
from worker.ports import Format, Sniff
from worker.text.charset import decode

_ROOT: Final = re.compile(rb"<(?:rss|feed|rdf:RDF|channel)\b", re.IGNORECASE)
_JUNK: Final = re.compile(
    rb"<\?xml[^>]{0,200}\?>\s*(?:<[!?][^>]{0,300}>\s*){0,5}<(?:rss|feed|rdf:RDF)\b", re.IGNORECASE
)
_TYPES: Final = frozenset({"application/rss+xml", "application/atom+xml", "application/rdf+xml"})
_ENTITIES: Final = re.compile(r"<!(?:DOCTYPE[^>\[]{0,200}\[|ENTITY\b)", re.IGNORECASE)
_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_DOCTYPE: Final = re.compile(r"<!DOCTYPE[^>\[]{0,300}>", re.IGNORECASE)
_START: Final = re.compile(r"<(?:rss|feed|rdf:RDF|channel)\b", re.IGNORECASE)
_USUAL: Final = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
}
_START_OF_ITEM: Final = re.compile(r"<(?:item|entry)\b", re.IGNORECASE)
_MOST_DAMAGED: Final = 1_000_000
"""Characters of a damaged feed that are read: feedparser's loose parser takes 0.2 s for a million of prose, and 3 s
where they are 60,000 items that are never closed."""


class Feed:
    """A feed; a broken one gives what could be read."""

    name = "feed"
    version = "2"

    def score(self, sniff: Sniff) -> float:
        """A feed's root element near the start of XML, or of XML behind some junk."""
        if sniff.head[:1] != b"<":
            found = _JUNK.search(sniff.head) if sniff.head[:1] not in {b"{", b"["} else None
            return 0.7 if found is not None and b"<html" not in sniff.head[: found.start()].lower() else 0.0
        if (found := _ROOT.search(sniff.head[:2048])) is None or b"<html" in sniff.head[: found.start()].lower():
            return 0.0
        return 0.97 if sniff.media_type in _TYPES else 0.96

    def parse(self, payload: Payload) -> Iterator[Article | PayloadError]:
        """Yield each item; see `worker.ports.Format`.

        Raises PayloadError `markup_invalid` for what is no feed and for one that defines entities,
        `article_missing` for one without items.
        """
        decoded = decode(payload.body, payload.media_type)
        if _ENTITIES.search(decoded.text[:8192]):
            raise PayloadError("markup_invalid", "the feed defines entities of its own, which is refused")
        read = _read(decoded.text, payload.url)
        if not read.items:
            cause = "markup_invalid" if read.damage else "article_missing"
            raise PayloadError(cause, f"the feed has no items {read.damage or ''}".strip()[:200])
        issues = list(decoded.issues)
        if read.damage:
            issues.append(Issue("markup_broken", None, read.damage[:200]))
        once = (Issue("items_cut", None, read.left_out),) if read.left_out else ()
        for part, item in enumerate(read.items):
            try:
                article = article_of(item, "feed", payload, part, (*issues, *once))
            except PayloadError as exc:
                yield exc
                continue
            once = ()
            yield article


@dataclass(frozen=True, slots=True)
class _Read:
    """Items, what was wrong with the markup, and what was left out."""

    items: list[FeedItem]
    damage: str = ""
    left_out: str = ""


def _read(text: str, address: str | None) -> _Read:
    damage = ""
    plain = _DOCTYPE.sub("", _DECLARATION.sub("", text, count=1), count=1)
    for attempt in (str, _mended):
        try:
            items, count = read_tree(attempt(plain), address)
        except (etree.XMLSyntaxError, ValueError) as exc:
            damage = damage or str(exc)
            continue
        return _Read(items, damage, f"{MOST_ITEMS} of {count} items are read" if count > MOST_ITEMS else "")
    return _loosely(_mended(plain), damage, address)


def _mended(text: str) -> str:
    """Mend what is safe to mend.

    Junk before the root, characters that XML has not, entities of HTML, bare ampersands, usual
    namespaces that were not declared.
    """
    if (start := _START.search(text)) is not None:
        text = text[start.start() :]
    text = mend_characters(text)
    close = text.find(">")
    missing = "".join(
        f' xmlns:{prefix}="{space}"'
        for prefix, space in _USUAL.items()
        if f"<{prefix}:" in text and f"xmlns:{prefix}=" not in text[:close]
    )
    first = re.match(r"<[a-zA-Z:]+", text)
    return text[: first.end()] + missing + text[first.end() :] if missing and first is not None else text


def _loosely(text: str, damage: str, address: str | None) -> _Read:
    """Read a damaged feed by feedparser, whose loose parser takes tags as they come; only so much of it."""
    left_out = ""
    starts = [found.start() for found in islice(_START_OF_ITEM.finditer(text, 0, _MOST_DAMAGED), MOST_ITEMS + 1)]
    if len(text) > _MOST_DAMAGED or len(starts) > MOST_ITEMS:
        cut = starts[-1] if len(starts) > 1 else _MOST_DAMAGED
        left_out = f"the feed is damaged and long; {cut} of {len(text)} characters are read"
        text = text[:cut]
    # A stream, never a string: a string that looked like a URL or a path would be opened.
    stream = BytesIO(text.encode("utf-8", "replace"))
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        feed: Any = feedparser.parse(stream, response_headers=headers, sanitize_html=False)
    except (ValueError, AssertionError, RecursionError, AttributeError, KeyError, IndexError, TypeError) as exc:
        raise PayloadError("markup_invalid", f"the feed is damaged beyond repair: {damage or exc}"[:200]) from exc
    entries = feed.entries
    return _Read([_loose_item(entry, feed.feed, address) for entry in entries[:MOST_ITEMS]], damage, left_out)


def _loose_item(entry: Any, channel: Any, address: str | None) -> FeedItem:
    item = FeedItem(
        title=entry.get("title") or "",
        url=entry.get("link"),
        base=address or channel.get("link"),
        content=max((part.get("value") or "" for part in entry.get("content", [])), key=len, default=""),
        summary=entry.get("summary") or "",
        authors=[person.get("name") or "" for person in entry.get("authors", [])],
        tags=[tag["term"] for tag in entry.get("tags", []) if tag.get("term")],
        language=channel.get("language"),
    )
    # Its own get warns, and gives `published` for `updated`.
    for keys, dates in ((("published", "created", "dc_date"), item.published), (("updated",), item.modified)):
        dates += [(value, key) for key in keys if (value := dict.get(entry, key))]
    if publisher := channel.get("publisher") or channel.get("title"):
        item.publisher = (publisher, None, "channel title")
    for media in [*entry.get("media_content", []), *entry.get("enclosures", [])]:
        kind, place = str(media.get("type") or media.get("medium") or ""), media.get("url") or media.get("href")
        if kind.startswith("image") and place:
            item.images.append((place, None))
    return item


component: type[Format] = Feed
