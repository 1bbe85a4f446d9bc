"""Tags: two names of one thing made one, and those that the text never mentions; raw tags stay as they are."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from worker.model import Enriched
from worker.ports import Annotation, Enricher

_TAGS_MOST: Final = 100
_TAG_MOST: Final = 100  # characters; a longer one is a sentence and stays as it is
_TEXT_MOST: Final = 10_000
_WORD: Final = re.compile(r"[^\W_]+")
_DROPPED: Final = ".#"
_JOINTS: Final = "-_/'’"
_PUNCTUATION: Final = ',;:!?()[]{}"“”„«»‘…–—。、，'
_UNSPACED: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_STEM_LEAST: Final = 4
_STEM_SHARE: Final = 0.7  # of a tag's word that must begin a word of the text: aggression, aggressive
_ACRONYM: Final = range(2, 8)
_NAME: Final = range(2, 4)  # words of a person's name
_NOUNS: Final = frozenset({"de", "lb"})  # languages that write all nouns with a capital, so that it tells no name
_PREPOSITIONS: Final = frozenset("of de del di da do des du the la le for in and und y e et".split())
# States and bodies whose short and long names no text spells out for its readers.
_ALIASES: Final = {
    form: forms[0]
    for forms in (
        ("us", "usa", "united states", "united states of america"),
        ("uk", "united kingdom", "great britain"),
        ("eu", "european union"),
        ("un", "united nations"),
        ("uae", "united arab emirates"),
        ("who", "world health organization", "world health organisation"),
        ("nato", "north atlantic treaty organization", "north atlantic treaty organisation"),
        ("imf", "international monetary fund"),
        ("ecb", "european central bank"),
        ("ezb", "europäische zentralbank"),
        ("ai", "artificial intelligence"),
        ("ki", "künstliche intelligenz"),
    )
    for form in forms
}


class Tags:
    """Works on the tags whose spelling was corrected already; the fuller of two names stays, in the place of the first.

    Two are one where they differ in case, dots, hyphens or number, where one is the other's known or explained
    acronym, where one of several words ends the other ("US Secretary of State"), and where one is the surname of the
    other and the text has the whole name.
    """

    name = "tags"
    version = "1"

    def enrich(self, enriched: Enriched) -> Annotation:
        """See `worker.ports.Enricher`."""
        article = enriched.article
        tags = article.tags_normalised[:_TAGS_MOST]
        if not tags:
            return Annotation(tags_unmentioned=())
        language = enriched.language.code if enriched.language else None
        text = _Text(f"{article.headline or ''}\n{article.body[:_TEXT_MOST]}", nouns=language in _NOUNS)
        kept: list[_Tag] = []
        for tag in (_Tag(shown, _fold(shown)) for shown in tags):
            same = next((at for at, other in enumerate(kept) if _are_one(tag, other, text)), None)
            if same is None:
                kept.append(tag)
            elif len(tag.folded) > len(kept[same].folded) + 1:  # more than a plural
                kept[same] = tag
        shown = (*(tag.shown for tag in kept), *article.tags_normalised[_TAGS_MOST:])
        return Annotation(
            tags_normalised=shown, tags_unmentioned=tuple(tag.shown for tag in kept if not text.mentions(tag))
        )


@dataclass(frozen=True, slots=True)
class _Tag:
    shown: str
    folded: str


def _fold(text: str) -> str:
    """Drop case, full stops of acronyms and hash signs; hyphens and the like become spaces."""
    plain = (text if text.isascii() else unicodedata.normalize("NFKC", text)).casefold()
    for sign in _DROPPED:
        plain = plain.replace(sign, "")
    for sign in _JOINTS:
        plain = plain.replace(sign, " ")
    return " ".join(plain.split())


def _known(folded: str) -> str:
    return _ALIASES.get(folded, folded)


class _Text:
    """What a text speaks of: looks a tag up by its words, whatever their endings are."""

    def __init__(self, text: str, *, nouns: bool) -> None:
        self.nouns = nouns
        self.lower = text.casefold()
        self._folded = _fold(text)
        words = [word.strip(_PUNCTUATION) for word in self._folded.split()]
        self.words = f" {' '.join(words)} "
        self._known = frozenset(words)
        self._stems: dict[int, frozenset[str]] = {}

    def mentions(self, tag: _Tag) -> bool:
        """Tell whether all words of a tag, or of another name of it, are in the text."""
        if len(tag.folded) > _TAG_MOST or _UNSPACED.search(tag.folded):
            return tag.folded in self._folded
        forms = [tag.folded, *(form for form, first in _ALIASES.items() if first == _ALIASES.get(tag.folded))]
        return any(all(map(self._has, _WORD.findall(form))) for form in forms)

    def _has(self, word: str) -> bool:
        if word in self._known or word in _PREPOSITIONS:
            return True
        size = max(_STEM_LEAST, int(len(word) * _STEM_SHARE))
        if len(word) <= _STEM_LEAST:
            return False
        if size not in self._stems:
            self._stems[size] = frozenset(other[:size] for other in self._known)
        return word[:size] in self._stems[size]


def _are_one(tag: _Tag, other: _Tag, text: _Text) -> bool:
    if max(len(tag.shown), len(other.shown)) > _TAG_MOST:
        return tag == other
    one, two = sorted((tag.folded, other.folded), key=len)
    if _known(one) == _known(two) or two in {f"{one}s", f"{one}es"}:
        return True
    short, long = sorted((tag, other), key=lambda each: len(each.shown))
    return _is_acronym(short.shown, long.shown, text) or _ends(one, two) or _is_surname(short.shown, long, text)


def _is_acronym(short: str, long: str, text: _Text) -> bool:
    """Tell whether one is the acronym of the other and the text says so: "International Energy Agency (IEA)"."""
    short = short.replace(".", "")
    if len(short) not in _ACRONYM or not short.isupper():
        return False
    initials = "".join(word[0] for word in _WORD.findall(long) if word.casefold() not in _PREPOSITIONS)
    explained = f"{long} ({short})".casefold(), f"{short} ({long})".casefold()
    return initials.casefold() == short.casefold() and any(form in text.lower for form in explained)


def _ends(short: str, long: str) -> bool:
    """Tell whether several words are the end of a longer name, which no preposition joins to its beginning."""
    if " " not in short or not long.endswith(f" {short}"):
        return False
    return long[: -len(short)].rsplit(maxsplit=1)[-1] not in _PREPOSITIONS


def _is_surname(short: str, long: _Tag, text: _Text) -> bool:
    words = long.shown.split()
    if text.nouns or not words or words[-1] != short or len(words) not in _NAME:
        return False
    return all(word[:1].isupper() for word in words) and f" {long.folded} " in text.words


component: type[Enricher] = Tags
