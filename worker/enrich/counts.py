"""Counts: words, sentences and reading time of the body."""

from __future__ import annotations

import re
from typing import Final

from worker.model import Counts as CountsModel
from worker.model import Enriched
from worker.ports import Annotation, Enricher
from worker.text.sentences import count_sentences

_WORDS_A_MINUTE: Final = 238  # silent reading of English prose, Brysbaert 2019, Journal of Memory and Language 109
_UNSPACED: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_CHARACTERS_A_WORD: Final = 2  # in scripts without spaces: about what segmenters give for Chinese and Japanese

_COUNTED: Final = 500_000  # characters


class Counts:
    """Words are runs between spaces that hold a letter or digit; unspaced scripts count by characters."""

    name = "counts"
    version = "1"

    def enrich(self, enriched: Enriched) -> Annotation:
        """See `worker.ports.Enricher`."""
        article = enriched.article
        unspaced = 0 if article.body.isascii() else len(_UNSPACED.findall(article.body))
        spaced = _UNSPACED.sub(" ", article.body) if unspaced else article.body
        parts = spaced.split()
        odd = [word for word in parts if not word[0].isalnum()]
        words = len(parts) - len(odd) + sum(any(map(str.isalnum, word)) for word in odd)
        words += unspaced // _CHARACTERS_A_WORD
        seconds = round(words * 60 / _WORDS_A_MINUTE)
        return Annotation(counts=CountsModel(words, _sentences(article.body), seconds))


def _sentences(body: str) -> int:
    """Count sentences; in a body of more than half a million characters by the rate of its beginning."""
    counted = count_sentences(body[:_COUNTED])
    return counted if len(body) <= _COUNTED else round(counted * len(body) / _COUNTED)


component: type[Enricher] = Counts
