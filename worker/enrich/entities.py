"""Entities: persons, organisations, places and other names by a model (English) and rules; a tier of its own.

Needs the extra `copydesk[entities]`. The model reads the first 300 characters; what is found there is looked up in
the rest. Other languages get what `entity_rules` finds.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from worker.model import Enriched
from worker.ports import Annotation, Enricher
from worker.prose.actors import cast, place_spans, rule_spans, true_cased, without_nouns
from worker.prose.entity_model import english_spans, load

_MOST_CHARACTERS: Final = 50_000
_READ: Final = 300  # characters; the rules read all of it


class Entities:
    """Run `places` before it: its places are the gazetteer's."""

    name = "entities"
    version = "1"

    def __init__(self) -> None:
        load()

    def enrich(self, enriched: Enriched) -> Annotation:
        """See `worker.ports.Enricher`."""
        text = enriched.article.body[:_MOST_CHARACTERS]
        article = replace(enriched.article, body=text)
        headline = true_cased(article.headline or "", text)
        language = enriched.language.code if enriched.language else None
        places = place_spans(text, enriched.places or ())
        if language in {None, "en"}:
            spans = english_spans(text, places, _READ)
        else:
            spans = without_nouns(rule_spans(text, places), language)
        return Annotation(entities=cast(article, headline, spans, places))


component: type[Enricher] = Entities
