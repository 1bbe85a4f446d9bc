"""Closed lists of codes that stand in records; data alone."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

DATE_REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "not_checked": "no enricher judged the date",
        "date_missing": "nothing says when the article was published",
        "day_missing": "the publication date names no day",
        "modified_only": "only the date of a change is known",
        "url_only": "the date stands in the address alone",
        "search_only": "nothing states the date; it was found by searching the page",
        "header_only": "the date stands in the header of a text, which may be the page's and not the article's",
        "day_month_order": "day and month of the date could be swapped",
        "sources_disagree": "trusted statements name different days",
        "modified_before": "the date of the last change lies more than a day before that of publication",
        "placeholder": "the date is one that systems fill in: the epoch, midnight of January 1",
        "after_arrival": "the date lies after the arrival of the payload by more than time zones explain",
        "url_older": "the date in the address is more than a month older",
        "own_day_agrees": "the text names the day it was written (dateline, today with a date), and it is this one",
        "own_day_differs": "the text names the day it was written, and it is another one",
        "weekday_agrees": "a weekday with a day and month fits the year of publication",
        "weekday_differs": "a weekday with a day and month fits an earlier year but not that of publication",
        "text_agrees": "the text speaks of a day close before the date",
        "stale_suspected": "the text speaks of today, but all dated events in it are four months or more from the date",
        "year_missing": "no dated event of the text names its year, so it cannot be compared in full",
        "stamp_shared": "many articles of the publisher carry this very time, so it may be that of an import or a page",
        "fresh": "the payload arrived within two days of the date",
    }
)
"""Reason of a verdict on the publication date -> what it means. One that is not listed here is refused."""
