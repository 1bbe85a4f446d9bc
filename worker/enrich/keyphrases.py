"""Key phrases: the words and names that an article keeps coming back to, the early ones first."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from typing import Final, NamedTuple

from worker.model import Enriched
from worker.ports import Annotation, Enricher
from worker.text.stopwords import STOPWORDS

_MOST: Final = 10
_REACH: Final = 10_000  # characters of the body that are looked at
_LONGEST: Final = 4  # words in a phrase
_LETTERS: Final = 60  # in a word; a longer one is no word
_SHORT: Final = 2
_JOINTS: Final = frozenset("of de du des del della di da do dos van von".split())
_UNSPACED: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_WORD: Final = re.compile(r"[^\W_]+(?:['\u2019.&-][^\W_]+)*")
_POSSESSIVE: Final = re.compile(r"['\u2019]s$")
_UNKNOWN: Final = frozenset[str]()
_Key = tuple[str, ...]

_FIRST: Final = 0.5
_FADES: Final = 1500  # characters after which the weight of standing first has fallen to 1/e
_FULL: Final = 7  # letters of a word of full weight: short ones are rarely what a text is about
_PHRASE: Final = 0.5
_NAMED: Final = 1.5
_REPEATED: Final = 0.3
_COVERED: Final = 0.6
"""Weights chosen on every second article of KPCrowd (docs/enrichment.md)."""


class _Word(NamedTuple):
    """A word that may stand in a phrase: folded, as written, its place, whether its capital says something."""

    key: str
    form: str
    at: int
    capital: bool


class Keyphrases:
    """Frequency, place and length of words; phrases of up to four that are repeated or capitalised within sentences.

    A word that mostly stands within a chosen phrase is left to it. Needs words parted by spaces.
    """

    name = "keyphrases"
    version = "1"

    def enrich(self, enriched: Enriched) -> Annotation:
        """See `worker.ports.Enricher`."""
        article = enriched.article
        body = article.body[:_REACH]
        if len(_UNSPACED.findall(body)) * 4 > len(body):
            return Annotation()
        stop = STOPWORDS.get(enriched.language.code if enriched.language else "", _UNKNOWN)
        headline = (article.headline or "")[:500]
        runs = chain(_runs(headline, 0, stop, titled=True), _runs(body, len(headline), stop, titled=False))
        seen = _seen(runs)
        return Annotation(keyphrases=tuple(map(seen.written, _chosen(seen))) or None)


def _runs(text: str, offset: int, stop: frozenset[str], *, titled: bool) -> Iterator[list[_Word]]:
    """Give the stretches without function words, numbers and punctuation; in a title no capital says anything.

    Capitalised words that "of" and its like join are one: "Secretary of State".
    """
    run: list[_Word] = []
    joint = ""
    end = 0
    for found in _WORD.finditer(text):
        gap = text[end : found.start()]
        if run and gap != " ":
            yield run
            run, joint = [], ""
        starts = end == 0 or gap.strip(" ") != ""
        end = found.end()
        token = found[0]
        form = token if token.isalnum() else _POSSESSIVE.sub("", token)
        key = form.casefold()
        if run and key in _JOINTS and run[-1].form[0].isupper() and " " not in run[-1].key:
            joint = token
            continue
        fits = key not in stop and (_SHORT if stop else _SHORT + 1) <= len(key) <= _LETTERS and key[0].isalpha()
        if joint and fits and form[0].isupper():
            last = run.pop()
            form, key = f"{last.form} {joint} {form}", f"{last.key} {joint.casefold()} {key}"
            run.append(_Word(key, form, last.at, not titled))
        elif fits:
            if joint:
                yield run
                run = []
            run.append(_Word(key, form, offset + found.start(), form[0].isupper() and not titled and not starts))
        if run and not (fits and token.endswith(form.rsplit(" ", 1)[-1])):  # an owner ends a phrase: "Russia's army"
            yield run
            run = []
        joint = ""
    if run:
        yield run


@dataclass(frozen=True, slots=True)
class _Seen:
    """How often each word and phrase is in the text, where a word first is, and how words and names are written."""

    counts: Counter[_Key]
    first: dict[str, int]
    forms: dict[str, str]
    named: dict[_Key, str]

    def written(self, key: _Key) -> str:
        """Write a phrase: a name as within a sentence, other words as they stand last, after the headline."""
        return self.named.get(key) or " ".join(self.forms[word] for word in key)


def _seen(runs: Iterable[Sequence[_Word]]) -> _Seen:
    seen = _Seen(Counter(), {}, {}, {})
    for run in runs:
        keys = [word.key for word in run]
        for word in run:
            seen.first.setdefault(word.key, word.at)
            seen.forms[word.key] = word.form
        for size in range(1, min(_LONGEST, len(run)) + 1):
            seen.counts.update(zip(*(keys[at:] for at in range(size)), strict=False))
        for upper, part in groupby(run, key=lambda word: word.form[0].isupper()):
            if upper:
                _note_names(list(part), seen.named)
    return seen


def _note_names(words: Sequence[_Word], named: dict[_Key, str]) -> None:
    """Note all parts of a stretch of capitalised words in which a capital says something."""
    for start in range(len(words)):
        for stop in range(start + 1, min(start + _LONGEST, len(words)) + 1):
            part = words[start:stop]
            if any(word.capital for word in part):
                named.setdefault(tuple(word.key for word in part), " ".join(word.form for word in part))


def _ranked(seen: _Seen) -> list[_Key]:
    """Sort words and phrases by weight, the heaviest first; of equal ones the earlier."""
    weights = {
        key: math.sqrt(seen.counts[key,]) * (1 + _FIRST * math.exp(-at / _FADES)) for key, at in seen.first.items()
    }
    ranked: list[tuple[float, int, _Key]] = []
    for key, count in seen.counts.items():
        weight = sum(weights[word] for word in key) / len(key) * min(1.0, sum(map(len, key)) / _FULL)
        if len(key) > 1:
            if count == 1 and key not in seen.named:
                continue
            weight *= _PHRASE * count**_REPEATED * (_NAMED if key in seen.named else 1)
        ranked.append((-weight, seen.first[key[0]], key))
    return [key for _, _, key in sorted(ranked)]


def _chosen(seen: _Seen) -> list[_Key]:
    """Take the heaviest, but of a phrase and its words, or of phrases that overlap by two words, only one."""
    counts = seen.counts
    chosen: list[_Key] = []
    for key in _ranked(seen):
        if len(chosen) == _MOST:
            break
        phrases = [other for other in chosen if len(other) > 1]
        if len(key) == 1:
            if sum(counts[other] for other in phrases if key[0] in other) >= _COVERED * counts[key]:
                continue
        elif any(len(set(key) & set(other)) > 1 for other in phrases):
            continue
        else:
            words = [other for other in chosen if len(other) == 1 and other[0] in key]
            for word in words:
                if counts[key] >= _COVERED * counts[word]:
                    chosen.remove(word)
        chosen.append(key)
    return chosen


component: type[Enricher] = Keyphrases
