"""What the field metrics call right and wrong."""

from __future__ import annotations

import pytest

from benchmarks.quality.fields import MEASURES, Outcome, day_equal, moment_equal, normalised
from benchmarks.quality.pages import Page, fold_of
from worker.model import Article


def page(
    *,
    title: str | None = None,
    authors: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
    body: str | None = None,
    date: str | None = None,
    moment: str | None = None,
) -> Page:
    return Page("made-up", "1", "https://news.example.com/1", "", body, title, authors, tags, date, moment)


def article(headline: str | None = None, authors: tuple[str, ...] = (), **other: str) -> Article:
    return Article(headline=headline, body=other.get("body", ""), paragraphs=(), format="html", authors=authors)


def judged(field: str, found: Article | None, gold: Page) -> Outcome:
    outcome = MEASURES[field].judge(found, gold)
    assert outcome is not None
    return outcome


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("“Ferry late”, says  council", '"ferry late", says council'),
        ("Ferry — late", "Ferry - late"),
        ("Ferry’s late!", "ferry's late"),
        ("Ferry\u00a0late\u200b", "Ferry late"),
        ("Ｆｅｒｒｙ late", "ferry late"),
        ("Straße", "STRASSE"),
    ],
)
def test_titles_that_differ_in_typography_alone_are_alike(one: str, two: str) -> None:
    assert normalised(one) == normalised(two)


@pytest.mark.parametrize(
    ("one", "two"),
    [("Ferry late | The Quay", "Ferry late"), ("Ferry late", "Ferry lately"), ("Ferrylate", "Ferry late"), ("é", "e")],
)
def test_titles_that_differ_in_words_or_accents_are_not(one: str, two: str) -> None:
    assert normalised(one) != normalised(two)


def test_a_title_of_punctuation_alone_is_not_emptied() -> None:
    assert normalised("?!") == "?!"
    assert judged("title", article(None), page(title="?!")).score == 0


def test_title_figures_tell_the_strict_share_beside() -> None:
    outcomes = [
        judged("title", article("Ferry late!"), page(title="Ferry late")),
        judged("title", article("Ferry late"), page(title="Ferry late")),
        judged("title", None, page(title="Ferry late")),
    ]
    assert MEASURES["title"].figures(outcomes) == {"title": pytest.approx(2 / 3), "strict": pytest.approx(1 / 3)}


@pytest.mark.parametrize(
    ("found", "gold", "told"),
    [
        ("2024-05-03T23:30:00+00:00", "2024-05-04 01:30:00+02:00", (True, True)),
        ("2024-05-03T23:30:00-01:00", "2024-05-04 00:30:00.250000+00:00", (True, True)),
        ("2024-05-04T01:30:00Z", "2024-05-04 01:30:00+02:00", (True, False)),
        ("2024-05-04", "2024-05-04 01:30:00+02:00", (True, False)),
        ("2024-05-04", "2024-05-04 00:00:00", (True, True)),
        ("2024-05-04T01:30:00+05:00", "2024-05-04 01:30:00", (True, True)),
        ("2024-05-03", "2024-05-04 01:30:00+02:00", (False, False)),
        ("yesterday", "2024-05-04 01:30:00+02:00", (False, False)),
        (None, "2024-05-04 01:30:00+02:00", (False, False)),
    ],
)
def test_moments_are_compared_in_the_golds_offset(found: str | None, gold: str, told: tuple[bool, bool]) -> None:
    assert moment_equal(found, gold) == told


def test_a_gold_day_is_compared_as_written_and_a_gold_month_with_the_month() -> None:
    assert day_equal("2024-05-03T23:30:00-05:00", "2024-05-03")
    assert day_equal("2003-11-07", "2003-11")
    assert not day_equal("2024-05-04", "2024-05-03")
    assert not day_equal(None, "2024-05-03")


def test_date_figures_count_instants_over_pages_that_have_one() -> None:
    gold = page(date="2024-05-03", moment="2024-05-03 10:00:00+00:00"), page(date="2024-05-03")
    outcomes = [judged("date", None, one) for one in gold]
    assert MEASURES["date"].figures(outcomes) == {"date": 0, "found": 0, "instant": 0}
    assert "instant" not in MEASURES["date"].figures(outcomes[1:])


def test_authors_are_sets_of_whole_names() -> None:
    gold = page(authors=("Ana Lima", "Bo Ek"))
    outcomes = [
        judged("authors", article(authors=("BO  EK", "Ana Lima", "Ana Lima")), gold),
        judged("authors", article(authors=("Ana Lima",)), gold),
        judged("authors", article(authors=("Ana Lima and Bo Ek",)), gold),
        judged("authors", article(), gold),
    ]
    assert [outcome.score for outcome in outcomes] == [1, pytest.approx(2 / 3), 0, 0]
    figures = MEASURES["authors"].figures(outcomes)
    assert figures["authors"] == pytest.approx((1 + 2 / 3) / 4)
    assert figures["micro"] == pytest.approx(2 * 3 / (4 + 8))
    assert figures["equal"] == 0.25


def test_a_field_without_gold_is_not_judged() -> None:
    assert [MEASURES[field].judge(article("Ferry late"), page()) for field in MEASURES] == [None] * len(MEASURES)


def test_a_refused_page_counts_as_an_empty_body() -> None:
    gold = page(body="The harbour council met on Monday.")
    outcomes = [judged("body", None, gold), judged("body", article(body=str(gold.body)), gold)]
    figures = MEASURES["body"].figures(outcomes)
    assert figures["recall"] == 0.5
    assert figures["precision"] == 1
    assert figures["equal"] == 0.5


def test_all_pages_of_a_site_are_in_one_fold_and_folds_differ() -> None:
    sites = [f"site{number}.example" for number in range(200)]
    assert {fold_of(site, 5) for site in sites} == set(range(5))
    assert [fold_of(site, 5) for site in sites] == [fold_of(site, 5) for site in sites]
    assert [fold_of(site, 5) for site in sites] != [fold_of(site, 5, "inner") for site in sites]
