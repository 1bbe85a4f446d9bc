"""Dates: those that the body speaks of, and whether they, the arrival and the sources bear out the publication date.

No year is ever invented: a date without one is compared as such, and none is written into its value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal

from worker.extract.fields.dates import url_day
from worker.model import Article, DateMention, Enriched, Issue, Repeats
from worker.model import Dates as DatesModel
from worker.ports import Annotation, Enricher
from worker.text.date_mentions import Mention, find_dates, quoted_spans

_TEXT_MOST: Final = 30_000  # characters of the body that are read
_DAY: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_TIME_ZONES: Final = timedelta(hours=14)  # the farthest offset from UTC: clocks are often stated without theirs
_EPOCHS: Final = frozenset({date(1, 1, 1), date(1900, 1, 1), date(1969, 12, 31), date(1970, 1, 1), date(1980, 1, 1)})
_MIDNIGHT: Final = re.compile(r"-01-01(?:T00:00(?::00)?.*)?$")
_FRESH: Final = timedelta(days=2)
_NEAR_BEFORE, _NEAR_AFTER = 14, 2  # days: news names what just happened
_OWN_DAY: Final = 3  # days between a dateline and publication; weekly papers print agencies' texts late
_OLD: Final = 120  # days; of 38 news pages with days without a year 1 has no such day nearer than this, with 100: 3
_CONTEXT: Final = 60  # days between a date with a year and one that goes without because of it
_WEEKDAY_REACH: Final = 120  # days: farther ones may be of another year
_URL_OLDER: Final = 31
_URL_MONTH: Final = re.compile(r"/((?:19|20)\d\d)/(0[1-9]|1[0-2])/")
_YEARS_BACK: Final = 8  # years that are tried for a weekday; after eleven the calendar is the same again
_DATELINE: Final = re.compile(r"\s?(?:\([^()\n]{2,30}\)\s?)?(?:[–—/]|--?\s)|\s?\([A-Z][^()\n]{1,20}\)\s")
_DATELINE_REACH: Final = 60
_SHARP: Final = re.compile(r"T\d\d:\d\d:(?!00)\d\d")
_SHARED_SHARP, _SHARED = (
    2.5,
    9.5,
)  # earlier articles with one time: to an odd second, or at a full minute as planned ones
_TRUSTED: Final = 0.8
_WEAK: Final = {"url": "url_only", "search": "search_only"}

_AGAINST: Final = frozenset({"after_arrival", "url_older", "own_day_differs", "weekday_differs", "stale_suspected"})
_FOR: Final = frozenset({"own_day_agrees", "weekday_agrees", "text_agrees", "fresh"})
_DOUBTS: Final = frozenset({"url_only", "search_only", "header_only", "day_month_order", "stamp_shared"})


class Dates:
    """Reads dates in some twenty languages, by their words; numbers are read in all."""

    name = "dates"
    version = "2"

    def enrich(self, enriched: Enriched) -> Annotation:
        """See `worker.ports.Enricher`."""
        article = enriched.article
        body = article.body[:_TEXT_MOST]
        language = enriched.language.code if enriched.language else None
        read = _Reading(body, find_dates(body, language), _spans(enriched, body), language)
        published = _day_of(article.published_at)
        reasons = [*_of_sources(article, published)]
        if published is not None:
            reasons += [*_of_arrival(article, published, enriched.received_at), *_of_text(read, published)]
            reasons += _of_stream(article, enriched.repeats)
        verdict, trust = _judge(reasons, article, published)
        anchor = published if verdict == "consistent" else None
        mentions = tuple(read.described(mention, anchor) for mention in read.mentions)
        issues = (Issue("date_future", "published_at", article.published_at),) if "after_arrival" in reasons else ()
        return Annotation(dates=DatesModel(verdict, tuple(reasons), trust, mentions), issues=issues)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A body with its dates and quotes."""

    body: str
    mentions: Sequence[Mention]
    quotes: Sequence[tuple[int, int]]
    language: str | None

    def role(self, mention: Mention) -> Literal["event", "period", "quote"]:
        """Tell whose time it is: the speaker's, a span's that a figure or state refers to, or the event's."""
        if any(start <= mention.start < end for start, end in self.quotes):
            return "quote"
        return (
            "period" if mention.since or (mention.day is None and mention.month is None and mention.year) else "event"
        )

    def described(self, mention: Mention, anchor: date | None) -> DateMention:
        """Make the record's mention; a word such as "today" gets a day only where the publication date is good."""
        value = mention.value
        if mention.kind == "relative" and mention.days is not None and anchor is not None:
            value = (anchor + timedelta(days=mention.days)).isoformat()
        text = self.body[mention.start : mention.end]
        return DateMention(text, mention.start, mention.end, value, self.role(mention))

    def speaks_of_now(self) -> bool:
        """Tell whether the text places itself in time: today, yesterday, a weekday without a date."""
        return any(mention.kind != "date" for mention in self.mentions)

    def events(self) -> Iterable[Mention]:
        """Give the dates with a month of events that the text tells itself."""
        return (mention for mention in self.mentions if mention.month and self.role(mention) == "event")


