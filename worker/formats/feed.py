"""Feeds: RSS and Atom (RDF too) by feedparser; each item is an article, one with a summary alone is marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final

import feedparser

from worker.errors import PayloadError
from worker.extract.article_node import clean_persons
from worker.extract.draft import Draft, finish
from worker.extract.fragment import Block, blocks_of_fragment, blocks_of_text, looks_like_markup
from worker.model import Article, Image, Issue, Payload, Publisher
from worker.ports import Format, Sniff
from worker.text.dates import read_date
from worker.text.urls import absolute

_ROOT: Final = re.compile(rb"<(?:rss|feed|rdf:RDF|channel)\b", re.IGNORECASE)
_TYPES: Final = frozenset({"application/rss+xml", "application/atom+xml", "application/rdf+xml"})
_ENTITIES: Final = re.compile(rb"<!(?:DOCTYPE[^>\[]{0,200}\[|ENTITY\b)", re.IGNORECASE)
_READ_MORE: Final = re.compile(
    r"(…|\.\.\.|\[\.\.\.\]|\[…\]|read more|continue reading|weiterlesen|leer más)\W*$", re.IGNORECASE
)
_MOST_ITEMS: Final = 5000


class Feed:
    """A feed; a broken one gives what could be read."""

    name = "feed"
    version = "1"

    def score(self, sniff: Sniff) -> float:
        """A feed's root element near the start of XML."""
        if sniff.head[:1] != b"<":
            return 0.0
        if (found := _ROOT.search(sniff.head[:2048])) is None or b"<html" in sniff.head[: found.start()].lower():
            return 0.0
        return 0.97 if sniff.media_type in _TYPES else 0.96

    def parse(self, payload: Payload) -> Iterator[Article | PayloadError]:
        """Yield each item; see `worker.ports.Format`."""
        if _ENTITIES.search(payload.body[:4096]):
            raise PayloadError("markup_invalid", "the feed defines entities of its own, which is refused")
        # A stream, never a string: a string that looked like a URL or a path would be opened.
        headers = {"content-type": payload.media_type} if payload.media_type else {}
        feed: Any = feedparser.parse(BytesIO(payload.body), response_headers=headers, sanitize_html=False)
        if not feed.entries:
            cause = "markup_invalid" if feed.bozo else "article_missing"
            raise PayloadError(cause, f"the feed has no items {feed.get('bozo_exception', '')!s}".strip()[:200])
        broken = (Issue("markup_broken", None, str(feed.bozo_exception)[:200]),) if _damaged(feed) else ()
        for part, entry in enumerate(feed.entries[:_MOST_ITEMS]):
            try:
                yield _article(payload, part, entry, feed.feed, broken)
            except PayloadError as exc:
                yield exc


def _damaged(feed: Any) -> bool:
    return bool(feed.bozo) and not isinstance(feed.bozo_exception, feedparser.exceptions.CharacterEncodingOverride)


def _article(payload: Payload, part: int, entry: Any, channel: Any, issues: tuple[Issue, ...]) -> Article:
    draft = Draft("feed", part, issues=list(issues))
    title = entry.get("title") or ""
    draft.put("headline", _plain(title), "feed:title", "item", 0.95)
    draft.put("url", absolute(entry.get("link"), payload.url), "feed:link", "item", 0.95)
    for name, keys in (("published_at", ("published", "created", "dc_date", "updated")), ("modified_at", ("updated",))):
        for key in keys:
            value = dict.get(entry, key)  # its own get warns, and gives `published` for `updated`
            if value and (stamp := read_date(value)) is not None:
                draft.put(name, stamp.value, f"feed:{key}", "item", 0.95 if key == "published" else 0.8)
    names = [person.get("name", "") for person in entry.get("authors", [])]
    draft.put(
        "authors",
        tuple(clean_persons([re.sub(r"^\S+@\S+\s*\((.+)\)$", r"\1", n) for n in names])),
        "feed:author",
        "item",
        0.85,
    )
    if publisher := channel.get("publisher") or channel.get("title"):
        draft.put("publisher", Publisher(_plain(publisher), None, "publisher"), "feed:channel title", "channel", 0.75)
    terms = [tag.get("term") for tag in entry.get("tags", []) if tag.get("term")]
    draft.put("tags", tuple(terms), "feed:category", "item", 0.8)
    draft.put("language_declared", channel.get("language"), "feed:language", "channel", 0.7)
    for media in [*entry.get("media_content", []), *entry.get("enclosures", [])]:
        kind = str(media.get("type") or media.get("medium") or "")
        if kind.startswith("image") and (url := absolute(media.get("url") or media.get("href"), payload.url)):
            draft.images.append(Image(url))
    _put_body(draft, entry)
    return finish(draft, payload)


def _put_body(draft: Draft, entry: Any) -> None:
    content = max((part.get("value") or "" for part in entry.get("content", [])), key=len, default="")
    summary = entry.get("summary") or ""
    if len(content) >= len(summary) and content.strip():
        draft.blocks = _blocks(content)
        if summary.strip() and summary != content:
            draft.put("subtitle", _plain(summary), "feed:summary", "item", 0.6)
    else:
        draft.blocks = _blocks(summary)
    words = sum(len(text.split()) for text, _ in draft.blocks)
    last = draft.blocks[-1][0] if draft.blocks else ""
    if draft.blocks and ((not content.strip() and words < 120) or _READ_MORE.search(last)):  # noqa: PLR2004  # a summary
        draft.issues.append(Issue("teaser_only", "body", f"{words} words"))


def _blocks(text: str) -> list[Block]:
    return blocks_of_fragment(text) if looks_like_markup(text) or "&" in text else blocks_of_text(text)


def _plain(text: str) -> str:
    return " ".join(block for block, _ in _blocks(text)) if text else ""


component: type[Format] = Feed
