"""Tags: raw ones kept, normalised ones beside them; a misspelling is corrected only with evidence at hand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from worker.model import Issue

_WORD: Final = re.compile(r"[^\W\d_]+")
_LONGEST: Final = 30
_MOST_TEXT: Final = 50_000  # characters of the body that count as evidence
_SHORTEST: Final = 6  # letters: below that a neighbour at distance 1 is often another word (border, boarder …)


def normalise_tags(tags: Sequence[str], texts: Iterable[str]) -> tuple[tuple[str, ...], tuple[Issue, ...]]:
    """Give the tags with misspelt words corrected and repetitions dropped, and an issue for each correction.

    A word is corrected to one at edit distance 1 that stands in another tag or in `texts` (headline
    and body), when its own spelling stands nowhere else and the texts support the other: they hold
    that word or one of its family (the same first six letters: aggression, aggressive).
    """
    if not tags:
        return (), ()
    texts = [text[:_MOST_TEXT] for text in texts]
    known = {word.casefold() for word in {word for text in texts for word in _WORD.findall(text)}}
    stems = {word[:_SHORTEST] for word in known}
    in_tags = Counter(word.casefold() for tag in tags for word in _WORD.findall(tag))
    issues: list[Issue] = []
    normalised: dict[str, str] = {}
    for tag in tags:
        fixed = tag
        for word in _WORD.findall(tag):
            if (right := _correction(word.casefold(), known, stems, in_tags)) is not None:
                right = right.capitalize() if word[:1].isupper() else right
                fixed = fixed.replace(word, right)
                issues.append(Issue("tag_corrected", "tags", f"{word} -> {right}"))
        normalised.setdefault(fixed.casefold(), fixed)
    return tuple(normalised.values()), tuple(issues)


def _correction(word: str, known: set[str], stems: set[str], in_tags: Counter[str]) -> str | None:
    if not _SHORTEST <= len(word) <= _LONGEST or word in known or in_tags[word] > 1 or word[:_SHORTEST] in stems:
        return None
    near = [
        other
        for other in _edits(word)
        if (other in known or in_tags[other])
        and other[:1] == word[:1]
        and other[:_SHORTEST] in stems
        and not _inflected(word, other)
    ]
    return near[0] if len(near) == 1 else None


def _inflected(one: str, other: str) -> bool:
    """Tell a plural or another case (border, borders) from a misspelling: the difference is at the end."""
    return one[:-1] == other or other[:-1] == one or one[:-1] == other[:-1]


def _edits(word: str) -> set[str]:
    letters = sorted(set(word) | set("abcdefghijklmnopqrstuvwxyz"))
    splits = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    deleted = {a + b[1:] for a, b in splits if b}
    swapped = {a + b[1] + b[0] + b[2:] for a, b in splits if len(b) > 1}
    replaced = {a + c + b[1:] for a, b in splits if b for c in letters}
    inserted = {a + c + b for a, b in splits for c in letters}
    return deleted | swapped | replaced | inserted
