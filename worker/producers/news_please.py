"""Articles of the crawler news-please as items; by their fields alone, news-please is not imported."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import orjson

from worker.client.options import Item

_NOTHING: Final[tuple[object, ...]] = (None, "", [], {})
_LEFT_OUT: Final = frozenset({"filename", "localpath", "html_source", "spider_response"})


def news_please_item(article: Any, *, source: str = "news-please", **fields: Any) -> Item:
    """Make an item of a `NewsArticle`, of what its `get_dict()` gives, or of an item of its crawler.

    `fields` are more of the item's (`id`, `hints`, `trace`). The payload is JSON.
    """
    if isinstance(article, Mapping):
        given: Mapping[str, Any] = article
    elif callable(get := getattr(article, "get_dict", None)):
        given = get()
    else:
        given = vars(article)
    found = {name: value for name, value in given.items() if value not in _NOTHING and name not in _LEFT_OUT}
    fetched = found.get("date_download")
    url = found.get("url")
    return Item(
        orjson.dumps(found, default=str),
        "application/json",
        url if isinstance(url, str) else None,
        source,
        fetched_at=fetched.isoformat() if isinstance(fetched, datetime) else fetched,
        **fields,
    )
