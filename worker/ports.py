"""The Protocols that components fulfil; the only thing a component and its caller share besides the model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from worker.errors import PayloadError
from worker.model import (
    Article,
    Boilerplate,
    Counts,
    Dates,
    Enriched,
    Entity,
    Issue,
    Language,
    LanguagePart,
    Payload,
    Place,
    Provenance,
    Quote,
    Repeats,
    Sourcing,
    Topic,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class Sniff:
    """What format detection may look at: the first `head` bytes (up to 4 KiB, BOM and blanks stripped).

    `media_type` is the declared type without parameters in lower case, `suffix` of the file name or
    URL path (`.html`), both None where unknown: hints, never the truth.
    """

    head: bytes
    size: int
    media_type: str | None
    suffix: str | None


class Format(Protocol):
    """One payload format: bytes in, articles out."""

    name: str
    version: str

    def score(self, sniff: Sniff) -> float:
        """How well the bytes fit, 0 (not at all) to 1 (certain). Content outweighs the declared type."""

    def parse(self, payload: Payload) -> Iterator[Article | PayloadError]:
        """Yield each article of the payload in order.

        A part that cannot be read is yielded as an error and does not take the others.
        Raises PayloadError when nothing at all can be read.
        """


@dataclass(frozen=True, slots=True)
class Annotation:
    """What one enricher found; fields left None are not touched. The fields are those of `Enriched`."""

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
    provenance: Mapping[str, Provenance] = field(default_factory=dict)


class Enricher(Protocol):
    """One enricher: article in, annotation out; pure. It sees what those before it in the order found."""

    name: str
    version: str

    def enrich(self, enriched: Enriched) -> Annotation:
        """Compute the annotation; an exception costs only this enricher's own fields."""


@dataclass(frozen=True, slots=True)
class Print:
    """What the dedupe index keeps of an article; `worker.dedupe.prints` packs it and says what its parts mean.

    `text`, `urls` and `site` are 24 bits of digests, `headline` 16 (0: none), `agency` a number (0: none credited).
    `sample` is three hex digits a shingle hash, in the order of the hashes; `deeper` how many of them are left one,
    two, … levels further; `shingles` how many different ones the text has. `numbers` are 12 bits of context and 12
    of value, `paragraphs` three hex digits each: two of hash, one of length. `parent` is the index's number of the
    article it was judged against (0: none), `first` the article id of the first version, `cluster` the cluster's id,
    where these are not the article's own. `tiny` marks a body
    of so few words that the headline was taken in. `arrived` is in seconds since 1970, set by the index.
    """

    article_id: str
    text: int = 0
    urls: tuple[int, ...] = ()
    headline: int = 0
    site: int = 0
    agency: int = 0
    shingles: int = 0
    level: int = 0
    sample: str = ""
    deeper: tuple[int, ...] = (0, 0, 0, 0, 0)
    numbers: tuple[int, ...] = ()
    paragraphs: str = ""
    tiny: bool = False
    withdrawn: bool = False
    arrived: int = 0
    version: int = 1
    parent: int = 0
    first: str | None = None
    cluster: str | None = None


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What deduplication knows of an article.

    `payload` is a digest of the payload's bytes and the article's number in it: it tells a redelivery. The rest are
    64-bit hashes under which the index files the print: of the whole text, the addresses, what stays of an
    article without an address when it is updated (`title`), and the smallest shingle hashes of the beginning
    (`lede`) and of the whole (`body`). `places` are the hashes of the sample in the order of the text, each with
    whether a number is among its tokens. `figures` are the numbers of the print as they stand in the text, with the
    word before and after; `note` is what the article calls itself: update, correction, withdrawal, or None.
    """

    article_id: str
    payload: str
    print: Print
    text: int
    urls: tuple[int, ...] = ()
    title: int | None = None
    lede: tuple[int, ...] = ()
    body: tuple[int, ...] = ()
    places: tuple[tuple[int, bool], ...] = ()
    figures: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A print that shares features with the article in question.

    `number` is the index's own for it. `pending` is true while another entry's reservation is not final.
    `lede` and `body` are how many of those hashes are the same; `by` which of `text`, `url`, `title` led to it.
    """

    print: Print
    number: int
    pending: bool = False
    lede: int = 0
    body: int = 0
    by: frozenset[str] = frozenset()


