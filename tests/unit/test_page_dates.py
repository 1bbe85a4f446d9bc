"""When a page was published: which of several dates wins, and in whose offset it is told."""

from __future__ import annotations

import pytest

from worker.extract.draft import Draft
from worker.extract.page import read_page
from worker.text.dates import dates_in

_PROSE = "".join(
    f"<p>The {n} ferries of the harbour were counted again, and the council said that it would wait for the report "
    "of the engineers before it decides on the new quay and on what the pilots are to be paid for night work.</p>"
    for n in ("four", "nine", "twelve")
)


def page(head: str = "", shown: str = "", end: str = "", url: str | None = None, language: str = "en") -> Draft:
    """Read a page with statements in its head, a line under its headline and one behind its text."""
    text = (
        f'<html lang="{language}"><head><title>Ferries are counted again</title>{head}</head><body>'
        f"<article><h1>Ferries are counted again</h1><div>{shown}</div>{_PROSE}<div>{end}</div></article></body></html>"
    )
    return read_page(text, url)


def published(draft: Draft) -> tuple[str | None, str]:
    return draft.values.get("published_at"), draft.provenance["published_at"].origin


def json_ld(published: str, modified: str = "") -> str:
    changed = f', "dateModified": "{modified}"' if modified else ""
    return (
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Ferries are counted again", '
        f'"datePublished": "{published}"{changed}}}</script>'
    )


def meta(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{content}">'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Posted: Nov 8, 2023 / 10:35 PM PST", [("2023-11-08T22:35:00", "published")]),
        ("Updated: 8 November 2023", [("2023-11-08", "modified")]),
        (
            "Letzte Änderung: 31.10.2023 - 14:49:39 Erschienen am: 01.11.2023",
            [("2023-10-31T14:49:39", "modified"), ("2023-11-01", "published")],
        ),
        ("APRIL 26, 2024Updated on: OCTOBER 28, 2024", [("2024-04-26", ""), ("2024-10-28", "modified")]),
        ("am Samstag, 3. Dezember 2011 um 10 Uhr veröffentlicht", [("2011-12-03", "published")]),
        ("Karlsruhe, 02.12.19", [("2019-12-02", "")]),
        ("12 Μαρτίου 2026, 14:05", [("2026-03-12T14:05:00", "")]),
        ("2019-12-09T19:00:49+01:00", [("2019-12-09T19:00:49+01:00", "")]),
        ("version 1.12.2019.3 and 555-12-12-2019", []),
        ("no date here, 2019", []),
    ],
)
def test_dates_in_a_text_are_found_with_what_the_words_call_them(text: str, found: list[tuple[str, str]]) -> None:
    assert [(named.stamp.value, named.kind) for named in dates_in(text)] == found


def test_what_is_shown_under_the_headline_outweighs_a_vague_meta_tag() -> None:
    draft = page(meta("date", "2022-01-26"), "21.01.2022 - 13:30 Uhr")
    assert published(draft) == ("2022-01-21T13:30:00", "text:date")


def test_what_is_shown_does_not_outweigh_json_ld() -> None:
    draft = page(json_ld("2022-01-26"), "21.01.2022")
    assert published(draft) == ("2022-01-26", "json-ld")


def test_two_agreeing_witnesses_outvote_one() -> None:
    head = json_ld("2023-11-03T10:25:56+00:00") + meta("article:published_time", "2023-11-06T14:25:00+00:00")
    draft = page(head, "Published 6 November 2023")
    assert published(draft) == ("2023-11-06T14:25:00+00:00", "meta:article:published_time")
    assert [(issue.code, issue.field) for issue in draft.issues] == [("field_conflict", "published_at")]


def test_a_date_that_is_also_the_last_change_counts_less() -> None:
    draft = page(json_ld("2025-06-24", "2025-06-24"), "August 25, 2024")
    assert published(draft)[0] == "2024-08-25"


def test_a_shown_day_of_the_last_change_is_not_that_of_publication() -> None:
    head = meta("article:published_time", "2020-03-10T15:30:00+00:00") + meta("article:modified_time", "2025-02-12")
    assert published(page(head, "By Ada Ruiz 12th February 2025"))[0] == "2020-03-10T15:30:00+00:00"


