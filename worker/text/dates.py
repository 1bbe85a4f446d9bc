"""Dates as sources write them, to ISO 8601 with the source's own offset and precision; never a guessed year."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Final, Literal

_OFFSET: Final = r"(?P<offset>Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)"
_CLOCK: Final = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
_TIME: Final = rf"{_CLOCK}\s*(?P<half>[ap]\.?m\.?)?\s*{_OFFSET}?"
_SEPARATOR: Final = r"(?:\s*(?:[T,|/·•–—-]\s*)?|\s*,?\s+(?:at|um|à|a las|às|alle|kl\.?|о|в|στις)\s+)"
# Month names by stem, since cases and abbreviations differ in their endings: English, Spanish, German, French, Italian,
# Portuguese, Dutch, Scandinavian, Finnish, Polish, Czech, Romanian, Hungarian, Turkish, Indonesian, Russian,
# Ukrainian, Bulgarian, Greek, Arabic, Hebrew, Hindi, Bengali. Words that are long enough to be no others.
_MONTHS: Final = (
    "jan ene gen ian янв січ яну sty led oca tammi ιαν يناير ינואר जनवरी জানুয়ারি".split(),
    "feb fév fev febr февр фев лют lut úno şub helmi φεβ فبراير פברואר फरवरी फ़रवरी ফেব্রুয়ারি".split(),
    "mar mär már maa март мар берез bře maalis μαρ μάρ مارس מרץ मार्च মার্চ".split(),
    "apr abr avr ápr апр квіт kwi dubn nis huhti απρ أبريل ابريل إبريل אפריל अप्रैल এপ্রিল".split(),
    "may mai mag maj máj mei май мая трав květ touko μαΐ μάι μαϊ μαι مايو מאי मई মে".split(),
    "jun jún juin giu iun июн юни черв cze červn haz kesä ιουν ιούν يونيو יוני जून জুন".split(),
    "jul júl juil lug iul июл юли лип lip července tem heinä ιουλ ιούλ يوليو יולי जुलाई জুলাই".split(),
    "aug ago agu aoû aou авг серп sie srp ağu eloku αυγ αύγ أغسطس اغسطس אוגוסט अगस्त আগস্ট".split(),
    "sep set szep сент сеп верес wrz zář eyl syys σεπ سبتمبر ספטמבר सितंबर सितम्बर সেপ্টেম্বর".split(),
    "oct okt ott out окт жовт paź říj eki loka οκτ أكتوبر اكتوبر אוקטובר अक्टूबर অক্টোবর".split(),
    "nov noi ноя ное листоп lis kas marras νοε νοέ نوفمبر נובמבר नवंबर नवम्बर নভেম্বর".split(),
    "dec dic dez des déc дек груд gru prosin ara joulu δεκ ديسمبر דצמבר दिसंबर दिसम्बर ডিসেম্বর".split(),
)
_STEMS: Final = sorted(((stem, n) for n, stems in enumerate(_MONTHS, 1) for stem in stems), key=lambda x: -len(x[0]))
_WORD: Final = r"[^\W\d_][^\s\d,.:/|]{1,14}\.?"
_STEM: Final = rf"(?:ב)?(?:{'|'.join(stem for stem, _ in _STEMS)})[^\s\d,.:/|]{{0,10}}\.?"
_SHAPES: Final = (
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})",
    r"(?P<year>\d{4})/(?P<month>\d{1,2})/(?P<day>\d{1,2})",
    r"(?P<year>\d{4})\s?[年년]\s?(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日일]",
    r"(?P<year>(?:19|20)\d{2})\.\s?(?P<month>\d{1,2})\.\s?(?P<day>\d{1,2})\.?",
    r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4})",
    r"(?P<first>\d{1,2})[/-](?P<second_part>\d{1,2})[/-](?P<year>\d{4})",
    r"(?:ngày\s+)?(?P<day>\d{1,2})\s+tháng\s+(?P<month>\d{1,2})(?:\s*,|\s+năm)?\s+(?P<year>\d{4})",
)
_NAMED: Final = (
    (
        r"(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.|º)?\s+(?:de\s+|of\s+)?(?P<name>{word})(?:\s+de|\s+del|,)?\s+"
        r"(?P<year>\d{{4}})(?:\s*(?:г|р|r)\.?)?"
    ),
    r"(?P<name>{word})\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})",
)
_CLOCK_AFTER: Final = rf"(?:{_SEPARATOR}{_TIME}(?:\s*(?:uhr|hrs?|h)\b\.?)?)?"
_FORMS: Final = tuple(
    re.compile(rf"^(?:{form}){_CLOCK_AFTER}$", re.IGNORECASE)
    for form in (*_SHAPES, *(rf"(?:{_WORD},?\s+)?{form.format(word=_WORD)}" for form in _NAMED))
)
_INSIDE: Final = tuple(
    re.compile(rf"(?<![\w/.-])(?:{form})(?!\d|[./-]\d){_CLOCK_AFTER}", re.IGNORECASE)
    for form in (
        *_SHAPES,
        *(form.format(word=_STEM) for form in _NAMED),
        r"(?P<day>\d{2})\.(?P<month>\d{2})\.(?P<short_year>\d{2})",
    )
)
_PUBLISHED: Final = re.compile(
    r"(?<![^\W\d_])(?:publi\w*|posted|written|created|veröffentlicht\w*|erschienen|erstellt|datum|mis en ligne|"
    r"pubblicat\w*|geplaatst|gepubliceerd|opublikowan\w*|опубликован\w*|опубліковано|yayın\w*|δημοσ\w*|creat\w*|inserit\w*)",
    re.IGNORECASE,
)
_MODIFIED: Final = re.compile(
    r"(?<![^\W\d_])(?:updat\w*|modif\w*|revis\w*|review\w*|last|aktuali\w*|(?:letzte )?änderung|geändert|stand|"
    r"mise? à jour|actuali\w*|atualiz\w*|aggiorn\w*|bijgewerkt|обновл\w*|оновлен\w*|güncel\w*|ενημερ\w*)",
    re.IGNORECASE,
)
_COMPACT: Final = re.compile(
    r"^(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(?:(\d{2})(?:[.,]\d+)?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$"
)
_YEAR: Final = re.compile(r"\d{4}|\d\d\.\d\d\.\d\d")  # without one there is no date; most lines have none
_LABELS: Final = (_PUBLISHED, _MODIFIED)
_LABEL: Final = 40  # characters before a date in which a word may say what it is
_LONGEST: Final = 80


@dataclass(frozen=True, slots=True)
class Stamp:
    """A date in ISO 8601, `2023-09-15` or `2023-09-15T06:14:22+03:00`.

    `ambiguous` when day and month could be swapped.
    """

    value: str
    ambiguous: bool = False

    @property
    def day(self) -> str:
        """The date alone, `YYYY-MM-DD`, in the source's own offset."""
        return self.value[:10]


