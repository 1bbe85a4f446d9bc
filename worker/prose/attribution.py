"""Who says it: the noun phrase at a verb of saying, before or after a quotation, without a parser.

Works on the words of one sentence in which a quotation is one token; languages with capitals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from worker.prose.cues import Cues
from worker.prose.line import QUOTE, Line, any_word, is_word
from worker.prose.names import TITLE_DOTS

_DASHES: Final = frozenset({"-", "\u2013", "\u2014", "\u2015"})
_MOST_WORDS: Final = 14  # of a noun phrase
_FAR: Final = 40  # tokens between a speaker and its verb, an apposition included
_DAYS: Final = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday today yesterday tomorrow tonight "
    "lunes martes miércoles jueves viernes sábado domingo lundi mardi mercredi jeudi vendredi samedi dimanche "
    "montag dienstag mittwoch donnerstag freitag samstag sonntag".split()
)
_CLITICS: Final = frozenset(f"{mark}{end}" for mark in "'\u2019" for end in ("s", "m", "d", "re", "ve", "ll"))
_POSSESSIVE: Final = frozenset({"'s", "\u2019s"})
_INNER: Final = _POSSESSIVE | frozenset("of for the de del la du des da do dos das der die von van al".split())
_STOPS: Final = (
    frozenset(
        "who whom whose which that when while as in on at during after before to because by with about where if but "
        "from since until into over through this last earlier later then if than against via upon amid not under out "
        "off up down is was were are be been has have had will would could can may might should did does do and or "
        "que qui quien como cuando en con por para sur dans avec lors mit bei auf während nach vor в на о при после "
        "что и y et und e".split()
    )
    | _DAYS
)
_LEAD: Final = frozenset(
    "once perhaps maybe though in on at during after before by with from for to since amid despite under over about "
    "as when while although though because if but and or so yet then also however meanwhile still now later earlier "
    "instead thus indeed here there speaking asked according en con por sur dans lors selon mit bei auf nach в на по "
    "во после".split()
)
_CLAUSE: Final = frozenset(
    "that when while because as but after before if which what who how where though although since until so whether "
    "que qui porque quand dass weil что".split()
)
_PLURALS: Final = frozenset(
    "tweets reports claims calls quotes notes comments hopes reads posts answers finds read".split()
)
"""Verbs of saying that are as often nouns."""
_AUXILIARY: Final = frozenset("is are was were been be has have had".split())
_ARTICLES: Final = frozenset({"the", "a", "an", "his", "her", "its", "their"})
_BARE: Final = frozenset("one some many several most both others another".split())


@dataclass(frozen=True, slots=True)
class Attribution:
    """A speaker's noun phrase, text[start:end], and the word that attributes; `firm` where both are adjacent."""

    start: int
    end: int
    cue: str | None
    firm: bool


def _adverb(line: Line, at: int, cues: Cues) -> bool:
    low = line.low[at]
    return low in cues.skipped or low in _CLITICS or (low.endswith("ly") and not line.capital[at])


def _titled(line: Line, stop: int) -> bool:
    """Tell whether the full stop at `stop` belongs to a title or an initial before it."""
    before = line.low[stop - 1] if stop else ""
    return before in TITLE_DOTS or len(before) == 1


def noun_phrase(line: Line, at: int, cues: Cues) -> int:
    """Give the index behind the noun phrase that begins at `at`; `at` itself where none does."""
    lows = line.low
    if at >= len(lows) or lows[at] == QUOTE:
        return at
    if lows[at] in cues.pronouns:
        return at + 1
    end = at
    parenthesis = -1
    stop = min(len(lows), at + _MOST_WORDS)
    while end < stop:
        low = lows[end]
        if low == "(":
            parenthesis = end
        elif low == ")":
            if parenthesis < 0:
                break
            parenthesis = -1
        elif parenthesis < 0 and _ends(line, at, end, cues):
            break
        end += 1
    if parenthesis >= 0:
        end = parenthesis
    while end > at and lows[end - 1] in _INNER:
        end -= 1
    return end


def _ends(line: Line, at: int, end: int, cues: Cues) -> bool:
    """Tell whether the noun phrase from `at` ends before the token `end`."""
    low = line.low[end]
    if low in _POSSESSIVE or (low == "." and end > at and _titled(line, end)):
        return False
    if low in _DAYS or not is_word(low):
        return True
    if line.capital[end] or low == "of" or (low == "and" and _joins(line, end)):
        return False
    if line.capital[at] and not _inside(line, end, cues):
        return True
    return low in _STOPS or low in cues.verbs or (_adverb(line, end, cues) and low not in {"all", "only"})


