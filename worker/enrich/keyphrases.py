"""Keyphrases: the words and names that a text returns to, early ones first; no model, one pass over the tokens."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import Final

from worker.model import Enriched
from worker.ports import Annotation, Enricher
from worker.text.stopwords import stopwords_of

_MOST: Final = 10
_TEXT_MOST: Final = 4_000  # characters of the body that are read
_HEADLINE_MOST: Final = 500
_WORD_MOST: Final = 40
_LETTERS: Final = (
    "(?:[^\\W_]++|[\u0300-\u036f\u0900-\u109f]++)++"  # the vowel signs of Indic scripts are no word characters
)
_TOKEN: Final = re.compile(rf"(?:[^\W\d_]\.){{2,8}}+|{_LETTERS}(?:['’&.-]{_LETTERS})*+|[^\w\s]")
_ENDING: Final = re.compile(r"['’]s?$")
_ENDINGS: Final = {"tr": re.compile(r"['’]\w*$")}
_ELISION: Final = re.compile(r"^(?:[cdjlmnst]|qu|un|all|dall|dell|nell|sull|quell|quest)['’](?=\w)", re.IGNORECASE)
_ELIDING: Final = frozenset({"fr", "it", "ca"})
_SHORTEST: Final = 3
_SHORTEST_NAME: Final = 2
_SHORTEST_UNKNOWN: Final = 5  # … in a language without a list of stop words
_CAPITALS: Final = 0.5  # what a word always written with a capital counts more; .448 to .457 between 0 and 1
_TOGETHER: Final = 0.7  # share of the rarer word's uses that a phrase must cover, or its words stay apart
_NAME_USES, _PHRASE_USES = 2, 3  # uses that make a phrase of two capitalised words, and of others
_FEW_WORDS, _EARLY = 40, 150
"""Where a text has more different words, one used once behind so many tokens is no keyphrase."""
_RUN_MOST: Final = 4
_PARTICLES: Final = frozenset("of de del da do dos das du des di della van von der den la le al el".split())
_PARTICLES_SHOWN: Final = _PARTICLES | {word.capitalize() for word in _PARTICLES}  # titles write "Bank Of England"

_JAPANESE: Final = re.compile("[\u4e00-\u9fff々]{2,8}|[ァ-ヺー]{3,15}")
_HAN: Final = re.compile("[\u4e00-\u9fff]+")
_HAN_STOP: Final = re.compile(
    "[的了在是和与與也就都而及或把被对對从從到等这這那个個们們其为為以之将將已于於并並但说說称稱年月日时時中上下]"
)
_HAN_LONGEST: Final = 6
_HAN_TEXT: Final = 4_000
_KOREAN_ENDING: Final = re.compile(
    "(?<=[가-힣]{2})(?:은|는|이|가|을|를|의|에|에서|에게|으로|로|와|과|도|만|까지|부터)$"
)


class Keyphrases:
    """Up to ten, the most telling first, as the text writes them.

    A phrase of two to four words stands for its words where they nearly always come together. In Chinese, Japanese
    and Korean, where no spaces or only endings part the words, these are runs of signs that come again.
    """

    name = "keyphrases"
    version = "1"

    def enrich(self, enriched: Enriched) -> Annotation:
        """See `worker.ports.Enricher`."""
        article = enriched.article
        text = f"{(article.headline or '')[:_HEADLINE_MOST]}\n{article.body[:_TEXT_MOST]}"
        language = enriched.language.code if enriched.language else None
        if language == "zh":
            found = _ranked(_chinese(text[:_HAN_TEXT]))
        elif language == "ja":
            found = _ranked((run[0], run.start()) for run in _JAPANESE.finditer(text))
        else:
            found = _Words(text, language).phrases()
        return Annotation(keyphrases=tuple(found[:_MOST]))


_Run = tuple[str, ...]


@dataclass(slots=True)
class _Word:
    """Uses of one word: how many, how many with a capital, the place of the first, and the form used most."""

    count: int
    capitals: int
    first: int
    form: str
    form_uses: int

    def score(self) -> float:
        """Frequency, more for capitals, less the later it first comes."""
        return (self.count + _CAPITALS * self.capitals) / (1 + log(2 + self.first))


class _Words:
    """The content words of a text and the runs of two to four in which they stand.

    Tokens are counted before they are looked at: a text has half as many different ones.
    """

    def __init__(self, text: str, language: str | None) -> None:
        self._language = language
        self._tokens = _TOKEN.findall(text)
        self._words: dict[str, _Word] = {}
        folded = self._count()
        self._keys = [folded[token] for token in self._tokens]
        for at in self._particles():
            self._keys[at] = self._tokens[at].lower()

    def _count(self) -> dict[str, str]:
        """Fill the words; gives each token's word, empty for what is none of content."""
        first = dict(zip(reversed(self._tokens), range(len(self._tokens) - 1, -1, -1), strict=True))
        folded: dict[str, str] = {}
        language, stop = self._language, stopwords_of(self._language)
        for token, uses in Counter(self._tokens).items():
            key = folded[token] = _key(token, language, stop)
            if not key:
                continue
            capitals = uses if token[0].isupper() else 0
            if (word := self._words.get(key)) is None:
                self._words[key] = _Word(uses, capitals, first[token], token, uses)
                continue
            word.count += uses
            word.capitals += capitals
            word.first = min(word.first, first[token])
            if uses > word.form_uses:
                word.form, word.form_uses = token, uses
        return folded

    def _particles(self) -> list[int]:
        """Give the places of particles between two words with capitals ("Bank of England"), which join them."""
        tokens, keys = self._tokens, self._keys
        return [
            at
            for at, token in enumerate(tokens[:-1])
            if token in _PARTICLES_SHOWN
            and at
            and keys[at - 1]
            and keys[at + 1]
            and tokens[at - 1][0].isupper()
            and tokens[at + 1][0].isupper()
        ]

    def _runs(self) -> dict[_Run, list[int]]:
        """Give the runs whose pairs all come again, with the places where they begin."""
        keys = self._keys
        pairs = {pair for pair, uses in Counter(pairwise(keys)).items() if uses > 1 and all(pair)}
        starts = [at for at, pair in enumerate(pairwise(keys)) if pair in pairs]
        going_on = set(starts)
        runs: dict[_Run, list[int]] = {}
        for at in starts:
            for size in range(2, _RUN_MOST + 1):
                if at + size - 2 not in going_on:
                    break
                run = tuple(keys[at : at + size])
                if run[0] in self._words and run[-1] in self._words:
                    runs.setdefault(run, []).append(at)
        return runs

    def phrases(self) -> list[str]:
        """Give phrases, and the words that are in none, by score."""
        chosen: dict[_Run, list[int]] = {}
        covered: set[int] = set()
        for run, places in sorted(self._runs().items(), key=_weight, reverse=True):
            free = [at for at in places if covered.isdisjoint(range(at, at + len(run)))]
            if self._belongs_together(run, free):
                chosen[run] = free
                covered.update(at + step for at in free for step in range(len(run)))
        scores: dict[str, float] = {}
        taken = {key for run in chosen for key in run}
        for run, places in chosen.items():
            words = [self._words[key] for key in run if key in self._words]
            share = len(places) / min(word.count for word in words)
            scores[" ".join(self._shown(run, places))] = sum(word.score() for word in words) / len(words) * share
        early = len(self._tokens) if len(self._words) < _FEW_WORDS else _EARLY
        for key, word in self._words.items():
            if word.count == 1 and word.first > early:
                continue  # never among the first ten
            if key not in taken and not self._is_rarer_number(key, word):
                scores.setdefault(_stem(word.form, self._language), word.score())
        return sorted(scores, key=scores.__getitem__, reverse=True)

    def _shown(self, run: _Run, places: list[int]) -> list[str]:
        """Give a run as the text last wrote it: titles have capitals of their own."""
        first, *inner, last = self._tokens[places[-1] : places[-1] + len(run)]
        return [_ELISION.sub("", first) if self._language in _ELIDING else first, *inner, _stem(last, self._language)]

    def _belongs_together(self, run: _Run, places: list[int]) -> bool:
        words = [self._words[key] for key in run if key in self._words]
        uses = len(places)
        if len(set(run)) < len(run) or uses < _NAME_USES or uses < _TOGETHER * min(word.count for word in words):
            return False
        shown = self._shown(run, places)
        return uses >= _PHRASE_USES or all(part[0].isupper() or part in _PARTICLES for part in shown)

    def _is_rarer_number(self, key: str, word: _Word) -> bool:
        """Tell whether a word is the rarer of a singular and its plural in -s."""
        other = self._words.get(key[:-1] if key.endswith("s") else f"{key}s")
        return other is not None and (other.count, other.first) > (word.count, word.first)


