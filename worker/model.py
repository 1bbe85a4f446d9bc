"""The nouns of Copydesk as plain frozen data; nothing here does I/O, reads a clock or knows a library.

One article goes through `Payload -> Article -> Verdict -> Enriched -> Record`. Every field of an
article can say where it came from (`Provenance`), and every doubt is an `Issue` with a code from a
closed list (`ISSUE_CODES`), so that a consumer can count and filter them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal

from worker.codes import DATE_REASONS

RECORD_SCHEMA: Final = "copydesk.article/1"
EVENT_SCHEMA: Final = "copydesk.event/1"

ISSUE_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "body_cut": "the page holds more text blocks than are read, or its crawler cut it; the body may lack its end",
        "body_short": "the body has fewer than 25 words; it may be a teaser or a caption",
        "charset_guessed": "no usable charset was declared; the text was decoded by detection",
        "charset_mismatch": "the declared charset does not fit the bytes; another one was used",
        "characters_replaced": "some bytes could not be decoded and stand as U+FFFD",
        "date_ambiguous": "day and month could be swapped; the order that was assumed is in the detail",
        "date_future": "the publication date lies after the arrival of the payload",
        "date_unparsed": "a publication date was given but could not be read",
        "embargoed": "the provider holds the item back until the time in the detail",
        "enricher_failed": "an enricher raised; its fields are empty, the rest is whole",
        "field_conflict": "two sources name different values for a field; the detail has both",
        "hint_invalid": "a hint of the payload was of the wrong type and was not used",
        "items_cut": "the feed holds more than is read of one; the detail says how much was left out",
        "language_uncertain": "the language could not be told with confidence",
        "markup_broken": "the markup or syntax was damaged and was repaired",
        "profile_misfit": "the page is not as its publisher's profile says, or too large for one; "
        "it was read without the profile, the detail says what was missed",
        "publisher_unknown": "nothing names the publisher",
        "tag_corrected": "a tag looks misspelt; the correction is in tags_normalised, the raw tag kept",
        "teaser_only": "the source carries only a summary of the article",
        "title_missing": "no headline was found",
        "title_repaired": "a truncated headline was replaced by its longer sibling",
        "url_invalid": "the URL could not be parsed or is not http(s)",
        "withdrawn": "the provider marks the item as withheld or cancelled",
    }
)
"""Issue code -> what it means. A code that is not listed here is refused when an `Issue` is made."""


@dataclass(frozen=True, slots=True)
class Issue:
    """A doubt about one field of an article; never a failure."""

    code: str
    field: str | None = None
    detail: str | None = None

    def __post_init__(self) -> None:
        if self.code not in ISSUE_CODES:
            msg = f"issue code {self.code!r} is not in ISSUE_CODES"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a field's value came from.

    `origin` is the witness (`json-ld`, `meta:og:title`, `text:line 5`, `payload:url`), `method` the
    rule that read it, `confidence` in 0..1. On the wire `origin` is called `from`.
    """

    origin: str
    method: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Raw:
    """Where the raw archive keeps the untouched payload: its digest, and the hour of arrival under which it lies."""

    digest: str
    partition: str


@dataclass(frozen=True, slots=True)
class Known:
    """What was found of one article of a payload when it was first processed: its part, record id and verdict."""

    part: int
    id: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Replay:
    """A payload that comes out of the archive: which revision of its records it makes, and what they were."""

    revision: int
    known: tuple[Known, ...] = ()


@dataclass(frozen=True, slots=True)
class Payload:
    """What a crawler handed over: raw bytes and what it knew of them.

    `body` is after the transport encoding `enc` was undone. `payload_id` is the producer's `id`, or
    the intake entry's. `received_at` is arrival time (UTC); the core never asks a clock.
    """

    body: bytes
    payload_id: str
    received_at: datetime
    media_type: str | None = None
    url: str | None = None
    source: str | None = None
    fetched_at: str | None = None
    hints: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    trace: str | None = None
    name: str | None = None
    raw: Raw | None = None
    replay: Replay | None = None


