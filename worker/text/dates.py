"""Dates as sources write them, to ISO 8601 with the source's own offset and precision; never a guessed year."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Final

_OFFSET: Final = r"(?P<offset>Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)"
_CLOCK: Final = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
_TIME: Final = rf"{_CLOCK}\s*(?P<half>[ap]\.?m\.?)?\s*{_OFFSET}?"
_SEPARATOR: Final = r"(?:\s*[T,|·•–—-]?\s*|\s+(?:at|um|à|a las)\s+)"
# Month names by language: English, Spanish, German, French, Italian, Portuguese, Dutch, Russian, Ukrainian, Polish,
# Turkish. Stems, since cases and abbreviations differ in their endings.
_MONTHS: Final = (
    "jan ene gen янв січ sty oca".split(),
    "feb fév fev февр фев лют lut şub".split(),
    "mar mär maa март мар берез".split(),
    "apr abr avr апр квіт kwi nis".split(),
    "may mai mag maj mei май мая трав".split(),
    "jun juin giu июн черв cze haz".split(),
    "jul juil lug июл лип lip tem".split(),
    "aug ago aoû aou авг серп sie ağu".split(),
    "sep set сент сен верес wrz eyl".split(),
    "oct okt ott out окт жовт paź eki".split(),
    "nov ноя листоп lis kas".split(),
    "dec dic dez déc дек груд gru ara".split(),
)
_STEMS: Final = sorted(((stem, n) for n, stems in enumerate(_MONTHS, 1) for stem in stems), key=lambda x: -len(x[0]))
_WORD: Final = r"[^\W\d_]{3,12}\.?"
_FORMS: Final = tuple(
    re.compile(rf"^(?:{form})(?:{_SEPARATOR}{_TIME})?$", re.IGNORECASE)
    for form in (
        r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})",
        r"(?P<year>\d{4})/(?P<month>\d{1,2})/(?P<day>\d{1,2})",
        r"(?P<year>\d{4})年(?P<month>\d{1,2})月(?P<day>\d{1,2})日",
        r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4})",
        r"(?P<first>\d{1,2})[/-](?P<second_part>\d{1,2})[/-](?P<year>\d{4})",
        rf"(?:{_WORD},?\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.|º)?\s+(?:de\s+)?(?P<name>{_WORD})(?:\s+de|,)?\s+(?P<year>\d{{4}})(?:\s*(?:г|р|r)\.?)?",
        rf"(?:{_WORD},?\s+)?(?P<name>{_WORD})\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})",
    )
)
_COMPACT: Final = re.compile(
    r"^(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(?:(\d{2})(?:[.,]\d+)?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$"
)
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


def read_date(text: str) -> Stamp | None:
    """Read a whole text as one date; None where it is anything else.

    ISO 8601, RFC 822, day-first numbers, month names in eleven languages. `03/04/2023` is read
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


def _from_groups(part: dict[str, str | None]) -> Stamp | None:
    clock = (part["hour"], part["minute"], part["second"], part["half"], part["offset"])
    year = int(part["year"] or 0)
    if "first" in part:
        first, second = int(part["first"] or 0), int(part["second_part"] or 0)
        if second > 12 >= first:  # noqa: PLR2004  # months in a year
            return _stamp(year, first, second, clock)
        return _stamp(year, second, first, clock, ambiguous=first <= 12 and first != second)  # noqa: PLR2004
    if "name" in part:
        month = _month(part["name"] or "")
        return None if month is None else _stamp(year, month, int(part["day"] or 0), clock)
    return _stamp(year, int(part["month"] or 0), int(part["day"] or 0), clock)


def _month(name: str) -> int | None:
    folded = name.casefold().rstrip(".")
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
