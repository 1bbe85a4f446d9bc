"""Address: the canonical URL without tracking, and the registered domain."""

from __future__ import annotations

from worker.model import Enriched, Issue, Provenance
from worker.ports import Annotation, Enricher
from worker.text.urls import canonicalise, registered_domain


class Address:
    """Takes the page's own canonical link where it has one, else the URL it was fetched from."""

    name = "address"
    version = "1"

    def enrich(self, enriched: Enriched) -> Annotation:
        """See `worker.ports.Enricher`."""
        article = enriched.article
        issues: tuple[Issue, ...] = ()
        canonical = canonicalise(article.canonical_url)
        own = canonicalise(article.url)
        if article.canonical_url and canonical is None:
            issues = (Issue("url_invalid", "canonical_url", article.canonical_url[:200]),)
        chosen = canonical or own
        if chosen is None:
            return Annotation(issues=issues)
        origin = "canonical link" if canonical else "url"
        provenance = {"canonical_url": Provenance(origin, "cleaned", 0.9 if canonical else 0.7)}
        return Annotation(canonical_url=chosen, domain=registered_domain(chosen), issues=issues, provenance=provenance)


component: type[Enricher] = Address