Request = tuple[str, Sequence[Fingerprint]]
"""An owner of reservations and the articles that it asks about."""


class Index(Protocol):
    """The dedupe index: two-step, so that a payload that fails leaves nothing behind."""

    def reserve(self, requests: Sequence[Request]) -> list[list[Verdict | None]]:
        """Judge the fingerprints of each owner (an intake entry) and reserve them for it, in one atomic step.

        Returns the verdicts of each request, in order. The same owner asking again gets the same ones. None means:
        the article this one repeats is itself not final yet (another entry holds the reservation), so ask again later.
        """

    def finalise(self, owner: str) -> None:
        """Make the owner's reservations permanent for the window."""

    def release(self, owner: str) -> None:
        """Forget the owner's reservations that are not final."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One record on its way to a sink.

    `id` is the message id: the same at every retry, and another for each thing that is said of one record, so a
    consumer may drop what it saw before. `record_id` is the record's own. `json` is one JSON object (UTF-8).
    """

    id: str
    record_id: str
    json: bytes


@dataclass(frozen=True, slots=True)
class Refusal:
    """A letter that its destination will never take: position in the batch, a code of `REFUSALS`, and what was said."""

    position: int
    cause: str
    detail: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a batch is (a URL, key or queue), and the letters that were refused; all others are stored."""

    location: str
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Repeatable:
    """What of an article its publisher may repeat in others.

    `publisher` is its registered domain or else its name; `parts` are offsets into the body and a digest of seven
    bytes, `stamp` that of the time of publication where there is one. `arrived` is in seconds since 1970, by the
    stream's clock.
    """

    publisher: str
    arrived: float
    parts: tuple[tuple[int, int, bytes], ...] = ()
    stamp: bytes | None = None


class RepeatStore(Protocol):
    """What publishers repeat, learned from the stream: a bounded number of parts a publisher, the older weigh less."""

    def look_up(self, asked: Sequence[Repeatable | None]) -> list[Repeats | None]:
        """Say for each article how often its publisher had its parts before; None for None. Changes nothing."""

    def learn(self, one: Repeatable) -> None:
        """Count an article, once: the caller sees to it that copies and deliveries anew are not counted."""


class Embedder(Protocol):
    """Turns a text to a vector in which nearness is likeness of meaning; any scale."""

    def __call__(self, text: str) -> Iterable[float]:
        """Give the embedding of a text's beginning."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """What clustering keeps of an article: a unit vector in steps of 1/127, one byte each, and digests of words."""

    vector: bytes
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """The story that an article went to: its size with this one, when its first article arrived (seconds since 1970).

    `near` is how near the article was to it; None for one that began the story, or was placed before.
    """

    story: str
    size: int
    first_seen: float
    near: float | None


@dataclass(frozen=True, slots=True)
class StoryView:
    """A story: arrivals of its first and last article in seconds since 1970, ids of the latest thousand records."""

    story: str
    size: int
    first_seen: float
    last_seen: float
    members: tuple[str, ...]


class StoryIndex(Protocol):
    """Stories of an arrival window."""

    def place(self, record_id: str, sketch: Sketch, arrived: float) -> Placed:
        """Give an article its story, once: the same record again gets the same one and is not counted."""

    def story(self, name: str) -> StoryView | None:
        """Give a story by its id or that of one of its records; None where it is not known."""


class Sink(Protocol):
    """One destination of finished records."""

    name: str

    def deliver(self, batch: str, letters: Sequence[Letter]) -> Receipt:
        """Store the letters and return only when the destination has confirmed all but the refused ones.

        `batch` names the batch and is the same at every retry, so a sink that derives its object
        name from it is effectively once. Raises TransientError when a retry may help, ConfigError when
        the settings must change first; the whole batch is then delivered again.
        """

    def check(self) -> str:
        """Reach the destination and say in a few words what was found; raises ConfigError or TransientError."""
