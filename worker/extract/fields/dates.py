"""When a page was published and modified: statements in order of trust, the URL, then what is visible."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone, tzinfo
from itertools import islice
from typing import Final
from urllib.parse import urlsplit

from worker.extract import jsonld
from worker.extract.declared import Declared, Visible
from worker.extract.draft import Draft
from worker.extract.surroundings import Surroundings
from worker.model import Issue
from worker.text.dates import Kind, Stamp, dates_in, read_date

# Meta tags by trust; figures in docs/extraction.md are of the order as a whole.
_PUBLISHED: Final = (
    "article:published_time", "og:article:published_time", "og:published_time", "og:publish_date",
)  # fmt: skip
_CUSTOM: Final = (
    "datepublished", "sailthru.date", "dc.date.issued", "dcterms.issued", "parsely-pub-date",
    "cxenseparse:recs:publishtime", "cxenseparse:publishtime", "publish-date", "publishdate", "pubdate",
    "publication_date", "publicationdate", "article.published", "date.created", "citation_publication_date",
    "citation_date",
)  # fmt: skip
# Often the day of the last change, or of an import.
_VAGUE: Final = (
    "dc.date", "dcterms.date", "dcterms.created", "date", "last-modified-date", "datecreated",
)  # fmt: skip
_MODIFIED: Final = (
    "article:modified_time", "og:updated_time", "og:modified_time", "dcterms.modified", "datemodified",
    "date.modified", "article.updated", "last-modified",
)  # fmt: skip
_URL_DAY: Final = re.compile(r"[/_-](199\d|20[0-4]\d)([/_-]?)(\d\d)\2(\d\d)(?!\d)|/(199\d|20[0-4]\d)/(\d\d?)/(\d\d?)/")
_URL_WEIGHT: Final = 3.0
_TRUSTED: Final = 0.85  # confidence of a witness that is worth a conflict
_SAME_AS_CHANGE: Final = 0.5
_SHOWN_CHANGE: Final = 0.4
_SHOWN: Final = frozenset({"text:date", "time:published"})
_ELSEWHERE: Final = 0.9  # for the day before or after that in UTC
_EAST_OF_DATELINE, _WEST_OF_DATELINE = 12, 14  # hours; offsets go from -12 to +14
_ODD_OFFSETS: Final = frozenset({-570, -210, 210, 270, 330, 345, 390, 525, 570, 630, 765})  # minutes, not whole hours
_NEAREST: Final = 2
_LONGEST_VALUE: Final = 60
_BESIDE: Final = 60  # characters that may stand beside a date in its line
_BESIDE_NAMED: Final = 100  # … where a word says what the date is
_ONLINE: Final = "1995"  # an earlier date without such a word is one that the page speaks of
_BEFORE: Final = 15
_REACH: Final = 60  # statements behind the headline within which its date stands
_CLOSE: Final = 1  # days within which two statements are one date in two time zones
_MINUTE: Final = 60
_UTC: Final = ("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class _Statement:
    """One witness: `confidence` is what it is worth alone, `weight` what it counts in the vote."""

    stamp: Stamp
    origin: str
    method: str
    confidence: float
    weight: float


def put_dates(draft: Draft, said: Declared, node: jsonld.Node | None, url: str | None, around: Surroundings) -> bool:
    """Put publication and modification date by a vote over days; what disagrees by more than a day is an issue.

    A whole date in the URL outweighs statements that are off by more than a day: they are dates of
    imports and redesigns. Gives whether anything was stated or shown.
    """
    changed = [*_modified(said, node), *_shown(around, "modified")]
    if changed:
        first = _in_own_offset(changed[0], changed)
        draft.put("modified_at", first.value, changed[0].origin, changed[0].method, changed[0].confidence)
    found = [*_stated(said, node), *_shown(around, "published")]
    day = url_day(url)
    if day is not None:
        found.append(_Statement(Stamp(day), "url", "path", 0.7, _URL_WEIGHT))
    found = found or [*islice(_near_headline(said), 1)]
    if not found:
        return False
    found = [*_discounted(_settled(found, changed, said), changed)]
    near = [*_near_headline(said)]
    # Clocks of comments and teasers could be a whole number of hours away by chance.
    lending = near[:_NEAREST] + [item for item in near[_NEAREST:] if item.stamp.value[19:] not in {"", *_UTC}]
    chosen, stamp = _elected(found, [*changed, *lending])
    draft.put("published_at", stamp.value, chosen.origin, chosen.method, chosen.confidence)
    if stamp.ambiguous:
        draft.issues.append(Issue("date_ambiguous", "published_at", f"read as {stamp.value}"))
    trusted = (item for item in found if item.confidence >= _TRUSTED)
    other = next((item for item in trusted if _apart(item.stamp.day, stamp.day) > _CLOSE), None)
    if other is not None:
        detail = f"{stamp.value} ({chosen.origin}) or {other.stamp.value} ({other.origin})"
        draft.issues.append(Issue("field_conflict", "published_at", detail[:200]))
    return True


def _discounted(found: Iterable[_Statement], changed: list[_Statement]) -> Iterator[_Statement]:
    """Let those count less that may be the modification: the same to the second, or shown and of the same day."""
    values, days = ({item.stamp.value for item in changed}, {item.stamp.day for item in changed})
    for item in found:
        if item.origin in _SHOWN and item.stamp.day in days:
            yield replace(item, weight=item.weight * _SHOWN_CHANGE)
        elif item.stamp.value in values:
            yield replace(item, weight=item.weight * _SAME_AS_CHANGE)
        else:
            yield item


def _elected(found: list[_Statement], beside: list[_Statement]) -> tuple[_Statement, Stamp]:
    """Give the witness of the day that most weight speaks for, and its stamp, with time and own offset if one has them.

    `beside` are statements that may only lend their offset.
    """
    days = dict.fromkeys(item.stamp.day for item in found)
    votes = {day: sum(item.weight * _support(item.stamp, day) for item in found) for day in days}
    best = max(votes, key=lambda day: votes[day])  # of equal ones the first, the most trusted
    speak = [item for item in found if _support(item.stamp, best)]
    others = [*speak, *beside]
    timed = [(item, _in_own_offset(item, others, best)) for item in speak if _has_time(item.stamp)]
    told = [pair for pair in timed if pair[1].day == best]
    instants = [pair for pair in timed if pair[0].confidence >= _TRUSTED]
    exact = [(item, item.stamp) for item in speak if item.stamp.day == best]
    return (told or instants or exact)[0]


def _has_time(stamp: Stamp) -> bool:
    return len(stamp.value) > len("2023-09-15")


def _support(stamp: Stamp, day: str) -> float:
    """Give how far a stamp speaks for a day: a moment in UTC may be the evening before or the next morning there."""
    if stamp.day == day:
        return 1.0
    if not stamp.value.endswith(_UTC) or _apart(stamp.day, day) > _CLOSE:
        return 0.0
    hour = int(stamp.value[11:13])
    possible = hour < _EAST_OF_DATELINE if day < stamp.day else hour >= 24 - _WEST_OF_DATELINE
    return _ELSEWHERE if possible else 0.0


def _in_own_offset(chosen: _Statement, others: list[_Statement], day: str | None = None) -> Stamp:
    """Give the stamp in the publisher's own offset where another statement shows it; the instant stays.

    One of the same instant says it itself. A clock without offset gives it where it differs by an
    offset that is in use somewhere. Where the day that was elected is a neighbour of the day in
    UTC, an offset that the page uses elsewhere counts if it leads to that day.
    """
    stamp = chosen.stamp
    if not _has_time(stamp):
        return stamp
    moment = datetime.fromisoformat(stamp.value)
    timed = [datetime.fromisoformat(item.stamp.value) for item in others if _has_time(item.stamp)]
    if moment.tzinfo is None:
        offset = _offset_of_clock(moment, timed)
        return stamp if offset is None else Stamp(moment.replace(tzinfo=offset).isoformat(), stamp.ambiguous)
    if stamp.value.endswith(_UTC):
        offset = _offset_of_moment(moment, timed, None if day == stamp.day else day)
        return stamp if offset is None else Stamp(moment.astimezone(offset).isoformat())
    return stamp


def _offset_of_clock(clock: datetime, timed: list[datetime]) -> tzinfo | None:
    """Give the offset of a clock's reading: of the same reading, else from a moment in UTC."""
    same = (other.tzinfo for other in timed if other.utcoffset() and _close(other.replace(tzinfo=None), clock))
    universal = (_offset(other, clock) for other in timed if other.tzinfo is not None and not other.utcoffset())
    return next(same, None) or next((offset for offset in universal if offset is not None), None)


