"""An item of a feed as plain data, whatever it was written in, and the article that it becomes."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Final

from worker.extract.article_node import clean_persons
from worker.extract.draft import Draft, finish
from worker.extract.fragment import Block, blocks_of_fragment, blocks_of_text, looks_like_markup
from worker.model import Article, Image, Issue, Payload, Publisher
from worker.text.dates import read_date
from worker.text.urls import absolute, registered_domain
from worker.text.whitespace import squeeze

MOST_ITEMS: Final = 5000
_TEASER_WORDS: Final = 120
_READ_MORE: Final = re.compile(
    r"(…|\.\.\.|\[\.\.\.\]|\[…\]|read more|continue reading|weiterlesen|leer más|lire la suite|leggi tutto|"
    r"lees meer|czytaj więcej|читать далее|читати далі)\W*$",
    re.IGNORECASE,
)
_FOOTER: Final = re.compile(r"^The post .{1,300} (?:appeared first on|first appeared on) .{1,100}$")
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_IN_MAIL: Final = re.compile(r"^\S+@\S+\s*\((.+)\)$")


@dataclass(slots=True)
class FeedItem:
    """What an item says, as text with its markup; dates with the name of what they stood in, best first.

    `publisher` is a name, its address, and where they stood.
    """

    title: str = ""
    url: str | None = None
    canonical_url: str | None = None
    base: str | None = None
    content: str = ""
    content_elsewhere: bool = False
    summary: str = ""
    authors: list[str] = field(default_factory=list)
    published: list[tuple[str, str]] = field(default_factory=list)
    modified: list[tuple[str, str]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    section: str | None = None
    language: str | None = None
    publisher: tuple[str, str | None, str] | None = None
    images: list[tuple[str, str | None]] = field(default_factory=list)


def article_of(item: FeedItem, origin: str, payload: Payload, part: int, issues: tuple[Issue, ...]) -> Article:
    """Make an article of an item; `origin` is the first part of its provenance (`feed`, `jsonfeed`).

    Raises PayloadError `article_missing` for an item without a text.
    """
    draft = Draft(origin, part, issues=list(issues))
    base = absolute(item.base, payload.url) or payload.url
    draft.put("headline", title_text(item.title), f"{origin}:title", "item", 0.95)
    draft.put("url", absolute(item.url, base), f"{origin}:link", "item", 0.95)
    draft.put("canonical_url", absolute(item.canonical_url, base), f"{origin}:origlink", "item", 0.8)
    _put_dates(draft, item, origin)
    names = [_IN_MAIL.sub(r"\1", name.strip()) for name in item.authors]
    draft.put("authors", tuple(clean_persons(names)), f"{origin}:author", "item", 0.85)
    if item.publisher is not None:
        name, site, where = item.publisher
        found = Publisher(title_text(name), registered_domain(site), "publisher")
        draft.put("publisher", found if found.name else None, f"{origin}:{where}", "item or channel", 0.75)
    tags = (title_text(tag) for tag in item.tags)
    draft.put("tags", tuple(tag for tag in tags if tag), f"{origin}:category", "item", 0.8)
    draft.put("section", title_text(item.section or ""), f"{origin}:section", "item", 0.75)
    draft.put("language_declared", item.language, f"{origin}:language", "item or channel", 0.7)
    for address, caption in item.images:
        whole = absolute(address, base)
        if whole and whole not in {image.url for image in draft.images}:
            draft.images.append(Image(whole, title_text(caption or "") or None))
    _put_body(draft, item, origin)
    return finish(draft, payload)


def title_text(text: str) -> str:
    """Read a title: markup out, entities that were escaped twice undone (`&amp;amp;` is `&`)."""
    if looks_like_markup(text):
        text = " ".join(block for block, _ in blocks_of_fragment(text))
    for _ in range(2):
        if not _ENTITY.search(text):
            break
        text = html.unescape(text)
    return squeeze(text)


def _put_dates(draft: Draft, item: FeedItem, origin: str) -> None:
    for name, dates in (("published_at", [*item.published, *item.modified]), ("modified_at", item.modified)):
        for text, key in dates:
            if (stamp := read_date(text)) is not None:
                own = (text, key) in item.published or name == "modified_at"
                draft.put(name, stamp.value, f"{origin}:{key}", "item", 0.95 if own else 0.8)
        if dates and name not in draft.values:
            draft.issues.append(Issue("date_unparsed", name, dates[0][0][:100]))


def _put_body(draft: Draft, item: FeedItem, origin: str) -> None:
    content, summary = item.content.strip(), item.summary.strip()
    whole = bool(content) and len(content) >= len(summary)
    draft.blocks = _blocks(content if whole else summary)
    if len(draft.blocks) > 1 and _FOOTER.match(squeeze(draft.blocks[-1][0])):
        del draft.blocks[-1]
    if whole and summary and summary != content:
        draft.put("subtitle", _lead(summary, draft.blocks), f"{origin}:summary", "item", 0.6)
    words = sum(len(text.split()) for text, _ in draft.blocks)
    last = draft.blocks[-1][0] if draft.blocks else ""
    short = not content and words < _TEASER_WORDS
    if draft.blocks and (short or item.content_elsewhere or _READ_MORE.search(last[-60:])):
        draft.issues.append(Issue("teaser_only", "body", f"{words} words"))


def _lead(summary: str, blocks: list[Block]) -> str | None:
    """Give the summary, unless it is nothing but the body's own beginning."""
    text = squeeze(" ".join(block for block, _ in _blocks(summary)))
    stem = re.sub(r"[\s.…\[\]]+$", "", text)
    return None if not stem or squeeze(" ".join(block for block, _ in blocks[:5])).startswith(stem) else text


def _blocks(text: str) -> list[Block]:
    return blocks_of_fragment(text) if looks_like_markup(text) or "&" in text else blocks_of_text(text)
