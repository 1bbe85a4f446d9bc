"""Topics: IPTC Media Topics by the publisher's section and tags, and by words that tell a subject; not trained."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from math import log
from typing import Final

from worker.model import Article, Enriched, Topic
from worker.ports import Annotation, Enricher
from worker.text.topic_words import TOPICS, sections, signs, stems
from worker.text.topic_words_en import WEAK

_TEXT_MOST: Final = 3_000
_HEADLINE_WEIGHT: Final = 3
_WORD: Final = re.compile(r"[^\W\d_]{3,40}+")
_WORD_IN_NAME: Final = re.compile(r"[^\s,;/|]+")
_NAME_MOST: Final = 100
_TAGS_MOST: Final = 20
_LETTERS: Final = 3  # the shortest beginning in the tables
_LEAST_WORDS: Final = 2  # different ones that speak for a topic, or for one below it
_SHARE: Final = 0.2  # of all weight that a topic needs, and
_FIRST_SHARE: Final = 0.3
"""… the first one: below, 3 of 9 were right on the part that was tuned on, and nothing is said."""
_OF_BEST: Final = 0.6  # … of the heaviest one's
_TOPICS_MOST: Final = 3
_BELOW_SHARE: Final = 0.25  # of its topic's weight in the text that one below needs
_WEAK_WEIGHT: Final = 0.5
_SECTION_WEIGHT: Final = 0.5
"""Of all weight of the text: what the publisher says decides, unless the text is clearly of something else."""
_TAG_WEIGHT: Final = 0.1
_MOST_SURE: Final = 0.9
_NAMES: Final = {topic.code: name for name, topic in TOPICS.items()}
_ABOVE: Final = {name: _NAMES[topic.parent or topic.code] for name, topic in TOPICS.items()}


class Topics:
    """Up to three topics of the first level, the likeliest first, each followed by those below it.

    The confidence is a share of weights and not a probability. Words are known in some twenty languages, names of
    sections in more.
    """

    name = "topics"
    version = "2"

    def __init__(self) -> None:
        self._sections = sections()

    def enrich(self, enriched: Enriched) -> Annotation:
        """See `worker.ports.Enricher`."""
        article = enriched.article
        language = enriched.language.code if enriched.language else ""
        weights, words = _weigh(article, language)
        named = self._named(article, sum(weights.values()) or 1.0)
        return Annotation(topics=tuple(_chosen(weights, words, named)))

    def _named(self, article: Article, whole: float) -> Mapping[str, float]:
        """Weigh what the publisher files the article under."""
        weights: defaultdict[str, float] = defaultdict(float)
        if topic := self._topic_of(article.section or ""):
            weights[topic] += _SECTION_WEIGHT * whole
        for tag in article.tags[:_TAGS_MOST]:
            if topic := self._topic_of(tag):
                weights[topic] += _TAG_WEIGHT * whole
        return weights

    def _topic_of(self, name: str) -> str | None:
        folded = name[:_NAME_MOST].casefold().strip()
        if folded in self._sections:
            return self._sections[folded]
        words = (word.strip("&") for word in _WORD_IN_NAME.findall(folded.replace("-", " ").replace("_", " ")))
        return next((self._sections[word] for word in words if word in self._sections), None)


def _weigh(article: Article, language: str) -> tuple[defaultdict[str, float], Counter[str]]:
    """Give topics with their weight, and with how many different words speak for each. A word counts less each time."""
    weights: defaultdict[str, float] = defaultdict(float)
    words: Counter[str] = Counter()
    weak = WEAK if language == "en" else ()
    for word, topics, uses in _hits(article, language):
        for topic in topics:
            weights[topic] += (_WEAK_WEIGHT if word in weak else 1.0) * (1 + log(uses)) / len(topics)
            words[topic] += 1
    return weights, words


def _hits(article: Article, language: str) -> Iterator[tuple[str, tuple[str, ...], int]]:
    headline, body = (article.headline or "")[:500].casefold(), article.body[:_TEXT_MOST].casefold()
    if table := _signs(language):
        for sign, topics in table.items():
            if uses := _HEADLINE_WEIGHT * headline.count(sign) + body.count(sign):
                yield sign, topics, uses
        return
    beginnings = _stems(language)
    by_letters = _by_letters(language)
    found: Counter[str] = Counter()
    for text, weight in ((headline, _HEADLINE_WEIGHT), (body, 1)):
        for word, uses in Counter(_WORD.findall(text)).items():
            for stem in by_letters.get(word[:_LETTERS], ()):
                if word.startswith(stem):
                    found[stem] += uses * weight
    for stem, uses in found.items():
        yield stem, beginnings[stem], uses


@cache
def _stems(language: str) -> Mapping[str, tuple[str, ...]]:
    return stems(language)


@cache
def _by_letters(language: str) -> Mapping[str, tuple[str, ...]]:
    """Give the first letters of beginnings -> those beginnings."""
    found: dict[str, tuple[str, ...]] = {}
    for stem in _stems(language):
        found[stem[:_LETTERS]] = (*found.get(stem[:_LETTERS], ()), stem)
    return found


@cache
def _signs(language: str) -> Mapping[str, tuple[str, ...]]:
    return signs(language)


def _chosen(weights: Mapping[str, float], words: Mapping[str, int], named: Mapping[str, float]) -> Iterator[Topic]:
    """Yield the topics that weigh enough; those below a topic count for it, too."""
    told, filed = _sums(weights), _sums(named)
    support = _sums(words)
    sums = {name: told[name] + filed[name] for name in {*told, *filed} if support[name] >= _LEAST_WORDS or filed[name]}
    whole, best = sum(told.values()) + sum(filed.values()), max(sums.values(), default=0.0)
    if best < _FIRST_SHARE * whole:
        return
    for name in sorted(sums, key=lambda name: (-sums[name], name))[:_TOPICS_MOST]:
        if sums[name] < max(_SHARE * whole, _OF_BEST * best):
            continue
        yield _topic(name, sums[name] / whole)
        for below in sorted({*weights, *named}, key=lambda below: (-weights.get(below, 0.0), below)):
            if below == name or _ABOVE[below] != name:
                continue
            weight = weights.get(below, 0.0)
            if below in named or (words[below] >= _LEAST_WORDS and weight >= _BELOW_SHARE * told[name]):
                yield _topic(below, (weight + named.get(below, 0.0)) / whole)


def _sums(weights: Mapping[str, float]) -> defaultdict[str, float]:
    """Add up what speaks for each topic of the first level."""
    sums: defaultdict[str, float] = defaultdict(float)
    for name, weight in weights.items():
        sums[_ABOVE[name]] += weight
    return sums


def _topic(name: str, share: float) -> Topic:
    topic = TOPICS[name]
    return Topic(topic.code, topic.label, round(min(share, _MOST_SURE), 3))


component: type[Enricher] = Topics
