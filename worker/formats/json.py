"""JSON: articles of known shapes, items as crawlers yield them, and lines of such objects.

The shapes stand in `worker.extract.shapes`. What a shape does not name is read under the names that
crawlers usually give, and a mapping in the settings goes before both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from worker.errors import PayloadError
from worker.extract import jsonld
from worker.extract.draft import finish
from worker.extract.json_text import load
from worker.extract.shapes.choose import read_item
from worker.extract.shapes.generic import has_body
from worker.extract.shapes.mapped import FieldPaths, read_mapping
from worker.extract.shapes.schema_org import references
from worker.extract.shapes.values import Item, plain
from worker.model import Article, Issue, Payload
from worker.ports import Format, Sniff
from worker.text.charset import decode

_MOST_ITEMS: Final = 10_000
_WRAPPERS: Final = ("items", "articles", "article", "articlelist", "results", "data", "entries", "posts", "hits",
                    "objects", "docs", "documents", "response", "_source")  # fmt: skip
_DEEPEST_WRAPPER: Final = 4


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of the format `json`.

    `mapping`: field to path, or to several paths of which the first that leads to a value counts;
    `docs/formats.md` has the fields and how a path is written.
    """

    mapping: dict[str, str | list[str]] = {}


class Json:
    """One object, an array, a wrapper with an array inside, or one object a line."""

    name = "json"
    version = "2"

    def __init__(self, options: Options | None = None) -> None:
        self._mapping = read_mapping((options or Options()).mapping)

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
        for part, (item, issues) in enumerate(_items(decoded.text, payload.url, self._mapping)):
            if part == _MOST_ITEMS:
                yield PayloadError("too_large", f"the JSON holds more than {_MOST_ITEMS} articles; the rest is unread")
                return
            yield _one(payload, part, item, (*decoded.issues, *issues), self._mapping)


def _one(
    payload: Payload, part: int, item: Item | PayloadError, issues: Iterable[Issue], mapping: FieldPaths
) -> Article | PayloadError:
    if isinstance(item, PayloadError):
        return item
    try:
        draft = read_item(item, mapping)
        draft.part = part
        draft.issues[:0] = issues
        return finish(draft, payload)
    except PayloadError as exc:
        return exc


Found = tuple[Item | PayloadError, tuple[Issue, ...]]


def _items(text: str, base: str | None, mapping: FieldPaths) -> Iterator[Found]:
    try:
        data, issues = load(text)
    except PayloadError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or not all(line.lstrip().startswith("{") for line in lines[:3]):  # noqa: PLR2004
            raise
        yield from _lines(lines, base, mapping)
        return
    for item in _articles_in(data, base, mapping):
        yield item, issues


def _lines(lines: Iterable[str], base: str | None, mapping: FieldPaths) -> Iterator[Found]:
    for line in lines:
        try:
            data, issues = load(line)
        except PayloadError as exc:
            yield exc, ()
            continue
        if not isinstance(data, dict):
            yield PayloadError("article_missing", "a line is not an object"), ()
            continue
        for item in _articles_in(data, base, mapping):
            yield item, issues


def _articles_in(data: Any, base: str | None, mapping: FieldPaths) -> Iterator[Item | PayloadError]:
    if "items" in mapping.paths:
        values, path = mapping.values("items", data)
        found = [inner for value in values for inner in (value if isinstance(value, list) else [value])]
        if not found:
            yield PayloadError("article_missing", f"nothing stands at {path or 'the path of items'}"[:200])
        nodes: Iterable[Any] = (
            item if isinstance(item, dict) else PayloadError("article_missing", "an item is not an object")
            for item in found
        )
    else:
        nodes = _unwrap(data, mapping, 0)
    graph = references(data)
    for node in nodes:
        yield node if isinstance(node, PayloadError) else Item(node, plain(node), base, graph)


def _unwrap(data: Any, mapping: FieldPaths, depth: int) -> Iterator[dict[str, Any] | PayloadError]:
    if isinstance(data, dict):
        inner = None if mapping.fits(data) else _inner(data, depth)
        if inner is None:
            yield data
        else:
            yield from _unwrap(inner, mapping, depth + 1)
    elif isinstance(data, list) and data:
        for item in data:
            if isinstance(item, dict):
                yield from _unwrap(item, mapping, depth)
            else:
                yield PayloadError("article_missing", "an item of the array is not an object")
    else:
        raise PayloadError("article_missing", "the JSON holds no object")


def _inner(data: dict[str, Any], depth: int) -> Any:
    """Give what an object wraps: the articles of its graph, or the list or object under a wrapper's key."""
    if jsonld.is_article(data):
        return None
    if "@graph" in data and (graph := [dict(node) for node in jsonld.nodes(data) if jsonld.is_article(node)]):
        return graph
    if depth >= _DEEPEST_WRAPPER or has_body(plain(data)):
        return None
    keys = {key.casefold(): key for key in data}
    for name in _WRAPPERS:
        value = data.get(keys.get(name, ""))
        if isinstance(value, list) and any(isinstance(item, dict) for item in value):
            return value
        if isinstance(value, dict) and (has_body(plain(value)) or _inner(value, depth + 1) is not None):
            return value
    return None


component: type[Format] = Json
