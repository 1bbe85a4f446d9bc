"""Summary: the lead and the sentences that carry most keyphrases, word for word, in the text's order; linear."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from worker.model import Article, Enriched
from worker.ports import Annotation, Enricher
from worker.text.sentences import sentence_spans

_SENTENCES_READ: Final = 30
_SENTENCES: Final = 3
_LONGEST: Final = 600  # characters of the whole summary
_READ: Final = 500_000  # characters, as far as sentences are counted
_SENTENCE_LONGEST: Final = 400
_SENTENCE_SHORTEST: Final = 40
_DENSE: Final = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_DENSE_SHORTEST: Final = 15  # … in scripts where a sign says as much as three letters
_EARLY: Final = 0.5  # what the first sentence counts more than the last one read
_MARKS: Final = '"“”„«»「」'
_LEANING: Final = re.compile(
    r"[\"'“”«»„‚‘「『]|(?:he|she|it|they|this|that|these|those|but|and|so|er|sie|es|aber|und|dies|diese|il|elle|ils|elles|"
    r"mais|et|él|ella|ellos|pero|y|lui|lei|ma|e|ele|ela|mas|он|она|они|это|но|и|він|вона|вони|це|але|і|hij|zij|maar)\b",
    re.IGNORECASE,
)


class Summary:
    """Up to three sentences and 600 characters; the first is the lead, the text's first whole sentence.

    Needs the keyphrases; without them it is the lead alone. None for a body without a whole sentence.
    """

    name = "summary"
    version = "1"

    def enrich(self, enriched: Enriched) -> Annotation:
        """See `worker.ports.Enricher`."""
        phrases = [phrase.casefold() for phrase in enriched.keyphrases or ()]
        sentences = list(islice(_sentences(enriched.article, phrases), _SENTENCES_READ))
        if not sentences:
            return Annotation()
        chosen = [sentences[0]]
        told = set(sentences[0].carries)
        room = _LONGEST - len(sentences[0].text)
        alone = [one for one in sentences[1:] if one.carries and not _leans(one.text)]
        while len(chosen) < _SENTENCES:
            fitting = [one for one in alone if len(one.text) < room and not told.issuperset(one.carries)]
            if not fitting:
                break
            best = max(fitting, key=lambda one: one.score(told))
            chosen.append(best)
            told.update(best.carries)
            room -= len(best.text) + 1
        chosen.sort(key=lambda one: one.place)
        return Annotation(summary=" ".join(one.text for one in chosen))


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence, the ranks of the keyphrases in it, and its number in the text."""

    text: str
    carries: tuple[int, ...]
    place: int

    def score(self, told: set[int]) -> float:
        """Weigh the keyphrases that it adds, by rank, and its place."""
        added = sum(1 / (rank + 1) for rank in self.carries if rank not in told)
        return added * (1 + _EARLY * (1 - self.place / _SENTENCES_READ))


def _sentences(article: Article, phrases: Sequence[str]) -> Iterator[_Sentence]:
    """Yield the whole sentences of the running text."""
    body = article.body[:_READ]
    running = iter([paragraph for paragraph in article.paragraphs if paragraph.kind == "text"])
    paragraph = next(running, None)
    place = 0
    for start, end in sentence_spans(body):
        while paragraph is not None and paragraph.end <= start:
            paragraph = next(running, None)
        if paragraph is None:
            return
        if start < paragraph.start:
            continue
        shortest = _DENSE_SHORTEST if _DENSE.search(body, start, end) else _SENTENCE_SHORTEST
        if shortest <= end - start <= _SENTENCE_LONGEST and body[end - 1] not in ":?…,;":
            text = body[start:end]
            folded = text.casefold()
            carries = tuple(rank for rank, phrase in enumerate(phrases) if phrase in folded)
            yield _Sentence(text, carries, place)
            place += 1


def _leans(text: str) -> bool:
    """Tell whether a sentence needs the one before it, or is a part of what somebody says."""
    return _LEANING.match(text) is not None or sum(map(text.count, _MARKS)) % 2 == 1


component: type[Enricher] = Summary
