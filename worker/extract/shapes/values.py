"""What the shapes share: an item with keys that can be compared, and values to fields of a draft."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from worker.extract import jsonld
from worker.extract.article_node import clean_persons
from worker.extract.draft import Draft
from worker.extract.fragment import Block, blocks_of_fragment, blocks_of_text, looks_like_markup
from worker.model import Image, Issue, Publisher
from worker.text.dates import read_date
from worker.text.urls import absolute
from worker.text.whitespace import squeeze

Plain = Mapping[str, Any]
"""An object of JSON with its keys made plain by `plain`."""

_EPOCH: Final = range(100_000_000, 10_000_000_000)  # seconds: 1973 to 2286
_HOME: Final = frozenset("home homepage startseite start inicio accueil front главная головна".split())


@dataclass(frozen=True, slots=True)
class Item:
    """One article of a JSON payload: the object as it came, and with plain keys; `base` resolves its links."""

    raw: Mapping[str, Any]
    plain: Plain
    base: str | None
    graph: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape: `score` says how well an item's own keys fit (0 to 1), `read` puts its fields into a draft."""

    name: str
    score: Callable[[Item], float]
    read: Callable[[Draft, Item], None]

    @property
    def origin(self) -> str:
        """What provenance calls it."""
        return f"json:{self.name}"


def plain_key(key: str) -> str:
    """Make keys comparable: `date_published`, `datePublished` and `Date-Published` are one."""
    return key.casefold().replace("_", "").replace("-", "").replace(" ", "")


def plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """Give an object with plain keys; the first of two that become one stays."""
    made: dict[str, Any] = {}
    for key, value in item.items():
        made.setdefault(plain_key(key), value)
    return made


def objects(value: Any) -> list[dict[str, Any]]:
    """Give the objects of a list, of an object of objects, or the one object, with plain keys."""
    found = value if isinstance(value, list) else [value]
    return [plain(item) for item in found if isinstance(item, dict)]


def moment(value: Any) -> str | None:
    """Give a date's text; a number is taken for Unix time, in seconds or milliseconds, which is UTC by definition."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        for seconds in (value, value / 1000):
            if seconds == seconds and int(min(seconds, 1e15)) in _EPOCH:  # noqa: PLR0124  # not for NaN
                return datetime.fromtimestamp(int(seconds), UTC).isoformat()
    return jsonld.text_of(value)


def put_date(draft: Draft, name: str, value: Any, origin: str, method: str, confidence: float = 0.9) -> None:
    """Put a date; one that could be read in two ways, or not at all, is an issue."""
    text = moment(value)
    if not text or name in draft.values:
        return
    stamp = read_date(text)
    if stamp is None:
        draft.issues.append(Issue("date_unparsed", name, text[:100]))
        return
    draft.put(name, stamp.value, origin, method, 0.6 if stamp.ambiguous else confidence)
    if stamp.ambiguous:
        draft.issues.append(Issue("date_ambiguous", name, f"read day first: {text[:60]}"))


def put_authors(draft: Draft, value: Any, origin: str, method: str, confidence: float = 0.85) -> None:
    """Put persons as authors; an organisation that stands among them may be the publisher."""
    persons, organisations = jsonld.persons_of(value or [])
    draft.put("authors", tuple(clean_persons(persons)), origin, method, confidence)
    if organisations:
        put_publisher(draft, organisations[0], origin, method, 0.6)


def put_publisher(draft: Draft, name: str | None, origin: str, method: str, confidence: float = 0.85) -> None:
    """Put a publisher by its name."""
    if name and squeeze(name) and "://" not in name:
        draft.put("publisher", Publisher(squeeze(name), None, "publisher"), origin, method, confidence)


def put_images(draft: Draft, images: Iterable[tuple[str, str | None]], base: str | None) -> None:
    """Add images; the first caption of a picture that comes twice stays."""
    for url, caption in images:
        whole = absolute(url, base)
        if whole and whole not in {image.url for image in draft.images}:
            draft.images.append(Image(whole, squeeze(caption) if caption else None))


def text_at(item: Plain, *keys: str) -> tuple[str | None, str]:
    """Give the first of these keys that has a text, and the key."""
    for key in keys:
        if text := jsonld.text_of(item.get(key)):
            return text, key
    return None, ""


def put_text(draft: Draft, name: str, item: Plain, keys: tuple[str, ...], origin: str, confidence: float = 0.9) -> None:
    """Put the first of these keys that has a text."""
    value, key = text_at(item, *keys)
    draft.put(name, value, origin, key, confidence)


def plain_text(value: Any) -> str | None:
    """Give a text without the markup that it may hold."""
    text = jsonld.text_of(value)
    if text and looks_like_markup(text):
        text = " ".join(block for block, _ in blocks_of_fragment(text))
    return squeeze(text) if text else None


def blocks_of(value: Any) -> list[Block]:
    """Read a body: text, HTML, a list of paragraphs, or an object that holds one of them."""
    if isinstance(value, list):
        if value and all(isinstance(part, str) for part in value):
            if any(looks_like_markup(part) for part in value):
                return [block for part in value for block in blocks_of(part)]
            return [(part, "text") for part in value if squeeze(part)]
        return [block for part in value if isinstance(part, dict) for block in blocks_of(part)]
    if isinstance(value, dict):
        inner = plain(value)
        keys = ("html", "text", "value", "content", "@value", "paragraph", "paragraphs")
        return next((blocks for key in keys if (blocks := blocks_of(inner.get(key)))), [])
    if isinstance(value, str) and value.strip():
        return blocks_of_fragment(value) if looks_like_markup(value) else blocks_of_text(value)
    return []


def put_blocks(draft: Draft, value: Any) -> None:
    """Set the body where there is none yet."""
    if not draft.blocks:
        draft.blocks = blocks_of(value)


def section_of_trail(trail: Any, headline: str | None) -> str | None:
    """Give the section of a breadcrumb trail: its first step that is neither the front page nor the article."""
    for step in objects(trail):
        name = squeeze(jsonld.text_of(step.get("name")) or "")
        if name and name.casefold() not in _HOME and name.casefold() != (headline or "").casefold():
            return None if re.fullmatch(r"\W*", name) else name
    return None
