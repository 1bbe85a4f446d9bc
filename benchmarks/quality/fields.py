"""The metrics of the fields: what counts as right, page by page, and how pages are summed up.

`docs/quality.md` says the same in prose. A page is scored for a field where the gold has it; what a
page shows beyond the gold's fields is not judged. A refused page counts as one where nothing was found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from benchmarks.quality import body
from benchmarks.quality.pages import Page
from worker.model import Article

Figures = dict[str, float]
_SHOWN: Final = 300  # characters of a text that a worst list shows
_UNIFIED: Final = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u0060\u00b4\u2039\u203a", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")
)
_EDGE: Final = re.compile(r"^[\W_]+|[\W_]+$")
_SPACE: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One field of one page: `score` in 0..1 to sort by, `parts` what is summed up, both texts to look at."""

    score: float
    parts: tuple[float, ...]
    got: str
    gold: str


def normalised(text: str) -> str:
    """Unify quotes, dashes, invisible characters, white space, width and case; cut punctuation off both ends.

    A text that is nothing but punctuation stays as it is.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_UNIFIED)
    plain = _SPACE.sub(" ", plain).strip().casefold()
    return _EDGE.sub("", plain) or plain


def day_equal(found: str | None, gold: str) -> bool:
    """Compare a found date with a gold day (or month: then only the month), as both are written."""
    return bool(found) and str(found)[: len(gold)] == gold


def moment_of(text: str | None) -> datetime | None:
    """Read ISO text to the second; a day alone is its midnight without offset. None where it is no date."""
    try:
        return datetime.fromisoformat(text or "").replace(microsecond=0)
    except ValueError:
        return None


def moment_equal(found: str | None, gold: str) -> tuple[bool, bool]:
    """Compare a found date with a gold date and time: same day, same instant.

    The day is that of the gold's own offset, to which a found moment with an offset is moved first.
    The instant is equal to the second; where the gold has no offset, the clock's reading is compared.
    """
    one, two = moment_of(found), moment_of(gold)
    if one is None or two is None:
        return False, False
    if two.tzinfo is None:
        one = one.replace(tzinfo=None)
    elif one.tzinfo is None:
        return one.date() == two.date(), False
    else:
        one = one.astimezone(two.tzinfo)
    return one.date() == two.date(), one == two


def _cut(text: str | None) -> str:
    flat = _SPACE.sub(" ", text or "")
    return flat if len(flat) <= _SHOWN else flat[:_SHOWN] + "…"


def _body(article: Article | None, page: Page) -> Outcome | None:
    if not page.body:
        return None
    found = article.body if article else ""
    counts = body.compare(found, page.body)
    parts = (counts.hit, counts.extra, counts.missed, float(counts.equal))
    told = f"P {_share(counts.hit, counts.extra):.2f} R {_share(counts.hit, counts.missed):.2f}: "
    return Outcome(counts.f1, parts, told + _cut(found), _cut(page.body))


def _share(hit: float, other: float) -> float:
    return hit / (hit + other) if hit else 0.0


def _body_figures(outcomes: Sequence[Outcome]) -> Figures:
    counted = (outcome.parts for outcome in outcomes)
    score = body.score(body.Counts(hit, extra, missed, bool(equal)) for hit, extra, missed, equal in counted)
    return {"body": score.f1, "precision": score.precision, "recall": score.recall, "equal": score.accuracy}


def _title(article: Article | None, page: Page) -> Outcome | None:
    if not page.title:
        return None
    found = (article.headline if article else None) or ""
    alike = float(normalised(found) == normalised(page.title))
    return Outcome(alike, (alike, float(found.strip() == page.title.strip())), found, page.title)


def _title_figures(outcomes: Sequence[Outcome]) -> Figures:
    return {"title": _mean(outcomes, 0), "strict": _mean(outcomes, 1)}


def _date(article: Article | None, page: Page) -> Outcome | None:
    found = article.published_at if article else None
    if page.moment:
        day, instant = moment_equal(found, page.moment)
        return Outcome((day + instant) / 2, (float(day), float(instant)), found or "", page.moment)
    if page.date:
        day = day_equal(found, page.date)
        return Outcome(float(day), (float(day),), found or "", page.date)
    return None


def _date_figures(outcomes: Sequence[Outcome]) -> Figures:
    figures = {"date": _mean(outcomes, 0), "found": _mean_of(bool(outcome.got) for outcome in outcomes)}
    timed = [outcome for outcome in outcomes if len(outcome.parts) > 1]
    return figures | ({"instant": _mean(timed, 1)} if timed else {})


def _names(found: Iterable[str], gold: Iterable[str]) -> Outcome | None:
    """F1 of two sets of normalised names; order and repetition do not count, no name is taken apart."""
    wanted = {normalised(name) for name in gold} - {""}
    if not wanted:
        return None
    shown = tuple(found)
    got = {normalised(name) for name in shown} - {""}
    hit = len(got & wanted)
    score = 2 * hit / (len(got) + len(wanted))
    return Outcome(score, (hit, len(got), len(wanted)), " | ".join(shown), " | ".join(gold))


def _authors(article: Article | None, page: Page) -> Outcome | None:
    outcome = _names(article.authors if article else (), page.authors)
    credited = _names((*article.authors, *article.author_organisations) if article else (), page.authors)
    if outcome is None or credited is None:
        return None
    return replace(outcome, parts=(*outcome.parts, credited.score))


def _author_figures(outcomes: Sequence[Outcome]) -> Figures:
    return _set_figures("authors")(outcomes) | {"credited": _mean(outcomes, 3)}


def _tags(article: Article | None, page: Page) -> Outcome | None:
    return _names(article.tags if article else (), page.tags)


def _set_figures(name: str) -> Callable[[Sequence[Outcome]], Figures]:
    def figures(outcomes: Sequence[Outcome]) -> Figures:
        hit, got, wanted = (sum(outcome.parts[at] for outcome in outcomes) for at in range(3))
        return {
            name: _mean_of(outcome.score for outcome in outcomes),
            "micro": 2 * hit / ((got + wanted) or 1),
            "equal": _mean_of(outcome.score == 1 for outcome in outcomes),
        }

    return figures


def _mean(outcomes: Sequence[Outcome], at: int) -> float:
    return _mean_of(outcome.parts[at] for outcome in outcomes)


def _mean_of(values: Iterable[float]) -> float:
    numbers = list(values)
    return sum(numbers) / max(len(numbers), 1)


@dataclass(frozen=True, slots=True)
class Measure:
    """How a field is judged on one page (None without gold), and how pages are summed up.

    `figures` gives the main figure first, named as the field; the others are told beside it.
    """

    judge: Callable[[Article | None, Page], Outcome | None]
    figures: Callable[[Sequence[Outcome]], Figures]


MEASURES: Final[Mapping[str, Measure]] = MappingProxyType(
    {
        "body": Measure(_body, _body_figures),
        "title": Measure(_title, _title_figures),
        "date": Measure(_date, _date_figures),
        "authors": Measure(_authors, _author_figures),
        "tags": Measure(_tags, _set_figures("tags")),
    }
)
"""Field -> its metric."""
PINNED: Final = (*MEASURES, "instant")
"""Figures that have floors."""
