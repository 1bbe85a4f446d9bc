"""Language: headline and body judged together by eldc; what the page declares is only a tie-breaker."""

from __future__ import annotations

import re
from typing import Final

import eldc

from worker.model import Enriched, Issue, Provenance
from worker.model import Language as LanguageModel
from worker.ports import Annotation, Enricher

_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_SAMPLE: Final = 3000  # characters: more does not change the answer, and eldc is linear
_FEW_LETTERS: Final = 20  # one or two words: eldc is a coin toss there
_UNSURE: Final = 0.5


class Language:
    """Needs no network; 60 languages."""

    name = "language"
    version = "1"

    def __init__(self) -> None:
        eldc.init()

    def enrich(self, enriched: Enriched) -> Annotation:
        """See `worker.ports.Enricher`."""
        article = enriched.article
        text = f"{article.headline or ''}\n{article.body[:_SAMPLE]}"
        text = _SURROGATES.sub(" ", text)
        declared = (article.language_declared or "").split("-")[0].split("_")[0].lower()
        if sum(map(str.isalpha, text)) < _FEW_LETTERS:
            return self._answer(declared, 0.3, "declared", reliable=False)
        found = eldc.detect_details(text)
        scores = found.scores or {}
        if not found.reliable and declared in scores:
            return self._answer(declared, 0.5, "eldc, declared", reliable=True)
        return self._answer(found.language, scores.get(found.language, 0.0), "eldc", reliable=found.reliable)

    @staticmethod
    def _answer(code: str | None, confidence: float, method: str, *, reliable: bool) -> Annotation:
        issues = () if reliable else (Issue("language_uncertain", "language", code or None),)
        if not code:
            return Annotation(issues=issues)
        certainty = round(min(confidence, 1.0) if reliable else min(confidence, _UNSURE), 3)
        return Annotation(
            language=LanguageModel(code, certainty),
            issues=issues,
            provenance={"language": Provenance("headline and body", method, certainty)},
        )


component: type[Enricher] = Language
