"""An article while it is being put together: values with provenance, then hints, then the frozen article."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from worker.errors import PayloadError
from worker.model import (
    Access,
    Article,
    ArticleType,
    HeadlineVariant,
    Image,
    Issue,
    ParagraphKind,
    Payload,
    Provenance,
    Publisher,
)
from worker.text.dates import read_date
from worker.text.tags import normalise_tags
from worker.text.urls import absolute, registered_domain
from worker.text.whitespace import assemble, count_words, squeeze

SHORT_BODY_WORDS: Final = 25
_HINT_NAMES: Final[Mapping[str, str]] = {
    "headline": "headline",
    "title": "headline",
    "subtitle": "subtitle",
    "author": "authors",
    "authors": "authors",
    "published_at": "published_at",
    "date": "published_at",
    "modified_at": "modified_at",
    "section": "section",
    "category": "section",
    "tags": "tags",
    "keywords": "tags",
    "language": "language_declared",
    "publisher": "publisher",
}
_LISTS: Final = frozenset({"authors", "tags"})
_DATES: Final = frozenset({"published_at", "modified_at"})


@dataclass(slots=True)
class Draft:
    """Collects what a format found; the first value put for a field stays, so put the best witness first."""

    format: str
    part: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Provenance] = field(default_factory=dict)
    variants: list[HeadlineVariant] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    blocks: list[tuple[str, ParagraphKind]] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    access: Access = "unknown"
    article_type: ArticleType = "unknown"
    versions: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, value: object, origin: str, method: str, confidence: float) -> None:
        """Set a field that has no value yet; empty values are passed over."""
        if isinstance(value, str):
            value = squeeze(value)
        if value and name not in self.values:
            self.values[name] = value
            self.provenance[name] = Provenance(origin, method, confidence)


def finish(draft: Draft, payload: Payload) -> Article:
    """Fill gaps from the payload's hints, build the body, and freeze.

    Raises PayloadError `article_missing` where there is no body text.
    """
    _add_hints(draft, payload)
    body, paragraphs = assemble(draft.blocks)
    if not body:
        raise PayloadError("article_missing", "no body text was found")
    values = draft.values
    headline: str | None = values.get("headline")
    if headline is None:
        draft.issues.append(Issue("title_missing", "headline"))
    if (words := count_words(body)) < SHORT_BODY_WORDS:
        draft.issues.append(Issue("body_short", "body", f"{words} words"))
    url = _url(draft, payload)
    publisher = _publisher(draft, payload, url)
    tags = tuple(dict.fromkeys(values.get("tags", ())))
    normalised, tag_issues = normalise_tags(tags, (headline or "", body))
    draft.issues += tag_issues
    return Article(
        headline=headline,
        body=body,
        paragraphs=paragraphs,
        format=draft.format,
        part=draft.part,
        headline_variants=tuple(draft.variants),
        subtitle=values.get("subtitle"),
        authors=_persons(values.get("authors", ()), publisher),
        author_organisations=tuple(dict.fromkeys(values.get("author_organisations", ()))),
        publisher=publisher,
        section=values.get("section"),
        tags=tags,
        tags_normalised=normalised,
        language_declared=values.get("language_declared"),
        published_at=values.get("published_at"),
        modified_at=values.get("modified_at"),
        images=tuple(dict.fromkeys(draft.images)),
        access=draft.access,
        article_type=draft.article_type,
        url=url,
        canonical_url=absolute(values.get("canonical_url"), url),
        issues=tuple(draft.issues),
        provenance=draft.provenance,
        versions=draft.versions,
    )


def _persons(names: Iterable[str], publisher: Publisher | None) -> tuple[str, ...]:
    own = (publisher.name or "").casefold() if publisher else ""
    return tuple(dict.fromkeys(name for name in names if name and name.casefold() != own))


def _url(draft: Draft, payload: Payload) -> str | None:
    given = draft.values.get("url")
    url = absolute(given, payload.url) if given else None
    if url is None and payload.url:
        url = absolute(payload.url)
        if url is not None:
            draft.provenance["url"] = Provenance("payload:url", "given", 1.0)
        else:
            draft.issues.append(Issue("url_invalid", "url", payload.url[:200]))
    elif given and url is None:
        draft.issues.append(Issue("url_invalid", "url", str(given)[:200]))
    if url is None:
        draft.provenance.pop("url", None)
    return url


def _publisher(draft: Draft, payload: Payload, url: str | None) -> Publisher | None:
    found = draft.values.get("publisher")
    publisher = Publisher(found, None, "publisher") if isinstance(found, str) else found
    domain = registered_domain(draft.values.get("canonical_url") or url)
    if publisher is None and payload.source:
        draft.provenance["publisher"] = Provenance("payload:source", "given", 0.7)
        publisher = Publisher(squeeze(payload.source), None, "publisher")
    if publisher is None and domain is not None:
        draft.provenance["publisher"] = Provenance("url", "registered domain", 0.5)
        return Publisher(None, domain, "unknown")
    if publisher is None:
        draft.issues.append(Issue("publisher_unknown", "publisher"))
        return None
    return Publisher(publisher.name, publisher.domain or domain, publisher.kind)


def _add_hints(draft: Draft, payload: Payload) -> None:
    for key, value in payload.hints.items():
        name = _HINT_NAMES.get(key)
        if name is None or value is None:
            continue
        if (clean := _hint(name, value)) is None:
            draft.issues.append(Issue("hint_invalid", name, f"{key}: {str(value)[:80]}"))
        else:
            draft.put(name, clean, f"payload:hints.{key}", "given", 0.7)


def _hint(name: str, value: object) -> object | None:
    if name in _LISTS:
        items = [value] if isinstance(value, str) else value
        if isinstance(items, list) and all(isinstance(item, str) for item in items):
            return tuple(squeeze(item) for item in items if item.strip())
        return None
    if not isinstance(value, str):
        return None
    if name in _DATES:
        stamp = read_date(value)
        return stamp.value if stamp else None
    return squeeze(value)
