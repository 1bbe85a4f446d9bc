"""Sentences: where one ends, in spite of U.S., initials, abbreviations and quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_END: Final = re.compile(r"(?:[.!?…]+[\"'”’»)\]]*(?=\s)|[。！？｡]+[」』”]*|[।؟۔]+|[.!?…]+[\"'”’»)\]]*$)")
_ABBREVIATIONS: Final = frozenset(
    "mr mrs ms dr prof gen col lt sgt capt gov sen rep st jr sr inc ltd co corp vs etc e.g i.e no nr art ca bzw z.b "
    "jan feb mar apr jun jul aug sept sep oct nov dec u.s u.k u.n e.u a.m p.m d.c approx dept est fig vol".split()
)
_LAST_WORD: Final = re.compile(r"([\w.]+)\.[\"'”’»)\]]*$")
_LOOK_BACK: Final = 40
_CONTINUES: Final = re.compile(r"\s*[a-zà-ÿа-я0-9,;(]")
_ALWAYS_INNER: Final = frozenset(
    "mr mrs ms dr prof gen col lt sgt capt gov sen rep st e.g i.e no nr vs z.b bzw".split()
)


def split_sentences(paragraph: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each sentence of one paragraph, in code points; linear in its length."""
    start = 0
    for found in _END.finditer(paragraph):
        end = found.end()
        if end < len(paragraph) and _is_inner(paragraph, found.start(), end):
            continue
        while start < end and paragraph[start].isspace():
            start += 1
        if start < end:
            yield start, end
        start = end
    if paragraph[start:].strip():
        yield start + len(paragraph[start:]) - len(paragraph[start:].lstrip()), len(paragraph.rstrip())


def _is_inner(text: str, at: int, end: int) -> bool:
    """Tell whether the full stop at `at` belongs to an abbreviation and the sentence goes on."""
    if text[at] != ".":
        return bool(re.match(r"[\"'”’»]\s+[a-zа-я]", text[end - 1 : end + 3]))
    if _CONTINUES.match(text, end):
        return True
    before = _LAST_WORD.search(text[max(0, at - _LOOK_BACK) : end])
    if before is None:
        return False
    word = before[1].casefold()
    single = len(word) == 1 and word.isalpha() and before[1].isupper()  # an initial: J. Smith
    return (
        single
        or word in _ALWAYS_INNER
        or (word in _ABBREVIATIONS and not text[end:].lstrip()[:1].isupper())
        or (
            # "U.S. President": a dotted abbreviation before a capital is inside a sentence more often than at its end
            "." in word and all(len(part) == 1 for part in word.split("."))
        )
    )


def count_sentences(body: str) -> int:
    """Count the sentences of a body, paragraph by paragraph."""
    return sum(1 for paragraph in body.split("\n\n") for _ in split_sentences(paragraph))
