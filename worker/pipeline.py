"""The spine: payload -> articles -> verdicts -> enriched -> records, one typed method; pure, no I/O."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from worker.dedupe.fingerprint import fingerprint
from worker.errors import PayloadError
from worker.model import Article, Enriched, Issue, Payload, Provenance, Record, Verdict
from worker.ports import Enricher, Fingerprint, Format
from worker.schema import make_record
from worker.text.sniff import choose

Judge = Callable[[Sequence[Fingerprint]], Sequence[Verdict | None]]
"""Asks the dedupe index; None for a fingerprint whose original is not final yet."""

NEW: Final = Verdict(kind="new")


class DeferredError(Exception):
    """The article repeats one that is still in work elsewhere; process the payload again a little later."""


def judge_nothing(fingerprints: Sequence[Fingerprint]) -> Sequence[Verdict | None]:
    """Call everything new: the judge for runs without deduplication."""
    return [NEW] * len(fingerprints)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The steps with the formats and enrichers that are switched on."""

    formats: tuple[Format, ...]
    enrichers: tuple[Enricher, ...]

    def process(self, payload: Payload, judge: Judge) -> list[Record | PayloadError]:
        """Turn one payload into its records, in order, with an error in place of each part that failed.

        Raises PayloadError when nothing could be read, DeferredError when the judge says to come back.
        """
        parsed = self.parse(payload)
        articles = [item for item in parsed if isinstance(item, Article)]
        prints = [fingerprint(payload, article) for article in articles]
        verdicts = judge(prints) if prints else []
        records: dict[int, Record] = {}
        for article, key, verdict in zip(articles, prints, verdicts, strict=True):
            if verdict is None:
                raise DeferredError
            records[id(article)] = make_record(payload, self.enrich(article), key.article_id, verdict)
        return [item if isinstance(item, PayloadError) else records[id(item)] for item in parsed]

    def parse(self, payload: Payload) -> list[Article | PayloadError]:
        """Detect the format by content and read the articles; at least one item.

        Where every part failed, the first error is raised, so that a caller sees one kind of failure.
        """
        chosen = choose(self.formats, payload)
        made_by = {"format": f"{chosen.name} {chosen.version}"}
        parsed = [
            item if isinstance(item, PayloadError) else dataclasses.replace(item, versions={**made_by, **item.versions})
            for item in chosen.parse(payload)
        ]
        if not parsed:
            raise PayloadError("article_missing", f"the {chosen.name} payload holds no article")
        first = parsed[0]
        if isinstance(first, PayloadError) and all(isinstance(item, PayloadError) for item in parsed):
            raise first
        return parsed

    def enrich(self, article: Article) -> Enriched:
        """Run the enrichers in order; one that fails costs only its own fields and leaves an issue."""
        found: dict[str, Any] = {}
        issues: list[Issue] = []
        provenance: dict[str, Provenance] = {}
        versions: dict[str, str] = {}
        for enricher in self.enrichers:
            versions[enricher.name] = enricher.version
            try:
                annotation = enricher.enrich(article)
            except Exception as exc:  # noqa: BLE001  # the fence around one enricher
                issues.append(Issue("enricher_failed", enricher.name, f"{type(exc).__name__}: {exc}"[:200]))
                continue
            issues += annotation.issues
            provenance |= annotation.provenance
            for name in ("language", "counts", "canonical_url", "domain"):
                if (value := getattr(annotation, name)) is not None:
                    found[name] = value
        return dataclasses.replace(
            Enriched(article), issues=tuple(issues), provenance=provenance, versions=versions, **found
        )
