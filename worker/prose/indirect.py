"""Reported speech without marks: `X said that …`, `…, X said`, `according to X`, `as X reported`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from worker.prose.attribution import Attribution, noun_phrase, source_at, subject_of
from worker.prose.cues import Cues
from worker.prose.line import Line, is_word

_FEWEST: Final = 4  # words of a clause that says something
_NEAR_END: Final = 5  # tokens behind a verb that closes its sentence: "…, the mayor said on Monday."
_THAT_WITHIN: Final = 12  # tokens between a verb and its `that`: "told reporters on Tuesday that"
_AS: Final = frozenset({"as", "como", "comme", "wie", "как"})
_NAMING: Final = frozenset({"called", "calls"})
_MARKS: Final = str.maketrans(dict.fromkeys(",.:;!?()", " "))
_PASSIVE: Final = frozenset({"by", "por", "par", "von"})
_NO_REPORT: Final = frozenset({"be", "been", "being", "is", "are", "was", "were", "not", "n't", "would", "could", "to"})
"""Before a verb of saying: it is passive ("is said to be"), denied or only possible."""
_AUXILIARIES: Final = 2  # tokens before the verb in which they are looked for
_HEARD: Final = frozenset({"told", "urged", "warned"})  # the listener stands between the verb and what is said


@dataclass(frozen=True, slots=True)
class Reported:
    """A clause, text[start:end], and who is its source."""

    start: int
    end: int
    by: Attribution


def telling(text: str, cues: Cues) -> list[str]:
    """Give the words of attribution that a text has anywhere, be it within other words.

    Of fifty that are known a text has five to ten; to look for those alone is what makes most sentences cheap.
    """
    folded = text.casefold()
    return [word for word in (*cues.plain, *(max(words, key=len) for words in cues.according)) if word in folded]


def worth_reading(sentence: str, told: Iterable[str], cues: Cues) -> bool:
    """Tell whether a sentence has a word of attribution at all; `told` are those that its text has."""
    folded = sentence.casefold()
    if not any(word in folded for word in told):
        return False
    words = set(folded.translate(_MARKS).split())
    return not cues.plain.isdisjoint(words) or any(one[0] in words for one in cues.according)


def reported(line: Line, cues: Cues) -> Reported | None:
    """Give the reported clause of a sentence: that of its first verb of saying that has one."""
    sources = {words[0] for words in cues.according}
    known = [at for at, low in enumerate(line.low) if low in cues.plain or low in sources]
    if not known:
        return None
    stop = len(line)
    while stop and not is_word(line.low[stop - 1]) and line.low[stop - 1] not in {")", "%"}:
        stop -= 1
    for at in known:
        if at >= stop:
            break
        found = None
        low = line.low[at]
        if low in cues.plain and not line.capital[at]:
            found = _at_verb(line, at, stop, cues)
        elif low in sources:
            found = _at_source(line, at, stop, cues)
        if found is not None:
            begin, end, by = found
            while begin < end and not is_word(line.low[begin]):
                begin += 1
            if sum(map(is_word, line.low[begin:end])) >= _FEWEST:
                return Reported(*line.span(begin, end), by)
    return None


_Clause = tuple[int, int, Attribution]


def _at_source(line: Line, at: int, stop: int, cues: Cues) -> _Clause | None:
    by = source_at(line, at, cues)
    if by is None:
        return None
    if at == 0:
        comma = next((k for k in range(stop) if line.low[k] == "," and line.span(k, k + 1)[0] >= by.end), None)
        return (comma + 1, stop, by) if comma is not None else None
    return 0, at - 1 if line.low[at - 1] == "," else at, by


def _at_verb(line: Line, at: int, stop: int, cues: Cues) -> _Clause | None:
    cue = line.low[at]
    if not _NO_REPORT.isdisjoint(line.low[max(0, at - _AUXILIARIES) : at]):
        return None
    if at and line.low[at - 1] == ",":  # "…, said X"
        end = noun_phrase(line, at + 1, cues)
        if end > at + 1 and stop - end <= _NEAR_END:
            return 0, at - 1, Attribution(*line.span(at + 1, end), cue, firm=True)
    found = subject_of(line, at, 0, cues)
    if found is None:
        return None
    begin, behind, firm = found
    by = Attribution(*line.span(begin, behind), cue, firm)
    if firm and begin and line.low[begin - 1] in _AS:
        comma = next((k for k in range(at, stop) if line.low[k] == ","), None)
        return (comma + 1, stop, by) if comma is not None else None
    if firm and begin > _FEWEST and line.low[begin - 1] == "," and stop - at - 1 <= _NEAR_END:
        return 0, begin - 1, by
    return _object(line, at, stop, by, cues)


def _object(line: Line, at: int, stop: int, by: Attribution, cues: Cues) -> _Clause | None:
    """Give what stands behind the verb: its clause, without `that` and without whom it is told."""
    start = at + 1
    that = next((k for k in range(start, min(stop, start + _THAT_WITHIN)) if line.low[k] in cues.that), None)
    if that is not None:
        return that + 1, stop, by
    if start < stop and line.low[start] in _PASSIVE:
        return None
    heard = noun_phrase(line, start, cues)
    if by.cue in _NAMING and (heard >= stop or line.low[heard] == ","):
        return None  # a call by telephone
    if by.cue in _HEARD and heard < stop:
        start = heard
    return start, stop, by
