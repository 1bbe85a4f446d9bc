"""Dates that a text speaks of: absolute, partial, weekdays, words such as "today"; what is not said stays open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Final, Literal

from worker.text.calendar import UNSPACED, Calendar, calendar_of

Kind = Literal["date", "weekday", "relative"]

_DIGITS: Final = re.compile(r"[0-9٠-٩۰-۹०-९]++")
_NEVER_BEFORE: Final = frozenset("_.,:/$€£¥+-")  # a number behind one of these is a part of another thing
_NEVER_AFTER: Final = frozenset("%°€$£")
_REACH: Final = 28  # characters beside a number that are looked at: the longest month with its particles
_ISO: Final = re.compile(r"([-/.])(\d{1,2})\1(\d{1,2})(?!\d|[./-]\d)")
_NUMERIC: Final = re.compile(r"([./-])\s?(\d{1,2})\1\s?(\d{4})(?!\d|[./-]\d)")
_DAY_AND_MONTH: Final = re.compile(r"\.\s?(\d{1,2})\.(?![\d\w])")  # 15.4. in German and its neighbours
_EASTERN: Final = re.compile(
    r"\s?年\s?(\d{1,2})\s?月(?:\s?(\d{1,2})\s?[日号號])?|\s?년\s?(\d{1,2})\s?월(?:\s?(\d{1,2})\s?일)?|\s?[年년]"
)
_EASTERN_MONTH: Final = re.compile(r"\s?[月월]\s?(\d{1,2})\s?[日号號일]")
_EASTERN_DAY: Final = re.compile(r"\s?[日号號일](?![本間间])")
_VIETNAMESE: Final = re.compile(r"\s*(?:/|tháng\s+)(\d{1,2})(?:\s*(?:/|,?\s*năm\s+)(\d{4}))?(?!\d)", re.IGNORECASE)
_MONTH_AFTER: Final = re.compile(
    r"(?:st|nd|rd|th|er|º|°|ª|\.|-го|-е)?\s+(?:de\s+|of\s+|di\s+|d['’])?([^\W\d_][^\s\d,.;:()/]{1,14})(\s+[^\W\d_][^\s\d,.;:()/]{1,10})?"
)
_MONTH_BEFORE: Final = re.compile(r"(?<![^\W\d_])([^\W\d_]{3,12})\.?\s+(?:the\s+)?$")
_MONTH_OF_YEAR: Final = re.compile(r"(?<![^\W\d_])([^\W\d_]{3,14})\.?,?\s+(?:de\s+|del\s+|of\s+|di\s+)?$")
_YEAR_AFTER: Final = re.compile(r"(?:st|nd|rd|th)?\.?,?\s+(?:de\s+|del\s+|of\s+)?(\d{4})(?![\d.,]\d|\d)")
_NOT_A_DAY: Final = re.compile(
    r"(?:[.,:]\d|\s*(?:%|percent|per cent|million|billion|people|years?|a\.m|p\.m|am\b|pm\b))"
)
_WORD_BEFORE: Final = re.compile(r"([^\W\d_][^\s\d]{0,11})\s+$")
_YEAR_MARK: Final = re.compile(r"\s*(?:гг?\.|году?\b|года\b|рок[уи]\b|р\.|r\.|roku\b|yılı)|\s?[)–-]")
_RANGE_BEFORE: Final = re.compile(r"\d{4}\s?[–-]\s?$")
_ORDINAL: Final = re.compile(r"st|nd|rd|th")
_WEEKDAY_BEFORE: Final = re.compile(
    r"(?<![^\W\d_])([^\W\d_][^\s\d,()]{1,13})(?:,?\s|\s?\()(?:(?:the|der|den|dem|le|el|den|ngày|dia|día|il)\s+)?$"
)
_WEEKDAY_AFTER: Final = re.compile(r"(?:\s?[,(（]\s?|\s)([^\W\d_][^\s\d,()（）]{0,13})")
_SHORT_DAYS: Final = {letter: number for number, letter in enumerate("月火水木金土日", 1)} | {
    letter: number for number, letter in enumerate("월화수목금토일", 1)
}
_POINTED: Final = frozenset({"de", "cs", "sk", "da", "no"})  # languages that write 15.4. for a day
_LEAST_YEAR, _MOST_YEAR = 1500, 2100
_MONTHS, _DAYS = 12, 31
_YEAR_DIGITS: Final = 4
_NO_YEAR: Final = 2000  # a leap year: February 29 may be meant
_BARE_SINCE: Final = 1900


@dataclass(frozen=True, slots=True)
class Mention:
    """A date in a text, offsets in code points.

    What the text does not say is None. `weekday` (1 Monday to 7 Sunday) may stand alone or with a date; `days` are
    those from today of a word such as "yesterday"; `since` says that a word such as "since" or "until" stands before.
    """

    start: int
    end: int
    kind: Kind
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    days: int | None = None
    since: bool = False

    @property
    def value(self) -> str | None:
        """ISO 8601 as far as it is known: `2023-09-15`, `2023-09`, `2023`, `--04-13`, `---13`, `-W-3`."""
        if self.kind == "relative":
            return None
        if self.day is None and self.month is None and self.year is None:
            return f"-W-{self.weekday}"
        year = f"{self.year:04d}" if self.year is not None else "-"
        parts = [year, *(f"{part:02d}" if part is not None else "" for part in (self.month, self.day))]
        if self.month is None and self.day is not None:
            return f"---{self.day:02d}"
        return "-".join(part for part in parts if part)


def find_dates(text: str, language: str | None) -> list[Mention]:
    """Find the dates in a text, in their order, with the words of its language (ISO 639-1) and numbers as in any.

    Of a number such as 03/04/2023, where day and month could be swapped, only the year is told. Linear.
    """
    words = calendar_of(language)
    found: list[Mention] = []
    at = 0
    for digits in _DIGITS.finditer(text):
        start, end = digits.span()
        joined = text[start - 1 : start]
        if start < at or end - start > _YEAR_DIGITS or joined in _NEVER_BEFORE or text[end : end + 1] in _NEVER_AFTER:
            continue
        if joined.isalpha() and language not in UNSPACED:
            continue
        mention = _read(text, digits, words, language or "")
        if mention is not None and mention.start >= at:
            found.append(_with_weekday(text, mention, words))
            at = found[-1].end
    taken = iter([*found, Mention(len(text), len(text), "date")])
    following = next(taken)
    for word in _words_pattern(language).finditer(text):
        if language not in UNSPACED and not _is_whole(text, *word.span()):
            continue
        while following.end <= word.start():
            following = next(taken)
        if word.start() < following.start:
            found.append(_of_word(word, words))
    found.sort(key=lambda mention: mention.start)
    return found


@cache
def _words_pattern(language: str | None) -> re.Pattern[str]:
    words = calendar_of(language)
    weekdays = [word.capitalize() if words.capitals else word for word in words.weekdays]
    forms = {*weekdays, *words.relative}
    forms |= {word[:1].upper() + word[1:] for word in forms}
    # Bare alternatives are found four times as fast as ones between word boundaries or without regard to case.
    return re.compile("|".join(map(re.escape, sorted(forms, key=len, reverse=True))))


def _is_whole(text: str, start: int, end: int) -> bool:
    return not text[start - 1 : start].isalnum() and not text[end : end + 1].isalnum()


def _of_word(word: re.Match[str], words: Calendar) -> Mention:
    folded = word[0].casefold()
    if (weekday := words.weekdays.get(folded)) is not None:
        return Mention(word.start(), word.end(), "weekday", weekday=weekday)
    return Mention(word.start(), word.end(), "relative", days=words.relative.get(folded))


def _read(text: str, digits: re.Match[str], words: Calendar, language: str) -> Mention | None:
    """Read the date of which a number is the first part, or the day behind a month."""
    number = int(digits[0])
    start, end = digits.span()
    before, after = text[max(0, start - _REACH) : start], text[end : end + _REACH + _REACH]
    if len(digits[0]) == _YEAR_DIGITS:
        return _year_first(number, start, end, before, after, words) if _LEAST_YEAR <= number <= _MOST_YEAR else None
    if not 1 <= number <= _DAYS or len(digits[0]) > 2:  # noqa: PLR2004  # digits of a day
        return None
    if language in UNSPACED:
        return _eastern_day(number, start, end, after)
    return _day_first(number, start, end, after, words, language) or _month_first(
        number, start, end, before, after, words
    )


def _dated(
    start: int, end: int, year: int | None, month: int | None, day: int | None, *, since: bool = False
) -> Mention | None:
    if month is not None and not 1 <= month <= _MONTHS:
        return None
    if day is not None:
        try:
            date(year or _NO_YEAR, month or 1, day)
        except ValueError:
            return None
    return Mention(start, end, "date", year, month, day, since=since)


def _year_first(year: int, start: int, end: int, before: str, after: str, words: Calendar) -> Mention | None:
    if found := _ISO.match(after):
        return _dated(start, end + found.end(), year, int(found[2]), int(found[3]))
    if found := _EASTERN.match(after):
        month, day = found[1] or found[3], found[2] or found[4]
        return _dated(start, end + found.end(), year, int(month) if month else None, int(day) if day else None)
    previous = _MONTH_OF_YEAR.search(before)
    if previous and (month_number := _month(previous[1], words)):
        return Mention(start - len(before) + previous.start(), end, "date", year, month_number)
    return _bare_year(year, start, end, before, after, words)


def _bare_year(year: int, start: int, end: int, before: str, after: str, words: Calendar) -> Mention | None:
    """Read a year alone: after a word that goes with years, or marked as one."""
    previous = _WORD_BEFORE.search(before)
    word = previous[1].casefold() if previous else ""
    ranged = _RANGE_BEFORE.search(before) is not None
    since = word in words.since or ranged or after[:1] in {"–", "-"}
    known = since or word in words.at or _YEAR_MARK.match(after) is not None
    if not known or year < _BARE_SINCE or re.match(r"[.,]\d|[\w$€£]", after):
        return None
    return Mention(start, end, "date", year, since=since)


def _day_first(day: int, start: int, end: int, after: str, words: Calendar, language: str) -> Mention | None:
    if found := _NUMERIC.match(after):
        return _numeric(day, found, start, end)
    if language == "vi" and (found := _VIETNAMESE.match(after)):
        return _dated(start, end + found.end(), int(found[2]) if found[2] else None, int(found[1]), day)
    if language in _POINTED and (found := _DAY_AND_MONTH.match(after)):
        return _dated(start, end + found.end(), None, int(found[1]), day)
    found = _MONTH_AFTER.match(after)
    if found is None:
        return None
    long = _month(found[1] + found[2], words) if found[2] else None  # Arabic months of two words
    if (month := long or _month(found[1], words)) is None:
        return None
    final = found.end(2 if long else 1)
    year = _YEAR_AFTER.match(after, final)
    return _dated(start, end + (year.end() if year else final), int(year[1]) if year else None, month, day)


def _numeric(first: int, found: re.Match[str], start: int, end: int) -> Mention | None:
    second, year = int(found[2]), int(found[3])
    if first != second and max(first, second) <= _MONTHS and found[1] != ".":
        return _dated(start, end + found.end(), year, None, None)  # day and month could be swapped
    month, day = (first, second) if second > _MONTHS else (second, first)
    return _dated(start, end + found.end(), year, month, day)


def _month_first(day: int, start: int, end: int, before: str, after: str, words: Calendar) -> Mention | None:
    found = _MONTH_BEFORE.search(before)
    if found is None or (month := _month(found[1], words)) is None or _NOT_A_DAY.match(after):
        return None
    year = _YEAR_AFTER.match(after)
    suffix = _ORDINAL.match(after)
    final = year.end() if year else suffix.end() if suffix else 0
    return _dated(start - len(before) + found.start(), end + final, int(year[1]) if year else None, month, day)


def _eastern_day(number: int, start: int, end: int, after: str) -> Mention | None:
    if found := _EASTERN_MONTH.match(after):
        return _dated(start, end + found.end(), None, number, int(found[1]))
    if found := _EASTERN_DAY.match(after):
        return _dated(start, end + found.end(), None, None, number)
    return None


def _month(word: str, words: Calendar) -> int | None:
    if words.capitals and not word[:1].isupper():
        return None
    return words.months.get(word.casefold())


def _with_weekday(text: str, mention: Mention, words: Calendar) -> Mention:
    """Join a weekday that stands directly before or behind a date with a day."""
    if mention.day is None:
        return mention
    before = text[max(0, mention.start - _REACH) : mention.start]
    found = _WEEKDAY_BEFORE.search(before)
    if found and (weekday := words.weekdays.get(found[1].casefold())):
        start = mention.start - len(before) + found.start()
        return replace(mention, start=start, end=_closed(text, mention.end, found[0]), weekday=weekday)
    behind = _WEEKDAY_AFTER.match(text, mention.end, mention.end + _REACH)
    if behind and (weekday := words.weekdays.get(behind[1].casefold()) or _SHORT_DAYS.get(behind[1])):
        return replace(mention, end=_closed(text, behind.end(), behind[0]), weekday=weekday)
    return mention


def _closed(text: str, end: int, joint: str) -> int:
    """Take in the bracket that closes one in the words between a weekday and its date."""
    return end + 1 if re.search("[(（]", joint) and text[end : end + 1] in {")", "）"} else end


def quoted_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of what stands between quotation marks, marks included, within one paragraph each."""
    for found in _QUOTED.finditer(text):
        yield found.span()


_QUOTED: Final = re.compile(
    r"“[^“”\n]{1,3000}+”|\"[^\"\n]{1,3000}+\"|«[^«»\n]{1,3000}+»|„[^„“”\n]{1,3000}+[“”]|»[^»«\n]{1,3000}+«|「[^「」\n]{1,3000}+」"
)
