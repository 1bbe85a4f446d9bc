"""JSON: schema.org articles (also @graph and arrays), items as crawlers yield them, and lines of such objects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from worker.errors import PayloadError
from worker.extract import jsonld
from worker.extract.article_node import clean_persons, put_article_node
from worker.extract.draft import Draft, finish
from worker.extract.fragment import Block, blocks_of_fragment, blocks_of_text, looks_like_markup
from worker.extract.page import read_page
from worker.model import Article, Image, Issue, Payload, Publisher
from worker.ports import Format, Sniff
from worker.text.charset import decode
from worker.text.dates import read_date
from worker.text.urls import absolute
from worker.text.whitespace import squeeze

_MOST_ITEMS: Final = 10_000
_PAGE: Final = re.compile(r"^\s*(?:<!doctype html|<html\b)", re.IGNORECASE)
# Keys as crawlers spell them, best first; compared without case, underscores and dashes.
_ALIASES: Final = {
    "headline": ("headline", "title", "name", "heading", "articletitle"),
    "subtitle": ("subtitle", "subheadline", "deck", "description", "summary", "lead", "abstract", "excerpt"),
    "body": ("articlebody", "body", "text", "content", "maintext", "fulltext", "articletext", "plaintext",
             "bodyhtml", "contenthtml", "html", "articlebodyhtml", "contenttext", "paragraphs"),
    "authors": ("authors", "author", "byline", "creator", "writer", "by"),
    "published_at": ("publishedat", "datepublished", "published", "date", "pubdate", "publishdate", "publicationdate",
                     "datepublish", "created", "createdat", "time", "timestamp"),
    "modified_at": ("modifiedat", "datemodified", "updated", "updatedat", "modified", "lastmodified", "datemodify"),
    "url": ("url", "link", "articleurl", "permalink", "sourceurl"),
    "canonical_url": ("canonicalurl", "canonical"),
    "publisher": ("publisher", "source", "site", "sitename", "outlet", "provider", "sourcename", "sourcedomain"),
    "section": ("section", "category", "articlesection", "rubric", "categories"),
    "tags": ("tags", "keywords", "topics", "tag", "labels"),
    "language": ("language", "lang", "inlanguage", "languagecode"),
    "images": ("images", "image", "imageurl", "imageurls", "topimage", "thumbnail"),
}  # fmt: skip


class Json:
    """One object, an array, a wrapper with an array inside, or one object a line."""

    name = "json"
    version = "1"

    def score(self, sniff: Sniff) -> float:
        """An object or array at the start that goes on like JSON."""
        head = sniff.head
        if not re.match(rb"^(?:\{\s*(?:\"|\})|\[\s*(?:[\[{\"\]]|-?\d))", head):
            return 0.0
        declared = (sniff.media_type or "").endswith(("json", "ndjson")) or sniff.suffix in {
            ".json",
            ".jsonl",
            ".ndjson",
        }
        return 0.95 if declared else 0.85

    def parse(self, payload: Payload) -> Iterator[Article | PayloadError]:
        """Yield each article; see `worker.ports.Format`. Raises PayloadError `markup_invalid`."""
        decoded = decode(payload.body, payload.media_type)
        for part, item in enumerate(_items(decoded.text)):
            if isinstance(item, PayloadError):
                yield item
                continue
            try:
                yield _article(payload, part, item, decoded.issues)
            except PayloadError as exc:
                yield exc


def _items(text: str) -> list[dict[str, Any] | PayloadError]:
    try:
        data = _load(text)
    except PayloadError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or not all(line.lstrip().startswith("{") for line in lines[:3]):  # noqa: PLR2004
            raise
        return [_line(line) for line in lines[:_MOST_ITEMS]]
    return list(_unwrap(data))


def _line(line: str) -> dict[str, Any] | PayloadError:
    try:
        item = _load(line)
    except PayloadError as exc:
        return exc
    return item if isinstance(item, dict) else PayloadError("article_missing", "a line is not an object")


def _load(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_unique)
    except PayloadError:
        raise
    except (ValueError, RecursionError) as exc:
        raise PayloadError("markup_invalid", f"not JSON: {exc}"[:200]) from exc


def _no_constant(name: str) -> NoReturn:
    raise PayloadError("markup_invalid", f"{name} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that names a key twice with different values: nobody can say which is meant."""
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made and made[key] != value:
            raise PayloadError("markup_invalid", f"key {key[:60]!r} stands twice with different values")
        made[key] = value
    return made


