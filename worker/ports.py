"""The Protocols that components fulfil; the only thing a component and its caller share besides the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from worker.errors import PayloadError
from worker.model import Article, Counts, Issue, Language, Payload, Provenance, Verdict


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
    """What one enricher found; fields left None are not touched."""

    language: Language | None = None
    counts: Counts | None = None
    canonical_url: str | None = None
    domain: str | None = None
    issues: tuple[Issue, ...] = ()
    provenance: Mapping[str, Provenance] = field(default_factory=dict)


class Enricher(Protocol):
    """One enricher: article in, annotation out; pure."""

    name: str
    version: str

    def enrich(self, article: Article) -> Annotation:
        """Compute the annotation; an exception costs only this enricher's own fields."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What the dedupe index keeps of an article: 128-bit digests in hex, None where there is nothing to hash."""

    article_id: str
    payload: str
    body: str
    url: str | None
    title: str | None = None


class Index(Protocol):
    """The dedupe index: two-step, so that a payload that fails leaves nothing behind."""

    def reserve(self, owner: str, fingerprints: Sequence[Fingerprint]) -> list[Verdict | None]:
        """Judge each fingerprint and reserve it for `owner` (an intake entry) in one atomic step.

        The same owner asking again gets the same verdicts. None means: the article this one repeats
        is itself not final yet (another entry holds the reservation), so ask again later.
        """

    def finalise(self, owner: str) -> None:
        """Make the owner's reservations permanent for the window."""

    def release(self, owner: str) -> None:
        """Forget the owner's reservations that are not final."""


class Sink(Protocol):
    """One destination of finished records."""

    name: str

    def deliver(self, batch: str, records: Sequence[bytes]) -> str:
        """Store the records, one JSON object each, and return where they are (a URL or key).

        `batch` names the batch and is the same at every retry, so a sink that derives its object
        name from it is effectively once. Raises TransientError when a retry may help.
        """

    def check(self) -> str:
        """Reach the destination and say in a few words what was found; raises ConfigError or TransientError."""
