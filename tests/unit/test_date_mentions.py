"""Dates that a text speaks of, in its language; no year is invented."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.text.date_mentions import find_dates, quoted_spans

ENGLISH = (
    "On April 13, 2022 or Wednesday, April 13, and the 3rd of May; since 2014, in 2019; 2000 people; today, 15 "
    "September 2022. On Sept. 11, in March 2020. In May 20 percent of it, 03/04/2023 and 25/12/2022, 2023-09-15."
)
CASES: dict[str, tuple[str, list[tuple[str, str | None]]]] = {
    "en": (
        ENGLISH,
        [
            ("April 13, 2022", "2022-04-13"),
            ("Wednesday, April 13", "--04-13"),
            ("3rd of May", "--05-03"),
            ("2014", "2014"),
            ("2019", "2019"),
            ("today", None),
            ("15 September 2022", "2022-09-15"),
            ("Sept. 11", "--09-11"),
            ("March 2020", "2020-03"),
            ("03/04/2023", "2023"),
            ("25/12/2022", "2022-12-25"),
            ("2023-09-15", "2023-09-15"),
        ],
    ),
    "de": (
        "Am Mittwoch, 13. April, am 15.4. und 1.3.2022; im Jahr 2019. Gestern, Montag (15. Mai).",
        [
            ("Mittwoch, 13. April", "--04-13"),
            ("15.4.", "--04-15"),
            ("1.3.2022", "2022-03-01"),
            ("2019", "2019"),
            ("Gestern", None),
            ("Montag (15. Mai)", "--05-15"),
        ],
    ),
    "fr": (
        "Lundi 15 avril 2024, le 1er mai, aujourd'hui.",
        [("Lundi 15 avril 2024", "2024-04-15"), ("1er mai", "--05-01"), ("aujourd'hui", None)],
    ),
    "es": (
        "El lunes 15 de abril de 2024 y ayer.",
        [("lunes 15 de abril de 2024", "2024-04-15"), ("ayer", None)],
    ),
    "pt": ("Na quarta-feira, 3 de maio; ontem.", [("quarta-feira, 3 de maio", "--05-03"), ("ontem", None)]),
    "it": ("Lunedì 15 aprile, dal 2014.", [("Lunedì 15 aprile", "--04-15"), ("2014", "2014")]),
    "nl": ("Op woensdag 1 mei 2024, gisteren.", [("woensdag 1 mei 2024", "2024-05-01"), ("gisteren", None)]),
    "pl": ("W środę 1 maja 2024 r., wczoraj.", [("środę 1 maja 2024", "2024-05-01"), ("wczoraj", None)]),
    "ru": (
        "В понедельник, 15 апреля 2024 года, с 2014 года. Сегодня.",
        [("понедельник, 15 апреля 2024", "2024-04-15"), ("2014", "2014"), ("Сегодня", None)],
    ),
    "uk": ("У середу, 13 квітня, сьогодні.", [("середу, 13 квітня", "--04-13"), ("сьогодні", None)]),
    "zh": (
        "今天，2024年4月24日（星期三），24日，4月2日。",
        [("今天", None), ("2024年4月24日（星期三）", "2024-04-24"), ("24日", "---24"), ("4月2日", "--04-02")],
    ),
    "ja": ("24日（水）、2024年4月、昨日", [("24日（水）", "---24"), ("2024年4月", "2024-04"), ("昨日", None)]),
    "ko": ("2024년 4월 24일, 오늘", [("2024년 4월 24일", "2024-04-24"), ("오늘", None)]),
    "ar": ("الأربعاء 13 أبريل 2022 اليوم", [("الأربعاء 13 أبريل 2022", "2022-04-13"), ("اليوم", None)]),
    "hi": ("बुधवार, 13 अप्रैल 2022 को आज", [("बुधवार, 13 अप्रैल 2022", "2022-04-13"), ("आज", None)]),
    "id": ("Rabu (13/4/2022), hari ini.", [("Rabu (13/4/2022)", "2022-04-13"), ("hari ini", None)]),
    "tr": ("13 Nisan 2022 Çarşamba, bugün", [("13 Nisan 2022 Çarşamba", "2022-04-13"), ("bugün", None)]),
    "vi": ("ngày 15/4, hôm nay", [("15/4", "--04-15"), ("hôm nay", None)]),
}


@pytest.mark.parametrize("language", CASES)
def test_dates_by_language(language: str) -> None:
    text, expected = CASES[language]
    assert [(text[m.start : m.end], m.value) for m in find_dates(text, language)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "may 20 people",
        "It rose 3.5 to 2.3.",
        "version 1.2.2023.4",
        "$2022",
        "2022%",
        "31 February",
        "March on",
        "sat on it",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert find_dates(text, "en") == []


def test_weekday_without_a_date_and_what_a_year_is_told_of() -> None:
    (weekday, since) = find_dates("They met on Wednesday for the first time since 2014", "en")
    assert (weekday.value, weekday.weekday, weekday.since) == ("-W-3", 3, False)
    assert (since.value, since.since) == ("2014", True)


@given(st.text(max_size=200), st.sampled_from(["en", "de", "zh", "vi", "ar", None]))
def test_offsets_are_in_order_and_inside(text: str, language: str | None) -> None:
    at = 0
    for mention in find_dates(text, language):
        assert at <= mention.start < mention.end <= len(text)
        at = mention.end


@pytest.mark.parametrize(
    "text",
    [
        "1" * 200_000,
        "1 " * 50_000,
        "May 1 " * 30_000,
        "A" * 200_000,
        '"' * 200_000,
        "“x" * 90_000,
        "\ud800 1 " * 9,
        "\0" * 99,
    ],
)
def test_hostile_texts(text: str) -> None:
    find_dates(text, "en")
    assert sum(1 for _ in quoted_spans(text)) <= 100_000
