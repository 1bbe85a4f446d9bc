"""Quotation marks paired to spans, in every common style; no judgement on what a span is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

_MARK: Final = re.compile('["\u201c\u201d\u201e\u201f\u00ab\u00bb\u300c\u300d\u300e\u300f]')
_SINGLE: Final = re.compile("['\u2018\u2019\u201a\u2039\u203a]")
_FAMILY: Final = {
    **dict.fromkeys('"\u201c\u201d\u201e\u201f', "double"),
    **dict.fromkeys("\u00ab\u00bb", "guillemet"),
    **dict.fromkeys("\u300c\u300d", "corner"),
    **dict.fromkeys("\u300e\u300f", "white corner"),
}
_OPENERS: Final = frozenset("\u201c\u201e\u201f\u00ab\u300c\u300e")
_CLOSERS: Final = frozenset("\u201d\u00bb\u300d\u300f")
_FIXED: Final = frozenset("\u300c\u300d\u300e\u300f")  # never turned round
_BEFORE_OPEN: Final = frozenset("([{-\u2013\u2014\u2015/:;,=>\u2018'\u00bf\u00a1\uff1a\uff0c\u3002")
_AFTER_CLOSE: Final = frozenset(".,;:!?)]}\u2026-\u2013\u2014/'\u2019\u3002\uff0c\u3001\uff1b\uff1a\uff01\uff1f<")
_ENDS: Final = frozenset(".,!?\u2026\u2014\u2013-")
_CLIPPED: Final = re.compile(r"(?:\d|em\b|tis\b|twas\b|til\b|cause\b|bout\b|n\b)", re.IGNORECASE)
_MOST_MARKS: Final = 400  # a paragraph of prose has a few; one with more is no prose, the rest of it is left alone
_FEWEST_SINGLE: Final = 3  # words between single marks: fewer are mostly apostrophes and titles


@dataclass(frozen=True, slots=True)
class Span:
    """A quotation: text[start:end] without its marks; `depth` 0 is not inside another; `closed` by a mark."""

    start: int
    end: int
    depth: int
    closed: bool

    @property
    def outer(self) -> tuple[int, int]:
        """The span with its marks."""
        return self.start - 1, self.end + self.closed


def paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of the lines of a text that are not blank."""
    start = 0
    for line in text.split("\n"):
        if line and not line.isspace():
            yield start, start + len(line)
        start += len(line) + 1


def quotations(text: str, start: int, end: int) -> list[Span]:
    """Give the quotations of one paragraph, text[start:end], in order of their beginning; linear in its length.

    A mark that is never closed counts up to the end of the paragraph where it opens the paragraph, or where
    the next one opens with a mark too, as the custom is for a quotation of several paragraphs.
    """
    spans = _paired(text, start, end)
    if not spans:
        spans = _single(text, start, end)
    return sorted(spans, key=lambda span: span.start)


def _paired(text: str, start: int, end: int) -> list[Span]:
    found: list[Span] = []
    open_: list[tuple[str, int]] = []
    for match in islice(_MARK.finditer(text, start, end), _MOST_MARKS):
        at = match.start()
        family = _FAMILY[text[at]]
        waits = any(kind == family for kind, _ in open_)
        if not _closes(text, at, start, end, waits=waits):
            if at + 1 >= end or text[at] in _OPENERS or not text[at + 1].isspace():
                open_.append((family, at + 1))
            continue
        while waits:
            kind, begun = open_.pop()
            waits = kind != family
            if not waits and begun < at:
                found.append(Span(begun, at, len(open_), closed=True))
    return _with_unclosed(text, start, end, found, [begun for _, begun in open_])


def _closes(text: str, at: int, start: int, end: int, *, waits: bool) -> bool:
    """Tell whether the mark at `at` closes; `waits` tells that one of its kind is open."""
    mark = text[at]
    if mark in _FIXED:
        return mark in _CLOSERS
    before = text[at - 1] if at > start else " "
    after = text[at + 1] if at + 1 < end else " "
    could_open = before.isspace() or before in _BEFORE_OPEN or before in _OPENERS or before == '"'
    could_open = could_open and not after.isspace()
    could_close = after.isspace() or after in _AFTER_CLOSE or after in _CLOSERS or after == '"'
    if mark in _CLOSERS:
        return waits or after.isspace() or not could_open
    if mark in _OPENERS:
        return waits and could_close and not could_open
    return waits and (could_close or not could_open)


def _with_unclosed(text: str, start: int, end: int, found: list[Span], open_: Sequence[int]) -> list[Span]:
    """Add the outermost mark that is never closed, if it is no stray one; then what is in it is not nested."""
    if not open_:
        return found
    begun = open_[0]
    if not text[start : begun - 1].strip() or _opens_next(text, end):
        stop = begun + len(text[begun:end].rstrip())
        return [*found, Span(begun, stop, 0, closed=False)] if begun < stop else found
    return [Span(one.start, one.end, max(0, one.depth - 1), one.closed) for one in found]


def _opens_next(text: str, end: int) -> bool:
    following = text[end : end + 4].lstrip()
    return bool(following) and following[0] in _FAMILY and following[0] not in _CLOSERS


def _single(text: str, start: int, end: int) -> list[Span]:
    """Pair single marks; an apostrophe is told by the letters at both its sides, or by what is clipped behind it."""
    found: list[Span] = []
    begun: int | None = None
    loose: int | None = None  # a mark that may close, but may be the apostrophe of a plural
    for match in islice(_SINGLE.finditer(text, start, end), _MOST_MARKS):
        at = match.start()
        before = text[at - 1] if at > start else " "
        after = text[at + 1] if at + 1 < end else " "
        if (before.isalnum() and after.isalnum()) or before == text[at] or after == text[at]:
            continue
        opens = (before.isspace() or before in "([-\u2013\u2014") and not after.isspace()
        if opens and not _CLIPPED.match(text, at + 1, at + 8):
            if begun is not None and loose is not None:
                _add_single(found, text, begun, loose)
            begun, loose = at + 1, None
        elif begun is not None and not opens:
            if before in _ENDS or text[at] == "\u203a" or not (after.isspace() or after.isalnum()):
                _add_single(found, text, begun, at)
                begun = loose = None
            elif loose is None or before != "s":
                loose = at
    if begun is not None and loose is not None:
        _add_single(found, text, begun, loose)
    return found


def _add_single(found: list[Span], text: str, begun: int, at: int) -> None:
    if len(text[begun:at].split(maxsplit=_FEWEST_SINGLE)) >= _FEWEST_SINGLE:
        found.append(Span(begun, at, 0, closed=True))