def _offset_of_moment(moment: datetime, timed: list[datetime], day: str | None) -> tzinfo | None:
    """Give the offset in which the page tells a moment, or one of its others that leads to `day`."""
    own = [other for other in timed if other.utcoffset()]
    clocks = (_offset(moment, other) for other in timed if other.tzinfo is None)
    leading = (other.tzinfo for other in own if moment.astimezone(other.tzinfo).date().isoformat() == day)
    return (
        next((other.tzinfo for other in own if _close(other, moment)), None)
        or next((offset for offset in clocks if offset is not None), None)
        or next(leading, None)
    )


def _close(one: datetime, other: datetime) -> bool:
    return abs((one - other).total_seconds()) < _MINUTE


def _offset(moment: datetime, clock: datetime) -> timezone | None:
    """Give the offset in which a moment shows as a clock, to the minute; None where there is none."""
    apart = clock.replace(second=0) - moment.replace(tzinfo=None, second=0, microsecond=0)
    minutes = apart.total_seconds() / _MINUTE
    possible = -_EAST_OF_DATELINE * 60 <= minutes <= _WEST_OF_DATELINE * 60 and (
        minutes % 60 == 0 or minutes in _ODD_OFFSETS
    )
    return timezone(timedelta(minutes=minutes)) if possible else None