def _spans(enriched: Enriched, body: str) -> list[tuple[int, int]]:
    """Give the direct quotes that were found before, or else what stands between quotation marks."""
    if enriched.quotes is not None:
        return [(quote.start, quote.end) for quote in enriched.quotes if quote.kind == "direct"]
    return list(quoted_spans(body))


def _day_of(stamp: str | None) -> date | None:
    found = _DAY.match(stamp or "")
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None


def _of_sources(article: Article, published: date | None) -> Iterable[str]:
    """Give the reasons that lie in what the sources state."""
    if published is None:
        yield "day_missing" if article.published_at else "modified_only" if article.modified_at else "date_missing"
        return
    witness = article.provenance.get("published_at")
    origin = witness.origin if witness else ""
    if origin in _WEAK:
        yield _WEAK[origin]
    elif origin.startswith("text:line"):
        yield "header_only"
    doubts = {issue.code for issue in article.issues if issue.field in {"published_at", None}}
    if "date_ambiguous" in doubts:
        yield "day_month_order"
    if any(issue.code == "field_conflict" and issue.field == "published_at" for issue in article.issues):
        yield "sources_disagree"
    modified = _day_of(article.modified_at)
    if modified is not None and published - modified > timedelta(days=1):
        yield "modified_before"
    if published in _EPOCHS or _MIDNIGHT.search(article.published_at or ""):
        yield "placeholder"
    in_url = _url_date(article.url) or _url_date(article.canonical_url)
    if in_url is not None and (published - in_url).days > _URL_OLDER:
        yield "url_older"


def _url_date(url: str | None) -> date | None:
    """Give the day in an address, or the last one of a month there."""
    if (day := _day_of(url_day(url))) is not None:
        return day
    found = _URL_MONTH.search(url or "")
    return _date(int(found[1]), int(found[2]), 31) if found else None


def _of_arrival(article: Article, published: date, received_at: datetime | None) -> Iterable[str]:
    if received_at is None:
        return
    moment = _moment(article.published_at or "", published)
    if moment - received_at > _TIME_ZONES:
        yield "after_arrival"
    elif abs(received_at - moment) <= _FRESH:
        yield "fresh"


def _of_stream(article: Article, repeats: Repeats | None) -> list[str]:
    """Give the reason that lies in the publisher's other articles: one time, to the second, for many of them."""
    if repeats is None:
        return []
    sharp = _SHARP.search(article.published_at or "") is not None
    return ["stamp_shared"] if repeats.stamp >= (_SHARED_SHARP if sharp else _SHARED) else []


def _moment(stamp: str, day: date) -> datetime:
    """Give the instant; a clock without offset is read as UTC, and so is the beginning of a day."""
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        moment = datetime(day.year, day.month, day.day)  # noqa: DTZ001  # made aware below
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _of_text(read: _Reading, published: date) -> Iterable[str]:
    """Give the reasons that lie in the text."""
    own = _own_day(read, published)
    if own is not None:
        yield "own_day_agrees" if abs(own) <= _OWN_DAY else "own_day_differs"
    if (fits := _weekdays_fit(read, published)) is not None:
        yield "weekday_agrees" if fits else "weekday_differs"
    events = [*read.events()]
    open_ones = [mention for mention in events if mention.year is None and not _has_context(mention, events)]
    ages = [_age(mention, published) for mention in events if mention.year is not None or mention in open_ones]
    if any(-_NEAR_AFTER <= age <= _NEAR_BEFORE for age in ages):
        yield "text_agrees"
    elif open_ones and read.speaks_of_now() and min(map(abs, ages)) >= _OLD:
        yield "stale_suspected"
    if events and all(mention.year is None for mention in events):
        yield "year_missing"