VariantKind = Literal["truncated", "social", "seo", "alternative"]
ParagraphKind = Literal["text", "heading", "list", "quote", "table"]
Access = Literal["free", "paywalled", "unknown"]
ArticleType = Literal["news", "opinion", "live", "video", "index", "unknown"]
VerdictKind = Literal["new", "exact", "near", "revision", "contained", "expands", "syndicated"]
VerdictReason = Literal["update", "correction", "retitle", "truncation", "expansion", "withdrawal"]
Delivery = Literal["full", "reference", "drop"]
PublisherKind = Literal["publisher", "agency", "unknown"]


@dataclass(frozen=True, slots=True)
class HeadlineVariant:
    """Another form of the headline that the source carries."""

    text: str
    kind: VariantKind


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A slice of the body in code points: `body[start:end]`."""

    start: int
    end: int
    kind: ParagraphKind = "text"


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who published the article; `domain` is a registered domain (`example.co.uk`)."""

    name: str | None
    domain: str | None = None
    kind: PublisherKind = "unknown"


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that belongs to the article."""

    url: str
    caption: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """The parsed payload.

    `body` is plain text with paragraphs separated by one empty line; `paragraphs` slice it.
    Dates are ISO 8601 text with the source's own offset and precision (`2023-09-15` stays a day),
    because a datetime could not say "no offset given". `part` numbers the articles of one payload.
    """

    headline: str | None
    body: str
    paragraphs: tuple[Paragraph, ...]
    format: str
    part: int = 0
    headline_variants: tuple[HeadlineVariant, ...] = ()
    subtitle: str | None = None
    authors: tuple[str, ...] = ()
    author_organisations: tuple[str, ...] = ()
    publisher: Publisher | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    tags_normalised: tuple[str, ...] = ()
    language_declared: str | None = None
    published_at: str | None = None
    modified_at: str | None = None
    images: tuple[Image, ...] = ()
    access: Access = "unknown"
    article_type: ArticleType = "unknown"
    url: str | None = None
    canonical_url: str | None = None
    issues: tuple[Issue, ...] = ()
    provenance: Mapping[str, Provenance] = field(default_factory=lambda: MappingProxyType({}))
    versions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Change:
    """One thing in which a revision differs from the version before.

    `what` is `headline`, `numbers`, `paragraphs_added`, `paragraphs_dropped` or `paragraphs_reworded`, `count` how
    many, `now` for numbers: how they read now, each with the word before and after.
    """

    what: str
    count: int
    now: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a text that several publishers carry most likely comes from.

    `id` is the record that leads the cluster, `name` the agency credited, `because` what says so
    (`agency_credit`, `canonical_link`, `earliest_arrival`), `confidence` in 0..1.
    """

    id: str
    name: str | None
    because: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What deduplication says of an article.

    `of` is the record id of the article it was judged against; `similarity` the Jaccard similarity of their
    five-word shingles, `containment` the share of this article's found in the other, `coverage` the share of the
    other's found in this one: estimates in 0..1. `evidence` is what decided (`body`, `canonical_url`, `headline`,
    `shingles`, `lede`, `numbers`, `agency_credit`, `withdrawn`). For a revision: `changes`, the class of its `reason`,
    and `version`, `previous` and `first` of the chain. `cluster` names all copies and versions of one text.
    """

    kind: VerdictKind
    of: str | None = None
    similarity: float | None = None
    containment: float | None = None
    coverage: float | None = None
    evidence: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    reason: VerdictReason | None = None
    version: int = 1
    previous: str | None = None
    first: str | None = None
    cluster: str | None = None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Language:
    """ISO 639-1 code where there is one; confidence in 0..1."""

    code: str
    confidence: float


@dataclass(frozen=True, slots=True)
class LanguagePart:
    """One language of a mixed body: its share of the letters (0..1), its paragraphs as offsets into the body."""

    code: str
    share: float
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """Size of the body; reading time in whole seconds at 238 words a minute (Brysbaert 2019)."""

    words: int
    sentences: int
    reading_seconds: int


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date in the body, offsets in code points; `value` as far as it is known: `2023`, `--04-13`, `2023-09-15`.

    `role`: `event`, `period` (what a figure or a state refers to) or `quote` (inside one: the speaker's time).
    """

    text: str
    start: int
    end: int
    value: str | None
    role: Literal["event", "period", "quote"]


