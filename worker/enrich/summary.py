"""Summary: the lead, and the sentences that say most of what the key phrases name."""

from __future__ import annotations

import math
import re
from typing import Final

from worker.model import Enriched
from worker.ports import Annotation, Enricher
from worker.text.sentences import split_sentences

_MOST: Final = 3  # sentences
_LETTERS: Final = 600  # in a summary
_SENTENCES: Final = 60  # that are looked at, from the beginning
_SHORTEST, _LONGEST = 40, 400  # letters of a sentence that may be chosen
_FADES: Final = 15  # sentences after which the weight of standing first has fallen to 1/e
_WORD: Final = re.compile(r"[^\W_]+")


class Summary:
    """Extractive and linear: whole sentences of the body in their order, the first one always among them."""

    name = "summary"
    version = "1"

    def enrich(self, enriched: Enriched) -> Annotation:
        """See `worker.ports.Enricher`."""
        article = enriched.article
        sentences: list[str] = []
        for paragraph in article.paragraphs:
            if paragraph.kind != "text" or len(sentences) >= _SENTENCES:
                continue
            text = article.body[paragraph.start : min(paragraph.end, paragraph.start + 5_000)]
            sentences += [text[start:end] for start, end in split_sentences(text)]
        usable = [
            (place, sentence)
            for place, sentence in enumerate(sentences[:_SENTENCES])
            if _SHORTEST <= len(sentence) <= _LONGEST
        ]
        if not usable:
            return Annotation()
        wanted = {word.casefold() for phrase in enriched.keyphrases or () for word in _WORD.findall(phrase)}
        chosen = [usable[0]]
        for place, sentence in sorted(usable[1:], key=lambda item: -_weight(item[0], item[1], wanted)):
            if len(chosen) == _MOST:
                break
            if sum(len(text) + 1 for _, text in chosen) + len(sentence) <= _LETTERS:
                chosen.append((place, sentence))
        return Annotation(summary=" ".join(" ".join(text.split()) for _, text in sorted(chosen)))


def _weight(place: int, sentence: str, wanted: set[str]) -> float:
    words = [word.casefold() for word in _WORD.findall(sentence)]
    return len(wanted.intersection(words)) / math.sqrt(len(words) + 1) * (1 + math.exp(-place / _FADES))


component: type[Enricher] = Summary
