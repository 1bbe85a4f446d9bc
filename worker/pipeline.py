"""The spine: payload -> articles -> verdicts -> enriched -> records, one typed method; pure, no I/O."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from worker.dedupe.fingerprint import fingerprint, repeated
from worker.errors import PayloadError
from worker.model import Article, Delivery, Enriched, Issue, Payload, Record, Repeats, Verdict
from worker.notice import embargo_issue
from worker.ports import Annotation, Enricher, Fingerprint, Format, Repeatable
from worker.prose.repeatable import repeatable
from worker.schema import as_reference, make_record
from worker.text.sniff import choose
from worker.unpack.container import is_container, unpack
from worker.unpack.parts import Failed, Inner, Skipped

Judge = Callable[[Sequence[Fingerprint]], Sequence[Verdict | None]]
"""Asks the dedupe index; None for a fingerprint whose original is not final yet."""

Deliver = Callable[[Article, Verdict], Delivery]
"""Decides how much of an article is delivered."""

NEW: Final = Verdict(kind="new")
_LEARNING: Final = "boilerplate"  # the enricher that is worth learning for
_FOUND: Final = tuple({item.name for item in dataclasses.fields(Annotation)} - {"issues", "provenance"})


class DeferredError(Exception):
    """The article repeats one that is still in work elsewhere; process the payload again a little later."""


def judge_nothing(fingerprints: Sequence[Fingerprint]) -> Sequence[Verdict | None]:
    """Call everything new: the judge for runs without deduplication."""
    return [NEW] * len(fingerprints)


def deliver_all(_article: Article, _verdict: Verdict) -> Delivery:
    """Deliver everything in full."""
    return "full"


@dataclass(frozen=True, slots=True)
class _Parsed:
    """An article, the payload it stands in (within a container: the inner one), and its number there."""

    article: Article
    payload: Payload
    inner_part: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A payload that was read: its articles and failed parts in order, and the fingerprints of the articles.

    `known` are the verdicts of a payload that is replayed, in the order of the prints: what an article is to others was
    decided when it came first. None where the article is new to this replay, or it is none.
    """

    items: tuple[_Parsed | PayloadError, ...]
    prints: tuple[Fingerprint, ...]
    known: tuple[Verdict | None, ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The steps with the formats and enrichers that are switched on; `unpacked_bytes` bounds what a container gives."""

    formats: tuple[Format, ...]
    enrichers: tuple[Enricher, ...]
    unpacked_bytes: int = 30_000_000

    def process(self, payload: Payload, judge: Judge) -> list[Record | PayloadError]:
        """Turn one payload into its records, in order, with an error in place of each part that failed.

        Raises PayloadError when nothing could be read, DeferredError when the judge says to come back.
        """
        reading = self.read(payload)
        return self.finish(reading, judge(reading.prints) if reading.prints else [])

    def read(self, payload: Payload) -> Reading:
        """Parse a payload and take the fingerprints of its articles. Raises PayloadError when nothing could be read."""
        items = tuple(_embargoed(item, payload) for item in self._read(payload))
        parsed = [item for item in items if isinstance(item, _Parsed)]
        prints = _fingerprints(parsed)
        if payload.replay is None:
            return Reading(items, tuple(prints), (None,) * len(prints))
        before = {known.part: known for known in payload.replay.known}
        found = [before.get(item.article.part) for item in parsed]
        same = [dataclasses.replace(key, article_id=k.id) if k else key for key, k in zip(prints, found, strict=True)]
        return Reading(items, tuple(same), tuple(k.verdict if k else None for k in found))

    def repeatable(self, reading: Reading) -> list[Repeatable | None]:
        """Give what publishers may repeat of each article, in order; nothing of any where `boilerplate` is off."""
        articles = [item for item in reading.items if isinstance(item, _Parsed)]
        if not any(enricher.name == _LEARNING for enricher in self.enrichers):
            return [None] * len(articles)
        return [repeatable(item.article, item.payload.received_at) for item in articles]

    def finish(
        self,
        reading: Reading,
        verdicts: Sequence[Verdict | None],
        deliver: Deliver = deliver_all,
        repeats: Sequence[Repeats | None] = (),
    ) -> list[Record | PayloadError]:
        """Enrich what is delivered in full and make the records; raises DeferredError where a verdict is None.

        `repeats` has what is known of each article's publisher, in order; empty where nothing is.
        """
        if None in verdicts:
            raise DeferredError
        judged = iter(zip(reading.prints, verdicts, repeats or [None] * len(verdicts), strict=True))
        records: list[Record | PayloadError] = []
        for item in reading.items:
            if isinstance(item, PayloadError):
                records.append(item)
                continue
            key, verdict, known = next(judged)
            assert verdict is not None  # noqa: S101  # for the type checker: looked for above
            delivery = deliver(item.article, verdict)
            enriched = Enriched(item.article, item.payload.received_at, known)
            enriched = self.enrich(enriched) if delivery == "full" else enriched
            record = make_record(item.payload, enriched, key.article_id, verdict)
            records.append(record if delivery == "full" else as_reference(record, delivery))
        return records

    def parse(self, payload: Payload) -> list[Article | PayloadError]:
        """Unpack, detect each format by content and read the articles; at least one item.

        Where every part failed, the first error is raised, so that a caller sees one kind of failure.
        """
        return [item.article if isinstance(item, _Parsed) else item for item in self._read(payload)]

    def _read(self, payload: Payload) -> list[_Parsed | PayloadError]:
        parsed: list[_Parsed | PayloadError] = []
        if is_container(payload):
            parsed = self._container(payload)
        else:
            for item in self._articles(payload):
                parsed.append(item if isinstance(item, PayloadError) else _Parsed(item, payload, item.part))
        first = parsed[0]
        if isinstance(first, PayloadError) and all(isinstance(item, PayloadError) for item in parsed):
            raise first
        return parsed

    def _articles(self, payload: Payload) -> list[Article | PayloadError]:
        chosen = choose(self.formats, payload)
        made_by = {"format": f"{chosen.name} {chosen.version}"}
        parsed = [
            item if isinstance(item, PayloadError) else dataclasses.replace(item, versions={**made_by, **item.versions})
            for item in chosen.parse(payload)
        ]
        return parsed or [PayloadError("article_missing", f"the {chosen.name} payload holds no article")]

    def _container(self, payload: Payload) -> list[_Parsed | PayloadError]:
        """Read each payload of a container by itself; articles and failed parts are numbered through."""
        parsed: list[_Parsed | PayloadError] = []
        skipped: Counter[str] = Counter()
        for part in unpack(payload, self.unpacked_bytes):
            if isinstance(part, Skipped):
                skipped[part.reason] += 1
            elif isinstance(part, Failed):
                parsed.append(_placed(part.error, part.chain))
            else:
                parsed += self._inner(part, len(parsed))
        if not parsed:
            reasons = ", ".join(f"{count} {reason}" for reason, count in skipped.most_common(10))
            raise PayloadError("article_missing", f"no part is an article: {reasons or 'there is none'}")
        return parsed

    def _inner(self, inner: Inner, first: int) -> list[_Parsed | PayloadError]:
        items: list[Article | PayloadError]
        try:
            items = self._articles(inner.payload)
        except PayloadError as exc:
            items = [exc]
        except MemoryError:
            raise
        except Exception as exc:  # noqa: BLE001  # the fence around one payload, which must not take its neighbours
            items = [PayloadError("unexpected", f"{type(exc).__name__}: {exc}"[:200])]
        placed: list[_Parsed | PayloadError] = []
        for number, item in enumerate(items, start=first):
            if isinstance(item, PayloadError):
                placed.append(_placed(item, inner.chain))
            else:
                article = dataclasses.replace(item, part=number, issues=(*inner.issues, *item.issues))
                placed.append(_Parsed(article, inner.payload, item.part))
        return placed

    def enrich(self, enriched: Enriched) -> Enriched:
        """Run the enrichers in order; one that fails costs only its own fields and leaves an issue."""
        for enricher in self.enrichers:
            try:
                found = enricher.enrich(enriched)
            except Exception as exc:  # noqa: BLE001  # the fence around one enricher
                issue = Issue("enricher_failed", enricher.name, f"{type(exc).__name__}: {exc}"[:200])
                found = Annotation(issues=(issue,))
            values: dict[str, Any] = {name: value for name in _FOUND if (value := getattr(found, name)) is not None}
            if found.issues:
                values["issues"] = (*enriched.issues, *found.issues)
            if found.provenance:
                values["provenance"] = {**enriched.provenance, **found.provenance}
            enriched = dataclasses.replace(enriched, **values) if values else enriched
        versions = {enricher.name: enricher.version for enricher in self.enrichers}
        return dataclasses.replace(enriched, versions={**enriched.versions, **versions})


def _embargoed(item: _Parsed | PayloadError, payload: Payload) -> _Parsed | PayloadError:
    issue = embargo_issue(payload) if payload.hints else None
    if issue is None or isinstance(item, PayloadError):
        return item
    return dataclasses.replace(item, article=dataclasses.replace(item.article, issues=(*item.article.issues, issue)))


def _placed(error: PayloadError, chain: Sequence[str]) -> PayloadError:
    return PayloadError(error.code, f"{' > '.join(chain)}: {error.detail}" if chain else error.detail)


def _fingerprints(found: Sequence[_Parsed]) -> list[Fingerprint]:
    """Compute what the index keeps; what a container holds twice is told apart, or it would pass as delivered again."""
    seen: Counter[str] = Counter()
    prints = []
    for item in found:
        key = fingerprint(item.payload, item.article, item.inner_part)
        prints.append(repeated(key, seen[key.payload]) if seen[key.payload] else key)
        seen[key.payload] += 1
    return prints