@dataclass(frozen=True, slots=True)
class Dates:
    """The verdict on the publication date, its reasons (codes of `DATE_REASONS`), and how far to trust the date.

    `mentions` are the dates of the body, in its order.
    """

    verdict: Literal["consistent", "conflict", "unknown"] = "unknown"
    reasons: tuple[str, ...] = ("not_checked",)
    trust: Literal["high", "medium", "low"] = "medium"
    mentions: tuple[DateMention, ...] = ()

    def __post_init__(self) -> None:
        if unlisted := [code for code in self.reasons if code not in DATE_REASONS]:
            msg = f"reasons {unlisted!r} are not in DATE_REASONS"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Quote:
    """Something said; `body[start:end]` is `text`, without the marks; speaker and cue as far as they are known.

    `speaker` is the full name where the text gives it, `speaker_at` where the words that tell stand in the body (`he`).
    """

    text: str
    start: int
    end: int
    kind: Literal["direct", "indirect"]
    speaker: str | None = None
    cue: str | None = None
    speaker_at: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """A name of the article; `mentions` are offsets into the body, `count` how many there are, the headline's too.

    `role` is a person's office as the text has it, or `publisher` for the publisher's own name, which is no actor of
    the story. `aliases` are the other forms in the text: surnames, acronyms.
    """

    name: str
    type: Literal["person", "organisation", "place", "other"]
    count: int
    role: str | None = None
    mentions: tuple[tuple[int, int], ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the article: degrees (WGS 84), ISO 3166-1 alpha-2 country, GeoNames id; offsets into the body.

    `country` is None for contested territory and for what lies in several. `role` is `located` for the place of the
    dateline, where the story was written, and `about` for the others.
    """

    name: str
    lat: float | None
    lon: float | None
    country: str | None
    geonames: int | None
    mentions: tuple[tuple[int, int], ...] = ()
    kind: Literal["country", "region", "city"] | None = None
    role: Literal["located", "about"] = "about"


@dataclass(frozen=True, slots=True)
class AgencyCredit:
    """A news agency that the article credits, and where: in its `text` there."""

    name: str
    by: Literal["byline", "dateline", "credit_line", "copyright", "publisher"]
    text: str


@dataclass(frozen=True, slots=True)
class NamedSource:
    """A medium, statement or press service that the body gives as its source; `body[start:end]` is the name."""

    name: str
    start: int
    end: int
    cue: str


@dataclass(frozen=True, slots=True)
class Sourcing:
    """Whose text it is, as far as the article says.

    `kind`: `wire` (an agency's copy), `press_release`, `republished` (its canonical address is at another site),
    `mixed` (own authors with an agency's material), else `own`. `syndicated_from` names agency, service or site for the
    first three; `press_release` is the marker found.
    """

    kind: Literal["own", "mixed", "wire", "press_release", "republished"]
    syndicated_from: str | None = None
    agencies: tuple[AgencyCredit, ...] = ()
    sources: tuple[NamedSource, ...] = ()
    press_release: str | None = None


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """A part of the body that the publisher repeats, `body[start:end]`; in about how many of its articles of late."""

    start: int
    end: int
    seen: int


@dataclass(frozen=True, slots=True)
class Repeats:
    """How often a publisher had parts of an article before: in how many of its earlier articles, the older ones less.

    `articles` is how many there were, `parts` have offsets into the body and that number, `stamp` is how many
    carried the very time of publication of this one.
    """

    articles: float
    parts: tuple[tuple[int, int, float], ...] = ()
    stamp: float = 0.0


@dataclass(frozen=True, slots=True)
class Topic:
    """A subject, as an IPTC Media Topic; confidence in 0..1."""

    code: str
    label: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Enriched:
    """An article with what was computed from it; a field is None when its enricher is off or failed.

    `received_at` is the arrival of its payload, None where that is not known; `repeats` what its publisher had before.
    """

    article: Article
    received_at: datetime | None = None
    repeats: Repeats | None = None
    language: Language | None = None
    languages: tuple[LanguagePart, ...] | None = None
    counts: Counts | None = None
    canonical_url: str | None = None
    domain: str | None = None
    dates: Dates | None = None
    quotes: tuple[Quote, ...] | None = None
    entities: tuple[Entity, ...] | None = None
    places: tuple[Place, ...] | None = None
    topics: tuple[Topic, ...] | None = None
    keyphrases: tuple[str, ...] | None = None
    summary: str | None = None
    tags_normalised: tuple[str, ...] | None = None
    tags_unmentioned: tuple[str, ...] | None = None
    sourcing: Sourcing | None = None
    boilerplate: tuple[Boilerplate, ...] | None = None
    issues: tuple[Issue, ...] = ()
    provenance: Mapping[str, Provenance] = field(default_factory=lambda: MappingProxyType({}))
    versions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Record:
    """The finished output, schema `copydesk.article/1`; field for field what goes on the wire.

    `delivery` is `full`, or `reference` for a record without text, which only says of what the article is a copy
    (`drop` is never delivered). `version` counts what the publisher published; `revision` counts how often this record
    was made of it: 1 at first, higher after a replay, and the highest holds. The names are a contract: fields are
    added, none is renamed. Fields that no enricher fills yet are present and empty, so that a consumer can be written
    against the whole schema today.
    """

    schema: str
    id: str
    version: int
    revision: int
    payload_id: str
    part: int
    received_at: str
    url: str | None
    canonical_url: str | None
    domain: str | None
    headline: str | None
    headline_variants: tuple[HeadlineVariant, ...]
    subtitle: str | None
    body: str
    paragraphs: tuple[Paragraph, ...]
    authors: tuple[str, ...]
    author_organisations: tuple[str, ...]
    publisher: Publisher | None
    section: str | None
    tags: tuple[str, ...]
    tags_normalised: tuple[str, ...]
    tags_unmentioned: tuple[str, ...]
    language: Language | None
    languages: tuple[LanguagePart, ...]
    language_declared: str | None
    published_at: str | None
    modified_at: str | None
    dates: Dates
    images: tuple[Image, ...]
    access: Access
    article_type: ArticleType
    counts: Counts | None
    quotes: tuple[Quote, ...]
    entities: tuple[Entity, ...]
    places: tuple[Place, ...]
    topics: tuple[Topic, ...]
    keyphrases: tuple[str, ...]
    summary: str | None
    sourcing: Sourcing | None
    boilerplate: tuple[Boilerplate, ...]
    story: Mapping[str, object] | None
    verdict: Verdict
    delivery: Delivery
    issues: tuple[Issue, ...]
    provenance: Mapping[str, Provenance]
    pipeline: Mapping[str, str]
    source: str | None
    fetched_at: str | None
    trace: str | None
    raw: Raw | None


EventKind = Literal["withdrawn", "corrected", "enriched"]


@dataclass(frozen=True, slots=True)
class Event:
    """What is said of a record that was delivered before, schema `copydesk.event/1`; it goes the records' way.

    `id` is that record's. `withdrawn` is a tombstone: the article is not to be shown any more. `corrected` gives new
    values for fields in `changes`, `enriched` what was found later (`story`). `at` is the time of arrival (UTC), `by`
    the payload that said so, or the stage.
    """

    schema: str
    id: str
    event: EventKind
    at: str
    reason: str | None
    by: str | None
    changes: Mapping[str, object] | None
