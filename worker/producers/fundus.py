"""Articles of the crawler Fundus as items; by their attributes alone, Fundus is not imported."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import orjson

from worker.client.options import Item

_FIELDS: Final = ("title", "body", "authors", "publishing_date", "topics", "free_access", "images", "publisher")
_PAGE_FIELDS: Final = ("requested_url", "responded_url", "crawl_date", "source_info")


def fundus_item(article: Any, *, page: bool = False, source: str = "fundus", **fields: Any) -> Item:
    """Make an item of a `fundus.Article`; `fields` are more of the item's (`id`, `hints`, `trace`).

    By default the payload is what Fundus found (JSON; its parsers know their publishers), with `page` the page's HTML,
    which Copydesk then reads itself. Raises ValueError where there is no page.
    """
    html = getattr(article, "html", None)
    url = _text(html, "responded_url") or _text(html, "requested_url")
    fetched = getattr(html, "crawl_date", None)
    common: dict[str, Any] = {
        "url": url,
        "source": source,
        "fetched_at": fetched.isoformat() if isinstance(fetched, datetime) else None,
        **fields,
    }
    if page:
        content = getattr(html, "content", None)
        if not isinstance(content, str) or not content:
            msg = "the article has no page (html.content)"
            raise ValueError(msg)
        return Item(content.encode("utf-8", "replace"), "text/html; charset=utf-8", **common)
    found = {name: value for name in _FIELDS if (value := _plain(getattr(article, name, None))) is not None}
    if html is not None:
        found["html"] = {name: _plain(getattr(html, name, None)) for name in _PAGE_FIELDS}
    return Item(orjson.dumps(found), "application/json", **common)


def _text(owner: Any, name: str) -> str | None:
    value = getattr(owner, name, None)
    return value if isinstance(value, str) and value else None


def _plain(value: Any) -> Any:
    """Turn Fundus's own classes into JSON: a body into summary and sections, text sequences into lists."""
    if isinstance(value, BaseException):  # what Fundus leaves where a field could not be read
        return None
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if callable(serialise := getattr(value, "serialize", None)):
        value = serialise()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if hasattr(value, "__iter__"):
        return [_plain(item) for item in value]
    names = [name for name in (*getattr(value, "__slots__", ()), *getattr(value, "__dict__", {})) if name[0] != "_"]
    return {name: _plain(getattr(value, name, None)) for name in names}
