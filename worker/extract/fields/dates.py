"""When a page was published and modified: statements in order of trust, the URL, then what is visible."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from urllib.parse import urlsplit

import htmldate
from lxml import etree

from worker.extract import jsonld
from worker.extract.declared import Declared, Visible
from worker.extract.draft import Draft
from worker.model import Issue
from worker.text.dates import Stamp, read_date
from worker.text.markup import has_giant_tag

# Meta tags by trust; figures in docs/extraction.md are of the order as a whole.
_PUBLISHED: Final = (
    "article:published_time", "og:article:published_time", "og:published_time", "og:publish_date", "datepublished",
    "sailthru.date", "dc.date.issued", "dcterms.issued", "parsely-pub-date", "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime", "publish-date", "publishdate", "pubdate", "publication_date", "publicationdate",
    "article.published", "date.created", "citation_publication_date", "citation_date", "dc.date", "dcterms.date",
    "dcterms.created", "date", "last-modified-date", "datecreated",
)  # fmt: skip
_MODIFIED: Final = (
    "article:modified_time", "og:updated_time", "og:modified_time", "dcterms.modified", "datemodified",
    "date.modified", "article.updated", "last-modified",
)  # fmt: skip
_URL_DAY: Final = re.compile(r"[/_-](199\d|20[0-4]\d)([/_-]?)(\d\d)\2(\d\d)(?!\d)|/(199\d|20[0-4]\d)/(\d\d?)/(\d\d?)/")
_BEFORE: Final = 15
_REACH: Final = 60  # statements behind the headline within which its date stands
_CLOSE: Final = 1  # days within which two statements are one date in two time zones
_LONGEST_SEARCHED: Final = 1_500_000  # characters; the fallback makes a tree of its own, 15 ms for 200,000
_MINUTE: Final = 60
_UTC: Final = ("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class _Statement:
    stamp: Stamp
    origin: str
    method: str
    confidence: float


def put_dates(draft: Draft, said: Declared, node: jsonld.Node | None, url: str | None, text: str) -> None:
    """Put publication and modification date; what disagrees by more than a day is an issue.

    A whole date in the URL outweighs statements that are off by more than a day: they are dates of
    imports and redesigns. `text` is searched by htmldate only where nothing was stated.
    """
    modified = next(_modified(said, node), None)
    if modified is not None:
        draft.put("modified_at", modified.stamp.value, modified.origin, modified.method, modified.confidence)
    found = [*_stated(said, node)]
    day = url_day(url)
    if day is not None:
        close = [item for item in found if _apart(item.stamp.day, day) <= _CLOSE]
        if found and not close:
            _conflict(draft, found[0], f"{day} (url)")
        found = close or [_Statement(Stamp(day), "url", "path", 0.7)]
    if not found:
        found = [*_visible(said)]
    if not found:
        _put_searched(draft, text, url)
        found = [] if "published_at" in draft.values else [*_named_for_dates(said)]
    if not found:
        return
    chosen = _local(found)
    draft.put("published_at", chosen.stamp.value, chosen.origin, chosen.method, chosen.confidence)
    if chosen.stamp.ambiguous:
        draft.issues.append(Issue("date_ambiguous", "published_at", f"read as {chosen.stamp.value}"))
    other = next(
        (item for item in found if item.confidence >= 0.85 and _apart(item.stamp.day, chosen.stamp.day) > _CLOSE),  # noqa: PLR2004
        None,
    )
    if other is not None and day is None:
        _conflict(draft, chosen, f"{other.stamp.value} ({other.origin})")


def url_day(url: str | None) -> str | None:
    """Give the date that a URL's path names in full, `YYYY-MM-DD`."""
    try:
        found = _URL_DAY.search(urlsplit(url or "").path)
        if found is None:
            return None
        year, month, day = (int(part) for part in (found[1] or found[5], found[3] or found[6], found[4] or found[7]))
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _conflict(draft: Draft, chosen: _Statement, other: str) -> None:
    detail = f"{chosen.stamp.value} ({chosen.origin}) or {other}"
    draft.issues.append(Issue("field_conflict", "published_at", detail[:200]))