def _settled(found: list[_Statement], changed: list[_Statement], said: Declared) -> Iterator[_Statement]:
    """Turn dates round whose day and month could be swapped where a clear one, or the language en-US, says so."""
    clear = {item.stamp.day for item in (*found, *changed) if not item.stamp.ambiguous}
    stated = (said.language, *said.meta.get("og:locale", ())[:1])
    american = any((tag or "").casefold().replace("_", "-") == "en-us" for tag in stated)
    for item in found:
        value = item.stamp.value
        if not item.stamp.ambiguous or value[:10] in clear:
            yield replace(item, stamp=Stamp(value)) if item.stamp.ambiguous else item
            continue
        turned = f"{value[:4]}-{value[8:10]}-{value[5:7]}{value[10:]}"
        certain = turned[:10] in clear
        yield replace(item, stamp=Stamp(turned, not certain)) if certain or american else item


def url_day(url: str | None) -> str | None:
    """Give the date that a URL's path names in full, `YYYY-MM-DD`."""
    try:
        found = _URL_DAY.search(urlsplit(url or "").path)
        if found is None:
            return None
        year, month, day = (int(part) for part in (found[1] or found[5], found[3] or found[6], found[4] or found[7]))
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _apart(one: str, other: str) -> int:
    return abs((date.fromisoformat(one) - date.fromisoformat(other)).days)


def _read(text: str | None, origin: str, method: str, confidence: float, weight: float) -> Iterator[_Statement]:
    """Yield the one date that a value is or holds."""
    if not text:
        return
    if (stamp := read_date(text)) is None and len(text) <= _LONGEST_VALUE:
        inside = [named.stamp for named in dates_in(text)]
        stamp = inside[0] if len(inside) == 1 else None
    if stamp is not None:
        yield _Statement(stamp, origin, method, confidence, weight)