def _has_context(mention: Mention, events: Sequence[Mention]) -> bool:
    """Tell whether a day goes without a year since another date nearby in time has named it: July 2021 … July 8."""
    return any(
        other.year is not None and abs(_age(mention, _date(other.year, other.month or 1, other.day or 15))) <= _CONTEXT
        for other in events
    )


def _age(mention: Mention, published: date) -> int:
    """Give how many days before publication a date lies (negative: after); the nearest, where it names no year.

    A month without a day counts from its end nearest to publication, and is 0 within.
    """
    years = (mention.year,) if mention.year else (published.year - 1, published.year, published.year + 1)
    ages = []
    for year in years:
        first = _date(year, mention.month or 1, mention.day or 1)
        last = first if mention.day else _date(year, mention.month or 1, 31)
        ages.append(
            0 if first <= published <= last else min((published - first).days, (published - last).days, key=abs)
        )
    return min(ages, key=abs)


def _date(year: int, month: int, day: int) -> date:
    """Give a date, the last of the month where it has no such day."""
    while True:
        try:
            return date(year, month, day)
        except ValueError:
            day -= 1


def _own_day(read: _Reading, published: date) -> int | None:
    """Give the age of the day on which the text says that it was written: a dateline, "today, April 13"."""
    previous: Mention | None = None
    for mention in read.mentions:
        if mention.day is not None and mention.month is not None:
            heads = mention.start <= _DATELINE_REACH and _DATELINE.match(read.body, mention.end)
            if heads and "\n" not in read.body[: mention.start]:
                return _age(mention, published)
            if (
                previous is not None
                and previous.days == 0
                and re.fullmatch(r"[\s,(]{0,3}", read.body[previous.end : mention.start])
            ):
                return _age(mention, published)
        previous = mention
    return None


def _weekdays_fit(read: _Reading, published: date) -> bool | None:
    """Tell whether weekdays beside days without a year fit the year of publication; None where nothing is told.

    What fits no earlier year either is an error of the writer, and tells nothing.
    """
    fits = misfits = 0
    for mention in read.events():
        if mention.weekday is None or mention.day is None or mention.month is None or mention.year is not None:
            continue
        age = _age(mention, published)
        if abs(age) > _WEEKDAY_REACH:
            continue
        year = (published - timedelta(days=age)).year
        if _weekday(year, mention) == mention.weekday:
            fits += 1
        elif any(_weekday(year - back, mention) == mention.weekday for back in range(1, _YEARS_BACK)):
            misfits += 1
    return None if fits == misfits else fits > misfits


def _weekday(year: int, mention: Mention) -> int:
    return _date(year, mention.month or 1, mention.day or 1).isoweekday()


def _judge(
    reasons: Sequence[str], article: Article, published: date | None
) -> tuple[Literal["consistent", "conflict", "unknown"], Literal["high", "medium", "low"]]:
    """Weigh the reasons: verdict and trust."""
    given = set(reasons)
    if published is None or published in _EPOCHS:
        return ("unknown" if published is None else "conflict"), "low"
    if given & _AGAINST:
        return "conflict", "low"
    borne_out = given & _FOR
    if "stamp_shared" in given:
        borne_out -= {"fresh"}  # so is every page's own time
    if "placeholder" in given:
        return ("consistent", "medium") if borne_out - {"fresh"} else ("unknown", "low")
    if given & _DOUBTS and not borne_out:
        return "unknown", "medium" if "header_only" in given and "stamp_shared" not in given else "low"
    witness = article.provenance.get("published_at")
    strong = witness is not None and witness.confidence >= _TRUSTED and not given & _DOUBTS
    doubted = given & {"sources_disagree", "modified_before"}
    return "consistent", "high" if strong and borne_out and not doubted else "medium"


component: type[Enricher] = Dates
