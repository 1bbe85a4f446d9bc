"""The day of publication where no witness states it: what lines, scripts and addresses of the page give away."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlsplit

from worker.extract.blocks import Block
from worker.extract.declared import Declared
from worker.text.dates import Named, Stamp, dates_in, read_date

_MOST_BLOCKS: Final = 3_000
_OPENING: Final = 400  # characters of a block that are looked at
_LINE: Final = 160  # characters of a line that calls its date one of publication or of change
_BARE_LINE: Final = 100  # … of a line with a date that nothing explains
_NEAR: Final = 8  # blocks from the first paragraph within which such a line belongs to the article
_FAR: Final = 60  # … and within which it may, if there is nothing better
_LEAD: Final = (-3, 6)  # blocks from the first paragraph that may open with a dateline
_PLACE: Final = 40  # characters of a place before the date in one
_ONLINE: Final = "1995"
_URL_DAYS: Final = (
    (re.compile(r"(?<!\d)(\d\d)-?(\d\d)-?(20[0-4]\d)(?!\d)"), (3, 2, 1)),
    (re.compile(r"/(20[0-4]\d)-(\d\d)/(\d\d)/"), (1, 2, 3)),
)
_PICTURE_DAY: Final = re.compile(r"/(20[0-4]\d)/([01]\d)/([0-3]\d)/")
_PUBLISHED: Final = re.compile(r"publi[cs]\w*[-_:. ]?date|^published$|pub[-_]?date")
_CHANGED: Final = re.compile(r"modified|update|^last-?mod")
_QUOTE: Final = r"(?:\\{0,3}\"|&quot;)"
_STATE: Final = re.compile(
    rf"{_QUOTE}(?:date_?published|(?:first_?)?published(?:_?(?:at|date))?|publish_?date|publication_?date|pub_?date|"
    rf"date_?created|created_?at|creation_?date){_QUOTE}\s*:\s*{_QUOTE}(\d{{4}}-\d\d-\d\d[^\"&\\]{{0,30}})",
    re.IGNORECASE,
)
_LONGEST: Final = 3_000_000  # characters of a page whose scripts are searched


@dataclass(frozen=True, slots=True)
class Searched:
    """A day that was found, and how: `published line`, `line`, `dateline`, `address`, `meta:NAME`, `script` …."""

    stamp: Stamp
    method: str


def search_date(blocks: Sequence[Block], first: int, said: Declared, url: str | None, text: str) -> Searched | None:
    """Give the most likely day; `first` is the place of the article's first paragraph among all `blocks`.

    On the dev pages where nothing states a date it is right on 57 of 89 (docs/extraction.md).
    """
    found = [*_found(blocks, first)]
    for search in (
        _labelled(found, "published"),
        _bare(found, _NEAR),
        _datelines(found),
        _in_address(url),
        _in_meta(said, _PUBLISHED),
        _labelled(found, "modified"),
        _in_meta(said, _CHANGED),
        _in_scripts(text),
        _bare(found, _FAR),
        _in_picture(said),
    ):
        if (best := next(search, None)) is not None:
            return best
    return None


@dataclass(frozen=True, slots=True)
class _Found:
    """A date in a block: how far that is from the first paragraph, where in it, and how long the block is."""

    distance: int
    named: Named
    at: int
    size: int
    before: str


def _found(blocks: Sequence[Block], first: int) -> Iterator[_Found]:
    for place, block in enumerate(blocks[:_MOST_BLOCKS]):
        opening = block.text[:_OPENING]
        for named in dates_in(opening):
            if named.stamp.day >= _ONLINE:
                at = opening.find(named.text)
                yield _Found(place - first, named, at, len(block.text), opening[max(0, at - 1) : at])


def _nearest(found: Iterator[_Found], method: str) -> Iterator[Searched]:
    best = min(found, key=lambda item: (abs(item.distance), item.distance), default=None)
    if best is not None:
        yield Searched(best.named.stamp, method)


def _labelled(found: list[_Found], kind: str) -> Iterator[Searched]:
    yield from _nearest((item for item in found if item.named.kind == kind and item.size <= _LINE), f"{kind} line")


def _bare(found: list[_Found], reach: int) -> Iterator[Searched]:
    lines = (item for item in found if not item.named.kind and item.size <= _BARE_LINE and abs(item.distance) <= reach)
    yield from _nearest(lines, "line")


def _datelines(found: list[_Found]) -> Iterator[Searched]:
    """Yield dates that open a paragraph: `01.02.2022 "The market …`, `Karlsruhe (12.11.2021). The …`."""
    for item in found:
        if _LEAD[0] <= item.distance <= _LEAD[1] and (item.at == 0 or (item.at <= _PLACE and item.before == "(")):
            yield Searched(item.named.stamp, "dateline")


def _in_address(url: str | None) -> Iterator[Searched]:
    try:
        path = urlsplit(url or "").path
    except ValueError:
        return
    for pattern, (year, month, day) in _URL_DAYS:
        if (found := pattern.search(path)) and (stamp := _stamp(found[year], found[month], found[day])):
            yield Searched(stamp, "address")


def _in_meta(said: Declared, names: re.Pattern[str]) -> Iterator[Searched]:
    for name, values in said.meta.items():
        if names.search(name) and (stamp := read_date(values[0])) is not None:
            yield Searched(stamp, f"meta:{name}")


def _in_scripts(text: str) -> Iterator[Searched]:
    for found in _STATE.finditer(text, 0, _LONGEST):
        if (stamp := read_date(found[1])) is not None or (stamp := read_date(found[1][:10])) is not None:
            yield Searched(stamp, "script")


def _in_picture(said: Declared) -> Iterator[Searched]:
    for value in said.meta.get("og:image", ())[:1]:
        if (found := _PICTURE_DAY.search(value)) and (stamp := _stamp(*found.groups())):
            yield Searched(stamp, "picture")


def _stamp(year: str, month: str, day: str) -> Stamp | None:
    try:
        return Stamp(date(int(year), int(month), int(day)).isoformat())
    except ValueError:
        return None
