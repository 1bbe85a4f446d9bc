"""Sourcing: whose text it is (own, an agency's, a release, another site's), and whom it names as its source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from worker.model import AgencyCredit, Article, Enriched, NamedSource
from worker.model import Sourcing as SourcingModel
from worker.ports import Annotation, Enricher
from worker.text.agencies import agencies_in, credits_of
from worker.text.sources import named_sources, owners, release_marker
from worker.text.urls import registered_domain

_TEXT_MOST: Final = 8_000
_SOURCES_MOST: Final = 10
_EASTERN_DATELINE: Final = re.compile(r"新华社|연합뉴스|共同通信")
_CACHES: Final = frozenset({"ampproject.org", "google.com", "archive.org", "archive.ph", "googleusercontent.com"})


class Sourcing:
    """Goes by what the article says: bylines, dateline, its end, publisher, canonical address, notices of releases."""

    name = "sourcing"
    version = "1"

    def enrich(self, enriched: Enriched) -> Annotation:
        """See `worker.ports.Enricher`."""
        article = enriched.article
        text = article.body[:_TEXT_MOST]
        credited = tuple(_credits(article))
        sources = tuple(islice(_sources(article, text), _SOURCES_MOST))
        release = release_marker(article.body)
        elsewhere = _canonical_elsewhere(article)
        own_agency = article.publisher is not None and article.publisher.kind == "agency"
        if release is not None:
            marker, service = release
            found = SourcingModel("press_release", service, credited, sources, marker)
        elif elsewhere is not None:
            found = SourcingModel("republished", elsewhere, credited, sources)
        elif credited and not own_agency:
            wire = not article.authors or any(credit.by == "dateline" for credit in credited)
            found = SourcingModel("wire" if wire else "mixed", credited[0].name if wire else None, credited, sources)
        else:
            found = SourcingModel("own", None, credited, sources)
        return Annotation(sourcing=found)


def _credits(article: Article) -> Iterator[AgencyCredit]:
    """Yield each agency credited, once, the strongest place first."""
    seen: set[str] = set()
    for credit in _all_credits(article):
        if credit.name not in seen:
            seen.add(credit.name)
            yield credit


def _all_credits(article: Article) -> Iterator[AgencyCredit]:
    for by, text in dict.fromkeys((credit.by, credit.text) for credit in credits_of(article)):
        yield from (AgencyCredit(agency.name, by, text) for agency in agencies_in(text))
    if found := _EASTERN_DATELINE.match(article.body):
        yield from (AgencyCredit(agency.name, "dateline", found[0]) for agency in agencies_in(found[0]))
    for is_copyright, claim in owners(article.body):
        for agency in agencies_in(claim):
            yield AgencyCredit(agency.name, "copyright" if is_copyright else "credit_line", claim)


def _sources(article: Article, text: str) -> Iterator[NamedSource]:
    """Yield each source once; the publisher naming itself is none."""
    publisher = (article.publisher.name or "").casefold() if article.publisher else ""
    seen: set[str] = set()
    for source in named_sources(text):
        name = source.name.casefold()
        itself = bool(publisher) and (publisher in name or name in publisher)
        if name not in seen and not itself:
            seen.add(name)
            yield NamedSource(source.name, source.start, source.end, source.cue)


def _canonical_elsewhere(article: Article) -> str | None:
    """Give the site of the canonical address where it is not the page's, nor the same under another top domain."""
    here, there = registered_domain(article.url), registered_domain(article.canonical_url)
    if not here or not there or "." not in there or _CACHES & {here, there}:
        return None
    return there if here.split(".")[0] != there.split(".")[0] else None


component: type[Enricher] = Sourcing
