"""Entities by rules and gazetteer alone, in languages with capitals: cheap, and without a model."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from worker.model import Enriched
from worker.ports import Annotation, Enricher
from worker.prose.actors import cast, place_spans, rule_spans, true_cased, without_nouns

_MOST_CHARACTERS: Final = 50_000


class EntityRules:
    """Stands in for `entities` where its model is not installed, or too slow; run `places` before it."""

    name = "entity_rules"
    version = "1"

    def enrich(self, enriched: Enriched) -> Annotation:
        """See `worker.ports.Enricher`."""
        text = enriched.article.body[:_MOST_CHARACTERS]
        article = replace(enriched.article, body=text)
        headline = true_cased(article.headline or "", text)
        language = enriched.language.code if enriched.language else None
        places = place_spans(text, enriched.places or ())
        spans = without_nouns(rule_spans(text, places), language)
        return Annotation(entities=cast(article, headline, spans, places))


component: type[Enricher] = EntityRules
