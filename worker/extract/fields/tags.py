"""Tags of a page: the most specific witness that reads like tags; identifiers, prefixes and the site's name out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from worker.extract import jsonld
from worker.extract.declared import Declared
from worker.extract.draft import Draft
from worker.model import Publisher
from worker.text.urls import registered_domain
from worker.text.whitespace import squeeze

_META: Final = (
    ("news_keywords", 0.8), ("article:tag", 0.8), ("og:article:tag", 0.8), ("parsely-tags", 0.8),
    ("sailthru.tags", 0.8), ("dc.subject", 0.7), ("keywords", 0.65),
)  # fmt: skip
_LISTS: Final = (
    "[class*=ag], [class*=keywords], [class*=topics]"  # one look at each element; 1.5 ms with " a" behind each
)
_LIST: Final = re.compile(r"tag-list|taglist|tags|Tags|TagList|keywords|topics|article-tag|article__tag")
_MOST_LISTS: Final = 200
_IDENTIFIER: Final = re.compile(r"^(?:[0-9a-f]{8}-[0-9a-f-]{20,}|[0-9a-f]{24,}|\d+|[\w-]+:[\w:/-]+)$", re.IGNORECASE)
_PREFIX: Final = re.compile(r"^(?:category|tag|topic|section|subject|keyword|kategorie|thema)\s*:\s*", re.IGNORECASE)
_MACHINE: Final = re.compile(r"^[A-Z]{2,5} [A-Za-z ]+: ")
_NUMBERED: Final = re.compile(r"^\(\d+\)\s*|\s*\(\d+\)$|^#")
_LONGEST: Final = 80
_MOST_WORDS: Final = 8
_MOST_TAGS: Final = 60
_MOST_LINKS: Final = 20


def put_tags(draft: Draft, said: Declared, node: jsonld.Node | None, tree: LexborHTMLParser) -> None:
    """Put the tags of the first witness that gives some; raw, in the order of the source."""
    own = _own_names(draft, said)
    weak: tuple[list[str], str, str, float] | None = None
    for values, origin, method, confidence in _witnesses(said, node):
        tags, dropped = clean_tags(values, own)
        if not tags:
            continue
        # One item, or items of the site itself, say little: a better witness may follow.
        if len(tags) > 1 and not (origin == "meta:keywords" and dropped):
            draft.put("tags", tuple(tags), origin, method, confidence)
            return
        weak = weak or (tags, origin, method, confidence)
    for links, origin, confidence in ((_by_rel, "html:rel=tag", 0.7), (_in_lists, "html:tags", 0.5)):
        tags = _linked(links(tree), own)
        if tags and (weak is None or set(weak[0]) < set(tags)):
            draft.put("tags", tuple(tags), origin, "links", confidence)
            return
    if weak is not None:
        draft.put("tags", tuple(weak[0]), *weak[1:])


def clean_tags(values: list[str], own: frozenset[str]) -> tuple[list[str], int]:
    """Give the values that read like tags, once each, and how many named the site itself."""
    tags: dict[str, str] = {}
    dropped = 0
    for value in values[: 2 * _MOST_TAGS]:
        if _MACHINE.match(value):
            continue
        text = _NUMBERED.sub("", _PREFIX.sub("", squeeze(value))).strip()
        if "/" in text and " " not in text.split("/")[0]:
            head, rest = text.split("/", 1)
            text = rest if head in {"sections", "section", "topic", "topics", "organization", "person", "tag"} else text
        folded = text.casefold()
        if not text or len(text) > _LONGEST or len(text.split()) > _MOST_WORDS or _IDENTIFIER.match(text):
            continue
        if folded.replace(" ", "") in own:
            dropped += 1
            continue
        tags.setdefault(folded, text)
    return list(tags.values())[:_MOST_TAGS], dropped


def _own_names(draft: Draft, said: Declared) -> frozenset[str]:
    publisher = draft.values.get("publisher")
    names = [publisher.name or ""] if isinstance(publisher, Publisher) else []
    names += [value for key in ("og:site_name", "application-name") for value in said.meta.get(key, [])[:1]]
    if domain := registered_domain(draft.values.get("canonical_url")):
        names += [domain, f"www.{domain}", domain.split(".")[0]]
    return frozenset(name.casefold().replace(" ", "") for name in names if name)


def _witnesses(said: Declared, node: jsonld.Node | None) -> Iterator[tuple[list[str], str, str, float]]:
    keywords: Any = node.get("keywords") if node is not None else None
    if keywords:
        yield jsonld.list_of(keywords), "json-ld", "keywords", 0.85
    for key, confidence in _META:
        values = said.meta.get(key, [])
        if values:
            listed = [tag for value in values for tag in jsonld.list_of(value)]
            yield listed, f"meta:{key}", "content", confidence


def _by_rel(tree: LexborHTMLParser) -> Iterator[LexborNode]:
    return iter(tree.css("a[rel~=tag]"))


def _in_lists(tree: LexborHTMLParser) -> Iterator[LexborNode]:
    """Yield the links in elements whose class says that they hold tags, once each."""
    seen: set[int] = set()
    lists = (node for node in tree.css(_LISTS) if _LIST.search(node.attributes.get("class") or ""))
    for node in islice(lists, _MOST_LISTS):
        for link in node.css("a"):
            if link.mem_id != node.mem_id and link.mem_id not in seen:
                seen.add(link.mem_id)
                yield link


def _linked(links: Iterator[LexborNode], own: frozenset[str]) -> list[str]:
    found = [squeeze(link.text()[:200]) for link in islice(links, 4 * _MOST_LINKS)]
    tags, _ = clean_tags([text for text in found if text], own)
    return tags if len(tags) <= _MOST_LINKS else []