def test_a_clock_under_the_headline_gives_the_offset_of_a_moment_in_utc() -> None:
    draft = page(json_ld("2023-11-09T01:49:09+00:00"), "Published: November 8, 2023 at 5:49 p.m.")
    assert published(draft) == ("2023-11-08T17:49:09-08:00", "json-ld")
    assert not draft.issues


def test_a_clock_that_differs_by_odd_minutes_gives_no_offset() -> None:
    draft = page(json_ld("2023-11-08T10:49:09+00:00"), "November 8, 2023 at 5:17 p.m.")
    assert published(draft)[0] == "2023-11-08T10:49:09+00:00"


def test_a_day_is_told_with_the_time_that_another_witness_has() -> None:
    draft = page(json_ld("2024-09-06") + meta("article:published_time", "2024-09-06T13:12:36+02:00"))
    assert published(draft) == ("2024-09-06T13:12:36+02:00", "meta:article:published_time")


@pytest.mark.parametrize(
    ("language", "shown", "value", "ambiguous"),
    [
        ("de", "03/04/2024", "2024-04-03", True),
        ("en-US", "03/04/2024", "2024-03-04", True),
        ("en", "03/04/2024 7:38 PM", "2024-03-04T19:38:00", True),
    ],
)
def test_day_and_month_that_could_be_swapped(language: str, shown: str, value: str, *, ambiguous: bool) -> None:
    draft = page("", shown, language=language)
    assert draft.values["published_at"] == value
    assert ("date_ambiguous" in [issue.code for issue in draft.issues]) is ambiguous


def test_a_clear_witness_settles_what_could_be_swapped() -> None:
    draft = page(meta("date", "11/01/2023 12:43:42"), "Published: 1 November 2023")
    assert draft.values["published_at"] == "2023-11-01T12:43:42"
    assert not draft.issues


def test_a_line_behind_the_article_counts_only_where_it_says_what_its_date_is() -> None:
    assert published(page(end="Erschienen am: 01.11.2023"))[0] == "2023-11-01"
    assert page(meta("date", "2023-10-01"), end="01.11.2023").values["published_at"] == "2023-10-01"


def test_a_modification_that_is_only_shown_is_found() -> None:
    draft = page("", "Published: 1 May 2024 Updated: 3 May 2024, 10:15")
    assert draft.values["published_at"] == "2024-05-01"
    assert draft.values["modified_at"] == "2024-05-03T10:15:00"


@pytest.mark.parametrize(
    ("known", "day", "method"),
    [
        (
            {"end": "<p>Share</p>" * 9 + "<p>This page was last changed, updated on 4 November 2020.</p>"},
            "2020-11-04",
            "modified line",
        ),
        (
            {"head": '<script>{"x":{"publishedAt":"2021-05-06T10:00:00Z"}}</script>'},
            "2021-05-06T10:00:00+00:00",
            "script",
        ),
        ({"head": "<script>a={&quot;date_published&quot;:&quot;2021-05-06&quot;}</script>"}, "2021-05-06", "script"),
        ({"url": "https://a.example/news/23-01-2022-ferries"}, "2022-01-23", "address"),
        ({"url": "https://a.example/news/2022-01/23/ferries.htm"}, "2022-01-23", "address"),
        ({"head": meta("x-published-date", "2021-02-16")}, "2021-02-16", "meta:x-published-date"),
        ({"head": meta("og:image", "https://a.example/files/2016/05/04/a.png")}, "2016-05-04", "picture"),
        ({"shown": f"<p>Northport, (12.11.2021). {_PROSE[3:200]}</p>"}, "2021-11-12", "dateline"),
    ],
)
def test_day_is_searched_where_nothing_states_it(known: dict[str, str], day: str, method: str) -> None:
    draft = page(**known)
    assert draft.values["published_at"] == day
    assert draft.provenance["published_at"].method == method
    assert draft.provenance["published_at"].confidence == 0.5


def test_no_date_is_made_up() -> None:
    assert "published_at" not in page(end="<p>© 2021 Northport Gazette. Founded in 1931, open from 9 to 5.</p>").values
