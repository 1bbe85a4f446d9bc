"""ninjs, IPTC's news in JSON, versions 1 to 3: the old names by suffix, the later ones by role and content type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from worker.errors import PayloadError
from worker.extract import jsonld
from worker.extract.article_node import clean_persons
from worker.extract.draft import Draft
from worker.extract.fragment import Block
from worker.extract.shapes.values import (
    Item,
    Plain,
    Shape,
    blocks_of,
    objects,
    plain,
    plain_text,
    put_authors,
    put_date,
    put_images,
)
from worker.model import HeadlineVariant, Issue, Publisher, PublisherKind, VariantKind
from worker.text.urls import absolute

_TYPES: Final = frozenset("text audio video picture graphic composite planning component event".split())
_WORDLESS: Final = frozenset("audio video picture graphic planning event".split())
_OWN: Final = ("versioncreated", "pubstatus", "headlines", "bodies", "representationtype", "slugline", "renditions",
               "associations", "infosources", "infosource", "usageterms", "copyrightholder", "altids", "ednote",
               "firstcreated", "contentcreated", "standard")  # fmt: skip
_BODY: Final = re.compile(r"^body(xhtml|html|text|[a-z0-9]+)$")
_TOP_SUBJECT: Final = re.compile(r"(?:medtop[:/]|^)(?:\d{2})0{6}$")  # Media Topics: 04000000 is the whole of economy
_AUTHOR_ROLES: Final = frozenset("author creator by writer reporter".split())
_OPINIONS: Final = frozenset("opinion commentary comment kommentar editorial column kolumne".split())
_ORIGIN: Final = "json:ninjs"


def _score(item: Item) -> float:
    kind = item.plain.get("type")
    if "uri" not in item.plain or not (isinstance(kind, str) and kind in _TYPES) or "@type" in item.raw:
        return 0.0
    own = sum(key in item.plain for key in _OWN) + any(_BODY.match(key) for key in item.plain)
    return min(0.97, 0.5 + 0.12 * own) if own else 0.0


def _read(draft: Draft, item: Item) -> None:
    news = item.plain
    uri = jsonld.text_of(news.get("uri"))
    draft.blocks = _body(news)
    if not draft.blocks and news.get("type") in _WORDLESS:
        raise PayloadError("article_missing", f"a ninjs object of type {news['type']} without a text")
    if absolute(uri):
        draft.put("url", uri, _ORIGIN, "uri", 0.8)
    _put_headline(draft, news)
    draft.put("subtitle", _first_described(news), _ORIGIN, "descriptions", 0.7)
    for key in ("firstcreated", "contentcreated", "versioncreated"):
        put_date(draft, "published_at", news.get(key), _ORIGIN, key, 0.7 if key == "versioncreated" else 0.85)
    if draft.values.get("published_at") and draft.provenance["published_at"].method != "versioncreated":
        put_date(draft, "modified_at", news.get("versioncreated"), _ORIGIN, "versioncreated", 0.85)
    _put_provider(draft, news)
    _put_people(draft, news)
    _put_subjects(draft, news)
    draft.put("language_declared", jsonld.text_of(news.get("language")), _ORIGIN, "language", 0.85)
    put_images(draft, _pictures(news), item.base or draft.values.get("url"))
    genres = {name.casefold() for genre in _named(news, "genres", "genre") for name in genre.split()}
    if not genres.isdisjoint(_OPINIONS):
        draft.article_type = "opinion"
    elif news.get("type") in {"text", "composite"}:
        draft.article_type = "news"
    status = str(news.get("pubstatus") or "usable").rsplit(":", 1)[-1].casefold()
    if status in {"canceled", "cancelled", "withheld"}:
        draft.issues.append(Issue("withdrawn", None, f"pubstatus {status}"))


def _rank(kind: str) -> int:
    """Order bodies by how much they tell of paragraphs: HTML, then text, then whatever else."""
    return 0 if "html" in kind else 1 if kind in {"text", "text/plain", ""} else 2


def _body(news: Plain) -> list[Block]:
    found = [(jsonld.text_of(body.get("contenttype")) or "", body.get("value")) for body in objects(news.get("bodies"))]
    for key, value in news.items():
        if (named := _BODY.match(key)) is not None:
            found.append((named[1], value))
    for _, value in sorted(found, key=lambda pair: _rank(pair[0].casefold())):
        if blocks := blocks_of(value):
            return blocks
    return []


def _put_headline(draft: Draft, news: Plain) -> None:
    found = [
        (text, (jsonld.text_of(item.get("role")) or "").casefold())
        for item in objects(news.get("headlines"))
        if (text := plain_text(item.get("value")))
    ]
    found.sort(key=lambda pair: pair[1] not in {"main", "headline", ""})
    simple = ((plain_text(news.get(key)), key) for key in ("headline", "headlinemain", "title"))
    found += [(text, key) for text, key in simple if text]
    if not found:
        return
    (chosen, role), *others = found
    draft.put("headline", chosen, _ORIGIN, f"headlines[{role}]" if "headlines" in news else role, 0.95)
    seen = {chosen.casefold()}
    for text, kind in others:
        if text.casefold() not in seen:
            draft.variants.append(HeadlineVariant(text, _variant(kind)))
            seen.add(text.casefold())


def _variant(role: str) -> VariantKind:
    return "social" if "social" in role else "seo" if "seo" in role or role == "web" else "alternative"


def _first_described(news: Plain) -> str | None:
    described = objects(news.get("descriptions"))
    described.sort(key=lambda item: str(item.get("role")) not in {"lead", "summary", "main", "text", "deck"})
    texts = [plain_text(item.get("value")) for item in described]
    texts += [plain_text(value) for key, value in news.items() if key.startswith("description") and key[-1] != "s"]
    return next((text for text in texts if text), None)


def _put_provider(draft: Draft, news: Plain) -> None:
    """Put the agency that provides the item: `provider`, then the information sources, then the copyright holder."""
    sources = [*objects(news.get("provider")), *objects(news.get("infosources")), *objects(news.get("infosource"))]
    sources.sort(key=lambda item: "provid" not in _role(item) and "agency" not in _role(item))
    named = [(jsonld.text_of(news.get("provider")), "provider")]
    named += [(jsonld.text_of(item.get("name")), "infosources") for item in sources]
    named.append((jsonld.text_of(news.get("copyrightholder")), "copyrightholder"))
    for name, key in named:
        if name and "://" not in name:
            kind: PublisherKind = "agency" if any("agency" in _role(item) for item in sources) else "publisher"
            draft.put("publisher", Publisher(name, None, kind), _ORIGIN, key, 0.85)


def _role(item: Plain) -> str:
    return " ".join(str(item.get(key) or "") for key in ("role", "rel")).casefold()


def _put_people(draft: Draft, news: Plain) -> None:
    for key in ("by", "byline", "bylines"):
        value = news.get(key)
        lines = [jsonld.text_of(item.get("value") or item.get("name") or item.get("byline")) for item in objects(value)]
        put_authors(draft, [line for line in lines if line] or value, _ORIGIN, key)
    people = [*objects(news.get("people")), *objects(news.get("person"))]
    writers = [name for item in people if _role(item).strip() in _AUTHOR_ROLES and (name := _name(item))]
    draft.put("authors", tuple(clean_persons(writers)), _ORIGIN, "people", 0.75)


def _name(item: Plain) -> str | None:
    return jsonld.text_of(item.get("name"))


def _named(news: Plain, *keys: str) -> Iterator[str]:
    for key in keys:
        for item in objects(news.get(key)):
            if (name := _name(item)) and _role(item).strip() not in _AUTHOR_ROLES:
                yield name


def _put_subjects(draft: Draft, news: Plain) -> None:
    """Put subjects first among the tags, then whom and what the item names; a whole Media Topic is the section."""
    subjects = [*objects(news.get("subjects")), *objects(news.get("subject"))]
    for item in subjects:
        code = " ".join(str(item.get(key) or "") for key in ("uri", "code", "qcode", "literal")).split()
        if "category" in _role(item) or "section" in _role(item) or any(_TOP_SUBJECT.search(part) for part in code):
            draft.put("section", _name(item), _ORIGIN, "subjects", 0.75)
    keys = ("subjects", "subject", "events", "event", "people", "person", "organisations", "organisation",
            "places", "place", "objects", "object")  # fmt: skip
    draft.put("tags", tuple(dict.fromkeys(_named(news, *keys))), _ORIGIN, "subjects", 0.8)
    draft.put("tags", tuple(jsonld.list_of(news.get("keywords") or [])), _ORIGIN, "keywords", 0.8)


def _pictures(news: Plain) -> Iterable[tuple[str, str | None]]:
    """Yield (URL, caption) of associated pictures; of several renditions the widest."""
    for item in _members(news.get("associations")):
        if str(item.get("type")) not in {"picture", "graphic"}:
            continue
        caption = _first_described(item) or plain_text(item.get("headline")) or None
        address = _widest(item) or jsonld.text_of(item.get("uri"))
        if address and (_widest(item) or re.search(r"\.(?:jpe?g|png|webp|gif|avif)$", address, re.IGNORECASE)):
            yield address, caption
    own = _widest(news)
    if own:
        yield own, None


def _members(value: Any) -> Iterator[dict[str, Any]]:
    """Give the members of a list, or of an object whose keys are their names (ninjs 1)."""
    if isinstance(value, dict) and "type" not in value and "href" not in value:
        yield from (plain(item) | {"name": name} for name, item in value.items() if isinstance(item, dict))
    else:
        yield from objects(value)


def _widest(item: Plain) -> str | None:
    best: tuple[float, str] | None = None
    for rendition in _members(item.get("renditions")):
        kind = str(rendition.get("contenttype") or rendition.get("mimetype") or "image/")
        address, width = rendition.get("href"), rendition.get("width")
        size = float(width) if isinstance(width, int | float) else 0.0
        if isinstance(address, str) and kind.startswith("image/") and (best is None or size > best[0]):
            best = (size, address)
    return best[1] if best else None


NINJS: Final = Shape("ninjs", _score, _read)