def _inside(line: Line, at: int, cues: Cues) -> bool:
    """Tell whether a word in small letters goes on with a name: "White House aide Jo Li"."""
    low = line.low[at]
    if low in _INNER or low == "and":
        return True
    if low.endswith("ed") or at + 1 >= len(line):
        return False
    if line.capital[at + 1] or line.low[at + 1] in cues.verbs:
        return True
    return at + 2 < len(line) and line.capital[at + 2] and line.low[at + 1] not in _STOPS | _INNER


def _joins(line: Line, at: int) -> bool:
    return 0 < at < len(line) - 1 and line.capital[at - 1] and line.capital[at + 1]


def subject_of(line: Line, verb: int, low: int, cues: Cues) -> tuple[int, int, bool] | None:
    """Find the subject of the verb at `verb`, looking left not past `low`: (begin, behind, adjacent)."""
    end = verb
    while end > low and _adverb(line, end - 1, cues) and line.low[end - 1] not in cues.pronouns:
        end -= 1
    if end <= low:
        return None
    last = line.low[end - 1]
    if last == "," or last in _DASHES:
        first = _first_phrase(line, low, end, cues)
        return (*first, False) if first and first[1] < end else None
    if last in {"who", "which"} and end - 1 > low:
        if line.low[end - 2] == ",":
            end -= 1
        return subject_of(line, end - 1, low, cues) or (end - 1, end, True)
    if last in cues.pronouns:
        return end - 1, end, True
    begin = _leftmost(line, low, end, cues)
    if begin > low + 1 and begin < end and line.low[begin - 1] in {"who", "which"}:
        return subject_of(line, begin - 1, low, cues)  # "the man who looked into it said": the verb of the main clause
    return _trimmed(line, begin, end)


def _leftmost(line: Line, low: int, end: int, cues: Cues) -> int:
    """Give where the noun phrase that ends at `end` can begin at most."""
    begin = end
    depth = 0
    while begin > low and end - begin < _MOST_WORDS:
        word = line.low[begin - 1]
        if word == ")":
            depth += 1
        elif word == "(":
            depth -= 1
            if depth < 0:
                break
        elif depth == 0 and _begins(line, begin, end, cues):
            break
        begin -= 1
    return begin


def _begins(line: Line, begin: int, end: int, cues: Cues) -> bool:
    """Tell whether the token before `begin` is no part of the noun phrase that ends at `end`."""
    low = line.low[begin - 1]
    if low in _POSSESSIVE or (low == "." and _titled(line, begin - 1)):
        return False
    if not is_word(low) or (low == "and" and not _joins(line, begin - 1)):
        return True
    if begin < end and low in cues.pronouns:
        return True
    return not line.capital[begin - 1] and (low in _CLAUSE or (begin < end and low in cues.verbs))


def _trimmed(line: Line, begin: int, end: int) -> tuple[int, int, bool] | None:
    """Cut what opens the clause off a noun phrase: adverbs, a phrase of time or place."""
    lows = line.low
    while begin < end and lows[begin] in _DAYS:
        begin += 1
    if begin < end and lows[begin] in _LEAD:
        at = end
        while at > begin and (line.capital[at - 1] or lows[at - 1] in {".", ")", "("} or lows[at - 1] in TITLE_DOTS):
            at -= 1
        if at == end:  # no name at its end: the last article begins the phrase
            at = next((k for k in range(end - 1, begin, -1) if lows[k] in _ARTICLES), end)
        while at < end and (lows[at] in _LEAD or not is_word(lows[at])):
            at += 1
        begin = at
    if begin < end and not line.capital[begin] and lows[begin] not in _ARTICLES:
        named = any(line.capital[begin:end])
        article = next((k for k in range(end - 1, begin, -1) if lows[k] in _ARTICLES), None)
        begin = begin if named or article is None else article
    return (begin, end, True) if begin < end else None


def _first_phrase(line: Line, at: int, stop: int, cues: Cues) -> tuple[int, int] | None:
    """Find the noun phrase that opens the clause, behind phrases of time and place; not past `stop`."""
    while at < stop:
        low = line.low[at]
        led = low in _LEAD or low in _DAYS or low in _CLAUSE or low.endswith("ly")
        led = led or (low.endswith("ing") and not line.capital[at])
        if is_word(low) and not led:
            end = min(noun_phrase(line, at, cues), stop)
            if end > at:
                return at, end
        far = min(stop, at + _FAR)
        comma = next((k for k in range(at, far) if line.low[k] == "," or line.low[k] in _DASHES), None)
        if comma is None:
            return None
        at = comma + 1
    return None


