"""Sentences: where one ends, in spite of U.S., initials, ordinals, abbreviations and quotes; some twenty languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

_WIDE, _OWN = "。！？｡", "।॥؟۔։።။។"
_MARK: Final = re.compile(rf"(?P<mark>[.!?…{_WIDE}{_OWN}]++)(?P<close>[\"'”’“»)\]』」）]*+)")  # always matches: linear
_SPEECH: Final = re.compile(
    r"[とってはがをにもでの、，]|.{0,8}?(?:说|說|表示|称|稱|指出|强调|強調|写道|問|问)"
)  # after 。」 and 。”
_TOKEN: Final = re.compile(r"[^\s\"'“”«»„‚‘(\[/—–]+$")
_NEXT: Final = re.compile(r"[\s—–\-*•]*[\"'“”«»„‚‘(\[¿¡]*(?P<word>\w*)(?P<stop>\.?)(?P<sign>[^\w\s]?)")
_REACH: Final = 40  # characters before and after a full stop that are looked at; longer words decide nothing
_LONG_WORD: Final = 8  # letters: no abbreviation in the lists has so many
_ORDINAL_DIGITS: Final = 2
_DOTTED: Final = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]{1,2}")

# Titles and other words that stand before a name or a number: never the end.
_BEFORE_A_NAME: Final = frozenset(
    "mr mrs ms mx dr prof gen maj col lt sgt cpl capt cmdr adm gov sen rep hon rev fr st ste mt ft messrs pres supt "
    "vs cf approx sra srta dra dña lic dott mme mlle mgr frl dipl z.b z.bsp d.h u.a bzw evtl ggf vgl г.н ул им акад "
    "проф ген тов см рис вул ім просп mudr judr inż tn drs yrd doç".split()
)
# Words of their own as well ("He said no."): abbreviations only before a number.
_BEFORE_A_NUMBER: Final = frozenset("no nr nos art fig figs vol pp p pg ch sec abs ca ст núm n nº".split())
# What may close a sentence as well: the next word decides.
_ABBREVIATIONS: Final = frozenset(
    "inc ltd co corp llc plc bros cos jr etc est dept assn univ govt ave blvd rd hwy avg tel ext "
    "mio mrd tsd usw etc gmbh bd env janv févr avr juil déc ene dic pág cía ee.uu uu ecc pag "
    "тыс млн млрд трлн руб коп долл гг г р рр грн тис ін т.д т.п т.е т.н н.е напр в.п "
    "a.m p.m d.c ph.d u.s u.k u.n e.u m.sc b.sc pkt zł tzv tj atd itd tzn mln mld".split()
)
# Days and months only with a capital: "He sat. Mary left."
_CALENDAR: Final = frozenset(
    "Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Mon Tue Tues Wed Thu Thur Thurs Fri Sat Sun".split()
)
_CLOCK: Final = frozenset(("a.m", "p.m"))
_AFTER_CLOCK: Final = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday est edt cst cdt mst mdt pst pdt et ct pt gmt utc bst cet "
    "cest eastern pacific central local".split()
)
# Words that open a sentence and are no part of a name: with one of them next, "U.S." or "Inc." was the end.
_OPENERS: Final = frozenset(
    "the a an he she it they we i you this that these those there here in on at but and or if when while as for after "
    "before since however his her its their our my your what who how why where which some many most so not also "
    "meanwhile according with by from to one more then now both despite although though during under until because "
    "last earlier instead still yet even other others another each all such "
    "der die das er sie es ein eine im am auf und aber wir nach bei mit für wie was wer seit dort doch auch zudem "
    "le les il elle ils elles un une des ce cette ces dans en mais et selon pour après avec "
    "el los las una pero y según para tras con se su o os as um uma mas ele ela eles não lo gli i ma nel dopo "
    "он она они оно это этот эти в на но и а по как если при для его её их после также однако "
    "він вона вони це цей ці у та але за якщо після його її їх також".split()
)
_MONTHS: Final = re.compile(
    r"(?:jan|feb|mär|mar|apr|mai|maj|may|jun|jul|aug|sep|okt|oct|nov|dez|dec|des|tammi|helmi|maalis|huhti|touko|kesä|"
    r"heinä|elo|syys|loka|marras|joulu|janu|led|úno|únor|bře|dub|kvě|červ|srp|zář|říj|lis|pros)"
)
_BEFORE_AN_ORDINAL: Final = frozenset(
    "am der die das dem den des im vom zum zur bis ab seit und oder beim ihr ihre ihren sein seine seinen "
    "den det på til fra dne od do ve v na se".split()
)


def split_sentences(paragraph: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each sentence of one paragraph, in code points, blanks at both ends left out.

    The marks that close a quote belong to the sentence that ends in it. Linear in the paragraph's length.
    """
    size = len(paragraph)
    start = _skip(paragraph, 0)
    for found in _MARK.finditer(paragraph):
        end = found.end()
        if end <= start or _goes_on(paragraph, found, start):
            continue
        yield start, end
        start = _skip(paragraph, end)
    if start < size:
        yield start, len(paragraph.rstrip())