def _stated(said: Declared, node: jsonld.Node | None) -> Iterator[_Statement]:
    if node is not None:
        yield from _read(jsonld.text_of(node.get("datePublished")), "json-ld", "datePublished", 0.9, 1.0)
    yield from _in_meta(said, _PUBLISHED, 0.9, 1.0)
    for other in said.nodes:
        if other is not node and jsonld.types(other) & {"WebPage"} and not jsonld.is_article(other):
            yield from _read(jsonld.text_of(other.get("datePublished")), "json-ld:WebPage", "datePublished", 0.85, 0.4)
    marked = [item for item in said.visible if item.prop == "datepublished"]
    for item in marked[:1]:
        yield from _read(item.value or item.text, "microdata", "datePublished", 0.85, 0.9)
    timed = (
        item
        for item in _near(said)
        if item.tag == "time" and (item.words & {"published", "pubdate"} or {"entry", "date"} <= item.words)
    )
    for item in islice(timed, 1):
        yield from _read(item.value or item.text, "time:published", "datetime", 0.8, 0.8)
    # A `meta` with `itemprop` stands among the microdata already.
    yield from _in_meta(said, _CUSTOM[1:] if marked else _CUSTOM, 0.8, 0.8)
    if node is not None:
        yield from _read(jsonld.text_of(node.get("dateCreated")), "json-ld", "dateCreated", 0.7, 0.4)
    yield from [*_in_meta(said, _VAGUE, 0.7, 0.35)][:1]


def _in_meta(said: Declared, names: tuple[str, ...], confidence: float, weight: float) -> Iterator[_Statement]:
    for name in names:
        for value in said.meta.get(name, ())[:1]:
            yield from _read(value, f"meta:{name}", "content", confidence, weight)
            weight /= 2  # one system fills them all


def _modified(said: Declared, node: jsonld.Node | None) -> Iterator[_Statement]:
    if node is not None:
        yield from _read(jsonld.text_of(node.get("dateModified")), "json-ld", "dateModified", 0.9, 1.0)
    yield from _in_meta(said, _MODIFIED, 0.8, 0.8)
    for item in said.visible:
        if item.prop == "datemodified" or (item.tag == "time" and "updated" in item.words):
            yield from _read(item.value or item.text, "microdata", "dateModified", 0.75, 0.7)


def _shown(around: Surroundings, kind: Kind) -> Iterator[_Statement]:
    """Yield the first date of the lines between headline and text, else above the headline, else behind the article.

    A date without a word that says what it is counts as that of publication, but not behind the article.
    """
    for lines, unnamed, named in ((around.below, 0.6, 1.0), (around.above, 0.5, 0.9), (around.end, 0.0, 0.5)):
        best: _Statement | None = None
        for line in lines:
            for date_in in dates_in(line):
                beside = len(line) - len(date_in.text)
                weight = 0.0
                if date_in.kind == kind and beside <= _BESIDE_NAMED:
                    weight = named
                elif (date_in.kind, kind) == ("", "published") and beside <= _BESIDE and date_in.stamp.day >= _ONLINE:
                    weight = unnamed
                if weight > (best.weight if best else 0.0):
                    best = _Statement(date_in.stamp, "text:date", "visible", 0.65, weight)
        if best is not None:
            yield best
            return


def _near(said: Declared) -> list[Visible]:
    return [item for item in said.visible if -_BEFORE < item.order - said.heading_order <= _REACH]


def _near_headline(said: Declared) -> Iterator[_Statement]:
    """Yield dates of elements near the headline that are times, or whose class says date."""
    for item in _near(said):
        if item.tag == "time" and "updated" not in item.words:
            yield from _read(item.value, "time", "datetime", 0.65, 0.6)
            yield from _read(item.text, "time", "visible", 0.6, 0.5)
        elif item.words & {"date", "dateline", "published", "publish", "posted", "timestamp", "datum"}:
            yield from _read(item.text, "html:date", "visible", 0.6, 0.4)
