"""From a finished record to its story: what the heavy tier does with one article, given an index and an embedder."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from worker.ports import Embedder, Placed, StoryIndex
from worker.story.sketch import sketch

LANGUAGES: Final = frozenset({"en"})
"""Languages that the embedder reads."""
_FEWEST: Final = 200  # characters of a body; a teaser tells too little
_DIGITS: Final = 3


def place_record(record: Mapping[str, Any], stories: StoryIndex, embedder: Embedder) -> Placed | None:
    """Place a record (a JSON object of `copydesk.article/1`), by its arrival; None where no story can be told.

    That is: a record without its text, one in a language that the embedder does not read, and one that is very short.
    """
    language = (record.get("language") or {}).get("code")
    body = record.get("body") or ""
    if record.get("delivery") != "full" or language not in LANGUAGES or len(body) < _FEWEST:
        return None
    arrived = datetime.fromisoformat(record["received_at"]).timestamp()
    return stories.place(record["id"], sketch(record.get("headline"), body, embedder), arrived)


def story_field(placed: Placed) -> dict[str, object]:
    """Give the record's field `story`: id, size with this article, and arrival of the first one."""
    first = datetime.fromtimestamp(placed.first_seen, UTC).isoformat(timespec="milliseconds")
    near = None if placed.near is None else round(placed.near, _DIGITS)
    return {"id": placed.story, "size": placed.size, "first_seen": first, "near": near}
