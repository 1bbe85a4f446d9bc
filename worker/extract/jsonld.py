"""JSON-LD of a page: every script block, damaged ones mended where that is safe, and the node that is the article."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import orjson

from worker.text.whitespace import squeeze

ARTICLE_TYPES: Final = frozenset(
    "Article NewsArticle ReportageNewsArticle AnalysisNewsArticle OpinionNewsArticle BackgroundNewsArticle "
    "ReviewNewsArticle AskPublicNewsArticle BlogPosting LiveBlogPosting SocialMediaPosting Report "
    "TechArticle ScholarlyArticle AdvertiserContentArticle SatiricalArticle".split()
)
_WRAPPING: Final = re.compile(r"^\s*(?:<!--|<!\[CDATA\[|//\s*<!\[CDATA\[)|(?:-->|\]\]>|//\s*\]\]>)\s*;?\s*$")
_TRAILING_COMMA: Final = re.compile(r",(\s*[}\]])")
_DEEPEST: Final = 12
_MOST_NODES: Final = 2000
Node = Mapping[str, Any]


def load(text: str) -> Any | None:
    """Parse one script block; None where it is beyond repair."""
    text = _WRAPPING.sub("", text).strip().rstrip(";")
    for attempt in (text, _TRAILING_COMMA.sub(r"\1", text)):
        try:
            return orjson.loads(attempt)
        except orjson.JSONDecodeError:
            pass
        try:
            return json.loads(attempt, strict=False)  # raw line breaks inside strings
        except (ValueError, RecursionError):
            pass
    return None


def nodes(data: Any, depth: int = 0) -> Iterator[Node]:
    """Walk arrays, @graph and nested entities, outermost first."""
    if depth > _DEEPEST:
        return
    if isinstance(data, list):
        for item in data[:_MOST_NODES]:
            yield from nodes(item, depth + 1)
    elif isinstance(data, dict):
        yield data
        for key in ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "item", "liveBlogUpdate"):
            if isinstance(data.get(key), dict | list):
                yield from nodes(data[key], depth + 1)


def types(node: Node) -> set[str]:
    """Give the node's types without their vocabulary."""
    found = node.get("@type") or node.get("type") or ()
    names = [found] if isinstance(found, str) else found if isinstance(found, list) else []
    return {str(name).rsplit("/", 1)[-1].rsplit(":", 1)[-1] for name in names}


def is_article(node: Node) -> bool:
    """Tell whether a node is an article of any kind."""
    return bool(types(node) & ARTICLE_TYPES)


def text_of(value: Any) -> str | None:
    """Give a property's text: a string, the first of a list, or an object's name or value."""
    if isinstance(value, list):
        return next((text for text in map(text_of, value) if text), None)
    if isinstance(value, dict):
        return text_of(value.get("name") or value.get("@value") or value.get("url"))
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return squeeze(html.unescape(str(value))) or None
    return None


def resolved(value: Any, among: Iterable[Node]) -> Any:
    """Put the named node in the place of a bare reference (`{"@id": …}`), one level deep."""
    if isinstance(value, list):
        return [resolved(item, among) for item in value[:_MOST_NODES]]
    if isinstance(value, dict) and not value.get("name") and isinstance(name := value.get("@id"), str):
        return next((node for node in among if node.get("@id") == name and node.get("name")), value)
    return value


def persons_of(value: Any) -> tuple[list[str], list[str]]:
    """Split authors into persons and organisations; a plain name counts as a person."""
    persons: list[str] = []
    organisations: list[str] = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            given = filter(None, (text_of(item.get("givenName")), text_of(item.get("familyName"))))
            name = text_of(item.get("name")) or " ".join(given)
            if name:
                kinds = types(item)
                organisation = bool(kinds & {"Organization", "NewsMediaOrganization", "Corporation"})
                (organisations if organisation else persons).append(name)
        elif isinstance(item, str) and item.strip() and "://" not in item:
            persons.append(squeeze(item))
    return persons, organisations


def list_of(value: Any) -> list[str]:
    """Give keywords: a list, or one string with commas or semicolons."""
    if isinstance(value, str):
        return [squeeze(item) for item in re.split(r"[,;]", value) if item.strip()]
    if isinstance(value, list):
        return [text for text in map(text_of, value) if text]
    return [text] if (text := text_of(value)) else []


def images_of(value: Any) -> Iterator[tuple[str, str | None]]:
    """Yield (URL, caption) of images."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str):
            yield item, None
        elif isinstance(item, dict) and isinstance(url := item.get("url") or item.get("contentUrl"), str):
            yield url, text_of(item.get("caption"))
