"""Tags: those that mean the same merged, those that the text does not mention marked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from worker.model import Enriched, Issue
from worker.ports import Annotation, Enricher

_REACH: Final = 50_000  # characters of the body in which a tag is looked for
_MOST: Final = 100  # tags that are looked at; more are spam
_STEM: Final = 5  # letters: inflected forms begin alike
_WORD: Final = re.compile(r"[^\W_]+")
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "united states": ("us", "usa", "u s", "u s a", "united states of america", "america", "american"),
    "united kingdom": ("uk", "u k", "great britain", "britain", "british"),
    "european union": ("eu", "e u"),
    "united nations": ("un", "u n"),
    "united arab emirates": ("uae",),
    "russia": ("russian federation", "russian"),
    "china": ("prc", "people s republic of china", "chinese"),
    "covid": ("covid 19", "coronavirus"),
    "artificial intelligence": ("ai",),
}
_ALIASES: Final = {alias: name for name, aliases in _NAMES.items() for alias in aliases}
"""Other names of what tags often say in several ways. A short list: a wrong merge loses more than a missed one."""


class Tags:
    """`tags_normalised` without repetitions: other names, plurals, and a title beside the same with its country."""

    name = "tags"
    version = "1"

    def enrich(self, enriched: Enriched) -> Annotation:
        """See `worker.ports.Enricher`."""
        article = enriched.article
        if not article.tags:
            return Annotation()
        merged = _merged(article.tags_normalised[:_MOST])
        missing = _missing(merged, f"{article.headline or ''}\n{article.body[:_REACH]}") if article.body else []
        issues = (Issue("tag_not_in_text", "tags", ", ".join(missing)[:500]),) if missing else ()
        return Annotation(tags_normalised=merged, issues=issues)


def _merged(tags: tuple[str, ...]) -> tuple[str, ...]:
    kept: dict[str, str] = {}
    for tag in tags:
        kept.setdefault(_meaning(tag), tag)
    for meaning in list(kept):
        for country in _NAMES:
            if f"{country} {meaning}" in kept:  # "Secretary of State" beside "US Secretary of State"
                kept.pop(meaning, None)
    return tuple(kept.values())


def _meaning(tag: str) -> str:
    """Fold a tag to what it means: case, points and plural gone, a known name at its beginning in its long form."""
    name, rest = _split(tag)
    words = [*name.split(), *rest]
    if words and len(words[-1]) > _STEM and words[-1].endswith("s") and not words[-1].endswith("ss"):
        words[-1] = words[-1][:-1]
    return " ".join(words) or tag


def _split(tag: str) -> tuple[str, list[str]]:
    """Part a tag into a known name at its beginning, in its long form, and the other words."""
    words = _plain(tag).split()
    for size in range(min(len(words), 5), 0, -1):
        start = " ".join(words[:size])
        if start in _ALIASES or start in _NAMES:
            return _ALIASES.get(start, start), words[size:]
    return "", words


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _missing(tags: tuple[str, ...], text: str) -> list[str]:
    """Give the tags that the text does not mention under any of their names."""
    plain = f" {_plain(text)}"
    return [tag for tag in tags if not any(_mentioned(name, plain) for name in _names(tag))]


def _names(tag: str) -> list[str]:
    name, rest = _split(tag)
    return [" ".join([other, *rest]) for other in (name, *_NAMES.get(name, ()))]


def _mentioned(name: str, plain: str) -> bool:
    """Tell whether all words of a name are in a text; inflected forms begin alike. Scripts without spaces: anywhere."""
    for word in name.split():
        part = word[:_STEM] if len(word) > _STEM else f"{word} " if len(word) < _STEM - 1 and word.isascii() else word
        if part not in plain if not word.isascii() else f" {part}" not in f"{plain} ":
            return False
    return True


component: type[Enricher] = Tags