def _unwrap(data: Any) -> Iterator[dict[str, Any] | PayloadError]:
    if isinstance(data, dict):
        graph = [node for node in jsonld.nodes(data) if jsonld.is_article(node)] if "@graph" in data else []
        if graph:
            yield from (dict(node) for node in graph)
            return
        if not _has_body(data):
            for key in ("items", "articles", "results", "data", "entries", "posts", "hits"):
                if isinstance(data.get(key), list) and data[key]:
                    yield from _unwrap(data[key])
                    return
                if isinstance(data.get(key), dict) and _has_body(data[key]):
                    yield data[key]
                    return
        yield data
    elif isinstance(data, list) and data:
        for item in data[:_MOST_ITEMS]:
            if isinstance(item, dict):
                yield from _unwrap(item)
            else:
                yield PayloadError("article_missing", "an item of the array is not an object")
    else:
        raise PayloadError("article_missing", "the JSON holds no object")


def _plain_key(key: str) -> str:
    return key.casefold().replace("_", "").replace("-", "").replace(" ", "")


def _has_body(item: dict[str, Any]) -> bool:
    return not {_plain_key(key) for key in item}.isdisjoint(_ALIASES["body"])


def _article(payload: Payload, part: int, item: dict[str, Any], issues: tuple[Issue, ...]) -> Article:
    plain = {_plain_key(key): value for key, value in item.items()}
    page = _page(plain)
    draft = read_page(page, _text(plain, "url")[0] or payload.url) if page else Draft("json")
    draft.format, draft.part = "json", part
    draft.issues[:0] = issues
    if jsonld.types(item) & jsonld.ARTICLE_TYPES:
        put_article_node(draft, item, "json:schema.org", payload.url)
    for name in ("headline", "subtitle", "section", "url", "canonical_url"):
        value, key = _text(plain, name)
        draft.put(name, value, f"json:{key}", "alias", 0.9)
    _put_rest(draft, plain)
    if not page:
        draft.blocks = _blocks(plain)
    if not draft.blocks and draft.values.get("subtitle"):
        draft.blocks = [(draft.values["subtitle"], "text")]
        draft.issues.append(Issue("teaser_only", "body"))
    return finish(draft, payload)


def _page(plain: dict[str, Any]) -> str | None:
    """Give the value that is a whole HTML page, where the item carries no separate text."""
    for key in ("html", "body", "content", "rawhtml", "pagehtml"):
        if isinstance(plain.get(key), str) and _PAGE.match(plain[key]):
            return str(plain[key])
    return None


def _text(plain: dict[str, Any], name: str) -> tuple[str | None, str]:
    for key in _ALIASES[name]:
        if text := jsonld.text_of(plain.get(key)):
            return text, key
    return None, ""


def _put_rest(draft: Draft, plain: dict[str, Any]) -> None:
    for name in ("published_at", "modified_at"):
        value, key = _text(plain, name)
        if value and (stamp := read_date(value)) is not None:
            draft.put(name, stamp.value, f"json:{key}", "alias", 0.6 if stamp.ambiguous else 0.9)
            if stamp.ambiguous and draft.provenance[name].origin == f"json:{key}":
                draft.issues.append(Issue("date_ambiguous", name, f"read day first: {value[:60]}"))
        elif value and name not in draft.values:
            draft.issues.append(Issue("date_unparsed", name, value[:100]))
    for key in _ALIASES["authors"]:
        persons, organisations = jsonld.persons_of(plain.get(key) or [])
        draft.put("authors", tuple(clean_persons(persons)), f"json:{key}", "alias", 0.8)
        if organisations:
            draft.put("publisher", Publisher(organisations[0], None, "publisher"), f"json:{key}", "organisation", 0.6)
    value, key = _text(plain, "publisher")
    if value and "://" not in value:
        draft.put("publisher", Publisher(value, None, "publisher"), f"json:{key}", "alias", 0.85)
    for key in _ALIASES["tags"]:
        draft.put("tags", tuple(jsonld.list_of(plain.get(key) or [])), f"json:{key}", "alias", 0.9)
    value, key = _text(plain, "language")
    draft.put("language_declared", value, f"json:{key}", "alias", 0.8)
    base = draft.values.get("url")
    for key in _ALIASES["images"]:
        for url, caption in jsonld.images_of(plain.get(key) or []):
            if whole := absolute(url, base):
                draft.images.append(Image(whole, caption))


def _blocks(plain: dict[str, Any]) -> list[Block]:
    for key in _ALIASES["body"]:
        value = plain.get(key)
        if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
            return [(part, "text") for part in value if squeeze(part)]
        if isinstance(value, dict):
            value = value.get("html") or value.get("text") or value.get("value") or value.get("content")
        if isinstance(value, str) and value.strip():
            blocks = blocks_of_fragment(value) if looks_like_markup(value) else blocks_of_text(value)
            if blocks:
                return blocks
    return []


component: type[Format] = Json
