"""Speakers in languages without capitals: the words between punctuation and a verb or particle of saying."""

from __future__ import annotations

import re
from typing import Final

from worker.prose.cues import BareCues
from worker.prose.quotation import Span

_NEAR: Final = 60  # characters around a quotation that are looked at
_PART: Final = re.compile(
    '[,.:;!?\u3002\uff0c\u3001\uff1b\uff1a\uff01\uff1f\u060c\u061b\u061f\u06d4\u0964()\n"\u201c\u201d\u300c\u300d]+'
)
_MOST_NAME: Final = 30  # characters


def attribute_bare(text: str, span: Span, start: int, end: int, cues: BareCues) -> tuple[int, int, str] | None:
    """Give (start, end, cue) of the speaker's words beside a quotation of the paragraph text[start:end]."""
    begin, stop = span.outer
    front = max(start, begin - _NEAR)
    back = min(end, stop + _NEAR)
    return _in(text, stop, back, cues, last=False) or _in(text, front, begin, cues, last=True)


def _in(text: str, start: int, end: int, cues: BareCues, *, last: bool) -> tuple[int, int, str] | None:
    spans = []
    at = start
    for match in _PART.finditer(text, start, end):
        spans.append((at, match.start()))
        at = match.end()
    spans.append((at, end))
    spans = [(one, two) for one, two in spans if text[one:two].strip()]
    if not spans:
        return None
    one, two = spans[-1] if last else spans[0]
    piece = text[one:two]
    for verb in cues.before:
        cut = piece.find(f" {verb} ") + 1 if " " in piece.strip() else piece.find(verb, 1)
        if cut <= 0 and " " in piece.strip() and piece.rstrip().endswith(f" {verb}"):
            cut = piece.rstrip().rfind(verb)
        if cut > 0:
            return _trim(text, one, one + cut, verb)
    for verb in cues.after:
        cut = piece.find(f"{verb} ")
        if cut >= 0 and (cut == 0 or piece[cut - 1].isspace()):
            return _trim(text, one + cut + len(verb), two, verb)
    return None


def _trim(text: str, start: int, end: int, cue: str) -> tuple[int, int, str] | None:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    if not 0 < end - start <= _MOST_NAME:
        return None
    return start, end, cue