def _apart(one: str, other: str) -> int:
    return abs((date.fromisoformat(one) - date.fromisoformat(other)).days)


def _local(found: list[_Statement]) -> _Statement:
    """Prefer, of statements of the same instant, the one in the publisher's own offset to the one in UTC."""
    first = found[0]
    if not first.stamp.value.endswith(_UTC):
        return first
    instant = datetime.fromisoformat(first.stamp.value)
    for item in found[1:]:
        moment = datetime.fromisoformat(item.stamp.value)
        own_offset = moment.tzinfo is not None and not item.stamp.value.endswith(_UTC)
        if own_offset and abs((moment - instant).total_seconds()) < _MINUTE:
            return item
    return first


def _read(text: str | None, origin: str, method: str, confidence: float) -> Iterator[_Statement]:
    if text and (stamp := read_date(text)) is not None:
        yield _Statement(stamp, origin, method, confidence)


def _stated(said: Declared, node: jsonld.Node | None) -> Iterator[_Statement]:
    if node is not None:
        yield from _read(jsonld.text_of(node.get("datePublished")), "json-ld", "datePublished", 0.9)
    yield from _in_meta(said, _PUBLISHED[:4], 0.9)
    for other in said.nodes:
        if other is not node and jsonld.types(other) & {"WebPage"} and not jsonld.is_article(other):
            yield from _read(jsonld.text_of(other.get("datePublished")), "json-ld:WebPage", "datePublished", 0.85)
    for item in said.visible:
        if item.prop == "datepublished":
            yield from _read(item.value or item.text, "microdata", "datePublished", 0.85)
    for item in said.visible:
        if item.tag == "time" and (item.words & {"published", "pubdate"} or {"entry", "date"} <= item.words):
            yield from _read(item.value or item.text, "time:published", "datetime", 0.8)
    yield from _in_meta(said, _PUBLISHED[4:], 0.8)
    if node is not None:
        yield from _read(jsonld.text_of(node.get("dateCreated")), "json-ld", "dateCreated", 0.7)


def _in_meta(said: Declared, names: tuple[str, ...], confidence: float) -> Iterator[_Statement]:
    for name in names:
        for value in said.meta.get(name, ())[:1]:
            yield from _read(value, f"meta:{name}", "content", confidence)


def _modified(said: Declared, node: jsonld.Node | None) -> Iterator[_Statement]:
    if node is not None:
        yield from _read(jsonld.text_of(node.get("dateModified")), "json-ld", "dateModified", 0.9)
    yield from _in_meta(said, _MODIFIED, 0.8)
    for item in said.visible:
        if item.prop == "datemodified" or (item.tag == "time" and "updated" in item.words):
            yield from _read(item.value or item.text, "microdata", "dateModified", 0.75)


def _near(said: Declared) -> list[Visible]:
    return [item for item in said.visible if -_BEFORE < item.order - said.heading_order <= _REACH]


def _visible(said: Declared) -> Iterator[_Statement]:
    """Yield dates of time elements near the headline."""
    for item in _near(said):
        if item.tag == "time" and "updated" not in item.words:
            yield from _read(item.value, "time", "datetime", 0.65)
            yield from _read(item.text, "time", "visible", 0.6)


def _named_for_dates(said: Declared) -> Iterator[_Statement]:
    """Yield dates in elements near the headline whose class says date; the last resort."""
    for item in _near(said):
        if item.tag != "time" and item.words & {"date", "published", "publish", "posted", "timestamp", "datum"}:
            yield from _read(item.text, "html:date", "visible", 0.6)


def _put_searched(draft: Draft, text: str, url: str | None) -> None:
    if len(text) > _LONGEST_SEARCHED or has_giant_tag(text):
        return
    try:
        found = htmldate.find_date(text, original_date=True, url=url)
    except (ValueError, TypeError, etree.LxmlError, RecursionError, OverflowError):
        return
    draft.put("published_at", found, "htmldate", "heuristics", 0.5)