def after(line: Line, at: int, cues: Cues) -> Attribution | None:
    """Find the attribution that follows a quotation: `at` is the token behind it."""
    lows = line.low
    while at < len(lows) and lows[at] in {",", "and", "as"}:
        at += 1
    if at >= len(lows) or lows[at] == QUOTE:
        return None
    if (source := source_at(line, at, cues)) is not None:
        return source
    if lows[at] in _DASHES and at + 1 < len(lows) and line.capital[at + 1]:
        end = noun_phrase(line, at + 1, cues)
        if end > at + 1 and not any_word(lows[end:]):
            return Attribution(*line.span(at + 1, end), None, firm=True)
    while at < len(lows) and lows[at] in _DASHES:
        at += 1
    verb = at
    while verb < len(lows) and _adverb(line, verb, cues):
        verb += 1
    if verb == len(lows) or lows[verb] not in cues.verbs:
        return _after_subject(line, at, cues) if verb < len(lows) else None
    end = noun_phrase(line, verb + 1, cues)
    if end == verb + 1 or lows[verb + 1] in {"it", "that"}:
        return None
    return Attribution(*line.span(verb + 1, end), lows[verb], firm=True)


def _after_subject(line: Line, start: int, cues: Cues) -> Attribution | None:
    lows = line.low
    end = noun_phrase(line, start, cues)
    if end == start or lows[start] in _LEAD or lows[start] in _CLAUSE:
        return None
    verb = end
    while verb < len(lows) and _adverb(line, verb, cues):
        verb += 1
    if verb < len(lows) and lows[verb] in cues.verbs:
        return Attribution(*line.span(start, end), lows[verb], firm=True)
    if end < len(lows) and (lows[end] in {",", "who"} or lows[end] in _DASHES or lows[end] in _STOPS):
        for verb in range(end + 1, min(len(lows), end + _FAR)):
            if lows[verb] == QUOTE:
                break
            if lows[verb] in cues.verbs and not line.capital[verb]:
                return Attribution(*line.span(start, end), lows[verb], firm=False)
    return None


def source_at(line: Line, at: int, cues: Cues) -> Attribution | None:
    """Give the source that `according to` at the token `at` names."""
    low = line.low[at]
    for words in cues.according:
        if low == words[0] and tuple(line.low[at : at + len(words)]) == words:
            begin = at + len(words)
            end = noun_phrase(line, begin, cues)
            if end > begin:
                return Attribution(*line.span(begin, end), " ".join(words), firm=True)
    return None


def before(line: Line, at: int, cues: Cues) -> Attribution | None:
    """Find the attribution that leads to the quotation at the token `at`: the last verb of saying with a subject."""
    hanging: int | None = None  # a verb without a subject of its own: "…, saying", "went on to say"
    for verb in range(at - 1, max(-1, at - 1 - _FAR), -1):
        low = line.low[verb]
        if low in cues.verbs and (not line.capital[verb] or verb == 0) and _is_verb(line, verb, cues):
            if verb == 0:
                end = noun_phrase(line, 1, cues)  # "Said Ellis:"
                if line.capital[0] and end > 1:
                    return Attribution(*line.span(1, end), low, firm=True)
            if _hangs(line, verb):
                hanging = verb if hanging is None else hanging
                continue
            cue = low if hanging is None else line.low[hanging]
            start = _clause_start(line, verb)
            found = subject_of(line, verb, start, cues) or (subject_of(line, verb, 0, cues) if start else None)
            if found:
                begin, end, firm = found
                return Attribution(*line.span(begin, end), cue, firm)
            hanging = verb if hanging is None else hanging
        elif (source := source_at(line, verb, cues)) is not None:
            return source
    first = _first_phrase(line, 0, hanging, cues) if hanging is not None else None
    if first and hanging is not None:
        return Attribution(*line.span(*first), line.low[hanging], firm=False)
    return None


def _hangs(line: Line, verb: int) -> bool:
    """Tell a participle or infinitive, whose subject is that of the clause."""
    front = line.low[verb - 1] if verb else ""
    return front == "to" or (line.low[verb].endswith("ing") and front not in _AUXILIARY and verb > 0)


def _is_verb(line: Line, verb: int, cues: Cues) -> bool:
    if line.low[verb] not in _PLURALS or verb == 0:
        return True
    front = line.low[verb - 1]
    if line.capital[verb - 1] or front in cues.pronouns or front in {",", ")", "who", "which"}:
        return True
    if _adverb(line, verb - 1, cues) and front not in _POSSESSIVE:
        return True
    return verb > 1 and line.low[verb - 2] in _ARTICLES and front not in _PLURALS


def _clause_start(line: Line, verb: int) -> int:
    """Give where the sentence goes on behind an earlier quotation or a semicolon."""
    for at in range(verb - 1, -1, -1):
        if line.low[at] in {QUOTE, ";"}:
            return at + 1
    return 0


def subject(line: Line, cues: Cues) -> Attribution | None:
    """Give the noun phrase that opens a sentence, as the speaker of a phrase quoted in it."""
    found = _first_phrase(line, 0, len(line), cues)
    if found is None:
        return None
    begin, end = found
    named = any(line.capital[begin:end]) or not cues.pronouns.isdisjoint(line.low[begin:end])
    if not named or line.low[begin] in _BARE:
        return None
    return Attribution(*line.span(begin, end), None, firm=False)