def _key(token: str, language: str | None, stop: Collection[str]) -> str:
    """Fold a token to the word that it is a use of; empty for what is none of content."""
    key = token.lower()
    if key in stop or len(key) < _SHORTEST_NAME:
        return ""
    shortest = _SHORTEST if stop else _SHORTEST_UNKNOWN
    if language == "ko" or not token.isalpha():
        if language == "ko" or "'" in token or "’" in token:
            lower, key = key.replace("’", "'"), _stem(token, language).lower()
            if lower in stop or key in stop:
                return ""
        if not key[:1].isalpha():
            return ""
    if language == "ko" or token.isupper():  # EU, UN
        shortest = _SHORTEST_NAME
    return key if shortest <= len(key) <= _WORD_MOST else ""


def _stem(token: str, language: str | None) -> str:
    if language == "ko":
        return _KOREAN_ENDING.sub("", token[:_WORD_MOST])
    if "'" not in token and "’" not in token:
        return token
    if language in _ELIDING:
        token = _ELISION.sub("", token)
    return _ENDINGS.get(language or "", _ENDING).sub("", token)


def _weight(item: tuple[_Run, list[int]]) -> tuple[int, int]:
    """Give the order in which runs take their words: often and long ones first."""
    run, places = item
    return len(places) * (len(run) + 1), len(run)


def _chinese(text: str) -> Iterator[tuple[str, int]]:
    """Yield runs of two to six signs with their places; a run that only comes within one longer run is left out."""
    uses: Counter[str] = Counter()
    places: dict[str, list[int]] = {}
    for run in _HAN.finditer(_HAN_STOP.sub(" ", text)):
        for start in range(len(run[0])):
            for end in range(start + 2, min(len(run[0]), start + _HAN_LONGEST) + 1):
                part = run[0][start:end]
                uses[part] += 1
                places.setdefault(part, []).append(run.start() + start)
    covered = set()
    for part, count in uses.items():
        for inner in (part[1:], part[:-1]):
            if uses[inner] == count:
                covered.add(inner)
    for part, count in uses.items():
        if count >= 2 and part not in covered:  # noqa: PLR2004  # what comes once is no word that we could know
            yield from ((part, place) for place in places[part])


def _ranked(runs: Iterator[tuple[str, int]]) -> list[str]:
    words: dict[str, _Word] = {}
    for run, place in runs:
        words.setdefault(run, _Word(0, 0, place, run, 0)).count += 1
    return sorted(words, key=lambda run: -words[run].score())


component: type[Enricher] = Keyphrases