Kind = Literal["", "published", "modified"]


@dataclass(frozen=True, slots=True)
class Named:
    """A date found in a text: what the words before it call it (`""`: nothing), and how it is written there."""

    stamp: Stamp
    kind: Kind
    text: str


def read_date(text: str) -> Stamp | None:
    """Read a whole text as one date; None where it is anything else.

    ISO 8601, RFC 822, day-first numbers, month names in some twenty languages. `03/04/2023` is read
    day first and marked ambiguous.
    """
    text = " ".join(text.split())
    if not text or len(text) > _LONGEST or not any(char.isdigit() for char in text):
        return None
    if found := _COMPACT.match(text):
        year, month, day, hour, minute, second, offset = found.groups()
        return _stamp(int(year), int(month), int(day), (hour, minute, second, None, offset))
    for form in _FORMS:
        if found := form.match(text):
            return _from_groups(found.groupdict())
    if "," in text or ":" in text:
        return _rfc822(text)
    return None


def dates_in(text: str) -> Iterator[Named]:
    """Yield the dates that stand in a text, in their order, each with what the words before it call it.

    Only whole dates with a year; 12.03.26 is read as day, month and year of this century.
    """
    if not _YEAR.search(text):
        return
    found: list[tuple[int, int, Stamp]] = []
    for form in _INSIDE:
        for match in form.finditer(text):
            if all(match.end() <= start or match.start() >= end for start, end, _ in found):
                part = match.groupdict()
                if (short := part.pop("short_year", None)) is not None:
                    part["year"] = f"20{short}"
                if (stamp := _from_groups(part)) is not None:
                    found.append((match.start(), match.end(), stamp))
    found.sort(key=lambda item: item[0])
    before = 0
    for start, end, stamp in found:
        kind = _kind(text[max(before, start - _LABEL) : start])
        if not kind and len(found) == 1:
            kind = _kind(text[end : end + _LABEL])  # German has its verbs there
        yield Named(stamp, kind, text[start:end])
        before = end


