"""What the three dialects share: dates with embargo, people, headlines, status, provider."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from worker.extract.byline import people_of
from worker.extract.bylines import is_organisation
from worker.extract.draft import Draft
from worker.model import HeadlineVariant, Issue, Publisher, PublisherKind, VariantKind
from worker.text.dates import read_date
from worker.text.whitespace import squeeze

OPINIONS: Final = frozenset("opinion commentary comment kommentar editorial column kolumne leader op-ed".split())
_WITHDRAWN: Final = frozenset("canceled cancelled withheld withdrawn killed".split())


def put_status(draft: Draft, status: str) -> None:
    """Mark a story that its provider has called back; `stat:canceled` and `Canceled` are one."""
    plain = status.rsplit(":", 1)[-1].rsplit("/", 1)[-1].casefold()
    if plain in _WITHDRAWN:
        draft.issues.append(Issue("withdrawn", None, f"status {plain}"))


def put_embargo(draft: Draft, text: str, arrived: datetime) -> None:
    """Mark a story that is held back until after its arrival, or for no stated time."""
    stamp = read_date(text)
    if stamp is not None:
        until = datetime.fromisoformat(stamp.value)
        if until.tzinfo is not None and until <= arrived:
            return
        if until.tzinfo is None and until.date() < arrived.date():
            return
    draft.issues.append(Issue("embargoed", None, f"until {stamp.value if stamp else text[:60] or 'further notice'}"))


def put_people(draft: Draft, lines: Iterable[str], origin: str, method: str, confidence: float = 0.85) -> None:
    """Put the persons of bylines as authors; an organisation among them may be the publisher."""
    persons: list[str] = []
    for line in lines:
        found, organisations = people_of(line)
        persons += found
        if organisations:
            put_provider(draft, organisations[0], origin, method, 0.5)
    draft.put("authors", tuple(dict.fromkeys(persons)), origin, method, confidence)


def put_provider(
    draft: Draft, name: str, origin: str, method: str, confidence: float, kind: PublisherKind = "publisher"
) -> None:
    """Put who provides the story; a surer witness takes the place of one that is less sure."""
    known = draft.provenance.get("publisher")
    clean = squeeze(name)
    if not clean or "://" in clean or (known is not None and known.confidence >= confidence):
        return
    if kind == "publisher" and len(clean.split()) == 1 and clean.isupper() and is_organisation(clean):
        kind = "agency"
    draft.values.pop("publisher", None)
    draft.put("publisher", Publisher(clean, None, kind), origin, method, confidence)


def put_headlines(draft: Draft, found: Iterable[tuple[str, str, VariantKind]], origin: str, confidence: float) -> None:
    """Put the first (text, method, kind) as headline, further wordings as variants."""
    for text, method, kind in found:
        clean = squeeze(text)
        if not clean:
            continue
        if "headline" not in draft.values:
            draft.put("headline", clean, origin, method, confidence)
        elif clean.casefold() not in {str(draft.values["headline"]).casefold(), *_variants(draft)}:
            draft.variants.append(HeadlineVariant(clean, kind))


def _variants(draft: Draft) -> set[str]:
    return {variant.text.casefold() for variant in draft.variants}


def put_lead(draft: Draft, text: str, origin: str, method: str, confidence: float = 0.7) -> None:
    """Put a subtitle, unless it is only the headline or the body's own beginning."""
    clean = squeeze(text)
    body = squeeze(" ".join(block for block, _ in draft.blocks[:5]))
    if clean and clean != draft.values.get("headline") and not body.startswith(clean.rstrip(" .…")):
        draft.put("subtitle", clean, origin, method, confidence)


def add_tags(draft: Draft, tags: Iterable[str], origin: str, method: str, confidence: float) -> None:
    """Add tags to those that are there; the provenance is that of the first."""
    found = tuple(dict.fromkeys([*draft.values.get("tags", ()), *(squeeze(tag) for tag in tags if squeeze(tag))]))
    if "tags" in draft.values:
        draft.values["tags"] = found
    else:
        draft.put("tags", found, origin, method, confidence)


def put_genre(draft: Draft, names: Iterable[str]) -> None:
    """Tell opinion from news by the names of genres."""
    words = {word.casefold() for name in names for word in name.replace(":", " ").split()}
    if not words.isdisjoint(OPINIONS):
        draft.article_type = "opinion"


def drop_repeated_headline(draft: Draft) -> None:
    """Take the headline out of the body where it is the body's first block."""
    headline = str(draft.values.get("headline", "")).casefold()
    if len(draft.blocks) > 1 and headline and squeeze(draft.blocks[0][0]).casefold() == headline:
        del draft.blocks[0]


def merge(draft: Draft, inner: Draft) -> None:
    """Fill what is still open from the document inside: its headline, byline, subjects."""
    for name, found in inner.values.items():
        if name == "headline":
            put_headlines(draft, [(found, inner.provenance[name].method, "alternative")], inner.provenance[name].origin,
                          inner.provenance[name].confidence)  # fmt: skip
        elif name not in draft.values:
            draft.values[name] = found
            draft.provenance[name] = inner.provenance[name]
    draft.issues += [issue for issue in inner.issues if issue not in draft.issues]
    if draft.article_type == "unknown":
        draft.article_type = inner.article_type