@lru_cache(maxsize=1)
def sentence_spans(body: str) -> tuple[tuple[int, int], ...]:
    """Give (start, end) of each sentence of a body, whose paragraphs an empty line parts.

    The last answer is remembered, since several enrichers ask for the same body one after the other.
    """
    spans: list[tuple[int, int]] = []
    at = 0
    for paragraph in body.split("\n\n"):
        spans += ((at + start, at + end) for start, end in split_sentences(paragraph))
        at += len(paragraph) + 2
    return tuple(spans)


def count_sentences(body: str) -> int:
    """Count the sentences of a body, paragraph by paragraph."""
    return len(sentence_spans(body))


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _goes_on(text: str, found: re.Match[str], start: int) -> bool:
    """Tell whether the sentence that began at `start` goes on after the mark."""
    end = found.end()
    last = found["mark"][-1]
    if end == len(text) or last in _OWN or _ends_plainly(text, found.start(), end):
        return False
    if last in _WIDE:
        return bool(found["close"]) and _SPEECH.match(text, end, end + _REACH) is not None
    if not text[end].isspace():
        return True
    following = _NEXT.match(text, end, end + _REACH)
    word = following["word"] if following else ""
    if word[:1].islower() or (not word and following is not None and following["sign"] in {",", ";", ":"}):
        return True
    if text[found.start() : end] != ".":
        return False
    before = _TOKEN.search(text, max(start, found.start() - _REACH), found.start())
    stopped = following is not None and bool(following["stop"])
    return before is not None and _is_abbreviation(text, before, start, word, stopped=stopped)


def _ends_plainly(text: str, at: int, end: int) -> bool:
    """Tell a full stop behind a long word and before a capital: most of them, told without a pattern."""
    word = text[max(0, at - _LONG_WORD) : at]
    plain = end == at + 1 and text[at] == "." and text[end].isspace()
    return plain and text[end + 1 : end + 2].isupper() and len(word) == _LONG_WORD and word.isalpha()


def _is_abbreviation(text: str, before: re.Match[str], start: int, following: str, *, stopped: bool) -> bool:
    """Tell whether the word before a full stop is an abbreviation, an initial or an ordinal within a sentence.

    `following` is the next word, `stopped` says that a full stop follows that one, too (another initial).
    """
    shown = before[0]
    word = shown.casefold()
    if shown.isdecimal():
        return _is_ordinal(text, before, start, following)
    if word in _BEFORE_A_NAME or (stopped and len(shown) == len(following) == 1):  # "z. B."
        return True
    if word in _BEFORE_A_NUMBER:
        return following[:1].isdecimal()
    opens = following.casefold() in _OPENERS and not stopped
    if word in _CLOCK:
        return following.casefold() in _AFTER_CLOCK or following[:1].isdecimal()
    if len(shown) == 1 and shown.isalpha() and shown.isupper():  # an initial: J. Smith
        return not opens
    # "U.S. President", "Apple Inc. Chief": before a capital an abbreviation is inside a sentence more often.
    known = word in _ABBREVIATIONS or shown in _CALENDAR or _DOTTED.fullmatch(shown) is not None
    return known and bool(following) and not opens


def _is_ordinal(text: str, before: re.Match[str], start: int, following: str) -> bool:
    """Tell "am 3. Oktober" and the number of a list's item from "He is 25. They left"."""
    if before.start() == start:
        return True
    if len(before[0]) > _ORDINAL_DIGITS or following.casefold() in _OPENERS:
        return False
    previous = _TOKEN.search(text[max(start, before.start() - _REACH) : before.start()].rstrip())
    return _MONTHS.match(following.casefold()) is not None or (
        previous is not None and previous[0].casefold() in _BEFORE_AN_ORDINAL
    )