def _kind(words: str) -> Kind:
    """Tell what words call a date: the last that names it counts."""
    published, modified = (max((hit.end() for hit in form.finditer(words)), default=0) for form in _LABELS)
    return "" if published == modified else "published" if published > modified else "modified"


def _from_groups(part: dict[str, str | None]) -> Stamp | None:
    clock = (part["hour"], part["minute"], part["second"], part["half"], part["offset"])
    year = int(part["year"] or 0)
    if "first" in part:
        first, second = int(part["first"] or 0), int(part["second_part"] or 0)
        if second > 12 >= first:  # noqa: PLR2004  # months in a year
            return _stamp(year, first, second, clock)
        if part["half"] and second <= 31:  # noqa: PLR2004  # who writes a.m. and p.m. puts the month first
            return _stamp(year, first, second, clock, ambiguous=first != second)
        return _stamp(year, second, first, clock, ambiguous=first <= 12 and first != second)  # noqa: PLR2004
    if "name" in part:
        month = _month(part["name"] or "")
        return None if month is None else _stamp(year, month, int(part["day"] or 0), clock)
    return _stamp(year, int(part["month"] or 0), int(part["day"] or 0), clock)


def _month(name: str) -> int | None:
    folded = name.casefold().rstrip(".").removeprefix("ב")  # Hebrew: "in March"
    return next((number for stem, number in _STEMS if folded.startswith(stem)), None)


Clock = tuple[str | None, str | None, str | None, str | None, str | None]


def _stamp(year: int, month: int, day: int, clock: Clock, *, ambiguous: bool = False) -> Stamp | None:
    hour, minute, second, half, offset = clock
    try:
        if hour is None:
            return Stamp(datetime(year, month, day).date().isoformat(), ambiguous)  # noqa: DTZ001  # a day has no zone
        hours = int(hour)
        if half:
            hours = hours % 12 + (12 if half[0] in "pP" else 0)
        moment = datetime(year, month, day, hours, int(minute or 0), int(second or 0), tzinfo=_zone(offset))
    except ValueError:
        return None
    return Stamp(moment.isoformat(), ambiguous)


def _zone(offset: str | None) -> timezone | None:
    if offset is None:
        return None
    if offset.upper() in {"Z", "UTC", "GMT"}:
        return timezone.utc  # noqa: UP017  # spelt like its siblings below
    digits = offset[1:].replace(":", "").ljust(4, "0")
    delta = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-delta if offset[0] == "-" else delta)


def _rfc822(text: str) -> Stamp | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # The library fills in what is missing; a date that does not name its year is not a date here.
    return Stamp(moment.isoformat()) if str(moment.year) in text or text[-2:].isdigit() else None
